-- Record messages; gives the ids of those that are new.
SELECT record FROM record(%(sent)s::jsonb, %(named)s::jsonb, %(said)s::jsonb)
