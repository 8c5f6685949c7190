"""Organisations' policy files as they were read last, and since when a repository is covered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from placet.store.columns import Number, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation_file",
        sa.Column("owner_id", Number, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_organisation_file"),
    )
    op.add_column("repository", sa.Column("covered_since", UtcTime(), nullable=True))
