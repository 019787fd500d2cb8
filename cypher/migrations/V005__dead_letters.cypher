// Messages that passed every check and could not be written, each with its error.
CREATE CONSTRAINT dead_letter_message_id IF NOT EXISTS
FOR (d:DeadLetter) REQUIRE d.message_id IS UNIQUE;
