"""Reading GitHub's JSON: what is asked for is there and of its kind, or the document is malformed and says where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from placet.errors import BadFile, Expected, Unavailable
from placet.proposals.model import Person

GHOST = Person(0, "ghost")
_BIGGEST = 2**63 - 1


class Malformed(BadFile):
    """A payload or an answer that does not have the shape that GitHub documents."""

    code = "malformed"


class Document:
    """An object of GitHub's JSON, and where it stands in the whole."""

    __slots__ = ("_value", "where")

    def __init__(self, value: object, where: str) -> None:
        self.where = where
        if not isinstance(value, Mapping):
            raise self._wrong(where, "an object", value)
        self._value = value

    def child(self, key: str) -> Document:
        """The object under the key."""
        return self._below(self._present(key), self._at(key))

    def optional_child(self, key: str) -> Document | None:
        """The object under the key; None where it is null or missing."""
        return None if self._value.get(key) is None else self.child(key)

    def text(self, key: str) -> str:
        """The text under the key."""
        value = self._present(key)
        if not isinstance(value, str):
            raise self._wrong(self._at(key), "a text", value)
        return clean(value)

    def optional_text(self, key: str) -> str:
        """The text under the key; the empty text where it is null or missing."""
        return "" if self._value.get(key) is None else self.text(key)

    def number(self, key: str) -> int:
        """The number under the key: whole, not negative, of 63 bits at most (databases hold no more)."""
        value = self._present(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _BIGGEST:
            raise self._wrong(self._at(key), "a whole number", value)
        return value

    def optional_number(self, key: str) -> int | None:
        """The number under the key; None where it is null or missing."""
        return None if self._value.get(key) is None else self.number(key)

    def flag(self, key: str) -> bool:
        """The truth value under the key; False where it is null or missing."""
        value = self._value.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._wrong(self._at(key), "true or false", value)
        return value

    def time(self, key: str) -> datetime:
        """The time under the key, aware and in UTC."""
        value = self.text(key)
        try:
            time = datetime.fromisoformat(value)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._wrong(self._at(key), "a time", value) from None

    def optional_time(self, key: str) -> datetime | None:
        """The time under the key; None where it is null or missing."""
        return None if self._value.get(key) is None else self.time(key)

    def objects(self, key: str) -> tuple[Document, ...]:
        """The objects of the list under the key; none where it is null or missing."""
        value = self._value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self._wrong(self._at(key), "a list", value)
        return tuple(self._below(one, f"{self._at(key)}[{number}]") for number, one in enumerate(value))

    def person(self, key: str) -> Person:
        """Who stands under the key; the ghost where the account was deleted (null) or nobody is named."""
        account = self.optional_child(key)
        if account is None:
            return GHOST
        return Person(account.number("id"), account.text("login"), account.text("type") == "User")

    def _present(self, key: str) -> object:
        try:
            return self._value[key]
        except KeyError:
            raise self._malformed(self.where, f'has no "{key}"') from None

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}"

    def _below(self, value: object, where: str) -> Document:
        return type(self)(value, where)

    def _wrong(self, where: str, wanted: str, value: object) -> Expected:
        return self._malformed(where, f"should be {wanted}, not {type(value).__name__}")

    def _malformed(self, where: str, message: str) -> Expected:
        return Malformed(message, path=where, hint="GitHub documents it otherwise")


class Reply(Document):
    """An answer of the API: where its shape is not the documented one, nothing of it is believed and it is asked again.

    Raises Unavailable in place of Malformed.
    """

    __slots__ = ()

    def _malformed(self, where: str, message: str) -> Expected:
        return Unavailable(f"GitHub's answer makes no sense: {where} {message}", code="garbled")


def clean(text: str) -> str:
    """The text without what no database or UTF-8 can hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
