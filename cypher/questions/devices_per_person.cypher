// purpose:    How many people that we know use one device, how many two, and so on?
// mode:       read
// params:     person_namespaces: LIST OF STRING = ['user_id', 'email', 'phone', 'loyalty_card', 'crm_id']
// returns:    devices: INTEGER, people: INTEGER, share: FLOAT
// locks:      none
// cost:       O(identifiers)
// idempotent: yes
// public:     yes
MATCH (p:Profile)<-[:IDENTIFIES]-(i:Identifier)
OPTIONAL MATCH (i)-[:ON]->(d:Device)
WITH p, collect(DISTINCT i.namespace) AS namespaces, count(DISTINCT d) AS devices
WHERE any(namespace IN namespaces WHERE namespace IN $person_namespaces)
WITH devices, count(*) AS people
ORDER BY devices
WITH collect({devices: devices, people: people}) AS rows, sum(people) AS everybody
UNWIND rows AS row
RETURN
  row.devices AS devices,
  row.people AS people,
  round(toFloat(row.people) / everybody, 3) AS share
ORDER BY devices
