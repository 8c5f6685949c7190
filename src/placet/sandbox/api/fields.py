"""What requests carry, checked field by field, and refused in the words that GitHub uses."""

from collections.abc import Collection
from datetime import UTC, datetime

from placet.sandbox.model import Json, Rejected


def text(body: Json, name: str, *, most: int | None = None) -> str | None:
    """A text; None where it is missing or null. Raises Rejected 422 for anything else, and where it is too long."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"For '{name}', {value!r} is not a string.")
    if most is not None and len(value) > most:
        raise invalid(f"For '{name}', only {most} characters are allowed; {len(value)} were supplied.")
    return value


def needed(body: Json, name: str, *, most: int | None = None) -> str:
    """A text that must be there and not be empty."""
    value = text(body, name, most=most)
    if not value:
        raise invalid(f'"{name}" wasn\'t supplied.')
    return value


def choice(body: Json, name: str, allowed: Collection[str]) -> str | None:
    """One of these words; None where it is missing."""
    value = text(body, name)
    if value is not None and value not in allowed:
        raise invalid(f"For '{name}', {value!r} is not one of {', '.join(sorted(allowed))}.")
    return value


def number(body: Json, name: str) -> int | None:
    """A whole number; None where it is missing."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"For '{name}', {value!r} is not an integer.")
    return value


def names(body: Json, name: str) -> list[str]:
    """A list of texts; an empty one where it is missing."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid(f"For '{name}', {value!r} is not an array of strings.")
    return value


def numbers(body: Json, name: str) -> list[int]:
    """A list of whole numbers; an empty one where it is missing."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise invalid(f"For '{name}', that is not an array of integers.")
    return value


def objects(body: Json, name: str, *, most: int) -> list[Json]:
    """A list of objects, no more than `most`; an empty one where it is missing."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(f"For '{name}', that is not an array of objects.")
    if len(value) > most:
        raise invalid(f"No more than {most} items are allowed in '{name}'; {len(value)} were supplied.")
    return value


def moment(body: Json, name: str) -> datetime | None:
    """A time; None where it is missing."""
    value = text(body, name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(f"For '{name}', {value!r} is not a date-time.") from None
    return found.replace(tzinfo=found.tzinfo or UTC)


def invalid(what: str) -> Rejected:
    """The refusal of a request that has not the documented form."""
    return Rejected(422, f"Invalid request.\n\n{what}")
