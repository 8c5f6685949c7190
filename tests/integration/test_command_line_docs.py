from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from fakes.shop_artifacts import WITHOUT_EMAIL as WITHOUT_EMAIL_COMPILED
from fakes.shop_artifacts import shop_manifest, write_artifacts
from placet.cli.catalogue import ENTRIES
from placet.cli.running import placet, run
from shop_repository import SHOP, WITHOUT_EMAIL, ShopRepository

DOCS = Path(__file__).parents[2] / "docs" / "command-line.md"
TEXT = DOCS.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```console\n\$ placet (.+)\n((?:.*\n)*?)```$", TEXT, re.MULTILINE)
# Every command has them; the docs say so once.
EVERYWHERE = {"--help", "--debug"}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShopRepository:
    policy = "version: 1\nrollout: ask\nconsumers:\n  - {team: crm, reads: mart_crm, purpose: Salesforce sync}\n"
    broken = "version: 1\nrolout: ask\ncompatibility: backwards\n"
    found = ShopRepository(tmp_path / "shop", {**SHOP, ".github/placet.yml": policy, "broken.yml": broken})
    found.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    (tmp_path / "gate.yml").write_text("version: 1\nrollout: gate\n", encoding="utf-8")
    write_artifacts(found.folder / "before", shop_manifest())
    write_artifacts(found.folder / "after", WITHOUT_EMAIL_COMPILED)
    monkeypatch.chdir(found.folder)
    return found


def leaves() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name in ENTRIES:
        command = placet.get_command(click.Context(placet), name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": one for inner, one in command.commands.items()}
        else:
            found[name] = command
    return found


def section(name: str) -> str:
    match = re.search(rf"^## placet {name}$((?:\n(?!## ).*)*)", TEXT, re.MULTILINE)
    assert match is not None, name
    return match.group(1)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_prints_what_the_docs_show(command: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(shlex.split(command))
    said = capsys.readouterr()
    assert (said.out + said.err).strip("\n") == printed.strip("\n")


def test_there_is_an_example_of_every_command_that_reads_a_project() -> None:
    shown = {command.split()[0] for command, _ in EXAMPLES}
    assert shown == {"assets", "impact", "check", "simulate", "diff", "policy"}


@pytest.mark.parametrize("name", sorted(leaves()))
def test_the_options_in_the_docs_are_those_of_the_command(name: str) -> None:
    options = {text for one in leaves()[name].params if isinstance(one, click.Option) for text in one.opts} - EVERYWHERE
    documented = set(re.findall(r"^\| .*", section(name), re.MULTILINE))
    if "the same options as `placet assets`" in " ".join(section(name).split()):
        documented |= set(re.findall(r"^\| .*", section("assets"), re.MULTILINE))
    named = {option for line in documented for option in re.findall(r"`(--[a-z-]+)", line.split(" | ")[0])}
    assert named == options


def test_the_table_of_commands_says_what_the_commands_say() -> None:
    for entry in ENTRIES.values():
        assert f"[`placet {entry.name}" in TEXT
    for name in ("assets", "impact", "check", "simulate", "diff"):
        assert f"(#placet-{name}) | {ENTRIES[name].what} |" in TEXT


def test_the_links_in_the_docs_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (DOCS.parent / target).is_file(), target
