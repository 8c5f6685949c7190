"""Things to do in a process that reads files, by the names of the files: what tests of its limits ask for.

Dotted names of these functions are given to the pool in place of the real reading.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from placet.errors import BadFile, Unavailable
from placet.impact.analysis import Analysis, AnalysisRequest

Progress = Callable[[str], None]

_served: list[int] = []
_hoard: list[bytearray] = []


def by_name(request: AnalysisRequest, *, progress: Progress, refused: Mapping[str, str]) -> Analysis:
    """Read each file of the head as its name says; the notes say what became of it."""
    _served.append(1)
    notes = []
    for path, file in request.head.items():
        if path in refused:
            notes.append(f"{path}: {refused[path]}")
            continue
        progress(path)
        what = path.rsplit("/", 1)[-1].partition(".")[0]
        notes.append(f"{path}: {_READINGS[what](file.data or b'')}")
    progress("")
    return Analysis(notes=tuple(notes))


def _read(data: bytes) -> str:
    return f"{len(data)} bytes"


def _loop(_: bytes) -> str:
    while True:
        pass


def _wait(data: bytes) -> str:
    if data.startswith(b"/"):
        Path(data.decode()).touch()
    time.sleep(600)
    return "waited"


def _slow(data: bytes) -> str:
    time.sleep(float(data))
    return "slow"


def _eat(_: bytes) -> str:
    eaten = []
    while True:
        eaten.append(bytearray(4_000_000))


def _hoarded(data: bytes) -> str:
    _hoard.append(bytearray(int(data)))
    return "kept"


def _exit(_: bytes) -> str:
    os._exit(0)


def _crash(_: bytes) -> str:
    ctypes.string_at(0)
    return "not crashed"


def _bug(_: bytes) -> str:
    raise KeyError("nobody thought of this")


def _bad(_: bytes) -> str:
    raise BadFile("no such thing", path="models/bad.sql", line=7, hint="mend it")


def _away(_: bytes) -> str:
    raise Unavailable("later", code="later")


def _print(_: bytes) -> str:
    os.write(1, b"noise")
    sys.stdout.write("more noise")
    sys.stdout.flush()
    sys.stderr.write("and here")
    return "printed"


def _environment(_: bytes) -> str:
    return ",".join(sorted(os.environ))


def _descriptors(_: bytes) -> str:
    open_ones = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - numbers, no paths
    return ",".join(sorted({Path(f"/proc/self/fd/{one}").readlink().as_posix() for one in open_ones if _is_file(one)}))


def _is_file(descriptor: int) -> bool:
    link = Path(f"/proc/self/fd/{descriptor}")
    return link.is_symlink() and link.readlink().as_posix().startswith("/") and "/proc/" not in str(link.readlink())


def _write(data: bytes) -> str:
    try:
        Path(data.decode()).write_bytes(b"x" * 10_000)
    except OSError as error:
        return type(error).__name__
    return "written"


def _served_here(_: bytes) -> str:
    return f"{len(_served)} served by {os.getpid()}"


def _large(data: bytes) -> str:
    return "x" * int(data)


_READINGS: dict[str, Callable[[bytes], str]] = {
    "read": _read,
    "loop": _loop,
    "wait": _wait,
    "slow": _slow,
    "eat": _eat,
    "hoard": _hoarded,
    "exit": _exit,
    "crash": _crash,
    "bug": _bug,
    "bad": _bad,
    "away": _away,
    "print": _print,
    "environment": _environment,
    "descriptors": _descriptors,
    "write": _write,
    "served": _served_here,
    "large": _large,
}


def gives_something_else(request: AnalysisRequest, *, progress: Progress, refused: Mapping[str, str]) -> object:
    """No analysis at all."""
    del request, progress, refused
    return Decimal(1)


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def gives_code(request: AnalysisRequest, *, progress: Progress, refused: Mapping[str, str]) -> object:
    """An answer that would run a command where it is read."""
    del request, progress, refused
    return _Evil()


def gives_what_cannot_be_sent(request: AnalysisRequest, *, progress: Progress, refused: Mapping[str, str]) -> object:
    """An answer that cannot be turned into bytes."""
    del request, progress, refused
    return threading.Lock()
