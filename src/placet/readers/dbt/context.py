"""All that a project's assets share: its dialect, its variables, its macros and what its YAML says."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from placet.contracts.model import FileFinding
from placet.readers.dbt.blocks import macros_in
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.configs import folder_configs, merged, variables_of
from placet.readers.dbt.declarations import TestEntry
from placet.readers.dbt.dialects import Dialect
from placet.readers.dbt.jinja import MacroFile, MacroLibrary, Surroundings, Target, Unrenderable, render_value
from placet.readers.dbt.parts import Hole
from placet.readers.dbt.project import ProjectFile
from placet.readers.dbt.properties import Entry, GroupEntry, PropertyFile, property_file
from placet.readers.dbt.shapes import Notes, Unrendered, canonical, has_template, plain, rendered_setting
from placet.readers.dbt.tree import YAML_SUFFIXES, Ignored, Reading, Tree, is_inside, joined
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import File


def _property_size(one: PropertyFile) -> int:
    layer = one.semantics
    return 500 + 2_000 * (
        len(one.entries) + len(one.sources) + len((*layer.models, *layer.metrics, *layer.saved_queries))
    )


_PROPERTY_PATHS = ("model", "seed", "snapshot", "macro", "analysis", "test", "function")
# The macros by which dbt names what it builds, also in the variant for one adapter.
_NAMING = re.compile(r"\bmacro\s+(?:\w+__)?generate_(database|schema|alias)_name\s*\(")
_PROPERTY_FILES: Cache[PropertyFile] = Cache(40_000_000, _property_size)
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_VARIABLE = re.compile(r"\bvar\(\s*['\"](\w+)")
_MACROS = Cache[MacroLibrary](20, lambda _library: 1)


@dataclass(frozen=True)
class Repository:
    """What every project of one reading shares; ``roots``: under which project's folder each one is built."""

    reading: Reading
    projects: Mapping[str, ProjectFile]
    roots: Mapping[str, str]

    @property
    def tree(self) -> Tree:
        """The files."""
        return self.reading.tree

    def packages_for(self, folder: str) -> Iterator[ProjectFile]:
        """The projects whose macros a project can use, itself first, as far as they are in the tree."""
        root = self.roots[folder]
        wanted = [folder, root]
        wanted += sorted(one for one, owner in self.roots.items() if owner == root and one != root)
        for place in (folder, root):
            wanted += [package.folder for package in self.projects[place].packages if package.folder is not None]
        for place in dict.fromkeys(wanted):
            if place in self.projects:
                yield self.projects[place]

    def builders_of(self, folder: str) -> list[ProjectFile]:
        """The projects that ask for this one as a local package, in order of folder."""
        return [
            project
            for _, project in sorted(self.projects.items())
            if project.folder != folder and any(package.folder == folder for package in project.packages)
        ]

    def file_text(self, path: str) -> tuple[str, str]:
        """A file's text without its byte order mark, and why there is none."""
        if problem := self.reading.problem(path):
            return "", problem
        file = self.tree.files[path]
        try:
            return (file.data or b"").decode("utf-8-sig"), ""
        except UnicodeDecodeError as error:
            line = (file.data or b"")[: error.start].count(b"\n") + 1
            return "", f"not valid UTF-8 (line {line})"


class Context:
    """One project as its assets see it."""

    def __init__(self, repository: Repository, project: ProjectFile, dialect: Dialect) -> None:
        self.repository = repository
        self.project = project
        self.root = repository.projects[repository.roots[project.folder]]
        self.dialect = dialect
        self.variables = variables_of(project, self.root, repository.builders_of(project.folder))
        self.findings: list[FileFinding] = []
        self._macro_texts: dict[str, dict[str, str]] = {}
        self.around = Surroundings(
            project=self.root.name,
            target=Target(type=dialect.adapter or "default"),
            variables=self.variables,
            package=project.name,
        )

    @cached_property
    def digest(self) -> str:
        """Covers all that rendering depends on, but the template, its configuration and its relations."""
        return text_digest(
            self.root.name,
            self.project.name,
            self.dialect.adapter,
            canonical(self.variables),
            self._macro_digest,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Covers all that a file's drafts depend on, but the file itself, its entry in YAML and its relations."""
        return text_digest(
            self.digest,
            self.dialect.name,
            self.project.folder,
            self.project.sha,
            self.root.folder,
            self.root.sha,
            repr(sorted(self.groups.items())),
        )

    @cached_property
    def library(self) -> MacroLibrary:
        """The macros that the project's templates can call."""
        known = _MACROS.get(self._macro_digest)
        if known is None:
            known = MacroLibrary(self.root.name, self._macro_files, dict(self.root.dispatch))
            _MACROS.put(self._macro_digest, known)
        return known

    @cached_property
    def properties(self) -> tuple[PropertyFile, ...]:
        """What the project's property files say, in order of path."""
        return tuple(self._property_file(path) for path in self.paths(_PROPERTY_PATHS, YAML_SUFFIXES))

    @cached_property
    def entries(self) -> Mapping[tuple[str, str], tuple[Entry, ...]]:
        """What YAML says of a resource by its sort and name: one entry, or one for each version."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for properties in self.properties:
            for entry in properties.entries:
                known = found.setdefault((entry.resource, entry.name), [])
                taken = known and known[0].location.path != properties.path
                if taken or any(entry.version == one.version for one in known):
                    self._note_twice(entry, known[0])
                    continue
                known.append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    def described(self, unique_id: str) -> str | None:
        """What YAML says of a model, seed or snapshot of this project without versions, as JSON."""
        resource, _, rest = unique_id.partition(".")
        package, _, name = rest.partition(".")
        if package != self.project.name:
            return None
        found = self.entries.get((f"{resource}s", name), ())
        return found[0].content if len(found) == 1 and not found[0].version else None

    @cached_property
    def groups(self) -> Mapping[str, GroupEntry]:
        """The project's groups by name."""
        return {group.name: group for properties in reversed(self.properties) for group in properties.groups}

    def paths(self, sorts: Iterable[str], suffixes: tuple[str, ...]) -> list[str]:
        """The files with such a suffix in the project's folders of such sorts, each once, in order."""
        found = {
            path
            for sort in sorts
            for folder in self.project.paths[sort]
            for path in self.repository.tree.below(folder)
            if path.lower().endswith(suffixes) and self._is_own(path)
        }
        return sorted(found)

    def layers(self, resource: str, names: Iterable[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What ``dbt_project.yml`` gives a resource: the own one, and that of a root project that installs this one."""
        path = list(names)
        own = [self._rendered(layer) for layer in folder_configs(self.project, resource, path)]
        if self.root.folder == self.project.folder:
            return own, []
        return own, [self._rendered(layer) for layer in folder_configs(self.root, resource, path)]

    def settings_of(self, test: TestEntry) -> Mapping[str, Any]:
        """A test's settings, over those that ``dbt_project.yml`` gives to the tests of its file's folder."""
        if not any("data_tests" in project.configs for project in (self.project, self.root)):
            return test.settings
        path = test.location.path
        inner = path[len(self.project.folder) + 1 :] if self.project.folder else path
        # dbt leaves out the first folder, whatever it is.
        folders = inner.split("/")[1:-1]
        own, over = self.layers("data_tests", [self.project.name, *folders, test.title])
        return merged(*own, test.settings, *over)

    def names_to(self, path: str, sort: str = "") -> list[str]:
        """The project's name and the folders from its folder of that sort (of any, if none is named) to the file."""
        folders = [folder for one in ((sort,) if sort else _PROPERTY_PATHS) for folder in self.project.paths[one]]
        for folder in sorted(folders, key=len, reverse=True):
            if is_inside(path, folder):
                inner = posixpath.dirname(path[len(folder) :].lstrip("/"))
                return [self.project.name, *(part for part in inner.split("/") if part)]
        return [self.project.name]

    def value(self, text: str) -> Any:  # noqa: ANN401 - any YAML value
        """The value of a template in YAML; the text itself, marked, where it cannot be known."""
        try:
            value = render_value(text, self.around, self.library)
        except (Unrenderable, RecursionError):
            return Unrendered(text)
        return Unrendered(text) if isinstance(value, Hole) else value

    @cached_property
    def macro_findings(self) -> tuple[FileFinding, ...]:
        """The project's own macro files that could not be fetched or do not parse."""
        own = frozenset(self.paths(("macro",), (".sql",)))
        found = []
        for finding in self.library.findings:
            if finding.path in own and not any(one.location.path == finding.path for one in self.findings):
                notes = Notes(finding.path, self.repository.tree.files[finding.path].sha)
                notes.broken(finding.reason, finding.line, "mend the template")
                found += notes.found
        return tuple(found)

    @cached_property
    def naming(self) -> tuple[tuple[str, str], ...]:
        """The parts of a relation's name that a macro of the repository makes, each with the macro's digest.

        As in dbt, one of the root project goes before one of the project itself.
        """
        found: dict[str, str] = {}
        for package in dict.fromkeys((self.root.name, self.project.name)):
            for file in self._macro_files:
                if file.package != package:
                    continue
                for part in dict.fromkeys(_NAMING.findall(file.text)):
                    texts = [text for name, text in macros_in(file.text) if name.endswith(f"generate_{part}_name")]
                    if part not in found and texts:
                        found[part] = text_digest(*self._with_what_they_use(texts))
        return tuple(sorted(found.items()))

    def _with_what_they_use(self, texts: Sequence[str]) -> Iterator[str]:
        """Texts of macros with those of all macros of the tree that they may call, and the variables in any of them."""
        known = {name: text for file in self._macro_files for name, text in macros_in(file.text)}
        met: set[str] = set()
        waiting = list(texts)
        while waiting:
            text = waiting.pop(0)
            yield text
            yield canonical({name: self.variables.get(name) for name in sorted(set(_VARIABLE.findall(text)))})
            called = set(_CALLED.findall(text)) & known.keys() - met
            met |= called
            waiting += [known[name] for name in sorted(called)]

    def macro_text(self, path: str, name: str) -> str:
        """The text of a macro; that of its whole file where it does not stand there plainly."""
        if path not in self._macro_texts:
            self._macro_texts[path] = dict(macros_in(self._macro_file_texts.get(path, "")))
        return self._macro_texts[path].get(name) or self._macro_file_texts.get(path, "")

    def _rendered(self, layer: Mapping[str, Any]) -> dict[str, Any]:
        # What is not known must not look as if nobody had said it, so that what is said further out would count.
        return {key: rendered_setting(key, written, self.value) for key, written in layer.items()}

    def _property_file(self, path: str) -> PropertyFile:
        file = self.repository.tree.files[path]
        if problem := self.repository.reading.problem(path):
            notes = Notes(path, file.sha)
            notes.broken(problem)
            return PropertyFile(path, findings=tuple(notes.found))
        # Without a template in it, a file says the same wherever it stands.
        key = (file.sha, path, self.digest if has_template(_loosely(file)) else "")
        known = _PROPERTY_FILES.get(key)
        if known is None:
            known = property_file(file, self.value)
            _PROPERTY_FILES.put(key, known)
        return known

    def _is_own(self, path: str) -> bool:
        """Whether a file belongs to this project, and to none that lies further inside."""
        if self.project.install_folder and is_inside(path, self.project.install_folder):
            return False
        inner = path[len(self.project.folder) + 1 :] if self.project.folder else path
        if self._ignored(inner):
            return False
        folder = posixpath.dirname(path)
        while folder and folder != self.project.folder:
            if folder in self.repository.projects:
                return False
            folder = posixpath.dirname(folder)
        return True

    @cached_property
    def _ignored(self) -> Ignored:
        path = joined(self.project.folder, ".dbtignore") or ""
        return Ignored(self.repository.file_text(path)[0] if path in self.repository.tree.files else "")

    @cached_property
    def _macro_files(self) -> tuple[MacroFile, ...]:
        files: list[MacroFile] = []
        for package in self.repository.packages_for(self.project.folder):
            for folder in package.paths["macro"]:
                for path in self.repository.tree.below(folder):
                    if path.endswith(".sql") and not is_inside(path, package.install_folder or "\0"):
                        text, problem = self.repository.file_text(path)
                        if problem and package.folder == self.project.folder:
                            self._note_macro(path, problem)
                        files.append(MacroFile(path, package.name, text))
        return tuple(files)

    @cached_property
    def _macro_file_texts(self) -> Mapping[str, str]:
        return {file.path: file.text for file in self._macro_files}

    @cached_property
    def _macro_digest(self) -> str:
        parts = [part for file in self._macro_files for part in (file.path, file.package, file.text)]
        return text_digest(canonical(plain(self.root.dispatch)), self.root.name, *parts)

    def _note_macro(self, path: str, problem: str) -> None:
        notes = Notes(path, self.repository.tree.files[path].sha)
        notes.broken(problem)
        self.findings += notes.found

    def _note_twice(self, entry: Entry, first: Entry) -> None:
        sha = self.repository.tree.files[entry.location.path].sha
        reason = f"{entry.name} is described twice (first in {first.location})"
        self.findings.append(
            FileFinding(entry.location, sha, reason, code="described_twice", hint="keep one of the two entries")
        )


def _loosely(file: File) -> str:
    return (file.data or b"").decode("latin-1")
