"""Which request goes where: the route table, and the addresses by id that stand for those by name."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from placet.sandbox.api.call import Call, Reply

Handler = Callable[[Call], Reply]

_MANY_PARTS = frozenset({"ref", "basehead", "branch", "path"})  # their values may contain slashes
_BY_ID = (
    (re.compile(r"/repositories/(?P<repository_id>\d+)(?=/|$)"), "/repos/-/-"),
    (re.compile(r"/organizations/(?P<org_id>\d+)/team/(?P<team_id>\d+)(?=/|$)"), "/orgs/-/teams/-"),
    (re.compile(r"/organizations/(?P<org_id>\d+)(?=/|$)"), "/orgs/-"),
    (re.compile(r"/teams/(?P<team_id>\d+)(?=/|$)"), "/orgs/-/teams/-"),
    (re.compile(r"/user/(?P<user_id>\d+)(?=/|$)"), "/users/-"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """`needs` is `open`, `app`, or what the installation must be granted (`checks:write`, alternatives by `|`)."""

    method: str
    template: str
    needs: str
    handler: Handler
    pattern: re.Pattern[str]

    @property
    def kind(self) -> str:
        """How the log names such requests: method and template."""
        return f"{self.method} {self.template}"


@dataclass(slots=True)
class Routes:
    """A table of routes; those with more fixed parts are tried first."""

    table: dict[tuple[str, str], list[Route]] = field(default_factory=dict)

    def add(self, method: str, template: str, needs: str) -> Callable[[Handler], Handler]:
        """Let the decorated function answer such requests."""

        def register(handler: Handler) -> Handler:
            route = Route(method, template, needs, handler, _pattern(template))
            routes = self.table.setdefault((method, template.split("/")[1]), [])
            routes.append(route)
            routes.sort(key=lambda one: (-_fixed_parts(one.template), "{path}" in one.template))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a path as it was sent (still quoted), and its parameters, unquoted."""
        ids: dict[str, str] = {}
        for pattern, stands_for in _BY_ID:
            if found := pattern.match(path):
                ids, path = found.groupdict(), stands_for + path[found.end() :]
                break
        for route in self.table.get((method, path.split("/")[1] if "/" in path else ""), ()):
            if found := route.pattern.fullmatch(path):
                params = {key: unquote(value) for key, value in found.groupdict().items() if value is not None}
                return route, params | ids
        return None


def _pattern(template: str) -> re.Pattern[str]:
    parts = []
    for part in template.split("/")[1:]:
        name = part[1:-1] if part.startswith("{") else ""
        if name == "path":
            parts.append(r"(?:/(?P<path>.*))?")
        elif name:
            parts.append(f"/(?P<{name}>{'.+' if name in _MANY_PARTS else '[^/]+'})")
        else:
            parts.append("/" + re.escape(part))
    return re.compile("".join(parts))


def _fixed_parts(template: str) -> int:
    return sum(not part.startswith("{") for part in template.split("/"))


routes = Routes()


def get(template: str, needs: str) -> Callable[[Handler], Handler]:
    """A route for reading."""
    return routes.add("GET", template, needs)


def post(template: str, needs: str) -> Callable[[Handler], Handler]:
    """A route for making."""
    return routes.add("POST", template, needs)


def patch(template: str, needs: str) -> Callable[[Handler], Handler]:
    """A route for changing."""
    return routes.add("PATCH", template, needs)


def put(template: str, needs: str) -> Callable[[Handler], Handler]:
    """A route for setting."""
    return routes.add("PUT", template, needs)


def delete(template: str, needs: str) -> Callable[[Handler], Handler]:
    """A route for removing."""
    return routes.add("DELETE", template, needs)
