// To remove a property takes the lock of its node, also when there is nothing to remove; and then it
// writes nothing. `REMOVE i.locked` is how procedures lock. Nothing has the property, but Neo4j has
// to know its name: of a name that it does not know there is nothing to remove, nor to lock.
CALL db.createProperty('locked');
