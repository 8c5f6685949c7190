"""The commands: one table, which ``placet`` alone shows, and a group that loads a command only when it is run."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from click.shell_completion import CompletionItem

UNDERSTAND = "Understand a project"
JUDGE = "Judge a change, as a pull request would be judged"
STORY = "See the whole story"
SERVICE = "Run the service"

ABOUT = (
    "Placet gets breaking data changes agreed before they are merged.",
    "From the repository alone it tells, to the column, what a change breaks and for whom.",
)
FIRST = "placet assets --repo ."
# Longer than any summary of a command.
_WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: what it does in one line, what one wants who looks for it, and the module that has it."""

    name: str
    what: str
    wanted: str
    module: str


ENTRIES: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("assets", "what Placet understands: every asset, its columns, owner and readers", UNDERSTAND, "assets"),
        Entry("impact", "who reads an asset or one of its columns, and by what path", UNDERSTAND, "impact"),
        Entry("check", "what a branch changes, whom that reaches and who would have to agree", JUDGE, "check"),
        Entry("simulate", "what the check would say if teams answered, or under another policy", JUDGE, "simulate"),
        Entry("diff", "what changes between two folders, two manifests or two commits", JUDGE, "diff"),
        Entry("policy", "check the policy file; explain the rules", JUDGE, "policy"),
        Entry("demo", "a pull request that breaks things, on a simulated GitHub", STORY, "story"),
        Entry("serve", "the service; its --help lists every setting", SERVICE, "serve"),
        Entry("db", "bring the database to this version", SERVICE, "database"),
        Entry("audit", "verify the audit trail", SERVICE, "audit"),
    )
}


class Invocation:
    """One run of the command line: what must be known when it fails."""

    def __init__(self) -> None:
        self.debug = False


def _remember_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    invocation = context.find_object(Invocation)
    if invocation is not None and value:
        invocation.debug = True


class Command(click.Command):
    """A command that also takes ``--debug``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - whatever click takes
        super().__init__(*arguments, **options)
        self.params.append(debug_option())


class Group(click.Group):
    """A command that only holds commands; one that there is not is answered with the one that comes nearest."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0] if args else ""
        if word and not word.startswith("-") and self.get_command(ctx, word) is None:
            near = difflib.get_close_matches(word.lower(), self.list_commands(ctx), n=1)
            hint = f': did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'there is no command "{word}"{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own cuts a summary that does not fit on a line.
        held = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in held if one is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Commands(Group):
    """The group of all commands; each is imported when it is run, or asked for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        entry = ENTRIES.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(f"placet.cli.{entry.module}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's
        # click's own would import every command for its help.
        return [CompletionItem(one.name, help=one.what) for one in ENTRIES.values() if one.name.startswith(incomplete)]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write("\n".join((*ABOUT, "")))
        wanted = dict.fromkeys(entry.wanted for entry in ENTRIES.values())
        for heading in wanted:
            with formatter.section(heading):
                formatter.write_dl([(one.name, one.what) for one in ENTRIES.values() if one.wanted == heading])
        with formatter.section("Options"):
            formatter.write_dl([found for one in self.get_params(ctx) if (found := one.get_help_record(ctx))])
        formatter.write(f"\nTry first:  {FIRST}\nEvery command explains itself:  placet COMMAND --help\n")


def debug_option() -> click.Option:
    """``--debug``, wherever on the line it stands."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember_debug,
        help="Where something fails, show the traceback.",
    )


def group(name: str, what: str) -> click.Group:
    """A command that only holds commands: ``placet policy``."""
    found = Group(name, help=what, no_args_is_help=True)
    found.params.append(debug_option())
    return found
