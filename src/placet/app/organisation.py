"""The organisation's policy file: read when it may have changed, and otherwise as it was read last."""

from __future__ import annotations

from placet.app.ports import Clock, Forge, Store
from placet.app.snapshot import Repository
from placet.errors import Unavailable


class Organisations:
    """Reads an organisation's file once, and again after a push to where it lies and in every sweep."""

    def __init__(self, forge: Forge, store: Store, clock: Clock) -> None:
        self._forge = forge
        self._store = store
        self._clock = clock

    async def file(self, repository: Repository) -> bytes | None:
        """The file of the organisation that the repository belongs to; None where it has none.

        Raises Unavailable where it was never read and cannot be read now.
        """
        known = await self._store.remembered_organisation(repository.owner_id)
        if known is not None:
            return known.data
        return await self.refreshed(repository)

    async def refreshed(self, repository: Repository) -> bytes | None:
        """The file as it stands now; one that cannot be read just now is no absent one: then what is known stands."""
        owner = repository.owner_id
        known = await self._store.remembered_organisation(owner)
        try:
            found = await self._forge.organisation_file(repository)
        except Unavailable:
            if known is None:
                raise
            return known.data
        if not found.is_seen and known is not None:
            return known.data
        if known is None or known.data != found.data:
            await self._store.remember_organisation(owner, found.data, self._clock.now())
        return found.data
