"""The simulated forge's whole state, with everything that people, apps and time do to it."""

from collections.abc import Callable
from datetime import datetime

from placet.sandbox.world.checking import Checking
from placet.sandbox.world.installing import EVENTS, PERMISSIONS, public_half, rsa_key

WEBHOOK_SECRET = "it is only a sandbox"  # noqa: S105 - and nothing outside this machine knows it


class World(Checking):
    """A forge with nobody on it yet, and one app (`placet`) that is not installed anywhere.

    Every act changes the state at once and queues what GitHub would deliver for it; inside `silently()` it queues
    nothing. Names that are not taken yet make new users; teams and repositories must have been made.
    """

    def __init__(
        self,
        now: Callable[[], datetime] | None = None,
        *,
        app_slug: str = "placet",
        private_key: bytes = b"",
        webhook_secret: str = WEBHOOK_SECRET,
    ) -> None:
        super().__init__(now)
        self.main_app = self.new_app(app_slug, permissions=PERMISSIONS, events=EVENTS)
        self.main_app.private_key = private_key or rsa_key()
        self.main_app.public_key = public_half(self.main_app.private_key)
        self.main_app.webhook_secret = webhook_secret
