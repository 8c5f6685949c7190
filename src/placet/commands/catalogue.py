"""The one table of commands: the parser, the check of rights, the help text and the documents all read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from placet.proposals.model import Verb

PREFIX = "/placet"


class Name(StrEnum):
    """What a command is called, whichever alias was written."""

    APPROVE = "approve"
    BLOCK = "block"
    RETRACT = "retract"
    CLASSIFY = "classify"
    STATUS = "status"
    HELP = "help"


class Who(StrEnum):
    """Who may give a command, in the words of the help text."""

    MEMBER = "a member of the team, or a delegate"
    GIVER = "who gave the answer, or a member of the team"
    OWNER = "the team that owns the asset (anyone with write access where no owner is known), never the author"
    ANYONE = "anyone who can comment"


class Kind(StrEnum):
    """What sort of thing an argument is, and so how it is read."""

    TEAM = "team"
    CHANGE = "change"
    CHOICE = "choice"
    COMMAND = "command"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: what it is called, how it is read, whether it must be there, and what it may be.

    ``example`` is what a suggestion puts in where the argument is missing.
    """

    name: str
    kind: Kind
    is_required: bool = False
    choices: tuple[str, ...] = ()
    example: str = ""

    @property
    def usage(self) -> str:
        """How it is written in a line of help: ``[for <team>]``, ``<reason>``, ``breaking|safe``."""
        shown = "|".join(self.choices) or f"<{self.name}>"
        if self.kind is Kind.TEAM:
            shown = f"for {shown}"
        return shown if self.is_required else f"[{shown}]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table.

    ``act`` is what the ledger calls it (None: nothing is written down), ``effect`` what it does in one sentence,
    ``help`` what else a person should know, ``example`` a line that works.
    """

    name: Name
    aliases: tuple[str, ...]
    arguments: tuple[Argument, ...]
    who: Who
    effect: str
    help: str
    example: str
    act: Verb | None = None

    @property
    def usage(self) -> str:
        """The command with its arguments: ``/placet block [for <team>] <reason>``."""
        return " ".join([PREFIX, self.name, *(argument.usage for argument in self.arguments)])


_TEAM = Argument("team", Kind.TEAM, example="crm")
_NOTE = Argument("note", Kind.TEXT)
_REASON = Argument("reason", Kind.TEXT, is_required=True, example="why")

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        Name.APPROVE,
        aliases=("ack", "acknowledge", "accept", "ok"),
        arguments=(_TEAM, _NOTE),
        who=Who.MEMBER,
        effect="Your team agrees to the changes that it has been shown.",
        help=(
            "Without `for` it speaks for every team of yours that is asked. It counts for the changes shown until "
            "then: a later push asks again only for what it adds or alters. An approving review does the same."
        ),
        example="/placet approve for crm",
        act=Verb.APPROVE,
    ),
    Entry(
        Name.BLOCK,
        aliases=("reject", "nack", "object"),
        arguments=(_TEAM, _REASON),
        who=Who.MEMBER,
        effect="The check fails, and says that your team blocks it and why.",
        help=(
            "It holds until your team approves or retracts, or the change is gone. A reason is needed. A review that "
            "requests changes does not block: it only takes back that person's approval."
        ),
        example="/placet block the Salesforce sync reads user_email every night",
        act=Verb.BLOCK,
    ),
    Entry(
        Name.RETRACT,
        aliases=("withdraw", "undo", "unapprove", "unblock"),
        arguments=(_TEAM, _NOTE),
        who=Who.GIVER,
        effect="Takes an answer back: your approval, your block, or your team's.",
        help="The team is then asked again, unless a colleague's approval still stands. Nothing older comes back.",
        example="/placet retract for crm",
        act=Verb.RETRACT,
    ),
    Entry(
        Name.CLASSIFY,
        aliases=("analysis",),
        arguments=(
            Argument("change", Kind.CHANGE, is_required=True, example="dim_customers.user_email"),
            Argument("verdict", Kind.CHOICE, is_required=True, choices=("breaking", "safe"), example="breaking"),
            _REASON,
        ),
        who=Who.OWNER,
        effect="Settles a change that needs a person's judgement as safe, or makes it breaking.",
        help=(
            "The change is `asset.column`, `asset`, or the 12 hex digits that the check shows beside it. `safe` counts "
            "only where no team is known to be reached; `breaking` asks the teams that read it. The policy's "
            "`allow_author` lets the author too."
        ),
        example="/placet classify dim_customers.user_email safe nobody filters on it",
        act=Verb.CLASSIFY,
    ),
    Entry(
        Name.STATUS,
        aliases=(),
        arguments=(),
        who=Who.ANYONE,
        effect="Says in a reply who has answered and who is still missing.",
        help="The check shows the same.",
        example="/placet status",
    ),
    Entry(
        Name.HELP,
        aliases=(),
        arguments=(Argument("command", Kind.COMMAND),),
        who=Who.ANYONE,
        effect="Shows the commands in a reply, or one of them in full.",
        help="The replies of this kind are kept to one: the older is deleted.",
        example="/placet help block",
    ),
)

BY_WORD: Mapping[str, Entry] = {word: entry for entry in CATALOGUE for word in (entry.name.value, *entry.aliases)}


def entry_of(name: Name) -> Entry:
    """The row of a command."""
    return BY_WORD[name]
