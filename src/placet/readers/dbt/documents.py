"""YAML documents beside a project file: packages, locks, variables."""

from __future__ import annotations

import posixpath

from placet.errors import BadFile
from placet.readers.dbt.shapes import Notes
from placet.readers.dbt.tree import Reading
from placet.vocabulary.yamlfile import YamlMap, load_yaml


def document_at(reading: Reading, folder: str, name: str) -> tuple[YamlMap | None, Notes]:
    """The mapping in a file of a folder, and what is wrong with the file; None where there is nothing to be read."""
    path = posixpath.join(folder, name)
    file = reading.tree.files.get(path)
    notes = Notes(path, file.sha if file is not None else "")
    if file is None:
        return None, notes
    if problem := reading.problem(path):
        notes.broken(problem)
        return None, notes
    try:
        content = load_yaml(file.data or b"", path, repeated=[])
    except BadFile as error:
        notes.broken(error.message, error.line, error.hint)
        return None, notes
    return (content if isinstance(content, YamlMap) else None), notes
