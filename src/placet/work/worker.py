"""The process that reads untrusted files: it answers requests on its standard input until that ends.

It has no secrets, writes no files, and is ended from outside when it takes too long. Before each file it says which.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from placet.errors import BadFile, Expected, Unavailable
from placet.work.collector import collect_seldom
from placet.work.frames import AT, BROKEN, BUG, EXPECTED, HEADER, OUT_OF_MEMORY, READY, RESULT, SIZE, frame

Analyse = Callable[..., object]

MEGABYTE = 1_000_000
# Address space that is reserved and never filled: libraries, threads.
ROOM_MB = 512
OPEN_FILES = 64
_TRACEBACK_LENGTH = 20_000


def main(function: str, memory_mb: int, cpu_seconds: int) -> None:
    """Serve requests with the function of that name (``module:name``) within these limits."""
    requests, answers = _channels()
    try:
        _limit(memory_mb)
        analyse = _function(function)
        collect_seldom()
    except Exception:  # noqa: BLE001 - whatever it is, who started this process has to be told
        _send(answers, BROKEN, traceback.format_exc()[-_TRACEBACK_LENGTH:].encode("utf-8", "replace"))
        return
    _send(answers, READY)
    while True:
        header = requests.read(HEADER.size)
        if len(header) < HEADER.size:
            return
        _, length = HEADER.unpack(header)
        _allow_cpu(cpu_seconds)
        try:
            kind, payload = _answer(analyse, requests.read(length), answers)
            _send(answers, kind, payload)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        del payload


def _answer(analyse: Analyse, data: bytes, answers: int) -> tuple[bytes, bytes]:
    def progress(path: str) -> None:
        _send(answers, AT, path.encode("utf-8", "surrogatepass"))

    try:
        # From the process that started this one, which holds everything that it could be talked into giving.
        request, refused = _unpickled(data)
        analysis = analyse(request, progress=progress, refused=refused)
        return RESULT, SIZE.pack(_size()) + pickle.dumps(analysis, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Expected as error:
        return EXPECTED, json.dumps(_described(error)).encode("ascii")
    except Exception:  # noqa: BLE001 - a bug is shown where it can be seen, and this process can go on
        return BUG, traceback.format_exc()[-_TRACEBACK_LENGTH:].encode("utf-8", "replace")


def _unpickled(data: bytes) -> tuple[object, Mapping[str, str]]:
    request, refused = pickle.loads(data)  # noqa: S301 - the trusted side's own request
    return request, refused


def _described(error: Expected) -> dict[str, Any]:
    kind = "BadFile" if isinstance(error, BadFile) else "Unavailable" if isinstance(error, Unavailable) else "Refused"
    place = {"path": error.path, "line": error.line} if isinstance(error, BadFile) else {}
    return {"kind": kind, "message": error.message, "code": error.code, "hint": error.hint, **place}


def _channels() -> tuple[BinaryIO, int]:
    """Where requests come from and answers go; whatever else is printed goes nowhere."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    requests = os.fdopen(os.dup(0), "rb")
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return requests, answers


def _limit(memory_mb: int) -> None:
    data = memory_mb * MEGABYTE
    _set_limit(resource.RLIMIT_DATA, data)
    _set_limit(resource.RLIMIT_AS, data + ROOM_MB * MEGABYTE)
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_FSIZE, 0)
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES)


def _set_limit(which: int, limit: int) -> None:
    _, most = resource.getrlimit(which)
    limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
    try:
        resource.setrlimit(which, (limit, limit))
    except (OSError, ValueError):
        # Some systems know a limit and refuse to set it; time and the other limits still hold.
        return


def _allow_cpu(seconds: int) -> None:
    """Bound this request's processor time; it ends this process even where nobody is left to end it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _function(name: str) -> Analyse:
    module, _, attribute = name.partition(":")
    function: Analyse = getattr(importlib.import_module(module), attribute)
    return function


def _size() -> int:
    """The bytes that this process holds in memory."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        return int(pages) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _send(answers: int, kind: bytes, payload: bytes = b"") -> None:
    data = memoryview(frame(kind, payload))
    while data:
        data = data[os.write(answers, data) :]
