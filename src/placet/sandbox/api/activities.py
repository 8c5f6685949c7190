"""Activities: who moved which branch, from where to where and when."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from operator import neg, pos

from placet.sandbox.api.call import MOST_PER_PAGE, PER_PAGE, Call, Reply, whole
from placet.sandbox.api.routing import get
from placet.sandbox.model import Activity, ActivityType, Rejected
from placet.sandbox.shapes import commits

# GitHub says how long the first two are; the others are taken to be round.
PERIODS = {
    "day": timedelta(hours=24),
    "week": timedelta(hours=168),
    "month": timedelta(days=30),
    "quarter": timedelta(days=90),
    "year": timedelta(days=365),
}
_CURSOR = "v1_"


@get("/repos/{owner}/{repo}/activity", "contents:read")
def activities(call: Call) -> Reply:
    """Newest first unless the oldest are asked for, by cursor. A branch that never was has none."""
    rank = pos if _choice(call, "direction", ("asc", "desc")) == "asc" else neg
    found = sorted(_wanted(call), key=lambda one: rank(one.id))
    shown = _page(call, found, rank)
    return Reply([commits.activity(call.links, one) for one in shown], headers=call.link(_neighbours(found, shown)))


def _wanted(call: Call) -> list[Activity]:
    """Those that the query asks for. Raises Rejected 422 for a kind or period that GitHub does not know."""
    kind = _choice(call, "activity_type", tuple(ActivityType))
    period = _choice(call, "time_period", tuple(PERIODS))
    since = call.world.now() - PERIODS[period] if period else None
    branch = call.query.get("ref", "").removeprefix("refs/heads/")
    login = call.query.get("actor", "")
    actor = call.world.find_account(login)
    return [
        one
        for one in call.repo.activities
        if (not branch or one.branch == branch)
        and (not login or one.actor is actor)
        and (kind is None or one.kind == kind)
        and (since is None or one.at >= since)
    ]


def _page(call: Call, found: Sequence[Activity], rank: Callable[[int], int]) -> Sequence[Activity]:
    """What follows one cursor and precedes the other: the first of it, or with `before` alone the last."""
    after, before = _cursor(call, "after"), _cursor(call, "before")
    between = [
        one
        for one in found
        if (after is None or rank(one.id) > rank(after)) and (before is None or rank(one.id) < rank(before))
    ]
    size = min(MOST_PER_PAGE, call.positive("per_page", PER_PAGE))
    return between[-size:] if after is None and before is not None else between[:size]


def _neighbours(found: Sequence[Activity], shown: Sequence[Activity]) -> dict[str, dict[str, str | None]]:
    pages: dict[str, dict[str, str | None]] = {}
    if shown and shown[0] is not found[0]:
        pages["prev"] = {"before": f"{_CURSOR}{shown[0].id}", "after": None}
    if shown and shown[-1] is not found[-1]:
        pages["next"] = {"after": f"{_CURSOR}{shown[-1].id}", "before": None}
    return pages


def _choice(call: Call, name: str, allowed: Sequence[str]) -> str | None:
    value = call.query.get(name)
    if value is not None and value not in allowed:
        raise Rejected(422, "Validation Failed", (f"{name} is not one of {', '.join(allowed)}.",))
    return value


def _cursor(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    number = whole(text.removeprefix(_CURSOR))
    if number is None:
        raise Rejected(422, "Validation Failed", (f"{name} is no cursor.",))
    return number
