// purpose: Find a person by any identifier (namespace:value), or by any id that the profile ever had.
// takes:   $identifier: STRING
// gives:   p: Profile; no row where there is none
OPTIONAL MATCH (by_key:Identifier {key: $identifier})
USING INDEX SEEK by_key:Identifier(key)
// E-mail addresses are kept in lower case; other values mean what they say.
OPTIONAL MATCH (by_email:Identifier {key: toLower($identifier)})
USING INDEX SEEK by_email:Identifier(key)
WHERE by_email.namespace = 'email'
OPTIONAL MATCH (by_id:Identifier {born_as: $identifier})
USING INDEX SEEK by_id:Identifier(born_as)
WITH coalesce(by_key, by_email, by_id) AS named
MATCH (named)-[:IDENTIFIES]->(p:Profile)
