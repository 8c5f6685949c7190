"""Slash commands: one table, one grammar."""
