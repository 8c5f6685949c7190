"""All benchmarks: `make bench`. Each prints one line a figure; absolute times are this machine's, ratios travel."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.projects import project, tree

SMALL, LARGE = 250, 1000
_IN_ITS_OWN_PROCESS = "--one"
T = TypeVar("T")


def cold_and_warm(models: int) -> None:
    """A pull request that drops a column, analysed by a fresh process, then again with another file changed."""
    from placet.impact.analysis import AnalysisRequest
    from placet.impact.engine import analyse
    from placet.policy.model import Policy

    texts = project(models)
    base = tree(texts)
    changed = {**texts, "models/core/dim_0.sql": texts["models/core/dim_0.sql"].replace("upper(col_4) as loud,", "")}
    again = {**changed, "models/marts/mart_1.sql": texts["models/marts/mart_1.sql"].replace("newest", "latest")}
    cold, first = timed(lambda: analyse(AnalysisRequest(base, tree(changed), base, Policy())))
    warm, second = timed(lambda: analyse(AnalysisRequest(base, tree(again), base, Policy())))
    assert any(one.kind == "column_removed" for one in first.changes)
    assert len(second.changes) > len(first.changes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{first.coverage.assets} {cold} {warm} {peak}")


def wide_contracts(columns: int) -> None:
    """Two contracts of so many columns, a tenth of them different."""
    from placet.diff.engine import changes_between, rules_from
    from placet.policy.model import Policy
    from placet.readers.dbt import read_projects

    def side(dropped: int) -> str:
        return "select " + ", ".join(f"c{one}" for one in range(columns) if one % 10 != dropped) + " from raw.wide"

    sides = [
        read_projects(tree({"dbt_project.yml": "name: wide\nversion: 1.0.0\n", "models/wide.sql": side(dropped)}))
        for dropped in (0, 1)
    ]
    rules = rules_from(Policy(), sides[0])
    seconds, changes = timed(lambda: changes_between(sides[0], sides[1], rules))
    print(f"{len(changes)} {seconds}")


def timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def alone(name: str, size: int) -> list[float]:
    """The figures of one benchmark in a fresh process, so that nothing is warm and memory is its own."""
    command = [sys.executable, "-m", "benchmarks", _IN_ITS_OWN_PROCESS, name, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    figures = {size: alone("cold_and_warm", size) for size in (SMALL, LARGE)}
    for size, (assets, cold, warm, peak) in figures.items():
        print(f"analysing a pull request, {assets:.0f} assets: cold {cold:.2f} s, one more file changed {warm:.2f} s,")
        print(f"    that is {cold / warm:.0f} times as fast; peak memory {peak:.0f} MB ({size} models asked for)")
    growth = figures[LARGE][1] / figures[SMALL][1]
    print(f"{LARGE // SMALL} times the models take {growth:.1f} times as long")
    for columns in (100, 1000):
        changes, seconds = alone("wide_contracts", columns)
        print(f"two contracts of {columns} columns: {seconds * 1000:.1f} ms for {changes:.0f} changes")


if __name__ == "__main__":
    if sys.argv[1:2] == [_IN_ITS_OWN_PROCESS]:
        {"cold_and_warm": cold_and_warm, "wide_contracts": wide_contracts}[sys.argv[2]](int(sys.argv[3]))
    else:
        main()
