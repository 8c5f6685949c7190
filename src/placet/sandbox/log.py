"""What was asked of the forge: every request, and how to count them."""

import json
from dataclasses import dataclass, field

from placet.sandbox.model import Json


@dataclass(slots=True)
class Exchange:
    """One request and its answer. `kind` is method and template; bodies and headers are kept only when recording."""

    method: str
    path: str
    query: str
    kind: str
    status: int
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def is_write(self) -> bool:
        """Whether it was meant to change something: no reading, and no request for a token."""
        return self.method != "GET" and not self.kind.endswith("/access_tokens")

    def as_json(self) -> Json:
        """The exchange as a line of a traffic log."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "request_headers": self.request_headers,
            "request_body": self.request_body,
            "status": self.status,
            "response_headers": self.response_headers,
            "response_body": self.response_body,
        }


@dataclass(slots=True)
class Log:
    """All exchanges in the order in which they ended."""

    exchanges: list[Exchange] = field(default_factory=list)

    def mark(self) -> int:
        """Now, to count from later."""
        return len(self.exchanges)

    def requests_of(self, kind: str, *, since: int = 0) -> list[Exchange]:
        """Those of one kind, such as `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`."""
        return [one for one in self.exchanges[since:] if one.kind == kind]

    def writes(self, *, since: int = 0) -> list[Exchange]:
        """Those that were meant to change something."""
        return [one for one in self.exchanges[since:] if one.is_write]

    def jsonl(self, *, since: int = 0) -> str:
        """The log as lines of JSON, for a checker of traffic."""
        return "".join(json.dumps(one.as_json()) + "\n" for one in self.exchanges[since:])
