"""Random queries as values, and several ways to write each down."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from placet.readers.dbt.parts import KnownColumn, KnownRelation

COLUMNS = {"orders": ("id", "customer_id", "amount", "status"), "customers": ("id", "name", "email")}
TOKENS = {"orders": "placet_r1", "customers": "placet_r2"}
KNOWN = {
    TOKENS[name]: KnownRelation(f"key:{name}", name, tuple(KnownColumn(one, one) for one in columns))
    for name, columns in COLUMNS.items()
}


@dataclass(frozen=True)
class Node:
    """An expression: a column (side and place), a literal, or something made of others."""

    kind: str
    value: str = ""
    side: int = 0
    place: int = 0
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Select:
    """A select from one or two relations or earlier selects, by number; ``columns`` go by place."""

    left: str | int
    right: str | int | None
    kind: str
    columns: tuple[Node, ...]
    filters: tuple[Node, ...]
    star: bool


@dataclass(frozen=True)
class Query:
    """Selects that read one another; the last one is the query."""

    selects: tuple[Select, ...]


@dataclass
class Style:
    """One way of writing: names for relations, layout, brackets."""

    seed: int = 0
    names: str = "cte"
    aliases: str = "t"
    loose: bool = False
    output: str = "c"
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - layout, no secret

    def space(self) -> str:
        return self.chance.choice([" ", "  ", "\n", "\n    ", " /* c */ ", " -- note\n"]) if self.loose else " "

    def word(self, text: str) -> str:
        return self.chance.choice([text.upper(), text.capitalize(), text]) if self.loose else text

    def bracketed(self, text: str) -> str:
        return f"({text})" if self.loose and self.chance.random() < 0.3 else text


_columns = st.builds(Node, st.just("column"), side=st.integers(0, 1), place=st.integers(0, 9))
_literals = st.builds(Node, st.just("literal"), st.sampled_from(["1", "2", "0.5", "'a'", "'b c'", "null", "true"]))


def _extended(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def made(kind: st.SearchStrategy[str], size: int) -> st.SearchStrategy[Node]:
        return st.builds(Node, kind, parts=st.tuples(*[inner] * size))

    return st.one_of(
        made(st.sampled_from(["+", "-", "*", "||", "=", "<>", "<", ">=", "and", "or", "coalesce", "nullif"]), 2),
        made(st.sampled_from(["upper", "cast", "is null", "not"]), 1),
        made(st.just("case"), 3),
    )


expressions = st.recursive(_columns | _literals, _extended, max_leaves=6)
_conditions = st.builds(Node, st.sampled_from(["=", "<", "is null"]), parts=st.tuples(_columns, expressions))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    selects: list[Select] = []
    for number in range(draw(st.integers(1, 4))):
        choices: list[str | int] = [*COLUMNS, *range(number)]
        left = draw(st.sampled_from(choices)) if number == 0 else draw(st.sampled_from(choices[::-1]))
        right = draw(st.none() | st.sampled_from(choices))
        columns = tuple(draw(st.lists(expressions, min_size=1, max_size=4)))
        filters = tuple(draw(st.lists(_conditions, max_size=2)))
        kind = draw(st.sampled_from(["join", "left join"]))
        selects.append(Select(left, right, kind, columns, filters, draw(st.booleans())))
    return Query(tuple(selects))


def names_of(query: Query, relation: str | int, style: Style) -> list[str]:
    """The columns of a relation or a select, by place."""
    if isinstance(relation, str):
        return list(COLUMNS[relation])
    select = query.selects[relation]
    own = [f"{style.output}{relation}_{place}" for place in range(len(select.columns))]
    return [*(names_of(query, select.left, style) if select.star else []), *own]


def written(query: Query, style: Style) -> str:
    """The query as SQL."""
    parts = [_select(query, number, style) for number in range(len(query.selects))]
    *ctes, last = parts
    if not ctes:
        return last
    listed = f",{style.space()}".join(
        f"{style.names}_{number}{style.space()}{style.word('as')} ({sql})" for number, sql in enumerate(ctes)
    )
    return f"{style.word('with')}{style.space()}{listed}{style.space()}{last}"


def _relation(relation: str | int, style: Style) -> str:
    return TOKENS[relation] if isinstance(relation, str) else f"{style.names}_{relation}"


def _select(query: Query, number: int, style: Style) -> str:
    select = query.selects[number]
    sides = [names_of(query, select.left, style)]
    if select.right is not None:
        sides.append(names_of(query, select.right, style))
    space = style.space
    items = [f"{style.aliases}0.*"] if select.star else []
    items += [
        f"{_expression(one, sides, style)}{space()}{style.word('as')}{space()}{style.output}{number}_{place}"
        for place, one in enumerate(select.columns)
    ]
    sql = f"{style.word('select')}{space()}{f',{space()}'.join(items)}{space()}{style.word('from')}{space()}"
    sql += f"{_relation(select.left, style)}{space()}{style.word('as')} {style.aliases}0"
    if select.right is not None:
        equal = f"{style.aliases}0.{sides[0][0]} = {style.aliases}1.{sides[1][0]}"
        sql += f"{space()}{style.word(select.kind)} {_relation(select.right, style)} {style.aliases}1"
        sql += f"{space()}{style.word('on')} {style.bracketed(equal)}"
    if select.filters:
        conditions = f"{space()}{style.word('and')} ".join(
            style.bracketed(_expression(one, sides, style)) for one in select.filters
        )
        sql += f"{space()}{style.word('where')} {conditions}"
    return sql


def _expression(node: Node, sides: list[list[str]], style: Style) -> str:
    if node.kind == "column":
        side = node.side % len(sides)
        name = sides[side][node.place % len(sides[side])]
        return style.bracketed(f"{style.aliases}{side}.{style.word(name)}")
    if node.kind == "literal":
        return style.bracketed(node.value if "'" in node.value else style.word(node.value))
    parts = [f"({_expression(part, sides, style)})" for part in node.parts]
    if node.kind == "case":
        words = [style.word(word) for word in ("case", "when", "then", "else", "end")]
        return f"{words[0]} {words[1]} {parts[0]} {words[2]} {parts[1]} {words[3]} {parts[2]} {words[4]}"
    if node.kind == "cast":
        return f"{style.word('cast')}({parts[0]} {style.word('as')} {style.word('varchar')})"
    if node.kind == "is null":
        return f"({parts[0]} {style.word('is null')})"
    if node.kind == "not":
        return f"({style.word('not')} {parts[0]})"
    if node.kind in ("coalesce", "nullif", "upper"):
        return f"{style.word(node.kind)}({', '.join(parts)})"
    return style.bracketed(f"{parts[0]}{style.space()}{style.word(node.kind)} {parts[1]}")


def changed(node: Node) -> Node:
    """The same expression with its first leaf made another."""
    if node.parts:
        return replace(node, parts=(changed(node.parts[0]), *node.parts[1:]))
    if node.kind == "literal":
        return replace(node, value="12345")
    return Node("literal", "54321")
