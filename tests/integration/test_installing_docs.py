"""What is said about installing, held against the app's manifest, the settings and the files that are named."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from placet.settings import Settings, unknown_variables

ROOT = Path(__file__).parents[2]
INSTALLING = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))
DEPLOY = sorted((ROOT / "deploy").iterdir())


def test_the_permissions_are_those_of_the_manifest() -> None:
    rows = re.findall(r"^\| (?:Repository|Organization): ([a-z ]+) \| (read|write) \|", INSTALLING, re.MULTILINE)
    assert {name.replace(" ", "_"): access for name, access in rows} == MANIFEST["default_permissions"]


def test_the_events_are_those_of_the_manifest() -> None:
    table = INSTALLING.partition("| Event |")[2].partition("\n\n")[0]
    named = [event for line in table.splitlines() for event in re.findall(r"`([a-z_]+)`", line.split("|")[1])]
    assert sorted(named) == sorted(MANIFEST["default_events"])


def test_the_manifest_asks_for_no_page_that_is_not_there() -> None:
    assert not {"callback_urls", "setup_url", "redirect_url"} & set(MANIFEST)


@pytest.mark.parametrize("path", ["README.md", "docs/installing.md", "app.yml"])
def test_every_command_that_is_named_exists(path: str) -> None:
    from placet.cli.catalogue import ENTRIES  # noqa: PLC0415 - for this test only

    text = (ROOT / path).read_text(encoding="utf-8").partition("## What is not there yet")[0]
    named = set(re.findall(r"(?:`|bin/)placet ([a-z]+)", text))
    assert named <= set(ENTRIES)


@pytest.mark.parametrize("path", ["README.md", "docs/installing.md", *(f"deploy/{one.name}" for one in DEPLOY)])
def test_every_variable_that_is_named_is_a_setting(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    named = set(re.findall(r"\bPLACET_[A-Z_]+[A-Z]\b", text))
    assert unknown_variables(dict.fromkeys(named, "x")) == ()


def test_what_is_required_is_given_to_the_service_by_its_unit() -> None:
    unit = (ROOT / "deploy" / "placet.service").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        if field.is_required():
            assert f"PLACET_{name.upper()}" in unit


def test_the_links_lead_somewhere() -> None:
    for folder, text in ((ROOT / "docs", INSTALLING), (ROOT, README)):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (folder / target).exists(), target


def test_the_image_is_made_from_what_there_is_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [shlex.split(line)[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    for source in [one for sources in copied for one in sources]:
        assert (ROOT / source).exists(), source
    allowed = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    for source in [one for sources in copied for one in sources]:
        assert f"!{source.rstrip('/')}\n" in allowed, source
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]
    assert "\n".join(lines).count("--require-hashes") == 3


def test_make_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    assert targets == explained
