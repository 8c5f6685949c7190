"""``dbt parse`` of the same project: cold, and after one changed model with what it remembers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.ground_truth.toolchain import FOLDER, toolchain_at

_PROFILE = "big:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: big.duckdb, threads: 1}\n"


class Parsed(NamedTuple):
    """Seconds for each, as whole processes."""

    cold: float
    one_changed: float


def parse(texts: Mapping[str, str], changed: tuple[str, str]) -> Parsed:
    """Parse a project's texts, then change one of its files (path and new text) and parse again."""
    dbt = toolchain_at(FOLDER).parent / "dbt"
    folder = Path(tempfile.mkdtemp(prefix="placet-bench-"))
    try:
        for path, text in {**texts, "profiles.yml": _PROFILE}.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        cold = _seconds(dbt, folder)
        (folder / changed[0]).write_text(changed[1], encoding="utf-8")
        return Parsed(cold, _seconds(dbt, folder))
    finally:
        shutil.rmtree(folder)


def _seconds(dbt: Path, folder: Path) -> float:
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    command = [str(dbt), "--quiet", "parse", "--project-dir", str(folder), "--profiles-dir", str(folder)]
    began = time.perf_counter()
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return time.perf_counter() - began
