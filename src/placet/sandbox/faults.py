"""What goes wrong at a forge, on demand: errors, limits, broken connections, slowness, and answers out of date."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random

from placet.sandbox.model import Repository


class FaultKind(StrEnum):
    """`lost_answer` does what was asked and then breaks the connection; `reset` breaks it first."""

    ERROR = "error"
    HTML = "html"
    SECONDARY = "secondary"
    PRIMARY = "primary"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    SLOW = "slow"


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong `times` times, for requests that fit; `*` in `path` fits any run of characters."""

    kind: FaultKind
    status: int = 502
    method: str = "*"
    path: str = "*"
    times: int = 1
    retry_after: int | None = None
    seconds: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        wanted = self.method == "*" or method in self.method.split("|")
        return self.times > 0 and wanted and fnmatchcase(path, self.path)


@dataclass(slots=True)
class _Stale:
    tip: str
    reads_left: int


WRITES = "POST|PATCH|PUT|DELETE"


@dataclass(slots=True)
class Faults:
    """The plan. Nothing goes wrong until something here is asked for."""

    planned: list[Fault] = field(default_factory=list)
    primary_limit: int | None = None
    stale_reads: int = 0
    _random: Random = field(default_factory=Random)
    _rate: float = 0.0
    _kinds: Sequence[FaultKind] = ()
    _stale: dict[tuple[int, str], _Stale] = field(default_factory=dict)

    def fail(self, status: int = 502, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Answer with a server error."""
        self.planned.append(Fault(FaultKind.ERROR, status, method, path, times))

    def html(self, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Answer 200 with a web page that claims to be JSON."""
        self.planned.append(Fault(FaultKind.HTML, 200, method, path, times))

    def secondary_limit(
        self, *, status: int = 403, retry_after: int | None = 60, method: str = WRITES, path: str = "*", times: int = 1
    ) -> None:
        """Refuse as GitHub does when somebody writes too fast; without `retry_after` it does not say how long."""
        self.planned.append(Fault(FaultKind.SECONDARY, status, method, path, times, retry_after))

    def used_up(self, *, status: int = 403, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Refuse as if the hour's requests were used up."""
        self.planned.append(Fault(FaultKind.PRIMARY, status, method, path, times))

    def reset(self, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Break the connection, nothing done."""
        self.planned.append(Fault(FaultKind.RESET, 0, method, path, times))

    def lose_answer(self, *, method: str = WRITES, path: str = "*", times: int = 1) -> None:
        """Do what was asked, then break the connection: whoever asked cannot know."""
        self.planned.append(Fault(FaultKind.LOST_ANSWER, 0, method, path, times))

    def slow(self, seconds: float, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Answer late."""
        self.planned.append(Fault(FaultKind.SLOW, 200, method, path, times, seconds=seconds))

    def storm(self, seed: int, rate: float, kinds: Sequence[FaultKind] = (FaultKind.ERROR, FaultKind.RESET)) -> None:
        """From now on this share of all requests goes wrong, by a plan that only the seed decides; 0 ends it."""
        self._random, self._rate, self._kinds = Random(seed), rate, tuple(kinds)  # noqa: S311 - a plan, no secret

    def clear(self) -> None:
        """Everything works again."""
        self.planned.clear()
        self._stale.clear()
        self._rate, self.primary_limit, self.stale_reads = 0.0, None, 0

    def strike(self, method: str, path: str) -> Fault | None:
        """What goes wrong with this request; each planned fault is used up as it strikes."""
        for fault in self.planned:
            if fault.fits(method, path):
                fault.times -= 1
                if not fault.times:
                    self.planned.remove(fault)
                return fault
        if self._rate and self._random.random() < self._rate:
            kind = self._random.choice(self._kinds)
            status = 403 if kind in {FaultKind.SECONDARY, FaultKind.PRIMARY} else 200 if kind == FaultKind.HTML else 502
            return Fault(kind, status, retry_after=1)
        return None

    def ref_moved(self, repo: Repository, branch: str, before: str | None) -> None:
        """After a push: the next reads shall see the branch where it was."""
        if self.stale_reads and before is not None:
            self._stale[repo.id, branch] = _Stale(before, self.stale_reads)

    def stale_tip(self, repo: Repository, branch: str) -> str | None:
        """Where a branch still seems to be; None when the truth is shown. Each time asked counts as a read."""
        stale = self._stale.get((repo.id, branch))
        if stale is None:
            return None
        stale.reads_left -= 1
        if stale.reads_left <= 0:
            del self._stale[repo.id, branch]
        return stale.tip
