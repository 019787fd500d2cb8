// purpose:    The ids of the profiles for which all given conditions hold, the first ones after an
//             id, in the order of ids. What is null is no condition. Where one of the conditions
//             finds less than `most`, it begins there; else at the profiles themselves, and looks at
//             `reach` of them at most: then `reached` is the last one of these. Each of the `words`
//             is a query of the full-text index that has to find something of the person;
//             `too_common` are the positions of those that find too much to tell whom.
// mode:       read
// params:     key: STRING, namespace: STRING, account: STRING, trait: STRING, values: LIST OF ANY, prefix: STRING, source: STRING, since: ZONED DATETIME, until: ZONED DATETIME, words: LIST OF STRING, after: STRING, first: INTEGER, most: INTEGER, reach: INTEGER
// returns:    ids: LIST OF STRING, reached: STRING, too_common: LIST OF INTEGER
// locks:      none
// cost:       O(what the conditions find, up to most; then profiles looked at, up to most or reach)
// idempotent: yes
// plan:       once
CALL () {
  UNWIND range(0, size($words) - 1) AS position
  CALL (position) {
    CALL db.index.fulltext.queryNodes('person_text', $words[position], {limit: $most})
    YIELD node
    RETURN collect(node) AS hits
  }
  RETURN collect({
    position: position,
    people: CASE WHEN size(hits) < $most THEN COLLECT {
      UNWIND hits AS hit
      MATCH (hit)<-[:HAS*0..1]-(i:Identifier)-[:IDENTIFIES]->(p)
      RETURN DISTINCT p
    } END
  }) AS told
}
CALL (told) {
  UNWIND told AS word
  UNWIND word.people AS p
  WITH p, count(*) AS words
  WHERE words = size($words)
  RETURN collect(p) AS with_text
}
CALL (told) {
  WITH told
  WHERE isEmpty($words)
  CALL (told) {
    WITH $key AS given
    WHERE given IS NOT NULL
    RETURN COLLECT {
      MATCH (i:Identifier {key: given})-[:IDENTIFIES]->(p)
      USING INDEX SEEK i:Identifier(key)
      RETURN p
    } AS found
    UNION ALL
    WITH $account AS given
    WHERE given IS NOT NULL
    RETURN COLLECT {
      MATCH (a:Account {key: given})<-[:OF|MEMBER_OF]-(i)
      USING INDEX SEEK a:Account(key)
      WITH i
      LIMIT $most
      MATCH (i)-[:IDENTIFIES]->(p)
      RETURN p
    } AS found
    UNION ALL
    WITH $trait AS given
    WHERE given IS NOT NULL
    RETURN COLLECT {
      CALL (given) {
        MATCH (t:Trait)
        USING INDEX SEEK t:Trait(name, value)
        WHERE t.name = given AND t.value IN $values
        RETURN t
        UNION ALL
        MATCH (t:Trait)
        USING INDEX SEEK t:Trait(name, value)
        WHERE t.name = given AND t.value STARTS WITH $prefix
        RETURN t
      }
      WITH t
      LIMIT $most
      // An account has traits too.
      OPTIONAL MATCH (t)<-[:HAS]-()-[:IDENTIFIES]->(p)
      RETURN p
    } AS found
    UNION ALL
    WITH $namespace AS given
    WHERE given IS NOT NULL AND $key IS NULL
    RETURN COLLECT {
      MATCH (i:Identifier)
      USING INDEX SEEK i:Identifier(namespace)
      WHERE i.namespace = given
      WITH i
      LIMIT $most
      MATCH (i)-[:IDENTIFIES]->(p)
      RETURN p
    } AS found
    UNION ALL
    WITH $since AS given
    WHERE given IS NOT NULL
    RETURN COLLECT {
      MATCH (e:Event)
      USING INDEX SEEK e:Event(at)
      WHERE e.at >= given AND e.at < $until
      WITH e
      LIMIT $most
      OPTIONAL MATCH (e)-[:BY]->()-[:IDENTIFIES]->(p)
      RETURN p
    } AS found
    UNION ALL
    WITH $source AS given
    WHERE given IS NOT NULL
    RETURN COLLECT {
      MATCH (s:Source {id: given})<-[:FROM]-(e)
      WITH e
      LIMIT $most
      OPTIONAL MATCH (e)-[:BY]->()-[:IDENTIFIES]->(p)
      RETURN p
    } AS found
  }
  WITH found
  WHERE size(found) < $most
  ORDER BY size(found)
  LIMIT 1
  RETURN collect(found) AS least
}
WITH told, CASE WHEN isEmpty($words) THEN least ELSE [with_text] END AS narrow
CALL (narrow) {
  CALL (narrow) {
    UNWIND narrow AS found
    UNWIND found AS p
    WITH DISTINCT p
    WHERE p.id > $after
    RETURN p
    UNION ALL
    WITH narrow
    WHERE isEmpty(narrow)
    CALL (narrow) {
      MATCH (p:Profile)
      USING INDEX SEEK p:Profile(id)
      WHERE p.id > $after
      RETURN p
      ORDER BY p.id
      LIMIT $reach
    }
    RETURN p
  }
  WITH p
  ORDER BY p.id
  RETURN collect(p) AS candidates
}
RETURN
  COLLECT {
    UNWIND candidates AS p
    // include: fits
    RETURN p.id
    LIMIT $first
  } AS ids,
  CASE WHEN isEmpty(narrow) AND size(candidates) = $reach THEN candidates[-1].id END AS reached,
  [word IN told WHERE word.people IS NULL | word.position] AS too_common
