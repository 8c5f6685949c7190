"""What a process that reads files and the one that asked it to say to each other: a kind, a length, that many bytes."""

from __future__ import annotations

import struct

HEADER = struct.Struct(">cQ")

READY = b"y"  # the reader has started; nothing
BROKEN = b"x"  # the reader cannot start; why, as text
REQUEST = b"q"  # the request and what is refused; pickled
AT = b"p"  # the reader begins with a file; its path
RESULT = b"r"  # the analysis; its process's size in bytes, then pickled
EXPECTED = b"e"  # an expected error; as JSON
BUG = b"b"  # any other error; its traceback as text

# How a reader ends that has met its limit of memory.
OUT_OF_MEMORY = 71

SIZE = struct.Struct(">Q")


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """One message."""
    return HEADER.pack(kind, len(payload)) + payload
