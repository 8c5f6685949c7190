"""What is written down about a pull request, read as one value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, or_, select

from placet.proposals.model import (
    Act,
    Ask,
    Ledger,
    Person,
    Posted,
    ProposalState,
    Publication,
    Refusal,
    Source,
    SourceKind,
    Standing,
    Verb,
)
from placet.store import tables


def ledger(connection: Connection, repository_id: int, number: int) -> Ledger:
    """Everything written down about a pull request; empty where that is nothing."""
    table = tables.proposal
    row = connection.execute(
        select(table).where(table.c.repository_id == repository_id, table.c.number == number)
    ).one_or_none()
    if row is None:
        return Ledger()
    teams = _teams(connection, row.id)
    return Ledger(
        proposal_id=None if row.state is None else row.id,
        state=None if row.state is None else ProposalState(row.state),
        forced=row.forced,
        opened_at=row.opened_at,
        acts=tuple(_act(one, teams) for one in _rows(connection, tables.act, row.id)),
        publications=tuple(_publication(one) for one in _rows(connection, tables.publication, row.id)),
        asks=tuple(_ask(one, teams) for one in _rows(connection, tables.ask, row.id)),
        posted=tuple(
            Posted(one.kind, one.subject, one.remote_id, one.digest) for one in _rows(connection, tables.posted, row.id)
        ),
        refusals=tuple(Refusal(_source(one), one.code) for one in _rows(connection, tables.refusal, row.id)),
    )


def open_proposals(connection: Connection, withdrawn_since: datetime) -> tuple[tuple[int, int], ...]:
    """(repository id, number) of every proposal that is not final, by id.

    Withdrawn ones only if that was since then: they are closed pull requests, which come back by being reopened, and
    there are more of them every year.
    """
    table = tables.proposal
    alive = table.c.state.not_in((ProposalState.PUBLISHED.value, ProposalState.WITHDRAWN.value))
    recent = and_(table.c.state == ProposalState.WITHDRAWN.value, table.c.changed_at >= withdrawn_since)
    rows = connection.execute(
        select(table.c.repository_id, table.c.number)
        .where(or_(alive, recent), table.c.repository_id.is_not(None))
        .order_by(table.c.repository_id, table.c.number)
    )
    return tuple((row.repository_id, row.number) for row in rows)


def publication_document(publication: Publication) -> dict[str, Any]:
    """What of a publication is documents: the sets by team, and the one of all."""
    shown = {team: sorted(fingerprints) for team, fingerprints in publication.shown.items()}
    return {"shown": shown, "everything": sorted(publication.everything)}


def _rows(connection: Connection, table: Table, proposal_id: int) -> list[Row[Any]]:
    query = select(table).where(table.c.proposal_id == proposal_id).order_by(table.c.id)
    return list(connection.execute(query))


def _teams(connection: Connection, proposal_id: int) -> dict[int, str]:
    table = tables.team
    acting = select(tables.act.c.team_id).where(tables.act.c.proposal_id == proposal_id)
    asked = select(tables.ask.c.team_id).where(tables.ask.c.proposal_id == proposal_id)
    rows = connection.execute(select(table.c.id, table.c.key).where(or_(table.c.id.in_(acting), table.c.id.in_(asked))))
    return {row.id: row.key for row in rows}


def _act(row: Row[Any], teams: Mapping[int, str]) -> Act:
    return Act(
        verb=Verb(row.verb),
        team="" if row.team_id is None else teams[row.team_id],
        actor=Person(row.actor_id, row.actor_login, row.actor_is_user),
        fingerprints=frozenset(row.fingerprints),
        source=_source(row),
        at=row.at,
        seen_at=row.seen_at,
        standing=Standing(row.standing),
        note=row.note,
        until=row.until,
        arguments=row.arguments,
    )


def _publication(row: Row[Any]) -> Publication:
    shown = {team: frozenset(fingerprints) for team, fingerprints in row.shown.items()}
    return Publication(row.head, row.base, row.at, shown, frozenset(row.everything))


def _ask(row: Row[Any], teams: Mapping[int, str]) -> Ask:
    return Ask(teams[row.team_id], frozenset(row.fingerprints), row.at, row.how)


def _source(row: Row[Any]) -> Source:
    return Source(SourceKind(row.source_kind), row.source_id, row.source_line)
