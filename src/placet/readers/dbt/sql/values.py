"""Values: what an expression means, written so that two that mean the same come out the same.

A value is a text in which each column that it is made from stands as ``=``, and those columns in order of first
appearance. Values are put together from the inside out, so a column that comes through a CTE is the expression behind
it, and nothing has to be resolved twice. A text that grows long is replaced by its digest; since that depends on the
text alone, it makes no difference through how many CTEs it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from placet.contracts.model import IDENTITY, VARYING, ColumnRef, Derivation
from placet.vocabulary.canonical import text_digest

_LONGEST_TEXT = 200
_LONGEST_ORDER = 4


class Value:
    """What an expression means.

    ``hole`` says why it is not known; ``varies``: it is another one from row to row, or for other rows, though it may
    be made of nothing (a count, a literal that differs between the queries of a union); ``order`` in which relations of
    the current query its columns stand, to put equal operands in order; ``literal`` what a plain literal says; ``said``
    is its text for people, or the tree to make it from.
    """

    __slots__ = ("constant", "hole", "inputs", "literal", "order", "said", "text", "type", "varies")

    def __init__(
        self,
        text: str,
        inputs: tuple[ColumnRef, ...] = (),
        *,
        constant: bool = False,
        type_: str | None = None,
        hole: str = "",
    ) -> None:
        self.text = text
        self.inputs = inputs
        self.constant = constant
        self.type = type_
        self.hole = hole
        self.varies = False
        self.literal: str | None = None
        self.order: tuple[int, ...] = ()
        self.said: exp.Expr | str | None = None

    @property
    def meaning(self) -> tuple[str, tuple[ColumnRef, ...]]:
        """What makes it the same value as another."""
        return self.text, self.inputs

    def derivation(self, text: str) -> Derivation:
        """The value as the contract holds it, with its text for people."""
        template = IDENTITY if self.text == IDENTITY else text_digest(self.text)
        if self.varies and not self.inputs:
            template = f"{VARYING}{template}"
        return Derivation(template, self.inputs, text, self.constant)


def column_value(ref: ColumnRef, name: str, type_: str | None) -> Value:
    """A column of an asset, as it is."""
    value = Value(IDENTITY, (ref,), type_=type_)
    value.said = name
    return value


def hole_value(name: str, reason: str, inputs: tuple[ColumnRef, ...] = ()) -> Value:
    """Something that is not known."""
    return Value(f"hole({counted(name)})", inputs, hole=reason)


def literal_value(text: str, type_: str | None = None, written: str | None = None) -> Value:
    """A literal, NULL among them; ``written`` is what stands in the SQL, without quotes."""
    value = Value(text, constant=True, type_=type_)
    value.literal = written
    return value


def counted(text: str) -> str:
    """A text from the SQL with its length, so that it cannot be taken for anything around it."""
    return f"{len(text)}:{text}"


def made(head: str, values: Sequence[Value], type_: str | None = None) -> Value:
    """The value that is made of others; ``head`` says how, and so must tell apart what is made differently."""
    if not values:
        return Value(head, type_=type_)
    varies = False
    inputs: tuple[ColumnRef, ...] = ()
    texts: list[str] = []
    hole = ""
    for value in values:
        own = value.inputs
        hole = hole or value.hole
        varies = varies or value.varies
        if not own:
            texts.append(value.text)
        elif not inputs:
            inputs = own
            texts.append(value.text)
        elif own == inputs[: len(own)]:
            texts.append(value.text)
        else:
            inputs, places = _with(inputs, own)
            texts.append(f"{value.text}{places}")
    result = Value(_sealed(f"{head}({','.join(texts)})"), inputs, type_=type_, hole=hole)
    result.order = _order(values)
    result.varies = varies
    return result


def made_in_any_order(head: str, values: Iterable[Value], type_: str | None = None) -> Value:
    """The value that is made of others whose order means nothing."""
    return made(head, sorted(values, key=_rank), type_)


def union_of(values: Sequence[Value], *, head: str = "union") -> Value:
    """What a column is that comes from several queries: one of these values; the same everywhere is that one."""
    first = values[0]
    if all(value.meaning == first.meaning for value in values):
        return first
    distinct = {value.meaning: value for value in values}
    ordered = sorted(distinct.values(), key=lambda value: value.meaning)
    result = made(head, ordered, common_type(values))
    # Which of several literals a row holds says which query it comes from.
    result.constant = all(value.constant and _is_null(value) for value in values)
    result.varies = not result.constant
    result.order = ()
    result.said = first.said
    return result


def common_type(values: Iterable[Value]) -> str | None:
    """The type that all values have that are not NULL; None where they differ or one is not known."""
    types = {value.type for value in values if value.text != "null"}
    return types.pop() if len(types) == 1 else None


def _is_null(value: Value) -> bool:
    return value.text == "null" or value.text.rstrip(")").endswith("(null")


def varying(value: Value) -> Value:
    """A value that is another one from row to row, or for other rows, though it may be made of nothing."""
    value.varies = True
    return value


def seen_from(value: Value, place: int, twin: int) -> Value:
    """A value as a query sees it that reads several relations: from the one at ``place``.

    ``twin`` counts the relations before it that give the very same column (a self-join, or two summaries of the same
    rows): it is another row's then.
    """
    result = Value(value.text, value.inputs, constant=value.constant, type_=value.type, hole=value.hole)
    if twin:
        result.text = _sealed(f"twin{twin}({value.text})")
    result.varies = value.varies
    result.order = (place, *value.order)[:_LONGEST_ORDER]
    result.said = value.said
    return result


def _with(inputs: tuple[ColumnRef, ...], more: tuple[ColumnRef, ...]) -> tuple[tuple[ColumnRef, ...], str]:
    places = {ref: place for place, ref in enumerate(inputs)}
    for ref in more:
        places.setdefault(ref, len(places))
    return tuple(places), str([places[ref] for ref in more])


def _sealed(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"#{text_digest(text)}"


def _order(values: Sequence[Value]) -> tuple[int, ...]:
    order: tuple[int, ...] = ()
    for value in values:
        if value.order:
            order += value.order
            if len(order) >= _LONGEST_ORDER:
                return order[:_LONGEST_ORDER]
    return order


def _rank(value: Value) -> tuple[str, tuple[int, ...], tuple[ColumnRef, ...]]:
    return value.text, value.order, value.inputs
