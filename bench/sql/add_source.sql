-- Somebody who may send.
INSERT INTO sources (id, channel) VALUES (%(id)s, %(channel)s)
