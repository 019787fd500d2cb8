// purpose:    Record what new events say, in one round trip: whom they name and where they come from,
//             devices, accounts, traits, consents, and which identifiers were seen together. Says
//             which pairs were never seen together before.
// mode:       write
// params:     events: LIST OF MAP, contradictions: LIST OF MAP, devices: LIST OF MAP, accounts: LIST OF MAP, traits: LIST OF MAP, account_traits: LIST OF MAP, consents: LIST OF MAP, links: LIST OF MAP
// returns:    new: LIST OF LIST OF STRING
// locks:      each device, then each account, in the order given: sort by key. The transaction holds
//             the identifiers, and stored the events
// cost:       O(rows, and the traits and consents that their holders have)
// idempotent: no; only for events that were claimed just now
// plan:       once
// include: record_events
// include: record_contradictions
// include: record_devices
// include: record_accounts
CALL () {
  UNWIND $traits AS row
  MATCH (i)
  WHERE elementId(i) = row.node
  // include: said_traits
}
CALL () {
  UNWIND $account_traits AS row
  MATCH (i:Account {key: row.account})
  USING INDEX SEEK i:Account(key)
  REMOVE i.locked
  WITH i, row
  // include: said_traits
}
// include: record_consents
// include: record_links
RETURN new
