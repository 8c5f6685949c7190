"""Sentences on what applies to a pull request besides its changes: told in the check, none of them a reason to wait."""

from __future__ import annotations

from collections.abc import Iterator

from placet.policy.model import Policy
from placet.proposals.model import Ledger
from placet.proposals.teams import TeamDirectory
from placet.render.markdown import code, prose

_MOST = 20


def notes_on(policy: Policy, directory: TeamDirectory, ledger: Ledger) -> tuple[str, ...]:
    """What the organisation locked, which teams are not what the files call them, what was done to comments."""
    return tuple([*_altered(ledger), *_overruled(policy), *_moved(directory)][:_MOST])


def _altered(ledger: Ledger) -> Iterator[str]:
    """An answer stands as it was given, whatever became of its comment: that is for all to know."""
    givers = {(act.source.kind, act.source.id): act.actor for act in ledger.acts}
    for refusal in ledger.refusals:
        deed, _, login = refusal.code.partition("_by:")
        giver = givers.get((refusal.source.kind, refusal.source.id))
        if login and giver is not None:
            yield (
                f"The comment by which {prose(giver.login)} answered was {prose(deed)} by {prose(login)}. The answer "
                "stands as it was given."
            )


def _overruled(policy: Policy) -> Iterator[str]:
    for one in policy.overruled:
        place = f"{code(one.location.path)}, line {one.location.line}"
        yield f"{code(one.key)} ({place}) does not count: the organisation's policy has it locked."


def _moved(directory: TeamDirectory) -> Iterator[str]:
    for name, now in sorted(directory.renamed.items()):
        yield f"{code(name)} was renamed on GitHub and is {prose(now)} now, which is asked instead."
    for name in sorted(directory.deleted):
        yield (
            f"{code(name)} was deleted on GitHub. Until the files name another team, those who may force answer for "
            "it, else the repository's admins."
        )
