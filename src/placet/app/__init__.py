"""Use cases: what happens when, in terms of ports."""
