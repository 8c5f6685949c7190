"""Whether GitHub takes the app's credentials: asked once when the service starts, and again only while it does not."""

from __future__ import annotations

import asyncio

import structlog

from placet.errors import Unavailable
from placet.github.answers import Declined
from placet.github.forge import GitHubForge
from placet.github.lanes import Sleep

_WAIT_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Confirmation:
    """``missing`` says why the credentials are not confirmed; the empty text once they are."""

    def __init__(self, forge: GitHubForge, *, sleep: Sleep = asyncio.sleep) -> None:
        self._forge = forge
        self._sleep = sleep
        self.missing = "not confirmed yet"

    async def run(self) -> None:
        """Ask for the app that the key belongs to until GitHub answers; what is wrong stands loudly in the log."""
        while not await self._confirm():
            await self._sleep(_WAIT_SECONDS)

    async def _confirm(self) -> bool:
        wanted = self._forge.access.app_id
        try:
            app = await self._forge.own_app()
        except Declined as error:
            self.missing = f"not confirmed yet: it does not take the app's credentials ({error.status})"
            log.error("github_credentials_refused", app_id=wanted, problem=str(error))  # noqa: TRY400 - no bug of ours
            return False
        except Unavailable as error:
            self.missing = "not confirmed yet: it does not answer"
            log.warning("github_not_reached", problem=str(error))
            return False
        if app.id != wanted:
            self.missing = f"not confirmed yet: the private key belongs to app {app.id}, not to {wanted}"
            hint = "set PLACET_GITHUB_APP_ID to the app's id, or PLACET_GITHUB_PRIVATE_KEY to a key of that app"
            log.error("github_app_differs", app_id=wanted, key_of=app.id, name=app.name, hint=hint)
            return False
        self.missing = ""
        log.info("github_confirmed", app_id=app.id, name=app.name)
        return True
