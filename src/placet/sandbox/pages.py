"""The forge's web host: source archives, and a plain page for each pull request."""

import io
import tarfile
from html import escape

from aiohttp import web

from placet.sandbox.git import Mode
from placet.sandbox.model import Pull, Repository
from placet.sandbox.state import World


class Pages:
    """The web host of one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add_to(self, app: web.Application) -> None:
        """Serve the pages from here."""
        app.router.add_get("/codeload/{repo:\\d+}/{sha}.tar.gz", self.archive)
        app.router.add_get("/{owner}/{repo}/pull/{number:\\d+}", self.pull)

    async def archive(self, request: web.Request) -> web.Response:
        """A commit's files. A request that brings a token along is refused: it went to the wrong host."""
        if "Authorization" in request.headers:
            raise web.HTTPBadRequest(text="this host wants no token")
        repo = self.world.repositories.get(int(request.match_info["repo"]))
        sha = request.match_info["sha"]
        if repo is None or repo.store.kind(sha) != "commit":
            raise web.HTTPNotFound
        return web.Response(body=archive_of(repo, sha), content_type="application/x-gzip")

    async def pull(self, request: web.Request) -> web.Response:
        """What people would look at: state, checks, and what was said."""
        repo = self.world.find_repo(f"{request.match_info['owner']}/{request.match_info['repo']}")
        pull = repo.pulls.get(int(request.match_info["number"])) if repo else None
        if pull is None:
            raise web.HTTPNotFound
        return web.Response(text=_page(pull), content_type="text/html")


def archive_of(repo: Repository, sha: str) -> bytes:
    """The commit's tree as `.tar.gz`, in one folder named after repository and commit."""
    store, commit = repo.store, repo.store.commit(sha)
    top = f"{repo.full_name.replace('/', '-')}-{sha[:7]}"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": sha}) as tar:
        for path, entry in [("", None), *store.walk(commit.tree)]:
            info = tarfile.TarInfo(f"{top}/{path}".rstrip("/"))
            info.mtime = int(commit.committer.at.timestamp())
            if entry is None or entry.mode in {Mode.TREE, Mode.SUBMODULE}:
                info.type, info.mode = tarfile.DIRTYPE, 0o775
                tar.addfile(info)
            elif entry.mode == Mode.SYMLINK:
                info.type, info.linkname = tarfile.SYMTYPE, store.blob(entry.sha).decode("utf-8", "surrogateescape")
                tar.addfile(info)
            else:
                content = store.blob(entry.sha)
                info.size, info.mode = len(content), 0o775 if entry.mode == Mode.EXECUTABLE else 0o664
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _page(pull: Pull) -> str:
    state = "merged" if pull.merged else "draft" if pull.draft and pull.state == "open" else pull.state
    latest = {run.name: run for run in pull.repo.runs_of.get(pull.head_sha, ())}
    parts = [
        f"<!DOCTYPE html><meta charset=utf-8><title>{escape(pull.title)} #{pull.number}</title>",
        f"<h1>{escape(pull.title)} #{pull.number}</h1>",
        f"<p>{state}, {escape(pull.head_ref)} → {escape(pull.base_ref)}</p>",
        *(
            f"<h2>{escape(run.name)}: {run.conclusion or run.status}</h2><p>{escape(run.title or '')}</p>"
            f"<pre>{escape(run.summary or '')}\n\n{escape(run.text or '')}</pre>"
            for run in latest.values()
        ),
        f"<p>Asked: {escape(', '.join(team.name for team in pull.requested_teams.values()) or 'nobody')}</p>",
        *(f"<h3>{escape(one.user.login)}</h3><pre>{escape(one.body)}</pre>" for one in pull.comments),
        *(f"<h3>{escape(one.user.login)}: {one.state}</h3><pre>{escape(one.body)}</pre>" for one in pull.reviews),
    ]
    return "\n".join(parts)
