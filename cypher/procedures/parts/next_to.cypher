// purpose: The profiles next to one, by links that count: of identifiers that are not shared, and of
//          namespaces that link.
// takes:   p: Profile, linking: LIST OF STRING
// gives:   next: Profile, a row for each link
MATCH (p)<-[:IDENTIFIES]-(own {shared: false})-[:SEEN_WITH]-(other {shared: false})
WHERE own.namespace IN linking AND other.namespace IN linking
MATCH (other)-[:IDENTIFIES]->(next)
