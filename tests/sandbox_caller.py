"""A small client of the simulated forge for its own tests: signs, asks, and gives back status, body and headers."""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

import jwt
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from multidict import CIMultiDict

from placet.sandbox import Sandbox
from placet.sandbox.model import Account, Installation


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    data: Any
    headers: CIMultiDict[str]
    raw: bytes


@lru_cache(maxsize=8)
def parsed(pem: str) -> RSAPrivateKey:
    """The key, parsed once: that takes most of the time of signing."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


@dataclass(slots=True)
class Caller:
    """Asks as the app (`as_app`) or, once `token` was called, as an installation."""

    sandbox: Sandbox
    version: str = "2022-11-28"
    secret: str = ""
    session: ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        self.session = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    def jwt(self, **changes: object) -> str:
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 540, "iss": str(self.sandbox.app_id)} | changes
        return jwt.encode(claims, parsed(self.sandbox.private_key), algorithm="RS256")

    async def token(self, account: Account, **body: object) -> Self:
        """From now on ask as the installation on this account."""
        found = self.sandbox.world.installation_on(account)
        assert isinstance(found, Installation)
        path = f"/app/installations/{found.id}/access_tokens"
        answer = await self.ask("POST", path, body or None, secret=self.jwt())
        assert answer.status == 201, answer.data
        self.secret = answer.data["token"]
        return self

    async def as_app(self, method: str, path: str, body: object = None) -> Answer:
        return await self.ask(method, path, body, secret=self.jwt())

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, body: object = None) -> Answer:
        return await self.ask("POST", path, body)

    async def patch(self, path: str, body: object) -> Answer:
        return await self.ask("PATCH", path, body)

    async def delete(self, path: str, body: object = None) -> Answer:
        return await self.ask("DELETE", path, body)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        secret: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": self.version, "User-Agent": "a-test"}
        if secret or (secret is None and self.secret):
            sent["Authorization"] = f"Bearer {secret or self.secret}"
        sent |= headers or {}
        url = path if path.startswith("http") else self.sandbox.api_url + path
        async with self.session.request(method, url, json=body, headers=sent, allow_redirects=False) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json" and raw
            return Answer(answer.status, await answer.json() if is_json else None, CIMultiDict(answer.headers), raw)
