from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from placet.policy.codeowners import CodeOwners, where
from placet.vocabulary.files import Location

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/policy/codeowners.yml").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["pattern"])
def test_a_pattern_matches_as_github_has_it(case: dict[str, Any]) -> None:
    owners = CodeOwners.parse(f"{case['pattern']} @acme/crm\n")
    assert [path for path in case["takes"] if owners.owners_of(path) is None] == []
    assert [path for path in case["leaves"] if owners.owners_of(path) is not None] == []


def names(owners: CodeOwners, path: str) -> tuple[str, ...] | None:
    found = owners.owners_of(path)
    return None if found is None else found.names


def test_the_last_match_wins() -> None:
    owners = CodeOwners.parse("* @acme/all\n/models/ @acme/data\n*.md @writer\n")
    assert names(owners, "x.py") == ("@acme/all",)
    assert names(owners, "models/x.sql") == ("@acme/data",)
    assert names(owners, "models/x.md") == ("@writer",)


def test_a_later_rule_for_anywhere_beats_an_earlier_one_for_the_folder_and_the_other_way_round() -> None:
    assert names(CodeOwners.parse("/a/ @one\n* @two\n"), "a/x") == ("@two",)
    assert names(CodeOwners.parse("* @two\n/a/ @one\n"), "a/x") == ("@one",)


def test_a_line_without_owners_takes_the_owner_away() -> None:
    owners = CodeOwners.parse("* @acme/all\n/models/generated/\n")
    assert owners.owners_of("models/generated/x.sql") is None
    assert names(owners, "models/x.sql") == ("@acme/all",)


def test_owners_know_their_line_and_file() -> None:
    found = CodeOwners.parse("# who\n\n*.sql @acme/crm @li-wei\n", "docs/CODEOWNERS").owners_of("x.sql")
    assert found is not None
    assert found.line == 3
    assert found.location == Location("docs/CODEOWNERS", 3)
    assert found.names == ("@acme/crm", "@li-wei")


def test_an_email_is_kept_apart_and_still_counts_as_the_last_match() -> None:
    found = CodeOwners.parse("* @acme/all\n*.sql dana@example.com\n").owners_of("x.sql")
    assert found is not None
    assert (found.names, found.emails) == ((), ("dana@example.com",))


def test_comments_and_odd_line_ends_are_read() -> None:
    owners = CodeOwners.parse(b"\xef\xbb\xbf# all\r\n* @acme/all # everything\r\n\r\n  *.sql\t@acme/crm #x\r\n")
    assert names(owners, "x.py") == ("@acme/all",)
    assert names(owners, "x.sql") == ("@acme/crm",)
    assert owners.skipped == ()


@pytest.mark.parametrize("line", ["!*.md @a", "[ab].md @a", r"\#x @a", "*.md crm", "*.md @a b@", "a//b @a", "*** @a"])
def test_a_line_that_github_skips_says_nothing_and_is_listed(line: str) -> None:
    owners = CodeOwners.parse(f"* @acme/all\n{line}\n")
    assert names(owners, "x.md") == ("@acme/all",)
    assert [skipped.line for skipped in owners.skipped] == [2]


def test_a_section_header_is_no_rule() -> None:
    owners = CodeOwners.parse("* @acme/all\n[Data] @acme/data\n")
    assert [skipped.line for skipped in owners.skipped] == [2]


def test_a_file_that_github_does_not_load_owns_nothing() -> None:
    owners = CodeOwners.parse("* @a\n" + "#" * 3_000_000)
    assert owners.owners_of("x") is None
    assert "larger" in owners.skipped[0].why


def test_the_first_of_three_places_counts() -> None:
    assert where({"docs/CODEOWNERS", "CODEOWNERS"}) == "CODEOWNERS"
    assert where({"CODEOWNERS", ".github/CODEOWNERS"}) == ".github/CODEOWNERS"
    assert where({"x/CODEOWNERS"}) is None


def test_thousands_of_rules_are_looked_up() -> None:
    owners = CodeOwners.parse("".join(f"/team{number}/**/*.sql @acme/t{number}\n" for number in range(5000)))
    for number in range(5000):
        assert names(owners, f"team{number}/a/b/x.sql") == (f"@acme/t{number}",)
