"""Transactions that must not overtake one another."""

from __future__ import annotations

from sqlalchemy import Connection, text


def serialise(connection: Connection, what: str) -> None:
    """Hold all other transactions that come to the same point until this one ends.

    An embedded database has one writer anyway.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})
