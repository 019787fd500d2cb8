"""Print the schema in GraphQL's own language: `python -m service.api.graphql.export`."""

from service.api.graphql.schema import build_schema

if __name__ == "__main__":
    print(build_schema().as_str())  # noqa: T201
