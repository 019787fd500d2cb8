"""The next step: what somebody does next, whether they convert, and when to reach them. Pure."""
