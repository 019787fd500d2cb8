// purpose: What was done when the same was asked for before. Whoever does not hear whether it was done
//          can ask again: it is not done twice, also when it was taken back meanwhile.
// takes:   a, b: Identifier, or null, locked; problem: STRING, or null; kind: STRING, what is to be
//          done; $request: STRING, or null
// gives:   done: the Change, or null; problem: also that something else was asked for; a, b, kind
OPTIONAL MATCH (done:Change {request: $request})
USING INDEX SEEK done:Change(request)
WITH a, b, done, kind, CASE
  WHEN problem IS NOT NULL OR done IS NULL THEN problem
  WHEN done.kind <> kind OR NOT EXISTS { (a)<-[:CONCERNS]-(done)-[:CONCERNS]->(b) }
    THEN 'request_used'
END AS problem
