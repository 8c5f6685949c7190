"""Commits, trees, blobs, refs, files and comparisons."""

from itertools import islice
from posixpath import dirname, join, normpath

from placet.sandbox.api.call import Call, Reply
from placet.sandbox.api.repositories import commit_shape
from placet.sandbox.api.routing import get
from placet.sandbox.git import EMPTY_TREE, Entry, Mode, ObjectStore
from placet.sandbox.history import ancestors, compared
from placet.sandbox.model import Json, Rejected
from placet.sandbox.shapes import commits

MOST_COMPARED_FILES = 300
MOST_COMPARED_COMMITS = 250
MOST_LISTED = 10_000
MOST_IN_FOLDER = 1_000  # GitHub lists no more; a tree does


@get("/repos/{owner}/{repo}/git/ref/{ref}", "contents:read")
def ref(call: Call) -> Reply:
    name = call.params["ref"]
    kind, _, short = name.partition("/")
    sha = call.tip(call.repo, short) if kind == "heads" else call.repo.tags.get(short) if kind == "tags" else None
    if sha is None:
        raise Rejected(404, "Not Found")
    return Reply(commits.ref(call.links, call.repo, f"refs/{name}", sha))


@get("/repos/{owner}/{repo}/git/matching-refs/{ref}", "contents:read")
def matching_refs(call: Call) -> Reply:
    names = [f"heads/{name}" for name in call.repo.refs] + [f"tags/{name}" for name in call.repo.tags]
    found = sorted(name for name in names if name.startswith(call.params["ref"]))
    known = {f"heads/{name}": sha for name, sha in call.repo.refs.items()}
    known |= {f"tags/{name}": sha for name, sha in call.repo.tags.items()}
    return call.page(found, lambda name: commits.ref(call.links, call.repo, f"refs/{name}", known[name]))


@get("/repos/{owner}/{repo}/git/commits/{commit_sha}", "contents:read")
def git_commit(call: Call) -> Reply:
    sha = call.params["commit_sha"]
    if call.repo.store.kind(sha) != "commit":
        raise Rejected(404, "Not Found")
    return Reply(commits.git_commit(call.links, call.repo, call.repo.store.commit(sha)))


@get("/repos/{owner}/{repo}/git/trees/{tree_sha}", "contents:read")
def tree(call: Call) -> Reply:
    """A tree by its SHA, or a commit's or branch's; whole when `recursive` is given, whatever its value."""
    store, name = call.repo.store, call.params["tree_sha"]
    sha = name if store.kind(name) == "tree" else store.commit(call.commit(name)).tree
    entries = store.walk(sha) if "recursive" in call.query else iter(store.tree(sha).items())
    limit = call.options.tree_limit
    shown = list(islice(entries, limit + 1))
    return Reply(commits.tree(call.links, call.repo, sha, shown[:limit], truncated=len(shown) > limit))


@get("/repos/{owner}/{repo}/git/blobs/{file_sha}", "contents:read")
def blob(call: Call) -> Reply:
    store, sha = call.repo.store, call.params["file_sha"]
    if store.kind(sha) != "blob":
        raise Rejected(404, "Not Found")
    if ".raw" in call.accept:
        return Reply(raw=store.blob(sha), content_type="application/vnd.github.raw+json; charset=utf-8")
    return Reply(commits.blob(call.links, call.repo, sha))


@get("/repos/{owner}/{repo}/contents/{path}", "contents:read")
def contents(call: Call) -> Reply:
    """A file, link or submodule; for a folder the list of what it holds. A link to a file reads as that file."""
    store, path = call.repo.store, call.params.get("path", "").strip("/")
    revision = call.query.get("ref") or call.repo.default_branch
    entry = _followed(store, store.commit(call.commit(revision)).tree, path)
    if entry is None:
        raise Rejected(404, "Not Found")
    if entry.mode == Mode.TREE:
        start = f"{path}/" if path else ""
        inner = islice(store.tree(entry.sha).items(), MOST_IN_FOLDER)
        return Reply([commits.content(call.links, call.repo, (revision, start + name), one) for name, one in inner])
    shape = commits.content(call.links, call.repo, (revision, path), entry)
    if entry.mode == Mode.SUBMODULE:
        return Reply({**shape, "submodule_git_url": f"{call.links.web}/submodules/{path}.git"})
    if ".raw" in call.accept:
        return Reply(raw=store.blob(entry.sha), content_type="application/vnd.github.raw+json; charset=utf-8")
    if entry.mode == Mode.SYMLINK:
        return Reply({**shape, "target": store.blob(entry.sha).decode("utf-8", "replace")})
    return Reply({**shape, **commits.inline(store, entry)})


@get("/repos/{owner}/{repo}/commits", "contents:read")
def commit_list(call: Call) -> Reply:
    start = call.commit(call.query.get("sha") or call.repo.default_branch)
    shas = list(islice(ancestors(call.repo.store, start), MOST_LISTED))
    return call.page(shas, lambda sha: commit_shape(call.world, call.repo, sha))


@get("/repos/{owner}/{repo}/commits/{ref}", "contents:read")
def commit(call: Call) -> Reply:
    sha = call.commit(call.params["ref"], status=422)
    store, one = call.repo.store, call.repo.store.commit(sha)
    if ".sha" in call.accept:
        return Reply(raw=sha.encode(), content_type="application/vnd.github.sha; charset=utf-8")
    before = store.commit(one.parents[0]).tree if one.parents and one.parents[0] in store else EMPTY_TREE
    changes = list(store.changes(before, one.tree))
    added, removed = commits.totals(store, changes)
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    files = [commits.changed_file(call.links, call.repo, change, sha) for change in changes[:MOST_COMPARED_FILES]]
    return Reply({**commit_shape(call.world, call.repo, sha), "stats": stats, "files": files})


@get("/repos/{owner}/{repo}/compare/{basehead}", "contents:read")
def compare(call: Call) -> Reply:
    base_name, dots, head_name = call.params["basehead"].partition("...")
    if not dots:
        raise Rejected(404, "Not Found")
    base, head = _side(call, base_name), _side(call, head_name)
    found = compared(call.repo.store, base, head)
    if found.merge_base is None:
        raise Rejected(404, f"No common ancestor between {base_name} and {head_name}.")
    shown = found.commits[-MOST_COMPARED_COMMITS:]
    page = call.page(shown, lambda sha: commit_shape(call.world, call.repo, sha)) if "page" in call.query else None
    listed = page.data if page else [commit_shape(call.world, call.repo, sha) for sha in shown]
    files = [
        commits.changed_file(call.links, call.repo, change, head) for change in found.changes[:MOST_COMPARED_FILES]
    ]
    data = {
        **_addresses(call, base_name, head_name),
        "base_commit": commit_shape(call.world, call.repo, base),
        "merge_base_commit": commit_shape(call.world, call.repo, found.merge_base),
        "status": _status(len(found.commits), found.behind),
        "ahead_by": len(found.commits),
        "behind_by": found.behind,
        "total_commits": len(found.commits),
        "commits": listed,
        "files": files,
    }
    return Reply(data, headers=page.headers if page else {})


def _followed(store: ObjectStore, tree: str, path: str) -> Entry | None:
    """What stands at `path`, or, where that is a link to a file in the repository, the file; other links stay."""
    entry = store.entry(tree, path)
    if entry is None or entry.mode != Mode.SYMLINK:
        return entry
    target = normpath(join(dirname(path), store.blob(entry.sha).decode("utf-8", "surrogateescape")))
    found = None if target.startswith("/") else store.entry(tree, target)
    return found if found is not None and found.mode in {Mode.FILE, Mode.EXECUTABLE} else entry


def _side(call: Call, name: str) -> str:
    """A side of a comparison: a revision here, or `owner:branch` of a fork."""
    owner, colon, branch = name.rpartition(":")
    if not colon:
        return call.commit(name)
    forks = [repo for repo in call.world.repositories.values() if repo.store is call.repo.store]
    there = next((repo for repo in forks if repo.owner.login.lower() == owner.split(":")[0].lower()), None)
    sha = call.tip(there, branch) if there else None
    if sha is None:
        raise Rejected(404, "Not Found")
    return sha


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"


def _addresses(call: Call, base: str, head: str) -> Json:
    api, page = f"{call.links.repo(call.repo)}/compare", f"{call.links.page(call.repo)}/compare"
    between = f"{base}...{head}"
    return {
        "url": f"{api}/{between}",
        "html_url": f"{page}/{between}",
        "permalink_url": f"{page}/{between}",
        "diff_url": f"{page}/{between}.diff",
        "patch_url": f"{page}/{between}.patch",
    }
