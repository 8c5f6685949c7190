"""What a loop over something unknown writes: one column in the SQL, with a hole in its name, for any number of them."""

from __future__ import annotations

import re

from sqlglot import exp

from placet.readers.dbt.parts import HOLE_TOKEN
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.tables import Open
from placet.readers.dbt.sql.values import Value

_TOKEN = re.compile(rf"(?i){HOLE_TOKEN}[0-9]+")
_PLAIN = re.compile(r"\w+")


class OpenRepeated(Open):
    """The columns that such a loop writes: whoever names one says what stood in the place of the hole.

    ``upper(placet_h1) as placet_h1_loud`` gives ``name_loud``, which is ``upper(name)``.
    """

    __slots__ = ("_name", "_node", "_scope", "_token")

    def __init__(self, reason: str, node: exp.Expr, name: str, scope: Scope) -> None:
        super().__init__(reason)
        self._node = node
        self._scope = scope
        self._token = _TOKEN.findall(name)[0].lower()
        before, _, after = name.lower().partition(self._token)
        self._name = re.compile(rf"(?i){re.escape(before)}(.+){re.escape(after)}")

    def give(self, key: str, name: str) -> Value | None:  # noqa: ARG002 - the folded name is enough
        """The column of that name, made as the loop makes it; None where it can make none that is called so."""
        match = self._name.fullmatch(key.strip('"'))
        if match is None:
            return None
        noted = len(self._scope.table.reasons)
        value = value_of(self._with(match[1]), self._scope)
        if len(self._scope.table.reasons) > noted:
            # It would read a column that is not there, so that it is none of these.
            del self._scope.table.reasons[noted:]
            return None
        return value

    def _with(self, item: str) -> exp.Expr:
        """The expression for that item of the loop."""
        node = self._node.copy()
        for one in node.walk():
            for name, argument in one.args.items():
                if isinstance(argument, str) and self._token in argument.lower():
                    one.set(name, _TOKEN.sub(lambda token: self._said(token[0], item), argument))
                    if isinstance(one, exp.Identifier) and _PLAIN.fullmatch(str(one.this)):
                        one.set("quoted", False)
        return node

    def _said(self, token: str, item: str) -> str:
        return item if token.lower() == self._token else token


def is_repeated(node: exp.Expr, name: str) -> bool:
    """Whether a column of that name, in which a hole stands, can be told from its name: by the rest of it, or its text.

    Else it may be any column, and nothing says what that is made from.
    """
    tokens = _TOKEN.findall(name)
    if len(tokens) != 1:
        return False
    if tokens[0] != name:
        return True
    token = tokens[0].lower()
    return any(
        isinstance(argument, str) and token in argument.lower() for one in node.walk() for argument in one.args.values()
    )
