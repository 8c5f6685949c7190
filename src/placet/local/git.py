"""A git repository on this machine, read through git's own plumbing; nothing is checked out, nothing is written."""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from placet.errors import BadFile
from placet.local.folder import files_at
from placet.local.limits import file_from
from placet.vocabulary.files import File, Files

# The code of the error that says that a folder lies in no repository at all.
NO_REPOSITORY = "no_repository"
_NO_GIT = "no_git"

MISSING = -1
_MODE_LINK = "120000"
_MODE_SUBMODULE = "160000"
_ABSENT = "its content is not in this clone"
# What points git to another repository than the folder's; a hook that calls us has them set.
_MISLEADING = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"})


class GitRepository:
    """The repository that a folder lies in, which may be bare.

    ``root`` is its top folder, or git's own folder of a bare one. Raises BadFile where there is none, or no git.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadFile("is no folder", path=str(folder.resolve()), hint="give the folder of a git repository")
        self.folder = folder.resolve()
        self.is_bare = self._line("rev-parse", "--is-bare-repository") == "true"
        self.root = Path(self._line("rev-parse", "--absolute-git-dir" if self.is_bare else "--show-toplevel"))

    def commit(self, rev: str) -> str:
        """The commit that a revision names. Raises BadFile where it names none."""
        found = "" if rev.startswith("-") else self._maybe("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
        if found:
            return found
        if rev == "HEAD":
            raise BadFile("has no commit yet", path=str(self.folder), hint="commit something first")
        near = difflib.get_close_matches(rev, self._names(), n=1)
        hint = f'did you mean "{near[0]}"?' if near else "see `git log --all` for what there is"
        raise BadFile(f'has no commit "{rev}"', path=str(self.folder), hint=hint)

    def merge_base(self, base: str, head: str) -> str | None:
        """The merge base of two commits; None where they share no history that this clone knows of."""
        return self._maybe("merge-base", base, head) or None

    @property
    def is_shallow(self) -> bool:
        """Whether this clone holds only a part of the history."""
        return self._maybe("rev-parse", "--is-shallow-repository") == "true"

    def default_base(self) -> str:
        """What a pull request would most likely go to: the remote's default branch, else main or master."""
        for rev in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
            if self._maybe("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"):
                return rev
        hint = "say --base REV"
        if self.is_shallow:
            hint += (
                "; this clone is shallow, so fetch that branch first: `git fetch --unshallow origin REV:REV`, "
                "or fetch-depth: 0 for actions/checkout"
            )
        raise BadFile("cannot tell what to compare with", path=str(self.folder), hint=hint)

    def files(self, commit: str, wanted: Callable[[str], bool]) -> Files:
        """The commit's files; those that are wanted with their content, or the problem that keeps it away."""
        listed = self._raw("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
        entries = [_entry(line) for line in listed if line]
        sizes = self._sizes(sha for path, sha, mode in entries if mode != _MODE_SUBMODULE and wanted(path))
        found: list[File] = []
        fetched: list[tuple[str, str]] = []
        for path, sha, mode in entries:
            if mode == _MODE_SUBMODULE:
                continue
            is_wanted = wanted(path)
            if is_wanted and sha not in sizes:
                found.append(File(path, sha, problem=_ABSENT))
                continue
            refused = file_from(path, sha, sizes.get(sha, 0), is_link=mode == _MODE_LINK, is_wanted=is_wanted)
            if refused is None:
                fetched.append((path, sha))
            else:
                found.append(refused)
        blobs = self._blobs([sha for _, sha in fetched])
        found += [File(path, sha, blobs[sha]) for path, sha in fetched]
        return Files(found)

    def worktree_files(self, wanted: Callable[[str], bool]) -> Files:
        """The files as they lie in the work tree, with what is not committed yet but for what git ignores.

        Raises BadFile for a bare repository, which has no work tree.
        """
        if self.is_bare:
            raise BadFile("is a bare repository, without a work tree", path=str(self.folder), hint="say --rev REV")
        # A file that is in conflict is listed once for each side.
        listed = {one for one in self._listed("--cached", "--others", "--exclude-standard") if one}
        return files_at(self.root, [Path(os.fsdecode(name)) for name in sorted(listed)], wanted)

    def uncommitted(self, wanted: Callable[[str], bool]) -> int:
        """How many wanted files of the work tree are not as the commit at HEAD has them."""
        if self.is_bare:
            return 0
        # Renames off: each entry is then two letters, a space and one path.
        status = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all")
        entries = self._raw(*status, at_root=True).split(b"\0")
        return sum(1 for entry in entries if entry and wanted(entry[3:].decode("utf-8", "replace")))

    def _listed(self, *options: str) -> list[bytes]:
        return self._raw("ls-files", "-z", *options, at_root=True).split(b"\0")

    def _names(self) -> list[str]:
        return self._maybe("for-each-ref", "--format=%(refname:short)").splitlines()

    def _sizes(self, shas: Iterable[str]) -> dict[str, int]:
        """The sizes of blobs in bytes; those that are missing from this clone are missing here."""
        asked = sorted(set(shas))
        if not asked:
            return {}
        output = self._raw("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=_lines(asked)).decode()
        facts = (line.split(" ") for line in output.splitlines())
        return {sha: int(size) for sha, size in facts if size.isdigit()}

    def _blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        asked = sorted(set(shas))
        if not asked:
            return {}
        output = self._raw("cat-file", "--batch", stdin=_lines(asked))
        blobs: dict[str, bytes] = {}
        position = 0
        for sha in asked:
            end = output.index(b"\n", position)
            size = int(output[position:end].rsplit(b" ", 1)[1])
            blobs[sha] = output[end + 1 : end + 1 + size]
            position = end + 1 + size + 1
        return blobs

    def _maybe(self, *arguments: str) -> str:
        """What git answers, empty where it answers that there is no such thing."""
        done = self._run(arguments)
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""

    def _line(self, *arguments: str) -> str:
        return os.fsdecode(self._raw(*arguments)).removesuffix("\n")

    def _raw(self, *arguments: str, stdin: bytes | None = None, at_root: bool = False) -> bytes:
        done = self._run(arguments, stdin=stdin, folder=self.root if at_root else self.folder)
        if done.returncode == 0:
            return done.stdout
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        first = reason[0].removeprefix("fatal: ") if reason else f"git {arguments[0]} failed"
        if first.startswith("not a git repository"):
            raise BadFile(
                "is no git repository",
                path=str(self.folder),
                code=NO_REPOSITORY,
                hint="give the folder of one, or a folder inside it",
            )
        raise BadFile(f"git cannot read it: {first}", path=str(self.folder), hint="see what `git status` says there")

    def _run(
        self, arguments: Sequence[str], *, stdin: bytes | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        # A file system monitor is a program that the repository's configuration names; nothing of it is to run.
        command = ("git", "-c", "core.fsmonitor=false", "-C", str(folder or self.folder), *arguments)
        try:
            return subprocess.run(  # noqa: S603 - git's plumbing, and no revision that could be an option
                command, input=stdin, capture_output=True, check=False, env=_environment(os.environ)
            )
        except FileNotFoundError:
            raise BadFile("git is not installed", path=str(self.folder), code=_NO_GIT, hint="install git") from None


def repository_at(folder: Path) -> GitRepository | None:
    """The repository that a folder lies in; None where it lies in none, for which git need not be installed."""
    try:
        return GitRepository(folder)
    except BadFile as error:
        path = folder.resolve()
        looks_like_none = not any((one / ".git").exists() for one in (path, *path.parents))
        if error.code == NO_REPOSITORY or (error.code == _NO_GIT and looks_like_none):
            return None
        raise


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if name not in _MISLEADING}
    return {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _lines(shas: Iterable[str]) -> bytes:
    return "".join(f"{sha}\n" for sha in shas).encode()


def _entry(line: bytes) -> tuple[str, str, str]:
    facts, _, path = line.partition(b"\t")
    mode, _, sha = facts.decode().split()
    return path.decode("utf-8", "replace"), sha, mode
