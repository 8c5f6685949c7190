"""What the last commits of a real repository change: `python -m benchmarks.history DIR`, one line a commit.

Each commit that touches what its dbt projects are made of is compared with its parent, as a pull request of this one
commit would be; from the newest to the oldest in one process, so that what was read once is remembered.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from placet.app.trees import is_wanted
from placet.local.compare import Trees, compare_files
from placet.local.git import GitRepository
from placet.local.reading import projects_in
from placet.vocabulary.files import Files

_SUFFIXES = ("sql", "yml", "yaml", "csv", "py")
_MIB_IN_KIB = 1024
_KINDS_SHOWN = 6
_CATEGORIES = ("BREAKING", "REQUIRES_ANALYSIS", "NON_BREAKING", "INFRASTRUCTURE")
# What says nothing to a warehouse, roughly: a comment sign in a literal is taken for one, too. Only to name suspects.
_COMMENTS = {
    ".sql": re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL),
    ".yml": re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*"),
    ".py": re.compile(r"#[^\n]*"),
}

_TEXTS = re.compile(r"'[^']*'|[^']+")


@dataclass(frozen=True, slots=True)
class Step:
    """One commit against its parent; ``seconds`` of the processor, without ``reading``: those until git had answered.

    ``layout_only``: the files differ in white space, case and comments alone. ``sql_touched``: some model's, macro's or
    snapshot's text differs in more than that. ``failure`` is the traceback where comparing failed.
    """

    sha: str
    subject: str
    files: int
    layout_only: bool
    sql_touched: bool
    seconds: float
    reading: float
    changes: tuple[dict[str, Any], ...] = ()
    failure: str = ""

    @property
    def is_suspicious(self) -> bool:
        """Whether something is told of a commit that only looks otherwise."""
        return self.layout_only and bool(self.changes)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is told of a commit that writes SQL otherwise; which may be right."""
        return self.sql_touched and not self.changes and not self.failure


def last_commits(repository: GitRepository, head: str, count: int) -> list[tuple[str, str]]:
    """The last commits (SHA, subject) with one parent that touch a dbt project's files, newest first."""
    folders = projects_in(repository.files(head, frozenset().__contains__))
    roots = [f"{folder}/" if folder else "" for folder in folders]
    places = [f":(glob){root}**/*.{suffix}" for root in roots for suffix in _SUFFIXES]
    command = ("git", "-C", str(repository.folder), "log", "--min-parents=1", "--max-parents=1", f"--max-count={count}")
    done = subprocess.run((*command, "--format=%H %s", head, "--", *places), check=True, capture_output=True, text=True)
    return [(line[:40], line[41:]) for line in done.stdout.splitlines()]


def steps_of(repository: GitRepository, commits: Sequence[tuple[str, str]]) -> Iterator[Step]:
    """Each commit compared with its parent, one after the other."""
    for sha, subject in commits:
        began = time.perf_counter()
        head = repository.files(sha, is_wanted)
        base = repository.files(repository.commit(f"{sha}^"), is_wanted)
        yield _step(sha, subject, base, head, time.perf_counter() - began)


def _step(sha: str, subject: str, base: Files, head: Files, reading: float) -> Step:
    touched = [path for path in sorted({*base, *head}) if _blob(base, path) != _blob(head, path) and is_wanted(path)]
    told = [path for path in touched if _plain(base, path) != _plain(head, path)]
    changes: tuple[dict[str, Any], ...] = ()
    failure = ""
    began = time.process_time()
    try:
        changes = tuple(compare_files(Trees(base, head, base)).changes)
    except Exception:  # noqa: BLE001 - a crash is what is looked for
        failure = traceback.format_exc()
    seconds = time.process_time() - began
    is_sql = any(path.endswith((".sql", ".py")) and path in base and path in head for path in told)
    return Step(sha, subject, len(touched), not told, is_sql, round(seconds, 3), round(reading, 3), changes, failure)


def _blob(files: Files, path: str) -> str:
    file = files.get(path)
    return "" if file is None else file.sha


def _plain(files: Files, path: str) -> str:
    file = files.get(path)
    if file is None or file.data is None:
        return _blob(files, path)
    pattern = _COMMENTS.get(Path(path).suffix.replace(".yaml", ".yml"))
    text = file.data.decode("utf-8", "replace")
    bare = "".join((pattern.sub("", text) if pattern else text).split())
    return _TEXTS.sub(lambda match: match[0] if match[0].startswith("'") else match[0].lower(), bare)


def line_of(step: Step) -> str:
    """One commit on one line: how many files, counts by category, the kinds, seconds."""
    categories = Counter(change["category"] for change in step.changes)
    kinds = Counter(change["kind"] for change in step.changes).most_common()
    shown = ", ".join(f"{kind} {count}" for kind, count in kinds[:_KINDS_SHOWN]) + (" …" * (len(kinds) > _KINDS_SHOWN))
    counts = "/".join(str(categories[one]) for one in _CATEGORIES)
    marks = (" CRASHED" * bool(step.failure), " layout only" * step.layout_only, " silent" * step.is_silent)
    return f"{step.sha[:9]} {step.files:4} files  {counts:>12}  {step.seconds:6.2f} s{''.join(marks)}  {shown}"


def totals(steps: Sequence[Step]) -> list[str]:
    """What all commits come to; the first one is cold and stands aside in the times."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB_IN_KIB
    kinds = Counter(change["kind"] for step in steps for change in step.changes)
    warm = sorted(step.seconds for step in steps[1:]) or [step.seconds for step in steps]
    late = warm[min(len(warm) - 1, round(0.95 * len(warm)))]
    suspicious = _shas(one for one in steps if one.is_suspicious)
    times = f"first {steps[0].seconds:.1f} s; the others median {statistics.median(warm):.2f} s, p95 {late:.2f} s, "
    git = statistics.median(one.reading for one in steps)
    return [
        f"{len(steps)} commits, {sum(bool(one.changes) for one in steps)} with changes",
        f"crashed: {_shas(one for one in steps if one.failure)}",
        f"of layout alone: {sum(one.layout_only for one in steps)}; with changes all the same: {suspicious}",
        f"SQL that differs and nothing told: {_shas(one for one in steps if one.is_silent)}",
        f"changes: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common()) or 'none'}",
        f"{times}max {warm[-1]:.2f} s; git {git:.2f} s; peak {peak} MiB",
    ]


def _shas(steps: Iterator[Step]) -> str:
    return " ".join(step.sha[:9] for step in steps) or "none"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("repository", type=Path, metavar="DIR", help="a git repository, bare or with a work tree")
    parser.add_argument("--commits", type=int, default=200, help="how many (200)")
    parser.add_argument("--head", default="HEAD", help="the newest of them (HEAD)")
    parser.add_argument("--json", type=Path, help="where every change goes, and the tracebacks: a line a commit")
    given = parser.parse_args()
    repository = GitRepository(given.repository)
    steps: list[Step] = []
    with given.json.open("w") if given.json else nullcontext() as written:
        for step in steps_of(repository, last_commits(repository, repository.commit(given.head), given.commits)):
            steps.append(step)
            print(line_of(step), flush=True)
            if written:
                print(json.dumps(asdict(step)), file=written, flush=True)
    print("\n".join(totals(steps)) if steps else "no commit touches a dbt project")


if __name__ == "__main__":
    main()
