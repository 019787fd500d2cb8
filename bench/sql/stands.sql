-- How many events, identifiers and persons there are, and how many identifiers the largest has.
SELECT
  (SELECT count(*) FROM events) AS events,
  (SELECT count(*) FROM identifiers) AS identifiers,
  (SELECT count(*) FROM persons) AS persons,
  (SELECT max(of_one) FROM (SELECT count(*) AS of_one FROM identifiers GROUP BY person) AS s)
    AS largest
