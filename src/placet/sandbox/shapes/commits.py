"""Commits, trees, blobs, refs and file lists as JSON."""

from base64 import encodebytes
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from urllib.parse import quote

from placet.sandbox.git import Change, Commit, Entry, Mode, ObjectStore, Person
from placet.sandbox.history import changed_lines
from placet.sandbox.model import Activity, Json, Repository
from placet.sandbox.shapes import accounts
from placet.sandbox.shapes.links import Links, node, stamp

MOST_PATCH_BYTES = 100_000  # GitHub leaves the patch of a large file out
MOST_INLINE_BYTES = 1024 * 1024  # larger files are to be had raw, or as blobs


def git_commit(links: Links, repo: Repository, commit: Commit) -> Json:
    """A commit as the git endpoints give it."""
    api, page = links.repo(repo), links.page(repo)
    return {
        "sha": commit.sha,
        "node_id": node("Commit", commit.sha),
        "url": f"{api}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "author": _dated(commit.author),
        "committer": _dated(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "parents": [
            {"sha": sha, "url": f"{api}/git/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in commit.parents
        ],
        "verification": _UNSIGNED,
    }


def commit(links: Links, repo: Repository, one: Commit, author: Json | None) -> Json:
    """A commit as everything else gives it; `author` is the account it is known to come from."""
    api = links.repo(repo)
    inner = git_commit(links, repo, one)
    return {
        "url": f"{api}/commits/{one.sha}",
        "sha": one.sha,
        "node_id": inner["node_id"],
        "html_url": inner["html_url"],
        "comments_url": f"{api}/commits/{one.sha}/comments",
        "commit": {
            **{key: inner[key] for key in ("url", "author", "committer", "message", "tree", "verification")},
            "comment_count": 0,
        },
        "author": author,
        "committer": author,
        "parents": [{**parent, "url": f"{api}/commits/{parent['sha']}"} for parent in inner["parents"]],
    }


def simple_commit(one: Commit) -> Json:
    """A commit as check suites and merge groups name it."""
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message,
        "timestamp": stamp(one.committer.at),
        "author": {"name": one.author.name, "email": one.author.email},
        "committer": {"name": one.committer.name, "email": one.committer.email},
    }


def pushed_commit(links: Links, repo: Repository, one: Commit) -> Json:
    """A commit as `push` webhooks list it."""
    before = repo.store.commit(one.parents[0]).tree if one.parents and one.parents[0] in repo.store else None
    changes = list(repo.store.changes(before or repo.store.write_tree({}), one.tree))
    paths = {
        status: [each.path for each in changes if each.status == status] for status in ("added", "removed", "modified")
    }
    return {
        **simple_commit(one),
        "distinct": True,
        "url": f"{links.page(repo)}/commit/{one.sha}",
        **paths,
    }


def ref(links: Links, repo: Repository, name: str, sha: str) -> Json:
    """A ref by its full name (`refs/heads/main`)."""
    api = links.repo(repo)
    return {
        "ref": name,
        "node_id": node("Ref", f"{repo.id}:{name}"),
        "url": f"{api}/git/{quote(name)}",
        "object": {"type": "commit", "sha": sha, "url": f"{api}/git/commits/{sha}"},
    }


def activity(links: Links, one: Activity) -> Json:
    """What somebody did to a branch; without the somebody where the account was deleted."""
    return {
        "id": one.id,
        "node_id": node("Push", one.id),
        "before": one.before,
        "after": one.after,
        "ref": f"refs/heads/{one.branch}",
        "timestamp": stamp(one.at),
        "activity_type": str(one.kind),
        "actor": accounts.user_or_none(links, one.actor),
    }


def tree(links: Links, repo: Repository, sha: str, entries: Sequence[tuple[str, Entry]], *, truncated: bool) -> Json:
    """A tree; `entries` are those that it shows."""
    return {
        "sha": sha,
        "url": f"{links.repo(repo)}/git/trees/{sha}",
        "tree": [_tree_line(links, repo, path, entry) for path, entry in entries],
        "truncated": truncated,
    }


def blob(links: Links, repo: Repository, sha: str) -> Json:
    content = repo.store.blob(sha)
    return {
        "sha": sha,
        "node_id": node("Blob", sha),
        "size": len(content),
        "url": f"{links.repo(repo)}/git/blobs/{sha}",
        "content": encodebytes(content).decode(),
        "encoding": "base64",
    }


def content(links: Links, repo: Repository, at: tuple[str, str], entry: Entry) -> Json:
    """What `entry` is at (revision, path): a file, link, folder or submodule, without its content."""
    revision, path = at
    api = f"{links.repo(repo)}/contents/{quote(path)}?ref={quote(revision, safe='')}"
    kind = _CONTENT_KINDS.get(entry.mode, "file")
    page = f"{links.page(repo)}/{'tree' if kind == 'dir' else 'blob'}/{quote(revision)}/{quote(path)}"
    is_blob = kind in {"file", "symlink"}
    git_url = f"{links.repo(repo)}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": len(repo.store.blob(entry.sha)) if is_blob else 0,
        "url": api,
        "git_url": git_url,
        "html_url": page,
        "download_url": f"{links.web}/raw/{repo.full_name}/{quote(revision)}/{quote(path)}" if is_blob else None,
        "_links": {"self": api, "git": git_url, "html": page},
    }


def inline(store: ObjectStore, entry: Entry) -> Json:
    """A file's content as it stands beside its name; a large file's is left out, which its encoding says."""
    data = store.blob(entry.sha)
    if len(data) > MOST_INLINE_BYTES:
        return {"content": "", "encoding": "none"}
    return {"content": encodebytes(data).decode(), "encoding": "base64"}


def changed_file(links: Links, repo: Repository, change: Change, head: str) -> Json:
    """One file of a comparison, with its patch where it is short text."""
    before, after = _text(repo.store, change.before), _text(repo.store, change.after)
    additions, deletions = changed_lines(before, after)
    entry = change.after or change.before
    path = quote(change.path)
    shape = {
        "sha": entry.sha if entry else None,
        "filename": change.path,
        "status": change.status,
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": f"{links.page(repo)}/blob/{head}/{path}",
        "raw_url": f"{links.page(repo)}/raw/{head}/{path}",
        "contents_url": f"{links.repo(repo)}/contents/{path}?ref={head}",
    }
    if additions + deletions and len(before) + len(after) <= MOST_PATCH_BYTES:
        shape["patch"] = _patch(before, after)
    return shape


def totals(store: ObjectStore, changes: Sequence[Change]) -> tuple[int, int]:
    """Lines added and removed over all changes."""
    counts = [changed_lines(_text(store, change.before), _text(store, change.after)) for change in changes]
    return sum(added for added, _ in counts), sum(removed for _, removed in counts)


_CONTENT_KINDS: Mapping[str, str] = {Mode.TREE: "dir", Mode.SYMLINK: "symlink", Mode.SUBMODULE: "submodule"}
_UNSIGNED: Json = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _dated(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": stamp(person.at)}


def _tree_line(links: Links, repo: Repository, path: str, entry: Entry) -> Json:
    line: Json = {"path": path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.kind == "blob":
        line["size"] = len(repo.store.blob(entry.sha))
    if entry.kind != "commit":
        line["url"] = f"{links.repo(repo)}/git/{entry.kind}s/{entry.sha}"
    return line


def _text(store: ObjectStore, entry: Entry | None) -> bytes:
    if entry is None:
        return b""
    return f"Subproject commit {entry.sha}\n".encode() if entry.mode == Mode.SUBMODULE else store.blob(entry.sha)


def _patch(before: bytes, after: bytes) -> str:
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    return "\n".join(list(unified_diff(old, new, lineterm="", n=3))[2:])
