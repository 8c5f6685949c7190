"""Folders and git repositories on this machine, for the command line and the public API."""
