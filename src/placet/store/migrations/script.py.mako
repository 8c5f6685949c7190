"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from placet.store.columns import Document, Number, UtcTime, Words

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("go back by putting the copy in the database's place")
