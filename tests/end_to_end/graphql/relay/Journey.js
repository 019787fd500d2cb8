// A page of a person's journey as React programs ask for it, with a fragment and Relay's pagination.
import { graphql } from "relay-runtime";

graphql`
  query JourneyQuery($id: ID!) {
    profile(id: $id) {
      ...Journey_profile
    }
  }
`;

graphql`
  fragment Journey_profile on Profile
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" })
  @refetchable(queryName: "JourneyPageQuery") {
    traits { name value }
    touchpoints(first: $first, after: $after, order: DESC)
      @connection(key: "Journey_touchpoints", filters: ["order"]) {
      edges { node { name at } }
    }
  }
`;
