// purpose: The namespaces by what their values stand for, by the rules that hold now.
// takes:   whatever there is
// gives:   people, things (devices and cookies), beside it
WITH
  *,
  COLLECT { MATCH (n:Namespace {kind: 'person'}) RETURN n.name } AS people,
  COLLECT { MATCH (n:Namespace) WHERE n.kind IN ['device', 'cookie'] RETURN n.name } AS things
