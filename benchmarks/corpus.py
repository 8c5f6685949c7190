"""How much of real dbt repositories is understood: `python -m benchmarks.corpus DIR …`, one table over all of them.

Each `DIR` is a git repository, bare or with a work tree, read at its `HEAD`; `DIR:FOLDER` reads the one project in that
folder. Each is read in a process of its own, and given up after `--timeout` seconds. Reading takes one processor and
waits for nothing, so times are those of the processor, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placet.contracts.model import Asset, ContractSet
    from placet.vocabulary.files import Files

_CAUSES_SHOWN = 5
_MIB_IN_KIB = 1024
_HEAD = (
    "repository", "dialects", "models", "resolved", "partial", "unreadable", "off", "cold s", "again s", "peak MiB",
)  # fmt: skip
# What differs from model to model in a reason: what stands in quotes, and names that words lead in.
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
_NAMED = re.compile(
    r"(?<=\bcolumns of )\S+|(?<=\bcolumn )\S+|(?<=\bvalues of )\S+|(?<=\bexist in ).+|(?<=\bref to )\S+|"
    r"(?<=\bsource )[\w.]+(?= is)|(?<=\bmodel )[\w.]+(?= is)"
)
_NUMBER = re.compile(r"\b\d+\b")


@dataclass(frozen=True, slots=True)
class Figures:
    """What reading one repository gave; times in seconds of a processor, memory in MiB.

    The models are those of its own projects. ``off``: those that a variable, the environment or the target switches
    off here. ``again``: reading it once more in the same process, after a comment was added to the model that most
    others read. ``causes``: reasons of what is not resolved, most frequent first. ``failure``: why there are no
    figures.
    """

    repository: str
    dialects: tuple[str, ...] = ()
    models: int = 0
    resolved: int = 0
    partial: int = 0
    unreadable: int = 0
    off: int = 0
    cold: float = 0.0
    again: float = 0.0
    peak: int = 0
    causes: tuple[tuple[str, int], ...] = ()
    failure: str = ""


def measured(subject: str) -> Figures:
    """The figures of one repository, read in this process."""
    from placet.local.git import GitRepository
    from placet.policy.model import ProjectHint
    from placet.readers.dbt import read_projects, wanted

    place, _, project = subject.partition(":")
    repository = GitRepository(Path(place))
    files = repository.files(repository.commit("HEAD"), wanted)
    hints = (ProjectHint(project),) if project else ()
    began = time.process_time()
    contracts = read_projects(files, hints)
    cold = time.process_time() - began
    changed = _with_a_comment(files, contracts)
    began = time.process_time()
    read_projects(changed, hints)
    again = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB_IN_KIB
    return replace(figures_of(named(subject), contracts), cold=round(cold, 2), again=round(again, 2), peak=peak)


def figures_of(name: str, contracts: ContractSet) -> Figures:
    """What the contracts of a repository say about how well it was read; without times."""
    models = own_models(contracts)
    counts = Counter(asset.status.value for asset in models)
    own = [project for project in contracts.projects if not project.installed]
    begins = tuple(f"model.{project.name}." for project in own)
    causes = Counter(f"{asset.status.value}: {general(asset.reason)}" for asset in models if asset.reason)
    return Figures(
        repository=name,
        dialects=tuple(sorted({project.dialect or "not said" for project in own})),
        models=len(models),
        resolved=counts["resolved"],
        partial=counts["partial"],
        unreadable=counts["unreadable"],
        off=sum(one.startswith(begins) for one in contracts.disabled),
        causes=tuple(sorted(causes.items(), key=lambda one: (-one[1], one[0]))),
    )


def own_models(contracts: ContractSet) -> list[Asset]:
    """The models of the repository's own projects, without those of packages that are installed in the tree."""
    from placet.vocabulary.words import AssetKind

    installed = {project.folder for project in contracts.projects if project.installed}
    models = (asset for asset in contracts.assets if asset.kind is AssetKind.MODEL)
    return [asset for asset in models if asset.key.rpartition(":")[0] not in installed]


def general(reason: str) -> str:
    """A reason without the names and numbers in it, so that equal causes can be counted."""
    return _NUMBER.sub("N", _NAMED.sub("…", _QUOTED.sub("…", reason)))


def named(subject: str) -> str:
    """What a repository is called in the table: the last folder of its path that says something, and the project."""
    place, _, project = subject.partition(":")
    parts = [part for part in Path(place).resolve().parts if part not in ("repo", ".git")]
    name = parts[-1].removesuffix(".git").replace("+", "/")
    return f"{name}:{project}" if project else name


def table(rows: Sequence[Figures]) -> str:
    """All figures as one table in Markdown, with a sum, and below it what the main causes are."""
    lines = ["| " + " | ".join(_HEAD) + " |", "| --- | --- |" + " ---: |" * (len(_HEAD) - 2)]
    lines += [_row(one) for one in rows]
    read = [one for one in rows if not one.failure]
    if len(read) > 1:
        lines.append(_row(_sum(read)))
    for one in rows:
        lines += ["", f"{one.repository}: {one.failure}"] if one.failure else []
        lines += ["", f"{one.repository}:"] if one.causes else []
        lines += [f"- {count}: {cause}" for cause, count in one.causes[:_CAUSES_SHOWN]]
    return "\n".join(lines)


def _row(one: Figures) -> str:
    if one.failure:
        return f"| {one.repository} | {one.failure} |" + " |" * (len(_HEAD) - 2)
    share = f" ({one.resolved / one.models:.1%})" if one.models else ""
    cells = (
        one.repository, ", ".join(one.dialects), one.models, f"{one.resolved}{share}", one.partial, one.unreadable,
        one.off, f"{one.cold:.1f}", f"{one.again:.1f}", one.peak,
    )  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _sum(rows: Iterable[Figures]) -> Figures:
    total = Figures("all")
    for one in rows:
        total = replace(
            total,
            models=total.models + one.models,
            resolved=total.resolved + one.resolved,
            partial=total.partial + one.partial,
            unreadable=total.unreadable + one.unreadable,
            off=total.off + one.off,
            cold=total.cold + one.cold,
            again=total.again + one.again,
            peak=max(total.peak, one.peak),
        )
    return total


def _with_a_comment(files: Files, contracts: ContractSet) -> Files:
    from placet.vocabulary.files import File, Files

    readers = Counter(read for asset in contracts.assets for read in asset.reads)
    candidates = [one for one in own_models(contracts) if one.location.path.endswith(".sql")]
    if not candidates:
        return files
    path = max(candidates, key=lambda one: (readers[one.key], one.key)).location.path
    data = (files[path].data or b"") + b"\n-- changed\n"
    sha = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return files.overlaid(Files([File(path, sha, data)]), [path])


def _in_its_own_process(subject: str, timeout: float) -> Figures:
    command = [sys.executable, "-m", "benchmarks.corpus", "--one", subject]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return Figures(named(subject), failure=f"not read within {timeout:.0f} s")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return Figures(named(subject), failure=said[-1])
    found = json.loads(done.stdout)
    causes = tuple((cause, count) for cause, count in found.pop("causes"))
    return Figures(**{**found, "dialects": tuple(found["dialects"]), "causes": causes})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("repositories", nargs="+", metavar="DIR[:FOLDER]")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for each repository (600)")
    parser.add_argument("--json", action="store_true", help="the figures as JSON, with every cause")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(asdict(measured(given.repositories[0]))))
        return
    rows = [_in_its_own_process(one, given.timeout) for one in given.repositories]
    print(json.dumps([asdict(one) for one in rows], indent=2) if given.json else table(rows))


if __name__ == "__main__":
    main()
