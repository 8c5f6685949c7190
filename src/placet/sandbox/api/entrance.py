"""The door of the API: who asks, whether they may, and what the address names."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from placet.sandbox.api.call import Call, Caller
from placet.sandbox.api.routing import Route
from placet.sandbox.model import App, Organisation, Rejected, Repository
from placet.sandbox.state import World
from placet.sandbox.world.core import Token

MOST_JWT_LIFE = timedelta(minutes=10)
SLACK = timedelta(seconds=60)
_LEVELS = {"read": 1, "write": 2, "admin": 3}
_NOT_YOURS = "Resource not accessible by integration"


class Moved(Exception):
    """The repository has another name now."""

    def __init__(self, repo: Repository) -> None:
        super().__init__(repo.full_name)
        self.repo = repo


def let_in(call: Call, route: Route, authorization: str) -> None:
    """Recognise the caller, find what the address names, and check that they may.

    Raises Rejected 401, 403 or 404 in GitHub's words, and Moved for a repository's old name.
    """
    call.caller = _caller(call.world, authorization)
    if route.needs == "app":
        if call.caller.app is None:
            raise Rejected(401, "A JSON web token could not be decoded")
        _find_quietly(call)
        return
    if route.needs == "open":
        _find_quietly(call)
        return
    if call.caller.token is None:
        raise Rejected(401, "Requires authentication") if call.caller.app is None else Rejected(403, _NOT_YOURS)
    _find(call, route)


def _caller(world: World, authorization: str) -> Caller:
    scheme, _, secret = authorization.partition(" ")
    if not authorization:
        return Caller()
    if scheme.lower() not in {"bearer", "token"}:
        raise Rejected(401, "Bad credentials")
    if secret.count(".") == 2 and secret.startswith("ey"):  # noqa: PLR2004 - the three parts of a JWT
        return Caller(app=_app(world, secret))
    return Caller(token=_token(world, secret))


def _token(world: World, secret: str) -> Token:
    token = world.tokens.get(secret)
    if token is None or token.expires_at <= world.now() or token.installation.gone:
        raise Rejected(401, "Bad credentials")
    if token.installation.suspended_at is not None:
        raise Rejected(403, "This installation has been suspended")
    return token


def _app(world: World, secret: str) -> App:
    """The app that signed; times may be right by the world's clock or, where that is simulated, by this machine's."""
    try:
        claims = jwt.decode(secret, options={"verify_signature": False})
        app = world.apps.get(int(claims.get("iss", 0)))
    except (jwt.InvalidTokenError, TypeError, ValueError):
        raise Rejected(401, "A JSON web token could not be decoded") from None
    if app is None or not app.public_key:
        raise Rejected(404, "Integration not found")
    try:
        key = _public_key(app.public_key)
        claims = jwt.decode(
            secret,
            key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iat", "exp", "iss"]},
        )
    except jwt.MissingRequiredClaimError as error:
        raise Rejected(401, f"Missing '{error.claim}' claim in assertion") from None
    except jwt.InvalidTokenError:
        raise Rejected(401, "A JSON web token could not be decoded") from None
    if problem := _clock_problem(claims["iat"], claims["exp"], (world.now(), datetime.now(UTC))):
        raise Rejected(401, problem)
    return app


@lru_cache(maxsize=8)
def _public_key(pem: bytes) -> RSAPublicKey:
    """The key in its parsed form, kept, since parsing costs much more than checking."""
    key = load_pem_public_key(pem)
    if not isinstance(key, RSAPublicKey):
        raise TypeError("the app's key is no RSA key")
    return key


def _clock_problem(issued: object, expires: object, clocks: Iterable[datetime]) -> str | None:
    """What is wrong with the times, by the clock that whoever signed seems to have looked at."""
    not_issued = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    if not isinstance(issued, int):
        return not_issued
    now = min(clocks, key=lambda clock: abs(clock.timestamp() - issued))
    if issued > (now + SLACK).timestamp():
        return not_issued
    if not isinstance(expires, int) or expires <= now.timestamp():
        return (
            "'Expiration time' claim ('exp') must be a numeric value representing the future time "
            "at which the assertion expires"
        )
    if expires > (now + MOST_JWT_LIFE).timestamp():
        return "'Expiration time' claim ('exp') is too far in the future"
    return None


def _find_quietly(call: Call) -> None:
    """Find what the address names, where it names something; the handler says what is missing."""
    call.found_repo = _repo(call)
    call.found_org = _org(call)


def _find(call: Call, route: Route) -> None:
    if route.template.startswith("/repos/"):
        call.found_repo = _repo(call)
        _allow_repository(call, route)
    elif route.template.startswith("/orgs/"):
        call.found_org = _org(call)
        if call.caller.installation.account is not call.org:
            raise Rejected(404, "Not Found")
        _need(call, route)
        if "{team_slug}" in route.template:
            by_id = "team_id" in call.params
            slug = call.params.get("team_slug", "").lower()
            call.found_team = call.world.teams.get(call.number("team_id")) if by_id else call.org.teams.get(slug)
            if call.team.org is not call.org:
                raise Rejected(404, "Not Found")
        if "{repo}" in route.template:
            call.found_repo = _repo(call)


def _repo(call: Call) -> Repository | None:
    if "repository_id" in call.params:
        return call.world.repositories.get(call.number("repository_id"))
    if "repo" not in call.params:
        return None
    full_name = f"{call.params['owner']}/{call.params['repo']}"
    found = call.world.find_repo(full_name)
    if found is None and (moved := call.world.moved_repo(full_name)) is not None:
        raise Moved(moved)
    return found


def _org(call: Call) -> Organisation | None:
    if "org_id" in call.params:
        found = call.world.accounts.get(call.number("org_id"))
        return found if isinstance(found, Organisation) else None
    if "team_id" in call.params:
        team = call.world.teams.get(call.number("team_id"))
        return team.org if team else None
    return call.world.find_organisation(call.params.get("org", ""))


def _allow_repository(call: Call, route: Route) -> None:
    """The rules of installation tokens: what is not covered is unknown if private, and may be read if public."""
    repo = call.repo
    if call.caller.may_see(repo):
        _need(call, route)
    elif repo.private:
        raise Rejected(404, "Not Found")
    elif ":write" in route.needs:
        raise Rejected(403, _NOT_YOURS)


def _need(call: Call, route: Route) -> None:
    token = call.caller.token
    granted = token.permissions if token else {}
    for need in route.needs.split("|"):
        area, _, level = need.partition(":")
        if area == "any" or _LEVELS.get(granted.get(area, ""), 0) >= _LEVELS[level]:
            return
    raise Rejected(403, _NOT_YOURS)
