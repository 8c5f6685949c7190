"""``placet impact``: who reads an asset or one of its columns, and by what path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.text import Text

from placet.cli.asset_pages import state_title
from placet.cli.catalogue import Command
from placet.cli.coverage import closing_lines
from placet.cli.machine import write_json, write_markdown
from placet.cli.options import Format, all_option, artifacts_option, format_option, state_options
from placet.cli.origins import show_origins
from placet.cli.states import State, state_of
from placet.cli.terminal import FAINT, MAX_TREE_LINES, Page, shown, trees
from placet.local.impact import Target, impact_document, impact_of, target_of
from placet.proposals.assess import AssessedChange, AssessedReach
from placet.render.lineage import Node, layout, short
from placet.render.markdown import code, plain
from placet.render.words import counted, shortened
from placet.vocabulary.words import How

_NAMED = 8
_HOW = {How.VALUE: "", How.ROWS: "filters or joins on it", How.DECLARED: "declared"}


@click.command("impact", cls=Command)
@click.argument("target", metavar="ASSET[.COLUMN]")
@click.option("--upstream", is_flag=True, help="What it comes from, up to the sources, instead of who reads it.")
@state_options
@artifacts_option
@all_option
@format_option
def command(  # noqa: PLR0913 - click hands over every option by name
    *,
    target: str,
    upstream: bool,
    repo: Path,
    rev: str | None,
    worktree: bool,
    artifacts: Path | None,
    all_: bool,
    format_: str,
) -> int:
    """Who reads an asset or one of its columns, and by what path.

    As if it were dropped: the readers of the column, what they make of it, and so on to the dashboards. ASSET is a
    name, an id or a path. With --upstream the other way round: what the column is made from, and what shapes its rows.
    """
    state = state_of(repo, rev, worktree=worktree, artifacts=artifacts)
    meant = target_of(target, state.reading.contracts)
    limit = None if all_ else MAX_TREE_LINES
    if upstream:
        show_origins(meant, state, format_, limit)
        return 0
    found = impact_of(meant, state.reading)
    if format_ == Format.JSON:
        write_json(impact_document(meant, found, state.reading))
    elif format_ == Format.MARKDOWN:
        write_markdown(_markdown(meant, found, state))
    else:
        _page(meant, found, state, limit).show()
    return 0


def _page(target: Target, found: AssessedChange, state: State, limit: int | None) -> Page:
    page = Page()
    page.add(state_title(state), shown(_sentence(target, found)), Text(""))
    with_owners = _has_owners(found)
    if found.reaches:
        page.add(*trees([layout(found)], lambda node: shown(_note(node, with_owners=with_owners), FAINT), limit))
    else:
        page.add(Text("  nobody"))
    page.add(Text(""), *(shown(line, FAINT, limit=600) for line in _remarks(target, state)))
    return page


def _markdown(target: Target, found: AssessedChange, state: State) -> Iterator[str]:
    yield f"## {plain(state.name)}"
    yield plain(_sentence(target, found))
    yield "\n".join(_items(layout(found), 0, with_owners=_has_owners(found))) if found.reaches else ""
    yield "\n".join(f"- {plain(line, limit=2_000)}" for line in _remarks(target, state))


def _items(node: Node, depth: int, *, with_owners: bool) -> Iterator[str]:
    note = _note(node, with_owners=with_owners)
    yield f"{'  ' * depth}- {code(short(node.label))}{f' · {plain(note)}' if note else ''}"
    for child in sorted(node.children.values(), key=lambda one: short(one.label)):
        yield from _items(child, depth + 1, with_owners=with_owners)


def _sentence(target: Target, found: AssessedChange) -> str:
    name = short(f"{target.asset.id}.{target.column}" if target.column else target.asset.id)
    readers = {one.reach.asset for one in found.reaches if not one.reach.team}
    teams = sorted({one.team.name for one in found.reaches if one.team is not None})
    if not found.reaches:
        return f"Nobody is known to read {name}."
    behind = f"Behind them: {shortened(teams, _NAMED)}." if teams else "No owner is known for any of them."
    return f"{name} is read by {counted(len(readers), 'asset')}. {behind}"


def _has_owners(found: AssessedChange) -> bool:
    """Whether an owner is known for any reader; where not, that is said once for all."""
    return any(one.team is not None for one in found.reaches)


def _note(node: Node, *, with_owners: bool) -> str:
    if not node.readers:
        return ""
    one = node.readers[0]
    if one.reach.team:
        return "declared use"
    return " · ".join(part for part in (_team(one, with_owners=with_owners), _how(one)) if part)


def _team(one: AssessedReach, *, with_owners: bool) -> str:
    return one.team.name if one.team is not None else "no owner" if with_owners else ""


def _how(one: AssessedReach) -> str:
    return _HOW[one.reach.how] if one.reach.asked else "only its rows depend on it"


def _remarks(target: Target, state: State) -> Iterator[str]:
    if not target.listed:
        yield f"{short(target.asset.id)} does not list {target.column}, but may have it: its columns are not all known."
    if not state.reading.is_complete:
        yield "This is a lower bound: what could not be read may read it as well."
    yield from closing_lines(state.reading, state.note)
