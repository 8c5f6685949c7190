"""What names of teams stood for when they last stood for anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from placet.store.columns import Number, Words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_name",
        sa.Column("owner_id", Number, nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("team", Words(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "name", name="pk_team_name"),
    )
