"""Malformed and hostile messages and requests, without end, by a seed."""
