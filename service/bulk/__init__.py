"""A first load of very many messages: decided outside, and written by Neo4j's own importer.

The way of the data: files are cut into pieces (`pieces`); each is parsed and becomes columns
(`columns`, `reading`); these are added up (`adding_up`) and decided about (`deciding`); rows become
files for the importer (`import_files`), which makes a graph beside the one there is and takes its
place (`loading`). What it all amounts to is what `service.ingest.record` would have made of the
same messages in one commit.
"""
