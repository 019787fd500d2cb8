// purpose:    List the custom procedures as callers see them. An installed one is seen when the
//             server has next looked for news, every apoc.custom.procedures.refresh ms.
// mode:       read
// params:     none
// returns:    name: STRING, description: STRING
// locks:      none
// cost:       O(procedures of the server)
// idempotent: yes
SHOW PROCEDURES
YIELD name, description
WHERE name STARTS WITH 'custom.'
RETURN name, description
