"""A file that one process holds for as long as it lives, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from placet.errors import Refused


class LockFile:
    """A lock on a file; the system lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take it. Raises Refused where another process has it, naming that process."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Refused(
                f"the lock file {self._path} cannot be opened: {error.strerror}",
                code="lock_file",
                hint="let Placet write to that folder",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise Refused(
                f"another Placet process works on this database (process {holder}, {self._path})",
                code="already_running",
                hint="stop that one first; only a server database serves several processes",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def let_go(self) -> None:
        """Let go of it. The file stays: removing it would let two hold what seems the same lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
