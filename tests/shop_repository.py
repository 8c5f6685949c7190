"""A small git repository with a dbt project, made by a test in its own folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

SHOP: Mapping[str, str] = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop_postgres\nmodel-paths: [models]\n",
    "models/sources.yml": """\
version: 2
sources:
  - name: raw
    tables:
      - name: users
        columns:
          - {name: id, data_type: bigint}
          - {name: email, data_type: varchar}
exposures:
  - name: dash_churn
    type: dashboard
    owner: {name: growth, email: growth@acme.example}
    depends_on: [ref('mart_churn')]
""",
    "models/dim_customers.sql": "select id as user_id, email as user_email from {{ source('raw', 'users') }}\n",
    "models/mart_churn.sql": (
        "select user_id, split_part(user_email, '@', 2) as email_domain from {{ ref('dim_customers') }}\n"
    ),
    "models/mart_crm.sql": "select user_id from {{ ref('dim_customers') }} where user_email is not null\n",
    ".github/CODEOWNERS": "models/dim_customers.sql @acme/data\nmodels/mart_churn.sql @acme/growth\n",
}
WITHOUT_EMAIL = "select id as user_id from {{ source('raw', 'users') }}\n"


class ShopRepository:
    """The repository; ``commit`` and ``branch`` change it as a person would."""

    def __init__(self, folder: Path, files: Mapping[str, str] = SHOP) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit(files)

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files into the work tree; None removes one."""
        for path, text in files.items():
            file = self.folder / path
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def commit(self, files: Mapping[str, str | None]) -> str:
        """Write files and commit them; the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, files: Mapping[str, str | None]) -> str:
        """A new branch with one commit, checked out; the commit."""
        self.git("checkout", "--quiet", "-b", name)
        return self.commit(files)

    def git(self, *arguments: str) -> str:
        """What git answers."""
        identity = {
            "GIT_AUTHOR_NAME": "Li Wei",
            "GIT_AUTHOR_EMAIL": "li@acme.example",
            "GIT_COMMITTER_NAME": "Li Wei",
            "GIT_COMMITTER_EMAIL": "li@acme.example",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        done = subprocess.run(  # noqa: S603 - a test's own git
            ("git", "-C", str(self.folder), *arguments),  # noqa: S607 - whichever git is there
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **identity},
        )
        return done.stdout.strip()
