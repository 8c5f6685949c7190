"""Writing down what one step of an evaluation has to say; saying it again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from placet.app.plan import LISTED
from placet.app.ports import PublishedVersion, Records
from placet.proposals.model import Act, Ask, Posted, Publication, Refusal, TeamKind
from placet.store import audit, tables, versions
from placet.store.columns import storable
from placet.store.ledger import publication_document
from placet.store.upsert import keep_first, overwrite
from placet.vocabulary.canonical import digest_of

_KINDS = {"team": TeamKind.GITHUB, "list": TeamKind.LIST, "user": TeamKind.PERSON, "any": TeamKind.ANY_OF}


def record(connection: Connection, repository_id: int, number: int, records: Records, now: datetime) -> None:
    """Write it all down. Raises Unavailable where another content has taken one of the versions."""
    if _needs_proposal(records):
        row = _proposal(connection, repository_id, number)
        _set_state(connection, row, records, now)
        _add_publication(connection, row.id, records.publication)
        _add_acts(connection, row.id, records.acts)
        _add_asks(connection, row.id, records.asks)
        _add_refusals(connection, row.id, records.refusals)
        # What is posted anew in the same breath is overwritten, and keeps its place.
        anew = {(one.kind, one.subject) for one in records.posted}
        _remove_posted(connection, row.id, [one for one in records.removed if one not in anew])
        _set_posted(connection, row.id, records.posted)
    _add_versions(connection, repository_id, records.versions)
    audit.append(connection, records.audit)


def doubt(connection: Connection, repository_id: int, numbers: Sequence[int]) -> None:
    """Forget that all that was said on these pull requests has been read."""
    table, proposal = tables.posted, tables.proposal
    theirs = select(proposal.c.id).where(proposal.c.repository_id == repository_id, proposal.c.number.in_(numbers))
    connection.execute(delete(table).where(table.c.kind == LISTED, table.c.proposal_id.in_(theirs)))


def _needs_proposal(records: Records) -> bool:
    listed = records.acts, records.asks, records.refusals, records.posted, records.removed
    single = records.state, records.forced, records.publication
    return any(listed) or any(one is not None for one in single)


def _proposal(connection: Connection, repository_id: int, number: int) -> Row[Any]:
    table = tables.proposal
    keep_first(connection, table, [{"origin": "pull", "repository_id": repository_id, "number": number}])
    return connection.execute(
        select(table).where(table.c.repository_id == repository_id, table.c.number == number).with_for_update()
    ).one()


def _set_state(connection: Connection, row: Row[Any], records: Records, now: datetime) -> None:
    new: dict[str, Any] = {}
    if records.state is not None and records.state.value != row.state:
        new |= {"state": records.state.value, "changed_at": now}
        if row.opened_at is None:
            new["opened_at"] = now
    if records.forced is not None:
        new["forced"] = records.forced
    if new:
        table = tables.proposal
        connection.execute(update(table).where(table.c.id == row.id).values(**new))


def _add_publication(connection: Connection, proposal_id: int, publication: Publication | None) -> None:
    if publication is None:
        return
    table = tables.publication
    said = {"head": storable(publication.head), "base": storable(publication.base), **publication_document(publication)}
    # Only the newest one counts as "there already": after A and B, showing A again is news to those who then answer.
    newest = connection.execute(
        select(table.c.head, table.c.base, table.c.shown, table.c.everything)
        .where(table.c.proposal_id == proposal_id)
        .order_by(table.c.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or dict(newest._mapping) != said:  # noqa: SLF001 - public in spite of its underscore, says its manual
        connection.execute(insert(table).values(proposal_id=proposal_id, at=publication.at, **said))


def _add_acts(connection: Connection, proposal_id: int, acts: Sequence[Act]) -> None:
    table = tables.act
    for act in acts:
        team_id = _team_id(connection, act.team) if act.team else None
        is_held = (
            select(table.c.id)
            .where(table.c.proposal_id == proposal_id, table.c.source_kind == act.source.kind.value)
            .where(table.c.source_id == act.source.id, table.c.source_line == act.source.line)
            .where(table.c.team_id.is_not_distinct_from(team_id))
        )
        if connection.execute(is_held).first() is None:
            connection.execute(insert(table).values(proposal_id=proposal_id, team_id=team_id, **_act_columns(act)))


def _act_columns(act: Act) -> dict[str, Any]:
    return {
        "verb": act.verb.value,
        "actor_id": act.actor.id,
        "actor_login": act.actor.login,
        "actor_is_user": act.actor.is_user,
        "fingerprints": sorted(act.fingerprints),
        "source_kind": act.source.kind.value,
        "source_id": act.source.id,
        "source_line": act.source.line,
        "at": act.at,
        "seen_at": act.seen_at,
        "standing": act.standing.value,
        "note": act.note,
        "until": act.until,
        "arguments": dict(act.arguments),
    }


def _add_asks(connection: Connection, proposal_id: int, asks: Sequence[Ask]) -> None:
    rows = [
        {
            "proposal_id": proposal_id,
            "team_id": _team_id(connection, one.team),
            "fingerprints": sorted(one.fingerprints),
            "digest": digest_of(sorted(one.fingerprints)),
            "at": one.at,
            "how": one.how,
        }
        for one in asks
    ]
    keep_first(connection, tables.ask, rows)


def _add_refusals(connection: Connection, proposal_id: int, refusals: Sequence[Refusal]) -> None:
    rows = [
        {
            "proposal_id": proposal_id,
            "source_kind": one.source.kind.value,
            "source_id": one.source.id,
            "source_line": one.source.line,
            "code": one.code,
        }
        for one in refusals
    ]
    keep_first(connection, tables.refusal, rows)


def _remove_posted(connection: Connection, proposal_id: int, removed: Sequence[tuple[str, str]]) -> None:
    table = tables.posted
    for kind, subject in removed:
        gone = (table.c.kind == kind) & (table.c.subject == subject)
        connection.execute(delete(table).where(table.c.proposal_id == proposal_id, gone))


def _set_posted(connection: Connection, proposal_id: int, posted: Sequence[Posted]) -> None:
    rows = [
        {
            "proposal_id": proposal_id,
            "kind": one.kind,
            "subject": one.subject,
            "remote_id": one.remote_id,
            "digest": one.digest,
        }
        for one in posted
    ]
    overwrite(connection, tables.posted, rows, ("proposal_id", "kind", "subject"))


def _add_versions(connection: Connection, repository_id: int, published: Sequence[PublishedVersion]) -> None:
    for one in published:
        versions.add(connection, repository_id, one)


def _team_id(connection: Connection, key: str) -> int:
    table = tables.team
    kind, _, rest = key.partition(":")
    github_id = int(rest) if kind == "team" and rest.isdecimal() else None
    row = {"key": key, "kind": _KINDS.get(kind, TeamKind.NAME).value, "github_id": github_id}
    keep_first(connection, table, [row])
    team_id: int = connection.execute(select(table.c.id).where(table.c.key == key)).scalar_one()
    return team_id
