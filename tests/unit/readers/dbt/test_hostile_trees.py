"""Repositories that mean harm: reading them runs, opens, writes and connects to nothing, and comes to an end.

The reading happens in a process of its own under an audit hook (PEP 578), which sees whatever Python code opens, starts
or imports; any of these ends it. The limits are those of the processes that read for the service.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = Path(__file__).parents[3] / "cases" / "hostile" / "trees.yml"
LIMIT_SECONDS = 120
WATCHED = """
import hashlib, json, resource, sys
from placet.impact.analysis import AnalysisRequest
from placet.impact.engine import analyse
from placet.policy.model import Policy
from placet.render.report import assets_report
from placet.readers.dbt import read_projects
from placet.vocabulary.files import File, Files

texts = json.load(sys.stdin)
warm = Files(
    [
        File("dbt_project.yml", "0", b"name: warm\\nprofile: warm_postgres"),
        File("models/a.sql", "1", b"select a.x, 1 as y from t as a"),
    ]
)
analyse(AnalysisRequest(Files(), warm, Files(), Policy()))
FORBIDDEN = ("open", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "exec", "import", "urllib.", "webbrowser.")
seen = []

def hook(event, arguments):
    if event.startswith(FORBIDDEN):
        seen.append((event, repr(arguments)[:200]))

files = Files(File(path, hashlib.sha1(text.encode()).hexdigest(), text.encode()) for path, text in texts.items())
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
sys.addaudithook(hook)
contracts = read_projects(files)
analysis = analyse(AnalysisRequest(Files(), files, Files(), Policy()))
told = [f"{one.location}: {one.reason}" for one in contracts.findings]
told += [f"{one.id} {one.location}: {one.reason}" for one in contracts.assets if one.reason]
found, seen = seen, []
print(json.dumps({"seen": found, "told": told, "changes": len(analysis.changes)}))
"""
# Modules that are loaded when they are first needed, and what that opens: Python's own machinery, no file of the tree.
_LAZY = ("import", "open", "exec", "os.listdir")
_OPENING = ("open", "os.listdir")


def cases() -> list[Any]:
    return [pytest.param(one, id=one["case"]) for one in yaml.safe_load(CASES.read_text("utf-8"))]


@pytest.mark.parametrize("case", cases())
def test_nothing_of_a_hostile_repository_is_run_or_opened(case: dict[str, Any], tmp_path: Path) -> None:
    files = {"dbt_project.yml": "name: shop\nprofile: shop_postgres\n", **case["files"]}
    marker = tmp_path / "MARKER"
    texts = {path: _text(said).replace("MARKER", str(marker)) for path, said in files.items()}
    done = subprocess.run(  # noqa: S603 - the test's own interpreter
        (sys.executable, "-c", WATCHED),
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert [one for one in found["seen"] if not _is_machinery(*one)] == []
    assert not marker.exists()
    assert list(tmp_path.iterdir()) == []
    if said := case.get("says"):
        assert any(said in line for line in found["told"]), found["told"]


def _is_machinery(event: str, arguments: str) -> bool:
    """Python loading a module of its own, of a library or of ours for the first time."""
    places = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[4] / "src"))
    return event in _LAZY and (event not in _OPENING or any(place in arguments for place in places))


def _text(said: str | dict[str, Any]) -> str:
    if isinstance(said, str):
        return said
    return f"{said['before']}{said['text'] * said['times']}{said['after']}"
