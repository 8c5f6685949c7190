"""A policy file on this machine, under which something is judged in place of the policy that the repository has."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from placet.diff.rules import RULES
from placet.errors import BadFile
from placet.policy.load import load_policy
from placet.policy.model import POLICY_PATH
from placet.vocabulary.files import File, Files


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A valid policy file: its path as it was given, and its bytes."""

    path: str
    data: bytes

    def laid_over(self, files: Files) -> Files:
        """The files with this one as their policy."""
        file = File(POLICY_PATH, sha256(self.data).hexdigest(), self.data)
        return files.overlaid(Files([file]), [POLICY_PATH])

    def named(self, error: BadFile) -> BadFile:
        """The error, with the path of this file where it is one of the policy."""
        if error.path != POLICY_PATH:
            return error
        return BadFile(error.message, path=self.path, line=error.line, code=error.code, hint=error.hint)


def policy_file(path: Path) -> PolicyFile:
    """The policy at that path. Raises BadFile where it cannot be read, or the first thing that is wrong with it."""
    data = policy_bytes(path)
    load_policy(data, path=str(path), rules=RULES.keys())
    return PolicyFile(str(path), data)


def policy_bytes(path: Path) -> bytes:
    """The content of a policy file. Raises BadFile where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        hint = "the policy of a repository is .github/placet.yml; without one every default holds"
        raise BadFile(f"cannot be read: {error.strerror}", path=str(path.resolve()), hint=hint) from None
