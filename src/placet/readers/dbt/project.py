"""dbt projects: where they lie in a repository, and what ``dbt_project.yml`` says."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from placet.contracts.model import FileFinding
from placet.errors import BadFile
from placet.policy.model import ProjectHint
from placet.readers.dbt.documents import document_at
from placet.readers.dbt.jinja import Surroundings, Unrenderable, render_value
from placet.readers.dbt.packages import Package, packages_of
from placet.readers.dbt.parts import Hole
from placet.readers.dbt.shapes import Notes, has_template, items_in, map_in, text_in, texts_of
from placet.readers.dbt.tree import PROJECT_FILES, Reading, Tree, is_inside, joined
from placet.vocabulary.files import Location
from placet.vocabulary.yamlfile import YamlMap, load_yaml

# Each sort of folder: the key, the one it had in old projects, and what holds where neither is given.
_PATHS = {
    "model": ("model-paths", "source-paths", ("models",)),
    "seed": ("seed-paths", "data-paths", ("seeds",)),
    "snapshot": ("snapshot-paths", "", ("snapshots",)),
    "macro": ("macro-paths", "", ("macros",)),
    "analysis": ("analysis-paths", "", ("analyses",)),
    "test": ("test-paths", "", ("tests",)),
    "function": ("function-paths", "", ("functions",)),
}
_CONFIGURED = (
    "models", "seeds", "snapshots", "sources", "exposures", "semantic-models", "metrics", "saved-queries", "data_tests"
)  # fmt: skip
# What a section was called before; the name of today goes before it.
_FORMER = {"data_tests": "tests", "semantic-models": "semantic_models", "saved-queries": "saved_queries"}
# Settings of which a template may be a part, and which are needed before anything else is known.
_RENDERED = frozenset(
    {"packages-install-path", "modules-path", "profile", *(key for sort in _PATHS.values() for key in sort[:2])}
)
_INSTALL_FOLDERS = ("dbt_packages", "dbt_modules")
_NAME_LINE = re.compile(r"(?m)^name:\s*['\"]?([A-Za-z_]\w*)['\"]?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What one ``dbt_project.yml`` says, with dbt's defaults where it says nothing.

    ``paths``: folders, from the repository's root, by sort (model, seed, snapshot, macro, analysis, test).
    ``configs``: the trees of ``+config`` by resource (models, seeds, …). ``installed``: a package's copy in the tree.
    ``install_folder``: where this project's own packages would lie.
    """

    folder: str
    name: str
    location: Location
    sha: str
    paths: Mapping[str, tuple[str, ...]]
    configs: Mapping[str, YamlMap] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    dispatch: tuple[tuple[str, tuple[str, ...]], ...] = ()
    install_folder: str = ""
    profile: str = ""
    packages: tuple[Package, ...] = ()
    installed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The projects of a tree in order of folder, and what could not be read of them."""

    projects: tuple[ProjectFile, ...]
    findings: tuple[FileFinding, ...]


def projects_in(reading: Reading, hints: Sequence[ProjectHint]) -> Found:
    """Every project of the tree, or those that the hints name, each with the packages installed in it.

    Copies that tools put into a tree (``target``, a virtual environment), and projects vendored inside an installed
    package, are none.
    """
    reader = _Reader(reading)
    candidates = {posixpath.dirname(path): path for path in reversed(list(reading.tree.named(PROJECT_FILES)))}
    if hints:
        folders = _hinted(hints, candidates, reader)
    else:
        folders = [folder for folder in sorted(candidates) if not _in_install_folder(folder)]
    projects: dict[str, ProjectFile] = {}
    for folder in folders:
        if any(one.install_folder and is_inside(folder, one.install_folder) for one in projects.values()):
            continue
        project = reader.project(candidates[folder], installed=False)
        if project is not None:
            projects[folder] = project
    for owner in list(projects.values()):
        for folder in sorted(candidates):
            if folder not in projects and posixpath.dirname(folder) == owner.install_folder != "":
                package = reader.project(candidates[folder], installed=True)
                if package is not None:
                    projects[folder] = package
    return Found(tuple(projects[folder] for folder in sorted(projects)), tuple(reader.findings))


def _hinted(hints: Sequence[ProjectHint], candidates: Mapping[str, str], reader: _Reader) -> list[str]:
    folders: list[str] = []
    for hint in hints:
        folder = joined("", hint.path.strip().strip("/") or ".")
        if folder is not None and folder in candidates:
            folders.append(folder)
            continue
        reader.findings.append(
            FileFinding(
                Location(f"{hint.path.strip('/')}/{PROJECT_FILES[0]}"),
                "",
                "the policy names a project here, and there is none",
                code="project_missing",
                hint="correct projects: in the policy",
            )
        )
    return sorted(set(folders))


def _in_install_folder(folder: str) -> bool:
    return not frozenset(_INSTALL_FOLDERS).isdisjoint(folder.split("/"))


class _Reader:
    """Reads project files, noting what cannot be read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.findings: list[FileFinding] = []

    def project(self, path: str, *, installed: bool) -> ProjectFile | None:
        """What the file says; where it cannot be read, a project with defaults if at least its name can be seen."""
        file = self._reading.tree.files[path]
        folder = posixpath.dirname(path)
        notes = Notes(path, file.sha)
        problem = self._reading.problem(path)
        content: object = None
        if problem:
            notes.broken(problem)
        else:
            try:
                content = load_yaml(file.data or b"", path, repeated=[])
            except BadFile as error:
                notes.broken(error.message, error.line, error.hint)
        if not notes.found and not isinstance(content, YamlMap):
            notes.broken("not a mapping", 1, hint="write name: and the project's settings")
        settings = _rendered(content, notes) if isinstance(content, YamlMap) else YamlMap(1)
        name = text_in(settings, "name") or _name_seen(file.data)
        if not name and not notes.found:
            notes.broken("the project has no name", 1, hint="add name:")
        packages = packages_of(self._reading, folder, self.findings)
        self.findings += notes.found
        if not name:
            return None
        return self._settled(settings, name, notes, packages, installed=installed)

    def _settled(
        self, settings: YamlMap, name: str, notes: Notes, packages: tuple[Package, ...], *, installed: bool
    ) -> ProjectFile:
        folder = posixpath.dirname(notes.path)
        before = len(notes.found)
        install = text_in(settings, "packages-install-path") or text_in(settings, "modules-path")
        project = ProjectFile(
            folder=folder,
            name=name,
            location=Location(notes.path, settings.line_of("name")),
            sha=notes.sha,
            paths={sort: _folders(settings, folder, sort, notes) for sort in _PATHS},
            configs=_configs(settings, notes),
            variables=self._variables(settings, folder, notes),
            dispatch=_dispatch(settings, notes),
            install_folder=(joined(folder, install) or "") if install else _default_install(self._reading.tree, folder),
            profile=text_in(settings, "profile"),
            packages=packages,
            installed=installed,
        )
        self.findings += notes.found[before:]
        return project

    def _variables(self, settings: YamlMap, folder: str, notes: Notes) -> dict[Any, Any]:
        """The project's variables; those of ``vars.yml`` beside it (dbt 1.12) over those of the project file."""
        content, beside = document_at(self._reading, folder, "vars.yml")
        own = map_in(content, "vars", beside) if content is not None else {}
        self.findings += beside.found
        return {**map_in(settings, "vars", notes), **own}


def _rendered(settings: YamlMap, notes: Notes) -> YamlMap:
    """The settings with those rendered that say where things lie; one that cannot be known is left out."""
    around = Surroundings(project="")
    for key in _RENDERED & settings.keys():
        texts = texts_of(settings[key])
        if not any(has_template(text) for text in texts):
            continue
        try:
            values = [render_value(text, around) for text in texts]
            problem = next((value.reason for value in values if isinstance(value, Hole)), "")
        except Unrenderable as error:
            values, problem = [], error.reason
        if problem:
            notes.ignored(f"{key} is not known: {problem}", settings.line_of(key), "give it a default, or write it out")
            del settings[key]
        else:
            settings[key] = values if isinstance(settings[key], list) else values[0]
    return settings


def _configs(settings: YamlMap, notes: Notes) -> dict[str, YamlMap]:
    written = {key: key if key in settings else _FORMER.get(key, key) for key in _CONFIGURED}
    return {key: map_in(settings, one, notes) for key, one in written.items() if settings.get(one) is not None}


def _folders(settings: YamlMap, folder: str, sort: str, notes: Notes) -> tuple[str, ...]:
    key, old_key, default = _PATHS[sort]
    written = next((one for one in (key, key.replace("-", "_"), old_key) if one and settings.get(one) is not None), "")
    texts = texts_of(settings[written]) if written else default
    result: list[str] = []
    for text in texts:
        path = joined(folder, text)
        if path is None:
            notes.ignored(f"{written} leaves the repository: {text}", settings.line_of(written))
        elif path not in result:
            result.append(path)
    return tuple(result)


def _dispatch(settings: YamlMap, notes: Notes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    result = []
    for item, line in items_in(settings, "dispatch", notes):
        namespace = text_in(item, "macro_namespace") if isinstance(item, YamlMap) else ""
        if not namespace:
            notes.ignored("an entry of dispatch has no macro_namespace", line)
            continue
        result.append((namespace, texts_of(item.get("search_order"))))
    return tuple(result)


def _default_install(tree: Tree, folder: str) -> str:
    for name in _INSTALL_FOLDERS:
        path = f"{folder}/{name}" if folder else name
        if next(tree.below(path), None) is not None:
            return path
    return f"{folder}/{_INSTALL_FOLDERS[0]}" if folder else _INSTALL_FOLDERS[0]


def _name_seen(data: bytes | None) -> str:
    """The project's name in a file that is no YAML as a whole, so that its assets keep their names."""
    found = _NAME_LINE.search((data or b"").decode("utf-8", "replace").replace("\r\n", "\n"))
    return found.group(1) if found else ""
