"""A repository's dbt projects, read as one contract set."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence

from placet.contracts.model import ContractSet, FileFinding
from placet.policy.model import ProjectHint
from placet.readers.dbt.assembly import Amend, assembled
from placet.readers.dbt.context import Context, Repository
from placet.readers.dbt.dialects import Dialect, HintFiles, dialect_of, known_dialect
from placet.readers.dbt.project import ProjectFile, projects_in
from placet.readers.dbt.relations import Relations
from placet.readers.dbt.tree import Reading, Tree
from placet.vocabulary.files import Files


def read_projects(
    files: Files,
    hints: Sequence[ProjectHint] = (),
    *,
    progress: Callable[[str], None] | None = None,
    refused: Mapping[str, str] | None = None,
    amend: Amend | None = None,
) -> ContractSet:
    """Everything that the dbt projects of a tree promise and read.

    ``hints`` name the projects to read; without any, every ``dbt_project.yml`` counts. ``progress`` is called with a
    path before that file is worked on. ``refused``: paths that must not be read again, with the reason. ``amend`` may
    add what is known of an asset from elsewhere, before anything that reads it is worked out.

    Never fails on what a file says: what cannot be read is an asset that says why, or a finding.
    """
    reading = Reading(Tree(files), refused or {}, progress or _silent)
    found = projects_in(reading, hints)
    projects = {project.folder: project for project in found.projects}
    repository = Repository(reading, projects, _roots(found.projects))
    hinted = {hint.path.strip().strip("/").removeprefix("./"): hint.dialect for hint in hints}
    findings = list(found.findings)
    dialects: dict[str, Dialect] = {}
    hint_files = HintFiles(reading)
    for project in found.projects:
        hint = hinted.get(project.folder or ".", hinted.get(project.folder, ""))
        if hint and known_dialect(hint) is None:
            findings.append(_unknown_dialect(project, hint))
        dialects[project.folder] = dialect_of(project, hint, hint_files)
    contexts = [Context(repository, project, _dialect(project, repository, dialects)) for project in found.projects]
    return assembled(contexts, Relations(found.projects, repository.roots), findings, amend=amend)


def _silent(_path: str) -> None:
    return


def _roots(projects: Sequence[ProjectFile]) -> dict[str, str]:
    """The folder of the project under which each one is built: its own, or that of the one that it is installed in."""
    roots = {}
    for project in projects:
        parent = posixpath.dirname(project.folder)
        owners = [one.folder for one in projects if project.installed and one.install_folder == parent]
        roots[project.folder] = owners[0] if owners else project.folder
    return roots


def _dialect(project: ProjectFile, repository: Repository, found: Mapping[str, Dialect]) -> Dialect:
    """A project's dialect: its root's, or where nobody says it that of a project which builds it as a local package."""
    candidates = [repository.roots[project.folder], *(one.folder for one in repository.builders_of(project.folder))]
    return next((found[folder] for folder in candidates if found[folder].adapter), found[candidates[0]])


def _unknown_dialect(project: ProjectFile, hint: str) -> FileFinding:
    return FileFinding(
        project.location,
        project.sha,
        f"the policy says dialect {hint!r}, which is not known",
        code="dialect_unknown",
        hint="write the name of a dbt adapter, such as snowflake or bigquery",
    )
