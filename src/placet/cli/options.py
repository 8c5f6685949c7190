"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

Decorated = Callable[..., Any]
# What --author takes for: in no team at all.
NOBODY = "none"


class Format(StrEnum):
    """For whom the output is: people, machines, or people who read it on GitHub."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Directory(click.ParamType[Path]):
    """A folder; whether it is there is said by whoever reads it, in one way for all."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401, ARG002 - click's
        return Path(value).expanduser()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only for completion

        return [CompletionItem(incomplete, type="dir")]


class FileOrFolder(click.ParamType[Path]):
    """A path of either; whether it is there is said by whoever reads it."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401, ARG002 - click's
        return Path(value).expanduser()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only for completion

        return [CompletionItem(incomplete, type="file")]


def repo_option(function: Decorated) -> Decorated:
    """``--repo DIR``."""
    return click.option(
        "--repo",
        type=Directory(),
        default=".",
        metavar="DIR",
        show_default="this one",
        help="A git repository (a bare one will do), a folder in it, or a folder outside git.",
    )(function)


def state_options(function: Decorated) -> Decorated:
    """``--repo``, ``--rev`` and ``--worktree``: which state is read."""
    worktree = click.option(
        "--worktree", is_flag=True, help="Read the files as they lie there, with what is not committed."
    )
    rev = click.option("--rev", metavar="REV", default=None, show_default="HEAD", help="The commit to read.")
    return repo_option(rev(worktree(function)))


def merge_options(function: Decorated) -> Decorated:
    """``--base``, ``--head`` and ``--worktree``: what would be merged, and where to."""
    base = click.option(
        "--base", metavar="REV", show_default="the default branch", default=None, help="Where it would be merged to."
    )
    head = click.option("--head", metavar="REV", show_default="HEAD", default=None, help="What would be merged.")
    worktree = click.option(
        "--worktree", is_flag=True, help="Judge the files as they lie there, with what is not committed."
    )
    return base(head(worktree(function)))


def artifacts_option(function: Decorated) -> Decorated:
    """``--artifacts PATH``."""
    return click.option(
        "--artifacts",
        type=FileOrFolder(),
        metavar="PATH",
        default=None,
        help="What dbt made of this commit (its target folder): fills what the files leave open.",
    )(function)


def both_artifacts_options(function: Decorated) -> Decorated:
    """``--base-artifacts PATH`` and ``--head-artifacts PATH``, which go together."""
    base = click.option(
        "--base-artifacts", type=FileOrFolder(), metavar="PATH", help="What dbt made of the base (its target folder)."
    )
    head = click.option(
        "--head-artifacts", type=FileOrFolder(), metavar="PATH", help="What dbt made of the head; both, or neither."
    )
    return base(head(function))


def require_both(base: Path | None, head: Path | None) -> None:
    """Raise UsageError where only one side's artifacts are given.

    What only one side knows more would look as if it had come or gone.
    """
    if (base is None) != (head is None):
        raise click.UsageError("--base-artifacts and --head-artifacts go together: give both, or neither")


def all_option(function: Decorated) -> Decorated:
    """``--all``."""
    return click.option(
        "--all", "all_", is_flag=True, help="Show all readers, however many there are (text is cut at 40 lines)."
    )(function)


def author_option(function: Decorated) -> Decorated:
    """``--author TEAM``, once for each team; ``author_teams`` makes of it what is meant."""
    return click.option(
        "--author",
        "authors",
        metavar="TEAM",
        multiple=True,
        show_default="who owns what changes",
        help="A team that the author is in, which need not agree with itself; none for somebody from outside.",
    )(function)


def author_teams(authors: Sequence[str]) -> tuple[str, ...] | None:
    """The teams that the author is said to be in, perhaps none; None where nobody said. Raises UsageError."""
    if not authors:
        return None
    if NOBODY not in authors:
        return tuple(authors)
    if len(set(authors)) > 1:
        raise click.UsageError("--author none goes alone: the author is in no team, or in those that are named")
    return ()


def format_option(function: Decorated) -> Decorated:
    """``--format``."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice([one.value for one in Format]),
        default=Format.TEXT.value,
        show_default=True,
        help="text is for people; json is documented and stable.",
    )(function)


def mode_option(function: Decorated) -> Decorated:
    """``--mode``."""
    return click.option(
        "--mode",
        type=click.Choice(["backward", "forward", "full", "none"]),
        default=None,
        show_default="the policy's",
        help="Which changes count as breaking.",
    )(function)
