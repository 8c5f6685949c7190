"""The objects of ours that a template can hold; it reaches nothing of them but what they give by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jinja2 import nodes

    from placet.readers.dbt.jinja.run import Run

Value: TypeAlias = Any  # whatever a template computes: a plain value, a thing, a hole


class Absent:
    """Marks that a thing has no such attribute; never seen by a template."""

    __slots__ = ()


ABSENT = Absent()


class Thing:
    """An object of ours. What it answers to is what ``attribute`` and ``call`` say, nothing else."""

    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - most have none
        """The attribute of that name, or ABSENT."""
        return ABSENT

    def item(self, run: Run, key: Value) -> Value:
        """What stands in brackets; for most, the attribute of that name."""
        return self.attribute(run, key) if isinstance(key, str) else ABSENT

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:  # noqa: ARG002 - likewise
        """What calling it gives."""
        raise TypeError(f"{type(self).__name__.lower()} cannot be called")

    def __str__(self) -> str:
        return f"<{type(self).__name__.lower()}>"

    __repr__ = __str__


class Function(Thing):
    """A function of ours, given the run and the template's arguments; a trailing ``_`` hides Python's keywords."""

    __slots__ = ("keywords", "name", "python")

    def __init__(self, name: str, python: Callable[..., Value]) -> None:
        self.name = name
        self.python = python
        code = getattr(python, "__code__", None)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code is not None else ()
        self.keywords = {one[:-1]: one for one in names if one.endswith("_")}

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        if self.keywords and kwargs:
            kwargs = {self.keywords.get(key, key): value for key, value in kwargs.items()}
        return self.python(run, *args, **kwargs)

    def __str__(self) -> str:
        return f"<function {self.name}>"


class Names(Thing):
    """A fixed set of attributes."""

    __slots__ = ("label", "values")

    def __init__(self, label: str, values: Mapping[str, Value]) -> None:
        self.label = label
        self.values = values

    def attribute(self, run: Run, name: str) -> Value:
        if name in self.values:
            return self.values[name]
        return run.unknown(f"{self.label}.{name}", f"{self.label}.{name} is not known without running dbt")


class Namespace(Thing):
    """Jinja's ``namespace()``: the one object whose attributes a template may set."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        return self.values.get(name, ABSENT)


class LocalMacro(Thing):
    """A macro written in the template itself, or what stands between ``call`` and ``endcall``."""

    __slots__ = ("node", "scope")

    def __init__(self, node: nodes.Macro | nodes.CallBlock, scope: Value) -> None:
        self.node = node
        self.scope = scope

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        return run.interpreter.invoke_local(self, args, kwargs)


class Cycler(Thing):
    """Jinja's ``cycler()``."""

    __slots__ = ("items", "place")

    def __init__(self, items: Sequence[Value]) -> None:
        self.items = items
        self.place = 0

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        if name == "current":
            return self.items[self.place]
        if name == "next":
            return Function("cycler.next", lambda _run: self._next())
        if name == "reset":
            return Function("cycler.reset", lambda _run: self._reset())
        return ABSENT

    def _next(self) -> Value:
        value = self.items[self.place]
        self.place = (self.place + 1) % len(self.items)
        return value

    def _reset(self) -> None:
        self.place = 0


class Joiner(Thing):
    """Jinja's ``joiner()``: nothing the first time, then the separator."""

    __slots__ = ("separator", "used")

    def __init__(self, separator: str) -> None:
        self.separator = separator
        self.used = False

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:  # noqa: ARG002 - takes none
        if self.used:
            return self.separator
        self.used = True
        return ""


class Loop(Thing):
    """Jinja's ``loop``."""

    __slots__ = ("changed_from", "depth", "items", "place", "recurse")

    def __init__(self, items: Sequence[Value], depth: int, recurse: Callable[[Value], Value] | None) -> None:
        self.items = items
        self.place = 0
        self.depth = depth
        self.recurse = recurse
        self.changed_from: Value = ABSENT

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        place, count = self.place, len(self.items)
        if name in ("cycle", "changed"):
            return Function(f"loop.{name}", self._cycle if name == "cycle" else self._changed)
        if name == "previtem":
            return self.items[place - 1] if place else ABSENT
        if name == "nextitem":
            return self.items[place + 1] if place + 1 < count else ABSENT
        plain = {
            "index": place + 1,
            "index0": place,
            "revindex": count - place,
            "revindex0": count - place - 1,
            "first": place == 0,
            "last": place + 1 == count,
            "length": count,
            "depth": self.depth + 1,
            "depth0": self.depth,
        }
        return plain.get(name, ABSENT)

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:  # noqa: ARG002 - no names
        if self.recurse is None or len(args) != 1:
            raise TypeError("the loop is not marked as recursive")
        return self.recurse(args[0])

    def _cycle(self, _run: Run, *items: Value) -> Value:
        return items[self.place % len(items)]

    def _changed(self, _run: Run, *value: Value) -> bool:
        if self.changed_from == value:
            return False
        self.changed_from = value
        return True
