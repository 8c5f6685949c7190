"""``python -m benchmarks.ground_truth PROJECT…``: what the database says, against what we read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.ground_truth.packages import Shelf
from benchmarks.ground_truth.projects import Setting, truth_of
from benchmarks.ground_truth.report import shown, totals
from benchmarks.ground_truth.toolchain import FOLDER, toolchain_at
from benchmarks.ground_truth.workcopy import Place


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    setting = Setting(
        python=toolchain_at(options.venv),
        shelf=Shelf(tuple(options.packages)),
        scratch=options.scratch,
        drops=options.drops,
        seed=options.seed,
        installed=options.installed,
        again=options.again,
    )
    truths = []
    for text in options.projects:
        truth = truth_of(Place.at(text), setting)
        truths.append(truth)
        print("\n".join(shown(truth)), flush=True)
    print("\n".join(totals(truths)))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in truths], default=sorted, indent=1))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ground_truth", description=__doc__)
    parser.add_argument("projects", nargs="+", help="a work tree or a git directory, with //FOLDER for one inside it")
    parser.add_argument("--packages", type=Path, action="append", default=[], help="a folder of fetched packages")
    parser.add_argument("--venv", type=Path, default=FOLDER, help="dbt's environment (default: %(default)s)")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/ground-truth"), help="where copies are built")  # noqa: S108
    parser.add_argument("--drops", type=int, default=400, help="columns to drop in each project; 0: all")
    parser.add_argument("--seed", type=int, default=4, help="of the sample of columns (default: %(default)s)")
    parser.add_argument("--installed", action="store_true", help="read the copy with its packages, not the repository")
    parser.add_argument("--again", action="store_true", help="compare with what was built before")
    parser.add_argument("--json", type=Path, help="where everything is written as JSON")
    return parser


if __name__ == "__main__":
    main()
