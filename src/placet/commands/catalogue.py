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
    NEEDS_TIME = "needs-time"
    RETRACT = "retract"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    WAIVE = "waive"
    DEADLINE = "deadline"
    FORCE = "force"
    REMIND = "remind"
    RECHECK = "recheck"
    STATUS = "status"
    WHY = "why"
    HELP = "help"


class Who(StrEnum):
    """Who may give a command, in the words of the help text."""

    MEMBER = "a member of the team, or a delegate"
    GIVER = "who gave the answer, or a member of the team"
    NAMER = "a member of the team, never the author"
    OWNER = "the team that owns the asset (anyone with write access where no owner is known), never the author"
    STEWARD = "the asset's steward (without one, a member of the team that owns it), never the author"
    RUNNER = "the author, or a member of a team that owns what changes"
    FORCER = "whom the organisation's policy lists under `force`"
    ANYONE = "anyone who can comment"


class Kind(StrEnum):
    """What sort of thing an argument is, and so how it is read."""

    TEAM = "team"
    WAIVED = "waived"
    PERSON = "person"
    WHEN = "when"
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
        elif self.kind is Kind.PERSON:
            shown = f"@{self.name}"
        return shown if self.is_required else f"[{shown}]"

    @property
    def sample(self) -> str:
        """The argument as a suggestion writes it where it is missing."""
        return f"for {self.example}" if self.kind is Kind.TEAM else self.example


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
_WHEN = Argument("when", Kind.WHEN, is_required=True, example="2w")
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
        Name.NEEDS_TIME,
        aliases=("wait", "later", "defer"),
        arguments=(_TEAM, _WHEN, Argument("reason", Kind.TEXT)),
        who=Who.MEMBER,
        effect="Your team needs time until that date, and will answer then.",
        help=(
            "The date is `2026-12-15`, `10d` or `2w`, and not further away than the policy's `max_wait` (30 days). It "
            "ends the team's earlier approval. When the date has passed the team is asked once more; it never turns "
            "into approval by itself."
        ),
        example="/placet needs-time 2w the sync is being moved",
        act=Verb.NEEDS_TIME,
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
        Name.ASSIGN,
        aliases=("delegate",),
        arguments=(
            Argument("user", Kind.PERSON, is_required=True, example="@li-wei"),
            Argument("team", Kind.TEAM, is_required=True, example="crm"),
        ),
        who=Who.NAMER,
        effect="That user may answer for your team on this proposal.",
        help="It holds for this pull request only. Nobody can make its author a delegate.",
        example="/placet assign @li-wei for crm",
        act=Verb.ASSIGN,
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
        Name.WAIVE,
        aliases=("exempt",),
        arguments=(Argument("team", Kind.WAIVED, is_required=True, example="crm"), _REASON),
        who=Who.STEWARD,
        effect="Takes one team out of those that must agree, for the changes shown.",
        help=(
            "It counts for changes of assets in the steward's care, and is audited. What a later push adds asks the "
            "team again, and a later block of the team counts."
        ),
        example="/placet waive crm the sync was switched off in October",
        act=Verb.WAIVE,
    ),
    Entry(
        Name.DEADLINE,
        aliases=("due",),
        arguments=(_WHEN,),
        who=Who.RUNNER,
        effect="Sets the date by which the teams are asked to answer.",
        help=(
            "It is shown, and the teams are reminded. What happens when it has passed is the policy's `on_deadline`: "
            "to ask again, or to block. Silence is never consent. A team that needs time has until its own date."
        ),
        example="/placet deadline 2026-12-15",
        act=Verb.DEADLINE,
    ),
    Entry(
        Name.FORCE,
        aliases=("override",),
        arguments=(_REASON,),
        who=Who.FORCER,
        effect="Turns the check green now, for the changes shown, whoever has not agreed.",
        help=(
            "Only the organisation's own policy can name who may, never the repository's. It is told to all in a "
            "comment, and audited. What a later push adds has to be agreed to as ever."
        ),
        example="/placet force SEC-811, the column leaks addresses",
        act=Verb.FORCE,
    ),
    Entry(
        Name.REMIND,
        aliases=("ping", "nudge"),
        arguments=(_TEAM,),
        who=Who.RUNNER,
        effect="Reminds the teams that have not answered; once in 24 hours.",
        help="They are also reminded after 3 and 7 days and then weekly, without anybody's doing.",
        example="/placet remind for crm",
        act=Verb.REMIND,
    ),
    Entry(
        Name.RECHECK,
        aliases=("refresh", "retry", "rerun"),
        arguments=(),
        who=Who.ANYONE,
        effect="Looks at everything again, and wakes a proposal that fell asleep.",
        help="Placet looks again by itself after every push, answer and change of the base.",
        example="/placet recheck",
        act=Verb.RECHECK,
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
        Name.WHY,
        aliases=(),
        arguments=(Argument("team or asset", Kind.TEXT),),
        who=Who.ANYONE,
        effect="Says in a reply why a team is asked, or who is asked because of an asset.",
        help="Without a name it says so of every team.",
        example="/placet why crm",
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
