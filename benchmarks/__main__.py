"""All benchmarks: `make bench`. Each prints a few lines; absolute times are this machine's, ratios travel."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.projects import project, tree

SMALL, MIDDLE, LARGE = 250, 1000, 4000
COLUMNS = 1000
_IN_ITS_OWN_PROCESS = "--one"
T = TypeVar("T")


def analysis(models: int) -> None:
    """A pull request that drops a column, analysed by a fresh process, then again with another file changed."""
    from placet.impact.analysis import AnalysisRequest
    from placet.impact.engine import analyse
    from placet.policy.model import Policy
    from placet.readers.dbt import read_projects
    from placet.work.collector import collect_seldom

    collect_seldom()
    texts = project(models)
    base = tree(texts)
    changed = {**texts, "models/core/dim_0.sql": texts["models/core/dim_0.sql"].replace("upper(col_4) as loud,", "")}
    again = {**changed, "models/marts/mart_1.sql": texts["models/marts/mart_1.sql"].replace("newest", "latest")}
    one, _ = timed(lambda: read_projects(base))
    rest, first = timed(lambda: analyse(AnalysisRequest(base, tree(changed), base, Policy())))
    warm, second = timed(lambda: analyse(AnalysisRequest(base, tree(again), base, Policy())))
    assert any(one.kind == "column_removed" for one in first.changes)
    assert len(second.changes) > len(first.changes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{first.coverage.assets} {one} {one + rest} {warm} {peak}")


def wide_contracts(changes: int) -> None:
    """Two contracts of a thousand columns, of which so many go and as many come; and a plain walk over the same."""
    from benchmarks.node_walk import differences, schema_of
    from placet.contracts.model import ContractSet
    from placet.diff.engine import changes_between, rules_from
    from placet.policy.model import Policy
    from placet.readers.dbt import read_projects

    half = changes // 2
    names = ([f"c{one}" for one in range(COLUMNS)], [f"c{one}" for one in range(half, COLUMNS + half)])
    sides = [read_projects(tree({"dbt_project.yml": "name: wide\n", "models/wide.sql": _select(one)})) for one in names]
    rules = rules_from(Policy(), sides[0])
    schemas = [schema_of(dict.fromkeys(one, "string")) for one in names]

    def fresh(contracts: ContractSet) -> ContractSet:
        return ContractSet(contracts.assets, contracts.projects, contracts.findings)

    ours = best(lambda: changes_between(fresh(sides[0]), fresh(sides[1]), rules))
    walked = best(lambda: list(differences(schemas[0], schemas[1])))
    assert len(changes_between(sides[0], sides[1], rules)) >= changes
    print(f"{ours} {walked}")


def _select(names: list[str]) -> str:
    return f"select {', '.join(f'cast({name} as varchar) as {name}' for name in names)} from raw.wide"


def best(act: Callable[[], object], rounds: int = 50) -> float:
    """The shortest of several times: what disturbs only ever adds."""
    return min(timed(act)[0] for _ in range(rounds))


def timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def alone(name: str, size: int) -> list[float]:
    """The figures of one benchmark in a fresh process, so that nothing is warm and memory is its own."""
    command = [sys.executable, "-m", "benchmarks", _IN_ITS_OWN_PROCESS, name, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def against_dbt(cold: float, warm: float) -> None:
    """The same project of about a thousand models, read by us and parsed by dbt."""
    from benchmarks.dbt_parse import parse

    texts = project(MIDDLE)
    path = "models/marts/mart_1.sql"
    parsed = parse(texts, (path, texts[path].replace("newest", "latest")))
    print(
        f"dbt parse of that project, as a process: cold {parsed.cold:.1f} s, {parsed.cold / cold:.1f} times our time;"
    )
    print(f"    one changed file {parsed.one_changed:.1f} s, {parsed.one_changed / warm:.0f} times our time")


def main() -> None:
    figures = {size: alone("analysis", size) for size in (SMALL, MIDDLE, LARGE)}
    for assets, one, cold, warm, peak in figures.values():
        print(f"{assets:.0f} assets: read in {one:.2f} s; a pull request judged in {cold:.2f} s from nothing,")
        print(f"    with one more file changed in {warm:.3f} s; peak memory {peak:.0f} MB")
    for smaller, larger in ((SMALL, MIDDLE), (MIDDLE, LARGE)):
        growth = figures[larger][2] / figures[smaller][2]
        print(f"{larger // smaller} times the models ({smaller} to {larger}) take {growth:.1f} times as long")
    against_dbt(figures[MIDDLE][1], figures[MIDDLE][3])
    for changes in (20, 200):
        ours, walked = alone("wide_contracts", changes)
        print(f"two contracts of {COLUMNS} columns, {changes} changes: {ours * 1000:.2f} ms;")
        print(f"    a plain walk over their JSON Schemas {walked * 1000:.2f} ms, {walked / ours:.1f} times that")


if __name__ == "__main__":
    if sys.argv[1:2] == [_IN_ITS_OWN_PROCESS]:
        {"analysis": analysis, "wide_contracts": wide_contracts}[sys.argv[2]](int(sys.argv[3]))
    else:
        main()
