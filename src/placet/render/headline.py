"""What changes, said in a few words: for titles, headings and first lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from placet.proposals.assess import AssessedChange
from placet.render.markdown import code
from placet.render.words import counted, listed
from placet.vocabulary.words import Category

# So many changes of one kind are named in a sentence; of more, one.
_NAMED = 2
# So many where all that was asked about is to be named.
_ALL_NAMED = 12

CATEGORY_WORDS: Mapping[Category, str] = {
    Category.BREAKING: "breaking",
    Category.REQUIRES_ANALYSIS: "to look at",
    Category.NON_BREAKING: "safe",
    Category.INFRASTRUCTURE: "tooling",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a kind of change is said: what the pull request does, what happens to one thing and to several, a noun."""

    does: str
    happens: str
    happen: str
    noun: str


_DROP = Phrase("drops {}", "is dropped", "are dropped", "drop of {}")
_ANY = Phrase("changes {}", "changes", "change", "change of {}")
_PHRASES: Mapping[str, Phrase] = {
    "asset_removed": _DROP,
    "column_removed": _DROP,
    "source_removed_in_use": _DROP,
    "column_emptied": Phrase("empties {}", "is emptied", "are emptied", "emptying of {}"),
    "type_changed": Phrase("changes the type of {}", "gets another type", "get another type", "new type of {}"),
    "type_unclear": Phrase("changes the type of {}", "gets another type", "get another type", "new type of {}"),
    "type_narrowed": Phrase("narrows the type of {}", "gets a narrower type", "get narrower types", "narrowing of {}"),
    "type_widened": Phrase("widens the type of {}", "gets a wider type", "get wider types", "widening of {}"),
    "type_undeclared": Phrase("leaves the type of {} open", "loses its type", "lose their types", "lost type of {}"),
    "column_added": Phrase("adds {}", "is added", "are added", "new {}"),
    "column_reordered": Phrase(
        "moves the columns of {}", "has its columns moved", "have their columns moved", "moved columns of {}"
    ),
    "contract_unenforced": Phrase(
        "stops enforcing the contract of {}", "is no longer enforced", "are no longer enforced", "unenforced {}"
    ),
    "constraint_removed": Phrase(
        "takes a constraint from {}", "loses a constraint", "lose constraints", "lost constraint of {}"
    ),
    "guarantee_removed": Phrase("takes a promise from {}", "loses a promise", "lose promises", "lost promise of {}"),
    "guarantee_relaxed": Phrase("relaxes a promise of {}", "promises less", "promise less", "relaxed promise of {}"),
    "asset_unreadable": Phrase(
        "leaves the columns of {} unclear", "can no longer be worked out", "can no longer be worked out", "unclear {}"
    ),
    "file_unreadable": Phrase("leaves {} unreadable", "cannot be read", "cannot be read", "unreadable {}"),
    "mode_relaxed": Phrase(
        "relaxes the mode of {}", "is judged less strictly", "are judged less strictly", "mode of {}"
    ),
    "consumer_removed": Phrase(
        "removes a consumer of {}", "loses a declared consumer", "lose declared consumers", "lost consumer of {}"
    ),
    "package_changed": Phrase(
        "moves a package under {}", "has a package moved", "have packages moved", "package of {}"
    ),
    "expression_changed": Phrase(
        "computes {} otherwise", "is computed otherwise", "are computed otherwise", "logic of {}"
    ),
    "filter_changed": Phrase("filters {} otherwise", "is filtered otherwise", "are filtered otherwise", "filter of {}"),
    "grain_changed": Phrase("changes the grain of {}", "gets another grain", "get another grain", "grain of {}"),
}


def worst_first(changes: Iterable[AssessedChange]) -> tuple[AssessedChange, ...]:
    """The changes, breaking ones first, then in order of asset and path."""
    return tuple(sorted(changes, key=lambda one: (-one.category.rank, one.change.asset, one.change.path)))


def does(changes: Sequence[AssessedChange]) -> str:
    """``drops `a.x` and `a.y```: what the pull request does; of many, the worst and how many more there are."""
    named, others = _named(changes)
    return _phrase(named[0]).does.format(listed(_names(named, code))) + _more(others)


def does_all(asking: Sequence[AssessedChange], changes: Sequence[AssessedChange]) -> str:
    """``drops `a.x` and `a.y`, narrows the type of `b.z` (and 4 more changes)``: all that asks, the rest counted.

    Where nothing asks, the same as ``does`` of all changes.
    """
    if not asking:
        return does(changes)
    by_phrase: dict[str, list[AssessedChange]] = {}
    for one in worst_first(asking)[:_ALL_NAMED]:
        by_phrase.setdefault(_phrase(one).does, []).append(one)
    named = sum(len(ones) for ones in by_phrase.values())
    parts = [phrase.format(listed(_names(ones, code))) for phrase, ones in by_phrase.items()]
    return listed(parts) + _more(len(changes) - named)


def happens(changes: Sequence[AssessedChange]) -> str:
    """```a.x` is dropped``: the same, told of the thing."""
    named, others = _named(changes)
    phrase = _phrase(named[0])
    verb = phrase.happens if len(named) == 1 else phrase.happen
    return f"{listed(_names(named, code))} {verb}{_more(others)}"


def happening(one: AssessedChange) -> str:
    """``is dropped``: what happens, without the thing."""
    return _phrase(one).happens


def noun(changes: Sequence[AssessedChange]) -> str:
    """``drop of dim_customers.user_email``, as plain text for a title."""
    first = worst_first(changes)[0]
    return _phrase(first).noun.format(first.change.what)


def tally(changes: Iterable[AssessedChange]) -> str:
    """``1 breaking, 2 safe``: how many changes of each category there are, worst first; empty for none."""
    counts = dict.fromkeys(CATEGORY_WORDS, 0)
    for one in changes:
        counts[one.category] += 1
    return ", ".join(f"{number:,} {CATEGORY_WORDS[category]}" for category, number in counts.items() if number)


def _named(changes: Sequence[AssessedChange]) -> tuple[tuple[AssessedChange, ...], int]:
    """The changes that are named, all of one kind, and how many are not."""
    ordered = worst_first(changes)
    kind = _phrase(ordered[0])
    if len(ordered) <= _NAMED and all(_phrase(one) is kind for one in ordered):
        return ordered, 0
    return ordered[:1], len(ordered) - 1


def _names(changes: Iterable[AssessedChange], show: Callable[[str], str]) -> list[str]:
    return [show(one.change.what) for one in changes]


def _phrase(one: AssessedChange) -> Phrase:
    return _PHRASES.get(one.change.kind, _ANY)


def _more(number: int) -> str:
    return f" (and {counted(number, 'more change')})" if number else ""
