"""Stars in a select list: the columns that they stand for, without, renamed or replaced as each dialect has it."""

from __future__ import annotations

import fnmatch

from sqlglot import exp

from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.columns import source_of
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.scope import Scope, Source
from placet.readers.dbt.sql.tables import AsSeen, Field, Open, OpenValue, Without
from placet.readers.dbt.sql.values import Value, made


def star_fields(star: exp.Expr, scope: Scope) -> tuple[list[Field], tuple[Open, ...]]:
    """The columns that ``*`` or ``t.*`` stands for, and those that it may stand for beside."""
    parts = [star.args[part] for part in ("catalog", "db", "table") if star.args.get(part)]
    star_node = star.this if isinstance(star.args.get("this"), exp.Star) else star
    if parts:
        source, length = source_of(parts, scope)
        if source is None:
            return _struct_fields(parts, star, scope)
        if length < len(parts):
            return [], (OpenValue(_whole(parts, star, scope), "a star over a value whose fields nobody lists"),)
        fields, opens = _of_source(source)
        sources = [source]
    else:
        sources = scope.sources
        fields, opens = _of_all(scope)
    return _changed(star_node, fields, opens, sources, scope)


def starred_order(star: exp.Expr, scope: Scope) -> frozenset[str]:
    """The relations whose own order of columns shows where the star stands."""
    parts = [star.args[part] for part in ("catalog", "db", "table") if star.args.get(part)]
    if parts:
        source, length = source_of(parts, scope)
        sources = [source] if source is not None and length == len(parts) else []
    else:
        sources = [source for source in scope.sources if source.starred]
    return frozenset().union(*(source.table.ordered_by for source in sources))


def _whole(parts: list[exp.Expr], star: exp.Expr, scope: Scope) -> Value:
    source, length = source_of(parts, scope)
    if source is None:
        key = scope.reading.folded(parts[0])
        value = scope.unqualified(key, parts[0].name, star)
        length = 1
    else:
        name = parts[length]
        value = scope.qualified(source, scope.reading.folded(name), name.name, star)
        length += 1
    for part in parts[length:]:
        value = made(f"field.{scope.reading.folded(part)}", (value,))
    return value


def _struct_fields(parts: list[exp.Expr], star: exp.Expr, scope: Scope) -> tuple[list[Field], tuple[Open, ...]]:
    """``s.*`` where ``s`` is a column: its fields are known to the database alone."""
    value = _whole(parts, star, scope)
    return [], (OpenValue(value, value.hole or "a star over a value whose fields nobody lists"),)


def _of_source(source: Source) -> tuple[list[Field], tuple[Open, ...]]:
    listed, opens = source.table.listed(), source.table.opens
    if source.plain:
        return listed, opens
    return (
        [field._replace(value=source.see(field.key, field.value)) for field in listed],
        tuple(AsSeen(opened, source) for opened in opens),
    )


def _of_all(scope: Scope) -> tuple[list[Field], tuple[Open, ...]]:
    if len(scope.sources) == 1 and scope.sources[0].starred and not scope.merged:
        return _of_source(scope.sources[0])
    in_place = scope.reading.dialect in names.USING_IN_PLACE
    fields: list[Field] = []
    given: set[str] = set()
    if not in_place:
        fields += [Field(key, key, value) for key, value in scope.merged.items()]
        given.update(scope.merged)
    opens: list[Open] = []
    for source in scope.sources:
        if not source.starred:
            continue
        listed, more = _of_source(source)
        for field in listed:
            if field.key not in source.hidden:
                fields.append(field)
            elif field.key not in given:
                given.add(field.key)
                fields.append(field._replace(value=scope.merged[field.key]))
        hidden = frozenset(source.hidden)
        opens += [Without(opened, hidden) if hidden else opened for opened in more]
    if in_place:
        fields += [Field(key, key, value) for key, value in scope.merged.items() if key not in given]
    return fields, tuple(opens)


def _changed(
    star: exp.Expr,
    fields: list[Field],
    opens: tuple[Open, ...],
    sources: list[Source],
    scope: Scope,
) -> tuple[list[Field], tuple[Open, ...]]:
    """The columns of a star after EXCEPT, REPLACE, RENAME and ILIKE."""
    line = line_of(star)
    without = {scope.reading.folded(_name(one)): one for one in star.args.get("except_") or ()}
    if without:
        _check_named(without, fields, opens, sources, scope)
        fields = [field for field in fields if field.key not in without]
        opens = tuple(Without(opened, frozenset(without)) for opened in opens)
    if isinstance(pattern := star.args.get("ilike"), exp.Literal):
        glob = str(pattern.this).lower().replace("*", "[*]").replace("?", "[?]").replace("%", "*").replace("_", "?")
        fields = [field for field in fields if fnmatch.fnmatchcase(field.key.lower(), glob)]
    replaced = {scope.reading.folded(one.args["alias"]): one for one in star.args.get("replace") or ()}
    if replaced:
        fields, opens = _with_replaced(fields, opens, replaced, scope)
    renames = {scope.reading.folded(_name(one.this)): one for one in star.args.get("rename") or ()}
    if renames:
        _check_named(renames, fields, opens, sources, scope)
        fields, opens = _with_renamed(fields, opens, renames, line, scope)
    return fields, opens


def _name(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, (exp.Column, exp.Alias)) and isinstance(node.this, exp.Expr) else node


def _check_named(
    wanted: dict[str, exp.Expr], fields: list[Field], opens: tuple[Open, ...], sources: list[Source], scope: Scope
) -> None:
    """Whoever leaves a column out, or renames it, relies on its being there."""
    there = {field.key: field.value for field in fields}
    for key, node in wanted.items():
        value = there.get(key)
        if value is None:
            given = [one for opened in opens if (one := opened.give(key, node.name))]
            value = given[0] if given else scope.missing(key, _name(node).name, node, sources)
        scope.table.named.update(value.inputs)


def _with_replaced(
    fields: list[Field],
    opens: tuple[Open, ...],
    replaced: dict[str, exp.Expr],
    scope: Scope,
) -> tuple[list[Field], tuple[Open, ...]]:
    values = {key: value_of(node.this, scope) for key, node in replaced.items()}
    for key, value in values.items():
        if value.said is None:
            value.said = replaced[key].this
    result = [
        field
        if field.key not in values
        else Field(field.name, field.key, values[field.key], line_of(replaced[field.key]))
        for field in fields
    ]
    there = {field.key for field in fields}
    added = [key for key in values if key not in there]
    if opens and added:
        result += [Field(replaced[key].alias, key, values[key], line_of(replaced[key])) for key in added]
        opens = tuple(Without(opened, frozenset(added)) for opened in opens)
    return result, opens


def _with_renamed(
    fields: list[Field], opens: tuple[Open, ...], renames: dict[str, exp.Expr], line: int, scope: Scope
) -> tuple[list[Field], tuple[Open, ...]]:
    new = {key: node.args["alias"] for key, node in renames.items()}
    result = [
        field
        if field.key not in new
        else Field(new[field.key].name, scope.reading.folded(new[field.key]), field.value, line)
        for field in fields
    ]
    there = {field.key for field in fields}
    for key, identifier in new.items():
        given = [one for opened in opens if (one := opened.give(key, key))] if key not in there else []
        if given:
            result.append(Field(identifier.name, scope.reading.folded(identifier), given[0], line))
    return result, tuple(Without(opened, frozenset(new)) for opened in opens) if opens else opens
