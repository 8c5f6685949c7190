"""A repository's rules."""
