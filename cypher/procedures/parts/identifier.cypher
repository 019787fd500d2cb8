// purpose: Find an identifier by its key. E-mail addresses are kept in lower case; other values
//          mean what they say.
// takes:   wanted: STRING
// gives:   found: Identifier, or null
CALL (wanted) {
  OPTIONAL MATCH (by_key:Identifier {key: wanted})
  USING INDEX SEEK by_key:Identifier(key)
  OPTIONAL MATCH (by_email:Identifier {key: toLower(wanted)})
  USING INDEX SEEK by_email:Identifier(key)
  WHERE by_email.namespace = 'email'
  RETURN coalesce(by_key, by_email) AS found
}
