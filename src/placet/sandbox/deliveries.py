"""Sending webhook deliveries: signed as GitHub signs them, at once or when a test says so."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from random import Random

from aiohttp import ClientError, ClientSession, ClientTimeout

from placet.sandbox.outbox import Attempt
from placet.sandbox.state import World

PATIENCE_SECONDS = 10.0
HOOK_ID = "40000001"
_UNREACHABLE, _TIMED_OUT = 502, 504


class Deliveries:
    """The way from the world's outbox to the app.

    `start` sends whatever is queued as soon as it is; without it nothing goes until `flush`. `hold` and `release`
    switch between the two. The outbox is a plain list in the meantime: drop, duplicate and reorder as you like.
    They go one after the other, unless `at_once` says more: then they overtake each other.
    """

    def __init__(
        self, world: World, hook_url: str = "", *, at_once: int = 1, patience: float = PATIENCE_SECONDS
    ) -> None:
        self.world, self.hook_url, self.at_once, self.patience = world, hook_url, at_once, patience
        self._session: ClientSession | None = None
        self._is_flowing = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._quiet = asyncio.Event()
        self._bug: BaseException | None = None
        world.on_queued = self._pump

    def start(self) -> None:
        """Send each delivery as soon as it is queued, from those that wait on."""
        self._is_flowing = True
        self._pump()

    def hold(self) -> None:
        """Send nothing until `release` or `flush`; what is under way arrives."""
        self._is_flowing = False
        self._pump()

    def release(self) -> None:
        """Go on after `hold`."""
        self.start()

    async def stop(self) -> None:
        """End; what was not sent stays in the outbox."""
        self._is_flowing = False
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def flush(self) -> int:
        """Send everything in the outbox, in its order, and what is queued meanwhile; how many were sent comes back."""
        sent = 0
        while self.world.outbox:
            await self._send(self.world.outbox.pop(0))
            sent += 1
        return sent

    async def settled(self) -> None:
        """Return once nothing waits and nothing is under way. While held only the latter is waited for."""
        self._pump()
        await self._quiet.wait()
        if self._bug is not None:
            raise self._bug

    # What a test does to the outbox

    def drop(self, place: int = 0) -> Attempt:
        """Lose one: GitHub tried, nobody answered, and its log says so, so that it can be redelivered."""
        attempt = self.world.outbox.pop(place)
        self._made(attempt, _UNREACHABLE, "failed to connect to host")
        return attempt

    def vanish(self, place: int = 0) -> Attempt:
        """Lose one without a trace: no log knows of it."""
        attempt = self.world.outbox.pop(place)
        del self.world.attempts[attempt.id]
        return attempt

    def duplicate(self, place: int = 0) -> Attempt:
        """Send one twice under the same guid: the copy goes to the end."""
        return self.world.attempt_again(self.world.outbox[place].delivery, redelivery=False)

    def reorder(self, seed: int) -> None:
        """Shuffle what waits, by the seed."""
        Random(seed).shuffle(self.world.outbox)  # noqa: S311 - a plan, no secret

    # Sending

    def _pump(self) -> None:
        while self._is_flowing and self.world.outbox and len(self._under_way) < self.at_once:
            task = asyncio.create_task(self._send(self.world.outbox.pop(0)))
            self._under_way.add(task)
            task.add_done_callback(self._sent)
        waits = self._is_flowing and self.world.outbox
        if self._under_way or waits:
            self._quiet.clear()
        else:
            self._quiet.set()

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._bug, self._is_flowing = bug, False
        self._pump()

    async def _send(self, attempt: Attempt) -> None:
        if not self.hook_url:
            self._made(attempt, _UNREACHABLE, "failed to connect to host")
            return
        attempt.request_headers = self.headers(attempt)
        self._session = self._session or ClientSession(timeout=ClientTimeout(total=self.patience))
        began = asyncio.get_running_loop().time()
        try:
            async with self._session.post(
                self.hook_url, data=attempt.delivery.body, headers=attempt.request_headers, allow_redirects=False
            ) as answer:
                attempt.response_body = (await answer.read()).decode("utf-8", "replace")
                attempt.response_headers = dict(answer.headers)
                status = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status}"
                self._made(attempt, answer.status, status)
        except TimeoutError:
            self._made(attempt, _TIMED_OUT, "timed out")
        except (ClientError, OSError):
            self._made(attempt, _UNREACHABLE, "failed to connect to host")
        attempt.duration = asyncio.get_running_loop().time() - began

    def headers(self, attempt: Attempt) -> dict[str, str]:
        """The headers of a delivery, signed with the app's secret over exactly the bytes that are sent."""
        app, body = self.world.main_app, attempt.delivery.body
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5a4db0c",
            "X-GitHub-Delivery": attempt.delivery.guid,
            "X-GitHub-Event": attempt.delivery.event,
            "X-GitHub-Hook-ID": HOOK_ID,
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": f"sha1={signature(app.webhook_secret, body, hashlib.sha1)}",
            "X-Hub-Signature-256": f"sha256={signature(app.webhook_secret, body, hashlib.sha256)}",
        }

    def _made(self, attempt: Attempt, status_code: int, status: str) -> None:
        attempt.status_code, attempt.status, attempt.delivered_at = status_code, status, self.world.now()
        self.world.delivered.append(attempt)


def signature(secret: str, body: bytes, digest: Callable[..., "hashlib._Hash"]) -> str:
    """The HMAC of a body under the webhook secret, in hexadecimal."""
    return hmac.new(secret.encode(), body, digest).hexdigest()
