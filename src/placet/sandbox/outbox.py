"""Webhook deliveries as they wait and as they went: what is sent, and what came of each attempt."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, eq=False)
class Delivery:
    """One event for the app. `body` was written when it happened: later changes of the world do not show in it."""

    guid: str
    event: str
    action: str | None
    body: bytes
    installation_id: int
    repository_id: int | None
    queued_at: datetime
    attempts: list["Attempt"] = field(default_factory=list)

    @property
    def arrived(self) -> bool:
        """Whether any attempt was taken."""
        return any(attempt.is_success for attempt in self.attempts)


@dataclass(slots=True, eq=False)
class Attempt:
    """One try; `status_code` is 0 until it was made, and 502 or 504 where nobody answered, as GitHub records it."""

    id: int
    delivery: Delivery
    redelivery: bool
    delivered_at: datetime
    status_code: int = 0
    status: str = "pending"
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def is_made(self) -> bool:
        return self.status_code != 0

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300  # noqa: PLR2004 - HTTP's own numbers
