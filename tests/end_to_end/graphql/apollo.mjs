// The last thing that a person did, by Apollo Client: asked over HTTP, then found in its cache.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";

const [url, key, id] = process.argv.slice(2);
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new HttpLink({ uri: `${url}/graphql`, headers: { Authorization: `Bearer ${key}` } }),
});
const query = gql`
  query Last($id: ID!) {
    profile(id: $id) { id touchpoints(first: 1, order: DESC) { edges { node { id name } } } }
  }
`;
for (const fetchPolicy of ["network-only", "cache-only"]) {
  const { data } = await client.query({ query, variables: { id }, fetchPolicy });
  const [{ node }] = data.profile.touchpoints.edges;
  console.log(data.profile.__typename, node.__typename, node.name);
}
client.stop();
