"""A second implementation of who is one person, to hold the first against."""

from tests.reference.partition import reference_partition

__all__ = ["reference_partition"]
