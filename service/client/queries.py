"""What the client asks by GraphQL. A test holds each against the exported schema."""

from __future__ import annotations

_NAMED = "{ namespace value }"
_DEVICE = "{ id kind make model os osVersion browser browserVersion }"
_TRAITS = "{ name value source at policy others { value source at } }"
_LINK = f"{{ a {_NAMED} b {_NAMED} kind obstacle firstSeen lastSeen count sources }}"

PROFILE = f"""
query Profile($id: ID, $identifier: IdentifierInput) {{
  profile(id: $id, identifier: $identifier) {{
    id formerIds firstSeen lastSeen
    identifiers {{ namespace value firstSeen lastSeen shared device {{ id }} account {{ key }} }}
    traits {_TRAITS}
    devices {_DEVICE}
    accounts {{ key kind id shared traits {_TRAITS} }}
    consents {{ purpose granted at firstAt source legalBasis }}
  }}
}}"""

JOURNEY = f"""
query Journey(
  $id: ID, $identifier: IdentifierInput, $first: Int, $after: String,
  $from: DateTime, $to: DateTime, $names: [String!], $channels: [String!], $order: Order!
) {{
  profile(id: $id, identifier: $identifier) {{
    touchpoints(
      first: $first, after: $after, from: $from, to: $to,
      names: $names, channels: $channels, order: $order
    ) {{
      edges {{ node {{
        id messageId type name at channel source {{ id }} device {_DEVICE}
        identifier {_NAMED} properties
      }} }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

EXPLAIN = f"""
query Explain($a: IdentifierInput!, $b: IdentifierInput!) {{
  explain(a: $a, b: $b) {{
    samePerson reason summary
    chain {_LINK}
    profiles {{ id }}
    ... on TwoPeople {{
      refused {_LINK} won {_LINK} leftOut {_LINK}
      separation {{ a {_NAMED} b {_NAMED} at changeId actor reason }}
    }}
    ... on UnknownIdentifiers {{ unknown: identifiers {_NAMED} }}
  }}
}}"""

_RESULT = """{
    __typename message
    change { changeId }
    profiles { id }
    ... on LinkRefused { rule }
    ... on AlreadyLinked { standing: rule }
  }"""

LINK = f"""
mutation Link($a: IdentifierInput!, $b: IdentifierInput!, $reason: String!) {{
  result: linkIdentifiers(a: $a, b: $b, reason: $reason) {_RESULT}
}}"""

SEPARATE = f"""
mutation Separate($a: IdentifierInput!, $b: IdentifierInput!, $reason: String!) {{
  result: separateIdentifiers(a: $a, b: $b, reason: $reason) {_RESULT}
}}"""

WITHDRAW = f"""
mutation Withdraw($id: ID!, $reason: String!) {{
  result: withdraw(changeId: $id, reason: $reason) {_RESULT}
}}"""

ALL = (PROFILE, JOURNEY, EXPLAIN, LINK, SEPARATE, WITHDRAW)
