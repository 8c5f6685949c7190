"""What was worked out before, by everything that it depends on: reading a second commit costs what differs.

The caches hold results of pure functions only, each under a key that names all of its inputs by value or by digest. So
a hit is what would be worked out again, and throwing an entry away costs time and nothing else. They are bounded by
the size of what they hold, since a worker reads many repositories.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")
_ALL: list[Cache[Any]] = []


def forget_everything() -> None:
    """Empty all caches: what is read next is read as if nothing had been read before."""
    for cache in _ALL:
        cache.clear()


class Cache(Generic[Value]):
    """Results by key, at most ``capacity`` of ``size`` units in all; the one that was used longest ago goes first."""

    def __init__(self, capacity: int, size: Callable[[Value], int]) -> None:
        self._kept: LRUCache[Hashable, Value] = LRUCache(capacity, getsizeof=lambda value: max(1, size(value)))
        self._lock = threading.Lock()
        _ALL.append(self)

    def get(self, key: Hashable) -> Value | None:
        """The result under a key, if it is still there."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a result; one that is larger than the whole cache is not kept."""
        with self._lock:
            try:
                self._kept[key] = value
            except ValueError:
                # cachetools refuses what can never fit.
                self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
