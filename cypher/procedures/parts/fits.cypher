// purpose: Leave only the profiles for which all given conditions hold; the words of a text are
//          looked for before. Labels are left out, so that each begins at the profile.
// takes:   p: Profile; $key, $namespace, $account, $trait, $values, $prefix, $source, $since, $until
// gives:   p
WITH p
WHERE ($key IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-(i)
    WHERE i.key = $key
  })
  AND ($namespace IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-(i)
    WHERE i.namespace = $namespace
  })
  AND ($account IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-()-[:OF|MEMBER_OF]->(a)
    WHERE a.key = $account
  })
  AND ($trait IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-()-[:HAS]->(t)
    WHERE t.name = $trait
      AND CASE WHEN $prefix IS NULL THEN t.value IN $values ELSE t.value STARTS WITH $prefix END
  })
  AND ($since IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-(i)
    WITH i.key AS key
    MATCH (e:Event)
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.by = key AND e.at >= $since AND e.at < $until AND e.message_id IS NOT NULL
  })
  AND ($source IS NULL OR EXISTS {
    MATCH (p)<-[:IDENTIFIES]-()<-[:BY]-(e)
    WHERE e.source = $source
  })
