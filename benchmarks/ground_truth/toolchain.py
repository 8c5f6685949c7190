"""dbt and DuckDB in an environment of their own, which is made where it is missing; the product never sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
LOCK = HOME / "requirements" / "ground-truth.txt"
FOLDER = HOME / ".venv-dbt"
_QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", "DBT_USE_COLORS": "false"}


def toolchain_at(folder: Path) -> Path:
    """The environment's Python; made anew where there is none, or the lock is newer than what is there."""
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.is_file() or stamp.stat().st_mtime < LOCK.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        # As for the project's own environment: pip knows no hash of an extra that only a dependency asks for.
        install = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--python", str(python)]
        subprocess.run([*install, "--require-hashes", "-r", str(LOCK)], check=True)
        stamp.touch()
    return python


def run_inside(python: Path, script: str, *arguments: Path, log: Path) -> None:
    """Run one of the modules in ``inside`` with that Python; what it prints goes into the log."""
    command = [str(python), "-m", f"benchmarks.ground_truth.inside.{script}", *(str(one) for one in arguments)]
    environment = {**os.environ, **_QUIET, "PYTHONPATH": str(HOME)}
    with log.open("w") as out:
        subprocess.run(command, check=False, stdout=out, stderr=out, env=environment, cwd=HOME)
