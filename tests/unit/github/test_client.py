"""The client against a small server of the test's own, which answers what it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from placet.errors import Unavailable
from placet.github.answers import Declined, Forbidden, NotThere, OutcomeUnknown, Unauthorised, Unprocessable
from placet.github.cache import AnswerCache
from placet.github.client import Asking, Client, query, route
from placet.github.lanes import Lane
from placet.github.wire import Wire

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Clock:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Badge:
    """A credential that counts how often it was dropped."""

    def __init__(self) -> None:
        self.number = 1

    async def token(self) -> str:
        return f"ghs_{self.number}"

    def drop(self, token: str) -> None:
        assert token == f"ghs_{self.number}"
        self.number += 1


@dataclass
class Server:
    """Answers by a list of handlers, the last one for ever, and remembers what it was asked."""

    url: str = ""
    handlers: list[Handler] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.requests.append((request.method, request.raw_path, headers, await request.read()))
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        return await handler(request)

    @property
    def asked(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.requests]


def says(data: Any = None, status: int = 200, **headers: str) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(data if data is not None else {}, status=status, headers=told)

    return handler


def breaks() -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return handler


def page(status: int = 200) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><h1>Unicorn</h1>", status=status, content_type="application/json")

    return handler


def raw(body: bytes, **headers: str) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"content-type": "application/json", **headers})

    return handler


async def started(server: Server) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    runner = await started(one)
    yield one
    await runner.cleanup()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Server]:
    one = Server()
    runner = await started(one)
    yield one
    await runner.cleanup()


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
def badge() -> Badge:
    return Badge()


@dataclass
class Factory:
    """Makes clients of several installations that share a wire and a cache."""

    server: Server
    session: aiohttp.ClientSession
    time: Clock
    badge: Badge
    answers: AnswerCache = field(default_factory=lambda: AnswerCache(100_000))
    pace: float = 0
    seconds: float = 5
    body_bytes: int = 50_000

    def __call__(self, installation: int = 1) -> Client:
        wire = Wire(self.session, self.server.url, body_bytes=self.body_bytes, seconds=self.seconds)
        lane = Lane(installation, self.time, self.time.sleep, self.pace)
        return Client(wire, self.badge, lane, self.answers, api_url=self.server.url, sleep=self.time.sleep)


@pytest.fixture
def factory(server: Server, session: aiohttp.ClientSession, time: Clock, badge: Badge) -> Factory:
    return Factory(server, session, time, badge)


@pytest.fixture
def client(factory: Factory) -> Client:
    return factory()


async def test_every_request_says_who_asks_and_for_which_version(server: Server, client: Client) -> None:
    server.handlers = [says({"ok": True})]
    assert await client.item("/x") == {"ok": True}
    method, path, headers, _ = server.requests[0]
    assert (method, path) == ("GET", "/x")
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["authorization"] == "Bearer ghs_1"
    assert headers["user-agent"].startswith("placet/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_on_the_same_host_keeps_method_and_body(server: Server, client: Client, status: int) -> None:
    server.handlers = [says(status=status, location="/repositories/1/x"), says({"id": 1}, 201)]
    assert await client.write("POST", "/repos/a/b/x", {"body": "hi"}) == {"id": 1}
    assert server.asked == ["POST /repos/a/b/x", "POST /repositories/1/x"]
    assert json.loads(server.requests[1][3]) == {"body": "hi"}


async def test_a_redirect_to_another_host_is_not_followed(server: Server, elsewhere: Server, client: Client) -> None:
    elsewhere.handlers = [says({"id": 1})]
    server.handlers = [says(status=302, location=f"{elsewhere.url}/x")]
    with pytest.raises(Unavailable, match="credentials must not go"):
        await client.item("/x")
    assert elsewhere.requests == []


async def test_redirects_without_end_are_given_up(server: Server, client: Client) -> None:
    server.handlers = [says(status=302, location="/x")]
    with pytest.raises(Unavailable, match="without an end"):
        await client.item("/x")
    assert len(server.requests) == 5


async def test_an_archive_elsewhere_is_fetched_without_the_token(
    server: Server, elsewhere: Server, client: Client
) -> None:
    server.handlers = [says(status=302, location=f"{elsewhere.url}/tar?token=abc")]
    elsewhere.handlers = [raw(b"archive")]
    parts: list[bytes] = []

    async def sink(part: bytes) -> None:
        parts.append(part)

    await client.download("/repos/a/b/tarball/c", sink, 100)
    assert b"".join(parts) == b"archive"
    assert server.requests[0][2]["authorization"] == "Bearer ghs_1"
    assert "authorization" not in elsewhere.requests[0][2]
    assert elsewhere.asked == ["GET /tar?token=abc"]


async def test_an_archive_is_not_followed_to_what_is_no_web_address(server: Server, client: Client) -> None:
    async def sink(_part: bytes) -> None:
        raise AssertionError

    server.handlers = [says(status=302, location="file:///etc/passwd")]
    with pytest.raises(Unavailable):
        await client.download("/t", sink, 100)


async def test_an_answer_that_is_too_long_is_not_read_on(server: Server, client: Client) -> None:
    server.handlers = [raw(b'"' + b"x" * 60_000 + b'"')]
    with pytest.raises(Unavailable, match="longer than"):
        await client.item("/x")


async def test_an_unchanged_answer_is_not_sent_again_and_is_a_fresh_value(server: Server, client: Client) -> None:
    server.handlers = [says({"n": [1]}, ETag='W/"e1"'), says(status=304)]
    first = await client.item("/x")
    first["n"].append(2)
    assert await client.item("/x") == {"n": [1]}
    assert server.requests[1][2]["if-none-match"] == 'W/"e1"'


async def test_a_changed_answer_takes_the_place_of_the_old(server: Server, client: Client) -> None:
    server.handlers = [says(1, ETag='"1"'), says(2, ETag='"2"'), says(status=304)]
    assert [await client.item("/x") for _ in range(3)] == [1, 2, 2]
    assert server.requests[2][2]["if-none-match"] == '"2"'


async def test_what_one_installation_saw_is_not_shown_to_another(server: Server, factory: Factory) -> None:
    server.handlers = [says(1, ETag='"1"'), says(2, ETag='"2"')]
    assert await factory(1).item("/x", Asking(immutable=True)) == 1
    assert await factory(2).item("/x", Asking(immutable=True)) == 2
    assert "if-none-match" not in server.requests[1][2]


async def test_what_a_sha_names_is_asked_for_once(server: Server, client: Client) -> None:
    server.handlers = [says(1)]
    assert [await client.item("/x", Asking(immutable=True)) for _ in range(3)] == [1, 1, 1]
    assert len(server.requests) == 1


async def test_the_cache_holds_no_more_bytes_than_it_may(server: Server, factory: Factory) -> None:
    factory.answers = AnswerCache(4_000)
    client = factory()
    server.handlers = [says("x" * 1_000, ETag='"1"')]
    for number in range(10):
        await client.item(f"/{number}")
    await client.item("/0")
    await client.item("/9")
    conditional = ["if-none-match" in headers for _, _, headers, _ in server.requests]
    assert conditional == [False] * 11 + [True]
    server.handlers = [says("x" * 5_000, ETag='"1"')]
    await client.item("/large")


async def test_pages_are_followed_with_their_own_answers_kept(server: Server, client: Client) -> None:
    link = f'<{server.url}/x?page=2>; rel="next", <{server.url}/x?page=2>; rel="last"'
    server.handlers = [says([1, 2], ETag='"a"', Link=link), says([3], ETag='"b"'), says(status=304)]
    assert await client.items("/x", within=None) == [1, 2, 3]
    assert await client.items("/x", within=None) == [1, 2, 3]
    assert server.asked == ["GET /x?per_page=100", "GET /x?page=2"] * 2


async def test_a_next_page_on_another_host_is_not_asked_for(server: Server, elsewhere: Server, client: Client) -> None:
    server.handlers = [says([1], Link=f'<{elsewhere.url}/x?page=2>; rel="next"')]
    with pytest.raises(Unavailable, match="credentials must not go"):
        await client.items("/x", within=None)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("answer", "within"),
    [({"check_runs": [1]}, None), ({"check_runs": [1]}, "repositories"), ([1], "check_runs"), ("text", None)],
)
async def test_a_list_of_another_shape_is_no_list_of_keys(
    server: Server, client: Client, answer: object, within: str | None
) -> None:
    server.handlers = [says(answer)]
    with pytest.raises(Unavailable, match="answered no list"):
        await client.items("/x", within=within)


async def test_a_list_in_an_envelope_is_unpacked(server: Server, client: Client) -> None:
    server.handlers = [says({"total_count": 1, "check_runs": [7]})]
    assert await client.items("/x", within="check_runs") == [7]


@pytest.mark.parametrize("trouble", [says(status=502), says(status=503), says(status=504), breaks(), page(), page(502)])
async def test_a_read_is_repeated_after_a_passing_trouble(
    server: Server, client: Client, time: Clock, trouble: Handler
) -> None:
    server.handlers = [trouble, trouble, says({"ok": 1})]
    assert await client.item("/x") == {"ok": 1}
    assert 1 <= len(time.slept) <= 2  # aiohttp itself repeats a read whose connection broke before any answer


async def test_a_read_that_never_succeeds_is_unavailable(server: Server, client: Client) -> None:
    server.handlers = [says(status=502)]
    with pytest.raises(Unavailable, match="GET /x: GitHub answered 502"):
        await client.item("/x")
    assert len(server.requests) == 4


async def test_an_error_of_githubs_own_is_not_repeated(server: Server, client: Client) -> None:
    server.handlers = [says(status=500)]
    with pytest.raises(Unavailable):
        await client.item("/x")
    assert len(server.requests) == 1


async def test_a_server_that_says_nothing_is_given_up(server: Server, factory: Factory) -> None:
    async def silent(_request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    factory.seconds = 0.05
    server.handlers = [silent, says({"ok": 1})]
    assert await factory().item("/x") == {"ok": 1}
    server.handlers = [silent]
    with pytest.raises(OutcomeUnknown, match=r"within 0\.05 s"):
        await factory().write("POST", "/x", {})


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        *((method, trouble) for method in ("POST", "PATCH", "DELETE") for trouble in (says(status=500), page())),
        *((method, trouble) for method in ("POST", "PATCH", "DELETE") for trouble in (says(status=504), page(502))),
        *((method, breaks()) for method in ("POST", "PATCH")),  # aiohttp repeats a DELETE: what is gone stays gone
    ],
)
async def test_a_write_that_may_have_happened_is_not_repeated(
    server: Server, client: Client, method: str, trouble: Handler
) -> None:
    server.handlers = [trouble, says({"ok": 1})]
    with pytest.raises(OutcomeUnknown):
        await client.write(method, "/x", {"body": "b"})
    assert len(server.requests) == 1


async def test_a_write_that_was_never_sent_is_sent_again(time: Clock, unused_tcp_port: int, factory: Factory) -> None:
    factory.server = Server(url=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(Unavailable, match="no connection") as told:
        await factory().write("POST", "/x", {})
    assert not isinstance(told.value, OutcomeUnknown)
    assert len(time.slept) == 3


async def test_a_harmless_write_is_repeated(server: Server, client: Client) -> None:
    server.handlers = [breaks(), says({"token": "t"}, 201)]
    assert await client.write("POST", "/x", b"", Asking(repeatable=True)) == {"token": "t"}


async def test_only_what_is_young_is_looked_for_again(server: Server, client: Client) -> None:
    server.handlers = [says({"message": "Not Found"}, 404)]
    with pytest.raises(NotThere):
        await client.item("/x")
    assert len(server.requests) == 1
    server.handlers = [says({"message": "Not Found"}, 404), says({"ok": 1})]
    assert await client.item("/x", Asking(young=True)) == {"ok": 1}
    server.handlers = [says({"message": "Not Found"}, 404), says({"ok": 1})]
    assert await client.write("PATCH", "/x", {}, Asking(young=True)) == {"ok": 1}


async def test_what_is_young_and_not_there_with_a_reason_is_not_looked_for_again(
    server: Server, client: Client
) -> None:
    server.handlers = [says({"message": "No common ancestor between a and b."}, 404)]
    with pytest.raises(NotThere) as told:
        await client.item("/x", Asking(young=True))
    assert told.value.reason == "No common ancestor between a and b."
    assert len(server.requests) == 1


async def test_a_token_that_is_not_taken_is_replaced_once(server: Server, client: Client) -> None:
    server.handlers = [says({"message": "Bad credentials"}, 401), says({"ok": 1})]
    assert await client.write("POST", "/x", {}) == {"ok": 1}
    assert [headers["authorization"] for _, _, headers, _ in server.requests] == ["Bearer ghs_1", "Bearer ghs_2"]
    server.handlers = [says({"message": "Bad credentials"}, 401)]
    with pytest.raises(Unauthorised, match="this machine's clock"):
        await client.item("/x")
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (
            403,
            {"message": "Resource not accessible by integration"},
            Forbidden,
            "Resource not accessible by integration",
        ),
        (404, {"message": "Not Found"}, NotThere, "Not Found"),
        (410, {"message": "Gone"}, NotThere, "Gone"),
        (409, {"message": "Git Repository is empty."}, Declined, "Git Repository is empty."),
        (
            422,
            {"message": "Validation Failed", "errors": [{"resource": "Label", "field": "name", "code": "missing"}]},
            Unprocessable,
            "Validation Failed: Label name missing",
        ),
        (
            422,
            {"message": "Validation Failed", "errors": ["Could not resolve to a node", {"message": "No"}]},
            Unprocessable,
            "Validation Failed: Could not resolve to a node: No",
        ),
        (422, {"message": "M", "errors": "told ghs_secret"}, Unprocessable, "M: told ***"),
        (422, [1], Unprocessable, ""),
        (422, {"message": None, "errors": [3, None]}, Unprocessable, "3"),
    ],
)
async def test_a_refusal_is_told_in_githubs_words(
    server: Server, client: Client, status: int, body: object, kind: type[Declined], reason: str
) -> None:
    server.handlers = [says(body, status)]
    with pytest.raises(kind) as told:
        await client.write("POST", "/x", {})
    assert type(told.value) is kind
    assert (told.value.status, told.value.reason) == (status, reason)
    assert str(told.value).startswith(f"POST /x: GitHub answered {status}")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nonsense"])
async def test_what_is_no_json_is_unavailable(server: Server, client: Client, body: bytes) -> None:
    server.handlers = [raw(body)]
    with pytest.raises(Unavailable, match="cannot be read"):
        await client.item("/x")


async def test_an_unknown_encoding_is_unavailable(server: Server, client: Client) -> None:
    server.handlers = [raw(b"{}", **{"content-type": "application/json; charset=nonsense"})]
    with pytest.raises(Unavailable, match="cannot be read"):
        await client.item("/x")


def test_parts_of_a_path_are_quoted() -> None:
    assert route("/repos/{owner}/{name}/x", owner="a b", name="c/d?e#f%2e") == "/repos/a%20b/c%2Fd%3Fe%23f%252e/x"
    assert route("/git/ref/heads/{+branch}", branch="a/b{c}") == "/git/ref/heads/a/b%7Bc%7D"
    assert query("/x", base="a&b=c", state="open") == "/x?base=a%26b%3Dc&state=open"


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_no_part_climbs_out_of_its_path(part: str) -> None:
    with pytest.raises(NotThere, match="is no name"):
        route("/repos/{owner}/x", owner=part)
    with pytest.raises(NotThere, match="is no name"):
        route("/git/ref/heads/{+branch}", branch=f"a/{part}/b")


async def test_a_name_reaches_the_server_as_it_was_quoted(server: Server, client: Client) -> None:
    server.handlers = [says(1)]
    await client.item(route("/users/{login}", login="a/../../admin?x={y}"))
    assert server.asked == ["GET /users/a%2F..%2F..%2Fadmin%3Fx%3D%7By%7D"]
