"""knoop: which identifiers are one person, and why.

Read the packages in the order in which the data flows:
ingest → identity → store → profile → journey → api.
"""

from importlib.metadata import version

__version__ = version("knoop")
