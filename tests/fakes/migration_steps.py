"""A step that a later version might bring, to be taken by tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from placet.store import migrate

_NEXT_STEP = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"

def upgrade() -> None:
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("proposal", recreate=recreate) as batch:
        batch.add_column(sa.Column("title", sa.Text()))
    with op.batch_alter_table("audit", recreate=recreate) as batch:
        batch.add_column(sa.Column("place", sa.Text()))
    {more}
"""


def with_next_step(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """Give the migrations one more step, ``next``, which alters two tables and then does ``more``."""
    newest = migrate.newest_revision()
    shutil.copytree(migrate._FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "rnext_title.py").write_text(_NEXT_STEP.format(more=more, newest=newest))
    monkeypatch.setattr(migrate, "_FOLDER", folder)
