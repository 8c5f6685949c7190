"""What of a repository's tree concerns Placet: which files it reads, and the rules that stand in it."""

from __future__ import annotations

from placet.diff.rules import RULES
from placet.errors import BadFile
from placet.policy.codeowners import PLACES
from placet.policy.globs import branch_glob
from placet.policy.load import load_policy
from placet.policy.model import ORGANISATION_POLICY_PATH, POLICY_PATH, Policy
from placet.readers.dbt import wanted
from placet.vocabulary.canonical import digest_of
from placet.vocabulary.files import Files

PROJECT_FILES = ("dbt_project.yml", "dbt_project.yaml")


def is_wanted(path: str) -> bool:
    """Whether Placet reads the content of the file at that path."""
    return path == POLICY_PATH or path in PLACES or wanted(path)


def policy_of(files: Files, organisation: bytes | None = None, owner: str = "") -> tuple[Policy, BadFile | None]:
    """The policy of a tree, under its organisation's; where one of them is broken, the defaults and the error."""
    file = files.get(POLICY_PATH)
    if file is not None and file.data is None:
        return Policy(), BadFile(file.problem or "cannot be read", path=POLICY_PATH, hint="make it a plain file")
    own = None if file is None else file.data
    place = f"{owner}/.github/{ORGANISATION_POLICY_PATH}"
    try:
        return load_policy(own, organisation=organisation, organisation_path=place, rules=RULES.keys()), None
    except BadFile as error:
        return Policy(), error


def policy_failure(error: BadFile | None, tip: Files, head: Files, *, has_changes: bool) -> BadFile | None:
    """The error that fails the check: of the rules in force (``error``), or of those that this pull request brings.

    Where the base's own rules are broken, a pull request without contract change passes if its own are valid, so that
    they can be repaired (4-approvals, "Policy").
    """
    _, own_error = policy_of(head)
    if error is not None:
        return own_error or (error if has_changes else None)
    return own_error if POLICY_PATH in {*head.changed_from(tip)} else None


def governs(policy: Policy, base_ref: str, default_branch: str) -> bool:
    """Whether the policy governs pull requests to that branch."""
    if not policy.branches:
        return base_ref == default_branch
    return any(branch_glob(pattern).matches(base_ref) for pattern in policy.branches)


def governed_digest(files: Files) -> str:
    """The digest of everything in a tree that can decide about a pull request."""
    return digest_of([[path, file.sha, file.problem] for path, file in files.items() if is_wanted(path)])


def has_something_to_govern(files: Files) -> bool:
    return POLICY_PATH in files or any(path.rpartition("/")[2] in PROJECT_FILES for path in files)
