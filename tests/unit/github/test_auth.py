import asyncio
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from placet.errors import BadFile, Unavailable
from placet.github.auth import AppKey, InstallationTokens, Minted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class HeldClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Mint:
    """Counts what it makes; each token lasts an hour."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.made = 0
        self.trouble: Exception | None = None

    async def __call__(self, installation_id: int) -> Minted:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        self.made += 1
        return Minted(f"ghs_{installation_id}_{self.made}", self.clock.now() + timedelta(hours=1))


def test_the_apps_token_is_back_dated_and_short(key: bytes) -> None:
    token = AppKey(4711, key.decode()).signed(NOW)
    private = load_pem_private_key(key, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    claims = jwt.decode(
        token, private.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims["iss"] == "4711"
    assert claims["iat"] == NOW.timestamp() - 60
    assert 0 < claims["exp"] - claims["iat"] <= 600


@pytest.mark.parametrize(
    "pem", ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
)
def test_a_key_that_is_none_says_so_without_showing_it(pem: str) -> None:
    with pytest.raises(BadFile, match="private key cannot be read") as told:
        AppKey(1, pem)
    assert "AAAA" not in str(told.value)


def test_a_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BadFile, match="no RSA key"):
        AppKey(1, pem.decode())


async def test_a_token_is_used_until_five_minutes_before_its_end() -> None:
    clock = HeldClock()
    mint = Mint(clock)
    tokens = InstallationTokens(mint, clock)
    assert await tokens.token(7) == "ghs_7_1"
    clock.time += timedelta(minutes=54, seconds=59)
    assert await tokens.token(7) == "ghs_7_1"
    clock.time += timedelta(seconds=1)
    assert await tokens.token(7) == "ghs_7_2"


async def test_many_at_once_ask_for_one_token() -> None:
    clock = HeldClock()
    mint = Mint(clock)
    tokens = InstallationTokens(mint, clock)
    assert set(await asyncio.gather(*(tokens.token(7) for _ in range(20)))) == {"ghs_7_1"}
    assert mint.made == 1


async def test_a_failure_to_mint_is_not_remembered() -> None:
    clock = HeldClock()
    mint = Mint(clock)
    tokens = InstallationTokens(mint, clock)
    mint.trouble = Unavailable("not now")
    with pytest.raises(Unavailable):
        await tokens.token(7)
    mint.trouble = None
    assert await tokens.token(7) == "ghs_7_1"


async def test_a_dropped_token_is_offered_no_more_but_its_successor_is() -> None:
    clock = HeldClock()
    tokens = InstallationTokens(Mint(clock), clock)
    first = await tokens.token(7)
    tokens.drop(7, first)
    second = await tokens.token(7)
    tokens.drop(7, first)
    assert await tokens.token(7) == second
    tokens.drop(7)
    assert await tokens.token(7) not in {first, second}


async def test_a_forge_whose_clock_is_behind_ours_does_not_make_every_request_ask_anew() -> None:
    clock = HeldClock()
    made: list[int] = []

    async def mint(installation_id: int) -> Minted:
        made.append(installation_id)
        return Minted("ghs_x", clock.now() - timedelta(hours=3))

    tokens = InstallationTokens(mint, clock)
    await tokens.token(7)
    await tokens.token(7)
    assert made == [7]


def test_a_token_is_not_shown_by_its_holder() -> None:
    assert "ghs_" not in repr(Minted("ghs_secret", NOW))
