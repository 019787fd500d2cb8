// What the page asks for. The schema is schema.graphql, at the top of the repository.

const CARD = `
fragment Card on Profile {
  id formerIds firstSeen lastSeen
  person { name email }
  identifiers { namespace value masked shared }
  traits { name value masked source at policy others { value source } }
  devices { id kind make model os browser }
  accounts { key kind id shared }
  consents { purpose granted at source legalBasis }
  all: touchpoints(first: 1) { totalCount }
}`;

const POINT = `
fragment Point on Touchpoint {
  id type name at channel source { name } device { kind } identifier { namespace } properties
}`;

export const PERSON = `
query Person($id: ID, $identifier: IdentifierInput, $first: Int!) {
  profile(id: $id, identifier: $identifier) {
    ...Card
    touchpoints(first: $first, order: DESC) {
      edges { node { ...Point } }
      pageInfo { hasNextPage endCursor }
    }
  }
}${CARD}${POINT}`;

export const NEXT_PAGE = `
query NextPage($id: ID!, $first: Int!, $after: String!) {
  profile(id: $id) {
    touchpoints(first: $first, after: $after, order: DESC) {
      edges { node { ...Point } }
      pageInfo { hasNextPage endCursor }
    }
  }
}${POINT}`;

export const PROFILE_CHANGED = `
subscription ProfileChanged($id: ID!) {
  profileChanged(id: $id) { ...Card }
}${CARD}`;

export const TOUCHPOINT_ADDED = `
subscription TouchpointAdded($id: ID!) {
  touchpointAdded(profileId: $id) { ...Point }
}${POINT}`;
