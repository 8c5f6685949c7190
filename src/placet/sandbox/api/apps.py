"""The app itself: its description, its installations, their tokens, its webhook deliveries, its limits."""

import json
from datetime import timedelta
from hashlib import sha256

from placet.sandbox.api import fields
from placet.sandbox.api.call import Call, Reply, whole
from placet.sandbox.api.routing import get, post
from placet.sandbox.model import Installation, Json, Rejected, Repository
from placet.sandbox.outbox import Attempt
from placet.sandbox.shapes import accounts, repositories
from placet.sandbox.shapes.links import stamp
from placet.sandbox.world.core import Token

TOKEN_LIFE = timedelta(hours=1)
DELIVERIES_KEPT = timedelta(days=3)
_LEVELS = ("read", "write", "admin")


@get("/app", "app")
def app(call: Call) -> Reply:
    own = call.caller.app
    if own is None:
        raise Rejected(401, "A JSON web token could not be decoded")
    installed = [one for one in call.world.installations.values() if one.app is own]
    return Reply({**accounts.app(call.links, own), "installations_count": len(installed)})


@get("/apps/{app_slug}", "open")
def app_by_slug(call: Call) -> Reply:
    found = next((one for one in call.world.apps.values() if one.slug == call.params["app_slug"]), None)
    if found is None:
        raise Rejected(404, "Not Found")
    return Reply(accounts.app(call.links, found))


@get("/app/installations", "app")
def installations(call: Call) -> Reply:
    own = [one for one in call.world.installations.values() if one.app is call.caller.app]
    return call.page(own, lambda one: accounts.installation(call.links, one))


@get("/app/installations/{installation_id}", "app")
def installation(call: Call) -> Reply:
    return Reply(accounts.installation(call.links, _installation(call)))


@get("/repos/{owner}/{repo}/installation", "app")
def repository_installation(call: Call) -> Reply:
    found = call.world.installation_for(call.repo)
    return _installation_or_404(call, found)


@get("/orgs/{org}/installation", "app")
def organisation_installation(call: Call) -> Reply:
    return _installation_or_404(call, call.world.installation_on(call.org))


@get("/users/{username}/installation", "app")
def user_installation(call: Call) -> Reply:
    account = call.world.find_account(call.params["username"])
    return _installation_or_404(call, call.world.installation_on(account) if account else None)


@post("/app/installations/{installation_id}/access_tokens", "app")
def access_token(call: Call) -> Reply:
    """A token for an hour, narrowed to the repositories and permissions that were asked for."""
    found = _installation(call)
    if found.suspended_at is not None:
        raise Rejected(403, "This installation has been suspended")
    chosen = _chosen_repositories(call, found)
    granted = _chosen_permissions(call.body, found)
    number = len(call.world.tokens) + 1
    secret = f"ghs_{sha256(f'{found.id}:{number}'.encode()).hexdigest()[:36]}"
    expires = call.world.now() + TOKEN_LIFE
    ids = None if chosen is None else frozenset(repo.id for repo in chosen)
    call.world.tokens[secret] = Token(found, expires, granted, ids)
    data: Json = {
        "token": secret,
        "expires_at": stamp(expires),
        "permissions": granted,
        "repository_selection": "all" if found.repositories is None and chosen is None else "selected",
    }
    if chosen is not None:
        data["repositories"] = [repositories.repository(call.links, repo) for repo in chosen]
    return Reply(data, 201)


@get("/installation/repositories", "metadata:read")
def installation_repositories(call: Call) -> Reply:
    seen = [repo for repo in call.world.repositories_of(call.caller.installation) if call.caller.may_see(repo)]
    reply = call.page(seen, lambda repo: repositories.repository(call.links, repo), "repositories")
    selection = "all" if call.caller.installation.repositories is None else "selected"
    return Reply(reply.data | {"repository_selection": selection}, headers=reply.headers)


@get("/app/hook/config", "app")
def hook_config(call: Call) -> Reply:
    url = call.options.hook_url()
    return Reply({"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url or call.links.web})


@get("/app/hook/deliveries", "app")
def deliveries(call: Call) -> Reply:
    """Attempts of the last three days, newest first, by cursor."""
    status, cursor = call.query.get("status"), call.query.get("cursor", "")
    before = whole(cursor.removeprefix("v1_"))
    if status not in {None, "success", "failure"} or (cursor and before is None):
        raise Rejected(422, "Validation Failed", ({"resource": "Delivery", "code": "invalid"},))
    size = min(100, call.positive("per_page", 30))
    fitting: list[Attempt] = []
    oldest = call.world.now() - DELIVERIES_KEPT
    for attempt in reversed(call.world.delivered):
        if attempt.delivered_at < oldest or len(fitting) > size:
            break
        wanted = status is None or attempt.is_success == (status == "success")
        if wanted and (before is None or attempt.id <= before):
            fitting.append(attempt)
    more = fitting[size : size + 1]
    headers = call.link({"next": {"cursor": f"v1_{more[0].id}"}}) if more else {}
    return Reply([_delivery(attempt) for attempt in fitting[:size]], headers=headers)


@get("/app/hook/deliveries/{delivery_id}", "app")
def delivery(call: Call) -> Reply:
    attempt = _attempt(call)
    return Reply(
        {
            **_delivery(attempt),
            "url": call.options.hook_url(),
            "request": {"headers": attempt.request_headers, "payload": json.loads(attempt.delivery.body)},
            "response": {"headers": attempt.response_headers, "payload": attempt.response_body},
        }
    )


@post("/app/hook/deliveries/{delivery_id}/attempts", "app")
def redeliver(call: Call) -> Reply:
    """The same delivery again, under the same guid."""
    call.world.attempt_again(_attempt(call).delivery, redelivery=True)
    return Reply({}, 202)


@get("/rate_limit", "open")
def rate_limit(call: Call) -> Reply:
    limit, used, reset = call.rate
    core = {"limit": limit, "used": used, "remaining": max(0, limit - used), "reset": reset}
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": reset}
    return Reply({"resources": {"core": core, "search": search}, "rate": core})


@get("/versions", "open")
def versions(_call: Call) -> Reply:
    return Reply(["2026-03-10", "2022-11-28"])


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app is not call.caller.app:
        raise Rejected(404, "Not Found")
    return found


def _installation_or_404(call: Call, found: Installation | None) -> Reply:
    if found is None or found.app is not call.caller.app:
        raise Rejected(404, "Not Found")
    return Reply(accounts.installation(call.links, found))


def _chosen_repositories(call: Call, found: Installation) -> list[Repository] | None:
    names, ids = fields.names(call.body, "repositories"), fields.numbers(call.body, "repository_ids")
    if not names and not ids:
        return None
    covered = call.world.repositories_of(found)
    chosen = [repo for repo in covered if repo.name in names or repo.id in ids]
    if len(chosen) < len(set(names)) + len(set(ids)):
        raise Rejected(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return chosen


def _chosen_permissions(body: Json, found: Installation) -> dict[str, str]:
    wanted = body.get("permissions")
    if not wanted:
        return dict(found.permissions)
    if not isinstance(wanted, dict):
        raise fields.invalid("For 'permissions', that is not an object.")
    for area, level in wanted.items():
        granted = found.permissions.get(area)
        if level not in _LEVELS or granted is None or _LEVELS.index(level) > _LEVELS.index(granted):
            raise Rejected(422, "The permissions requested are not granted to this installation.")
    return {**wanted, "metadata": "read"}


def _attempt(call: Call) -> Attempt:
    attempt = call.world.attempts.get(call.number("delivery_id"))
    if attempt is None or not attempt.is_made or attempt.delivered_at < call.world.now() - DELIVERIES_KEPT:
        raise Rejected(404, "Not Found")
    return attempt


def _delivery(attempt: Attempt) -> Json:
    one = attempt.delivery
    return {
        "id": attempt.id,
        "guid": one.guid,
        "delivered_at": stamp(attempt.delivered_at),
        "redelivery": attempt.redelivery,
        "duration": round(attempt.duration, 2),
        "status": attempt.status,
        "status_code": attempt.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }
