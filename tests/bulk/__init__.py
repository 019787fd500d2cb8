"""Tests of the bulk load, on a Neo4j of its own."""
