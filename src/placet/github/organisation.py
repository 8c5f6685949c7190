"""The organisation's own policy file, in its ``.github`` repository."""

from __future__ import annotations

import base64
import binascii

from placet.app.snapshot import OrganisationFile
from placet.errors import Unavailable
from placet.github.answers import Forbidden, NotThere
from placet.github.client import Client, route
from placet.github.document import Reply
from placet.policy.model import ORGANISATION_POLICY_PATH

REPOSITORY = ".github"
_UNSEEN = OrganisationFile(is_seen=False)


async def organisation_file(client: Client, owner: str) -> OrganisationFile:
    """The file of an account. Raises Unavailable where GitHub does not answer."""
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
