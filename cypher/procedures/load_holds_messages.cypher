// purpose:    Say whether anything is there that messages bring: then the graph cannot be loaded.
// mode:       read
// params:     none
// returns:    held: BOOLEAN
// locks:      none
// cost:       O(1)
// idempotent: yes
RETURN
  COUNT { MATCH (:Event) } + COUNT { MATCH (:Identifier) } + COUNT { MATCH (:Profile) }
  + COUNT { MATCH (:Device) } + COUNT { MATCH (:Account) } + COUNT { MATCH (:Change) } > 0 AS held
