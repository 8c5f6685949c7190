"""What a git directory on this machine holds: the files of a revision, its tags."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

# A line of `git cat-file --batch` names object, sort and size; of what is missing it says less.
_BATCH_WORDS = 3


def export(source: Path, target: Path, revision: str = "HEAD") -> None:
    """Write down a revision's files, but for those whose content is not there; a plain folder is copied."""
    git = source / ".git" if (source / ".git").is_dir() else source
    if not (git / "HEAD").is_file():
        shutil.copytree(source, target, symlinks=True)
        return
    target.mkdir(parents=True)
    listed = run_git(git, "ls-tree", "-r", "-z", revision).split("\0")
    entries = [entry.partition("\t") for entry in listed if entry.startswith("100")]
    wanted = "".join(f"{facts.split()[2]}\n" for facts, _, _ in entries)
    command = ["git", f"--git-dir={git}", "cat-file", "--batch"]
    answers = io.BytesIO(subprocess.run(command, input=wanted.encode(), stdout=subprocess.PIPE, check=True).stdout)
    for _, _, path in entries:
        facts = answers.readline().split()
        if len(facts) != _BATCH_WORDS:
            continue
        data = answers.read(int(facts[2]))
        answers.readline()
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def git_directories(folder: Path) -> Iterator[Path]:
    """The git directories in a folder, one of each of its own folders."""
    for path in sorted(folder.iterdir()):
        for candidate in (path / "repo" / ".git", path / "repo", path / ".git", path):
            if (candidate / "HEAD").is_file():
                yield candidate
                break


def run_git(git: Path, *arguments: str) -> str:
    """What git prints; nothing where it fails."""
    done = subprocess.run(["git", f"--git-dir={git}", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""
