"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from placet.store.columns import Document, Number, UtcTime, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset",
        sa.Column("id", Number, nullable=False),
        sa.Column("repository_id", Number, nullable=True),
        sa.Column("key", Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asset"),
        sa.UniqueConstraint("repository_id", "key", name="uq_asset_repository_id_key"),
    )
    op.create_table(
        "audit",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("actor", Words(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("facts", Document(), nullable=False),
        sa.Column("entry", Words(), nullable=False),
        sa.Column("previous", Words(), nullable=False),
        sa.Column("hash", Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("entry", name="uq_audit_entry"),
        sa.UniqueConstraint("hash", name="uq_audit_hash"),
        sa.UniqueConstraint("previous", name="uq_audit_previous"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "blob_result",
        sa.Column("kind", Words(), nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("used_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_blob_result"),
    )
    op.create_index("ix_blob_result_used_at", "blob_result", ["used_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", Number, nullable=False),
        sa.Column("guid", Words(), nullable=False),
        sa.Column("event", Words(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("processed_at", UtcTime(), nullable=True),
        sa.Column("error", Words(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("guid", name="uq_delivery_guid"),
    )
    op.create_index("ix_delivery_received_at", "delivery", ["received_at"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["id"],
        unique=False,
        sqlite_where=sa.text("processed_at IS NULL"),
        postgresql_where=sa.text("processed_at IS NULL"),
    )
    op.create_table(
        "head_hint",
        sa.Column("repository_id", Number, autoincrement=False, nullable=False),
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("head_sha", Words(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "number", name="pk_head_hint"),
    )
    op.create_table(
        "heard",
        sa.Column("id", Number, nullable=False),
        sa.Column("repository_id", Number, nullable=False),
        sa.Column("number", Number, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.Column("utterance", Document(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_heard"),
        sa.UniqueConstraint("repository_id", "number", "digest", name="uq_heard_repository_id_number_digest"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", Number, nullable=False),
        sa.Column("origin", Words(), nullable=False),
        sa.Column("repository_id", Number, nullable=True),
        sa.Column("number", Number, nullable=True),
        sa.Column("state", Words(), nullable=True),
        sa.Column("forced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("repository_id", "number", name="uq_proposal_repository_id_number"),
    )
    op.create_index("ix_proposal_state", "proposal", ["state"], unique=False)
    op.create_table(
        "repository",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("installation_id", Number, nullable=False),
        sa.Column("owner_id", Number, nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("default_branch", Words(), nullable=False),
        sa.Column("owner_is_organisation", sa.Boolean(), nullable=False),
        sa.Column("forgotten_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_repository"),
    )
    op.create_index("ix_repository_installation_id", "repository", ["installation_id"], unique=False)
    op.create_table(
        "team",
        sa.Column("id", Number, nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("github_id", Number, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
        sa.UniqueConstraint("key", name="uq_team_key"),
    )
    op.create_table(
        "work_key",
        sa.Column("key", Words(), nullable=False),
        sa.Column("wanted", Number, nullable=False),
        sa.Column("done", Number, nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("epoch", Number, nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", Words(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_work_key"),
    )
    op.create_index("ix_work_key_due_at", "work_key", ["due_at"], unique=False)
    op.create_index("ix_work_key_started_at", "work_key", ["started_at"], unique=False)
    op.create_table(
        "act",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("verb", Words(), nullable=False),
        sa.Column("team_id", Number, nullable=True),
        sa.Column("actor_id", Number, nullable=False),
        sa.Column("actor_login", Words(), nullable=False),
        sa.Column("actor_is_user", sa.Boolean(), nullable=False),
        sa.Column("fingerprints", Document(), nullable=False),
        sa.Column("source_kind", Words(), nullable=False),
        sa.Column("source_id", Number, nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("standing", Words(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("arguments", Document(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_act_proposal_id_proposal"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_act_team_id_team"),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
    )
    op.create_index(
        "uq_act_source",
        "act",
        ["proposal_id", "source_kind", "source_id", "source_line"],
        unique=True,
        sqlite_where=sa.text("team_id IS NULL"),
        postgresql_where=sa.text("team_id IS NULL"),
    )
    op.create_index("ix_act_proposal_id", "act", ["proposal_id"], unique=False)
    op.create_index(
        "uq_act_source_team",
        "act",
        ["proposal_id", "source_kind", "source_id", "source_line", "team_id"],
        unique=True,
        sqlite_where=sa.text("team_id IS NOT NULL"),
        postgresql_where=sa.text("team_id IS NOT NULL"),
    )
    op.create_table(
        "ask",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("team_id", Number, nullable=False),
        sa.Column("fingerprints", Document(), nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("how", Words(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_ask_proposal_id_proposal"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_ask_team_id_team"),
        sa.PrimaryKeyConstraint("id", name="pk_ask"),
        sa.UniqueConstraint("proposal_id", "team_id", "digest", "how", name="uq_ask_proposal_id_team_id_digest_how"),
    )
    op.create_table(
        "contract_version",
        sa.Column("id", Number, nullable=False),
        sa.Column("asset_id", Number, nullable=False),
        sa.Column("branch", Words(), nullable=False),
        sa.Column("version", Words(), nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.Column("commit_sha", Words(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_contract_version_asset_id_asset"),
        sa.PrimaryKeyConstraint("id", name="pk_contract_version"),
        sa.UniqueConstraint("asset_id", "branch", "version", name="uq_contract_version_asset_id_branch_version"),
    )
    op.create_table(
        "planned",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_planned_proposal_id_proposal"),
        sa.PrimaryKeyConstraint("id", name="pk_planned"),
        sa.UniqueConstraint("proposal_id", "kind", name="uq_planned_proposal_id_kind"),
    )
    op.create_index("ix_planned_due_at", "planned", ["due_at"], unique=False)
    op.create_table(
        "posted",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("remote_id", Number, nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_posted_proposal_id_proposal"),
        sa.PrimaryKeyConstraint("id", name="pk_posted"),
        sa.UniqueConstraint("proposal_id", "kind", "subject", name="uq_posted_proposal_id_kind_subject"),
    )
    op.create_table(
        "publication",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("head", Words(), nullable=False),
        sa.Column("base", Words(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("shown", Document(), nullable=False),
        sa.Column("everything", Document(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_publication_proposal_id_proposal"),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
    )
    op.create_index("ix_publication_proposal_id", "publication", ["proposal_id"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("id", Number, nullable=False),
        sa.Column("proposal_id", Number, nullable=False),
        sa.Column("source_kind", Words(), nullable=False),
        sa.Column("source_id", Number, nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("code", Words(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_refusal_proposal_id_proposal"),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
        sa.UniqueConstraint(
            "proposal_id",
            "source_kind",
            "source_id",
            "source_line",
            name="uq_refusal_proposal_id_source_kind_source_id_source_line",
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("go back by putting the copy in the database's place")
