"""The organisation's own policy file, in its ``.github`` repository."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from cachetools import LRUCache

from placet.app.ports import Clock
from placet.app.snapshot import OrganisationFile, Repository
from placet.errors import Unavailable
from placet.github.answers import Forbidden, NotThere
from placet.github.client import Client, route
from placet.github.document import Reply
from placet.policy.model import ORGANISATION_POLICY_PATH

REPOSITORY = ".github"
KEPT_FOR = timedelta(seconds=60)
_KEPT = 1_000
_UNSEEN = OrganisationFile(is_seen=False)


class OrganisationFiles:
    """Read once a minute at most for each account, and at once after a push to where they lie."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: LRUCache[int, tuple[datetime, OrganisationFile]] = LRUCache(_KEPT)

    def forget(self) -> None:
        """One of them has changed."""
        self._held.clear()

    async def of(self, client: Client, repository: Repository) -> OrganisationFile:
        """The file of the account that owns the repository. Raises Unavailable where GitHub does not answer."""
        now = self._clock.now()
        held = self._held.get(repository.owner_id)
        if held is not None and now - held[0] < KEPT_FOR:
            return held[1]
        found = await _read(client, repository.owner)
        self._held[repository.owner_id] = (now, found)
        return found


async def _read(client: Client, owner: str) -> OrganisationFile:
    where = {"owner": owner, "name": REPOSITORY}
    path = route("/repos/{owner}/{name}/contents/{+path}", **where, path=ORGANISATION_POLICY_PATH)
    try:
        return OrganisationFile(data=_content(Reply(await client.item(path), ORGANISATION_POLICY_PATH)))
    except Forbidden:
        return _UNSEEN
    except NotThere:
        # GitHub says the same of a file that is not there and of a repository that may not be seen.
        return OrganisationFile() if await _is_seen(client, owner) else _UNSEEN


async def _is_seen(client: Client, owner: str) -> bool:
    try:
        await client.item(route("/repos/{owner}/{name}", owner=owner, name=REPOSITORY))
    except (NotThere, Forbidden):
        return False
    return True


def _content(file: Reply) -> bytes:
    """The file's bytes. Raises Unavailable where it is no plain file."""
    try:
        return base64.b64decode(file.text("content"))
    except (binascii.Error, ValueError) as error:
        raise Unavailable(f"{ORGANISATION_POLICY_PATH} of the organisation is no plain file: {error}") from None
