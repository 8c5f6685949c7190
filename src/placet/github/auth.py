"""Who we are to GitHub: the app by its key, an installation by a token that lasts an hour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from placet.app.ports import Clock
from placet.errors import BadFile

_BACK_DATED = timedelta(seconds=60)  # for a clock of ours that goes ahead
_JWT_LASTS = timedelta(minutes=9)  # with the back-dating ten minutes, the most that GitHub takes
_RENEWED_BEFORE = timedelta(minutes=5)
_KEPT_AT_LEAST = timedelta(seconds=60)


class Credential(Protocol):
    """What to send as proof of who asks."""

    async def token(self) -> str:
        """A token that is good just now."""
        ...

    def drop(self, token: str) -> None:
        """GitHub did not take this one: do not offer it again."""
        ...


class AppKey:
    """The app's private key, parsed once (that takes 70 ms). Raises BadFile where it is no RSA key."""

    def __init__(self, app_id: int, pem: str) -> None:
        self.app_id = app_id
        self._key = _parsed(pem)

    def signed(self, now: datetime) -> str:
        """A JSON web token for the app, good for nine minutes."""
        claims = {
            "iat": int((now - _BACK_DATED).timestamp()),
            "exp": int((now + _JWT_LASTS).timestamp()),
            "iss": str(self.app_id),
        }
        return jwt.encode(claims, self._key, algorithm="RS256")


class AppCredential:
    """The app itself; each request gets a token of its own."""

    def __init__(self, key: AppKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    async def token(self) -> str:
        """A fresh JSON web token."""
        return self._key.signed(self._clock.now())

    def drop(self, token: str) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class Minted:
    """An installation's token, and when it ends."""

    token: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    until: datetime


class InstallationTokens:
    """The tokens of all installations: kept until five minutes before they end, asked for one at a time each."""

    def __init__(self, mint: Callable[[int], Awaitable[Minted]], clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        self._held: dict[int, _Held] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def token(self, installation_id: int) -> str:
        """A token that is good just now. Raises what minting raises."""
        if held := self._good(installation_id):
            return held
        async with self._locks.setdefault(installation_id, asyncio.Lock()):
            if held := self._good(installation_id):
                return held
            minted = await self._mint(installation_id)
            now = self._clock.now()
            until = max(minted.ends_at - _RENEWED_BEFORE, now + _KEPT_AT_LEAST)  # their clock need not be ours
            self._held[installation_id] = _Held(minted.token, until)
            return minted.token

    def drop(self, installation_id: int, token: str | None = None) -> None:
        """Forget an installation's token; with ``token``, only if it is still that one."""
        held = self._held.get(installation_id)
        if held is not None and token in {None, held.token}:
            del self._held[installation_id]

    def _good(self, installation_id: int) -> str | None:
        held = self._held.get(installation_id)
        return held.token if held is not None and self._clock.now() < held.until else None


class InstallationCredential:
    """One installation."""

    def __init__(self, tokens: InstallationTokens, installation_id: int) -> None:
        self._tokens = tokens
        self._installation_id = installation_id

    async def token(self) -> str:
        """Its token, a kept or a new one."""
        return await self._tokens.token(self._installation_id)

    def drop(self, token: str) -> None:
        """Forget that token, unless another has taken its place."""
        self._tokens.drop(self._installation_id, token)


def _parsed(pem: str) -> RSAPrivateKey:
    hint = "give the whole .pem file that GitHub made for the app"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadFile("the app's private key cannot be read", path="private key", hint=hint) from None
    if not isinstance(key, RSAPrivateKey):
        raise BadFile("the app's private key is no RSA key", path="private key", hint=hint)
    return key
