"""``placet policy``: what is wrong with a policy file, and the rules that it may weigh."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import click

from placet.cli.catalogue import group
from placet.diff.rules import RULES
from placet.errors import BadFile, Refused
from placet.local.policy_file import policy_bytes
from placet.policy.load import idle_keys_in, load_policy, organisation_problems_in, problems_in
from placet.policy.model import Policy
from placet.render.markdown import visible
from placet.render.rules import rule_lines, rules_document
from placet.render.words import counted, listed

command = group("policy", "Check a policy file; explain the rules.")


@command.command("validate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organisation", is_flag=True, help="It is the organisation's file, in its .github repository.")
def validate(*, file: Path, organisation: bool) -> int:
    """Say everything that is wrong with a policy file, with file and line, or that it is valid.

    Exits with 2 where something is wrong. A file called placet.yml in a folder that is not .github is not taken for the
    organisation's: say --organisation.
    """
    data = policy_bytes(file)
    find = organisation_problems_in if organisation else problems_in
    problems = find(data, str(file), rules=RULES.keys())
    for problem in problems:
        click.echo(visible(str(problem)))
    if problems:
        number = counted(len(problems), "problem")
        raise BadFile(f"{number}, so it would not count", path=str(file), hint="mend it at these lines")
    policy = _policy(data, file, organisation=organisation)
    click.echo(visible(f"{file} is valid: {listed(list(_summary(policy)))}."))
    if idle := _idle(data, file, organisation=organisation):
        click.echo(visible(f"no effect in this version yet: {idle}"))
    return 0


@command.command("rules")
@click.argument("rule", required=False)
def rules(*, rule: str | None) -> int:
    """Print the table of rules as Markdown, or explain one rule.

    The rules say what every kind of change is; a policy's severity names them by these ids.
    """
    if rule is None:
        click.echo(rules_document(), nl=False)
        return 0
    found = RULES.get(rule)
    if found is None:
        near = difflib.get_close_matches(rule, RULES, n=1)
        hint = f'did you mean "{near[0]}"?' if near else "`placet policy rules` prints them all"
        raise Refused(f'there is no rule "{visible(rule)}"', code="unknown_rule", hint=hint)
    for line in rule_lines(found):
        click.echo(line)
    return 0


def _idle(data: bytes, file: Path, *, organisation: bool) -> str:
    """What this version does nothing with yet, so that nobody relies on it; empty where everything counts."""
    if organisation:
        return "all of it, since the organisation's file is not read yet"
    return ", ".join(f"{one.key} (line {one.line})" for one in idle_keys_in(data, str(file)))


def _policy(data: bytes, file: Path, *, organisation: bool) -> Policy:
    if organisation:
        return load_policy(None, organisation=data, organisation_path=str(file), rules=RULES.keys())
    return load_policy(data, path=str(file), rules=RULES.keys())


def _summary(policy: Policy) -> Iterator[str]:
    """What holds, in a few words: the rollout, the mode, and how much of each list there is."""
    yield f"rollout {policy.rollout.value}"
    yield f"{policy.compatibility.value} compatibility"
    for number, noun in (
        (len(policy.projects), "project"),
        (len(policy.teams), "team"),
        (len(policy.owners), "owner rule"),
        (len(policy.consumers), "declared consumer"),
        (len(policy.schemas), "schema rule"),
        (len(policy.severity), "severity"),
        (len(policy.locked), "locked key"),
    ):
        if number:
            yield counted(number, noun, "severities" if noun == "severity" else "")
