// purpose: Find an identifier by its key, or by the profile id that it was born with. An id that no
//          profile bears any more leads where that identifier is.
// takes:   wanted: STRING
// gives:   named: Identifier; no row where there is none
// include: identifier
OPTIONAL MATCH (by_id:Identifier {born_as: wanted})
USING INDEX SEEK by_id:Identifier(born_as)
WITH *, coalesce(found, by_id) AS named
WHERE named IS NOT NULL
