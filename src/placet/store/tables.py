"""The tables: one schema for an embedded database and for a server."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)

from placet.store.columns import Document, Number, UtcTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Rows of these are never changed or removed; the database itself refuses it.
APPEND_ONLY = ("act", "audit", "publication")

repository = Table(
    "repository",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("installation_id", Number, nullable=False, index=True),
    Column("owner_id", Number, nullable=False),
    Column("owner", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("default_branch", Words, nullable=False),
    Column("owner_is_organisation", Boolean, nullable=False),
    Column("forgotten_at", UtcTime),
    Column("covered_since", UtcTime),
)

# ``data`` is empty where the organisation is known to have no such file.
organisation_file = Table(
    "organisation_file",
    metadata,
    Column("owner_id", Number, primary_key=True, autoincrement=False),
    Column("data", LargeBinary),
    Column("read_at", UtcTime, nullable=False),
)

asset = Table(
    "asset",
    metadata,
    Column("id", Number, primary_key=True),
    Column("repository_id", Number),
    Column("key", Words, nullable=False),
    UniqueConstraint("repository_id", "key"),
)

contract_version = Table(
    "contract_version",
    metadata,
    Column("id", Number, primary_key=True),
    Column("asset_id", Number, ForeignKey("asset.id"), nullable=False),
    Column("branch", Words, nullable=False),
    Column("version", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("commit_sha", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("asset_id", "branch", "version"),
)

team = Table(
    "team",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("kind", Words, nullable=False),
    Column("github_id", Number),
)

team_name = Table(
    "team_name",
    metadata,
    Column("owner_id", Number, primary_key=True, autoincrement=False),
    Column("name", Words, primary_key=True),
    Column("team", Words, nullable=False),
)

# A row without a state is a pull request of which something had to be remembered, but that has no proposal (yet).
proposal = Table(
    "proposal",
    metadata,
    Column("id", Number, primary_key=True),
    Column("origin", Words, nullable=False),
    Column("repository_id", Number),
    Column("number", Number),
    Column("state", Words, index=True),
    Column("forced", Boolean, nullable=False, server_default=false()),
    Column("opened_at", UtcTime),
    Column("changed_at", UtcTime),
    UniqueConstraint("repository_id", "number"),
)

publication = Table(
    "publication",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False, index=True),
    Column("head", Words, nullable=False),
    Column("base", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("shown", Document, nullable=False),
    Column("everything", Document, nullable=False),
)

act = Table(
    "act",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False, index=True),
    Column("verb", Words, nullable=False),
    Column("team_id", Number, ForeignKey("team.id")),
    Column("actor_id", Number, nullable=False),
    Column("actor_login", Words, nullable=False),
    Column("actor_is_user", Boolean, nullable=False),
    Column("fingerprints", Document, nullable=False),
    Column("source_kind", Words, nullable=False),
    Column("source_id", Number, nullable=False),
    Column("source_line", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("standing", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("until", Date),
    Column("arguments", Document, nullable=False),
)

_SOURCE = (act.c.proposal_id, act.c.source_kind, act.c.source_id, act.c.source_line)
# Two indexes, because nothing is equal to NULL: an act that is no team's would be let in again and again.
Index(
    "uq_act_source_team",
    *_SOURCE,
    act.c.team_id,
    unique=True,
    sqlite_where=act.c.team_id.is_not(None),
    postgresql_where=act.c.team_id.is_not(None),
)
Index(
    "uq_act_source",
    *_SOURCE,
    unique=True,
    sqlite_where=act.c.team_id.is_(None),
    postgresql_where=act.c.team_id.is_(None),
)

ask = Table(
    "ask",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False),
    Column("team_id", Number, ForeignKey("team.id"), nullable=False),
    Column("fingerprints", Document, nullable=False),
    Column("digest", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("how", Words, nullable=False),
    UniqueConstraint("proposal_id", "team_id", "digest", "how"),
)

planned = Table(
    "planned",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("due_at", UtcTime, nullable=False, index=True),
    UniqueConstraint("proposal_id", "kind"),
)

posted = Table(
    "posted",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("remote_id", Number, nullable=False),
    Column("digest", Words, nullable=False),
    UniqueConstraint("proposal_id", "kind", "subject"),
)

refusal = Table(
    "refusal",
    metadata,
    Column("id", Number, primary_key=True),
    Column("proposal_id", Number, ForeignKey("proposal.id"), nullable=False),
    Column("source_kind", Words, nullable=False),
    Column("source_id", Number, nullable=False),
    Column("source_line", Integer, nullable=False),
    Column("code", Words, nullable=False),
    UniqueConstraint("proposal_id", "source_kind", "source_id", "source_line"),
)

heard = Table(
    "heard",
    metadata,
    Column("id", Number, primary_key=True),
    Column("repository_id", Number, nullable=False),
    Column("number", Number, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("digest", Words, nullable=False),
    Column("utterance", Document, nullable=False),
    UniqueConstraint("repository_id", "number", "digest"),
)

head_hint = Table(
    "head_hint",
    metadata,
    Column("repository_id", Number, primary_key=True, autoincrement=False),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("head_sha", Words, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

# ``payload`` is compressed. ``processed_at`` and ``error`` are empty while nobody has looked into it.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Number, primary_key=True),
    Column("guid", Words, nullable=False, unique=True),
    Column("event", Words, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("processed_at", UtcTime),
    Column("error", Words),
)
Index(
    "ix_delivery_waiting",
    delivery.c.id,
    sqlite_where=delivery.c.processed_at.is_(None),
    postgresql_where=delivery.c.processed_at.is_(None),
)

# ``due_at`` is empty where nothing is to be done before a hint comes, ``started_at`` where nobody is at it.
work_key = Table(
    "work_key",
    metadata,
    Column("key", Words, primary_key=True),
    Column("wanted", Number, nullable=False),
    Column("done", Number, nullable=False),
    Column("due_at", UtcTime, index=True),
    Column("epoch", Number, nullable=False),
    Column("started_at", UtcTime, index=True),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Words),
    Column("priority", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False, index=True),
    Column("actor", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("facts", Document, nullable=False),
    Column("entry", Words, nullable=False, unique=True),
    Column("previous", Words, nullable=False, unique=True),
    Column("hash", Words, nullable=False, unique=True),
)

blob_result = Table(
    "blob_result",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("size", Number, nullable=False),
    Column("used_at", UtcTime, nullable=False, index=True),
)
