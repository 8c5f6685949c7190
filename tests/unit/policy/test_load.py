from __future__ import annotations

import dataclasses
import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadFile
from placet.policy.load import load_policy, organisation_problems_in, problems_in
from placet.policy.model import Approvals, Overruled, Policy, Rollout, Strictness
from placet.vocabulary.files import Location
from placet.vocabulary.words import Category, Mode

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "cases/policy/errors.yml").read_text("utf-8"))
RULES = {"column_added", "column_removed"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_error_says_what_where_and_what_to_do(case: dict[str, Any]) -> None:
    found = problems_in(case["file"], rules=RULES)
    assert [str(one) for one in found] == [f".github/placet.yml:{line}" for line in case["errors"]]
    with pytest.raises(BadFile) as raised:
        load_policy(case["file"], rules=RULES)
    assert str(raised.value) == str(found[0])


@pytest.mark.parametrize("data", [None, "", b"", "# nothing\n", "{}", "version: 1", "---\n"])
def test_an_empty_or_missing_file_is_the_default_policy(data: bytes | str | None) -> None:
    assert load_policy(data) == Policy()


def test_every_key_is_read() -> None:
    policy = load_policy(
        """
version: 1
branches: [main, "release/*"]
projects: [{path: ./transform/, dialect: snowflake}, {path: .}]
rollout: observe
compatibility: full_transitive
guarantees: strict
logic: gate
teams:
  crm: "@acme/crm-engineering"
  growth: {members: [li-wei, "@sam-o"]}
owners:
  - {match: "marts/**", team: finance}
consumers:
  - {team: crm, reads: dim_customers, columns: [user_email], purpose: sync}
schemas:
  - {match: "*.json", format: json_schema, owner: platform, compatibility: forward_transitive}
approvals: {allow_author: true, answer_within: 2w, max_wait: 36h, expires_after: 90d}
severity: {column_added: REQUIRES_ANALYSIS}
""",
        path="p.yml",
        rules=RULES,
    )
    assert policy.branches == ("main", "release/*")
    assert [(hint.path, hint.dialect) for hint in policy.projects] == [("transform", "snowflake"), ("", "")]
    assert policy.rollout is Rollout.OBSERVE
    assert (policy.compatibility, policy.transitive) == (Mode.FULL, True)
    assert (policy.guarantees, policy.logic) == (Strictness.STRICT, Strictness.GATE)
    assert (policy.teams["crm"].slug, policy.teams["crm"].location) == ("acme/crm-engineering", Location("p.yml", 10))
    assert (policy.teams["growth"].members, policy.teams["growth"].name) == (("li-wei", "sam-o"), "growth")
    assert (policy.owners[0].team, policy.owners[0].location) == ("finance", Location("p.yml", 13))
    assert (policy.consumers[0].columns, policy.consumers[0].location.line) == (("user_email",), 15)
    assert (policy.schemas[0].compatibility, policy.schemas[0].transitive) == (Mode.FORWARD, True)
    assert policy.approvals == Approvals(
        allow_author=True,
        answer_within=timedelta(days=14),
        max_wait=timedelta(hours=36),
        expires_after=timedelta(days=90),
    )
    assert policy.severity == {"column_added": Category.REQUIRES_ANALYSIS}


def test_the_repository_wins_over_the_organisation() -> None:
    policy = load_policy("rollout: gate", organisation="rollout: ask\nlogic: gate")
    assert (policy.rollout, policy.logic) == (Rollout.GATE, Strictness.GATE)


def test_approvals_teams_and_severity_are_merged_key_by_key_and_lists_are_not() -> None:
    policy = load_policy(
        "approvals: {adapted: notify}\nteams: {b: '@acme/b'}\nowners: [{match: own, team: b}]",
        organisation="approvals: {unread: owner}\nteams: {a: '@acme/a', b: '@acme/x'}\nowners: [{match: org, team: a}]",
        organisation_path="org.yml",
    )
    assert (policy.approvals.adapted, policy.approvals.unread) == ("notify", "owner")
    assert {name: (team.slug, team.location.path) for name, team in policy.teams.items()} == {
        "a": ("acme/a", "org.yml"),
        "b": ("acme/b", ".github/placet.yml"),
    }
    assert [rule.match for rule in policy.owners] == ["own"]


def test_null_takes_the_organisations_deadline_away() -> None:
    policy = load_policy("approvals: {answer_within: null}", organisation="approvals: {answer_within: 14d}")
    assert policy.approvals.answer_within is None


def test_a_locked_key_counts_as_the_organisation_has_it_and_what_it_undid_is_told() -> None:
    policy = load_policy(
        "logic: gate\nrollout: observe\napprovals:\n  allow_author: true\n  unread: owner\n",
        organisation="rollout: gate\nlocked: [rollout, approvals.allow_author]",
    )
    assert policy.rollout is Rollout.GATE
    assert policy.approvals == Approvals(unread=policy.approvals.unread)
    assert policy.approvals.unread == "owner"
    assert policy.overruled == (
        Overruled("rollout", Location(".github/placet.yml", 2)),
        Overruled("approvals.allow_author", Location(".github/placet.yml", 4)),
    )


def test_a_locked_mapping_takes_nothing_from_the_repository() -> None:
    policy = load_policy("teams: {mine: '@acme/mine'}", organisation="teams: {a: '@acme/a'}\nlocked: [teams]")
    assert list(policy.teams) == ["a"]


def test_saying_what_is_locked_anyway_is_not_overruled() -> None:
    assert load_policy("rollout: ask", organisation="rollout: ask\nlocked: [rollout]").overruled == ()


def test_the_organisation_alone_may_say_who_forces() -> None:
    policy = load_policy(None, organisation="force: ['@acme/gov']\nemergency: ['@dana-k']\napps: [12]")
    assert (policy.force, policy.emergency, policy.apps) == (("@acme/gov",), ("@dana-k",), (12,))
    assert organisation_problems_in("force: ['@acme/gov']") == ()


def test_a_bad_organisation_file_is_named_by_its_own_path() -> None:
    with pytest.raises(BadFile) as raised:
        load_policy("rollout: ask", organisation="\nforce: [gov]", organisation_path="acme/.github:placet.yml")
    assert raised.value.where == "acme/.github:placet.yml:2"


def test_locking_what_is_no_key_is_answered_with_the_nearest() -> None:
    (found,) = organisation_problems_in("locked: [approvals.allow_autor]")
    assert found.hint == 'did you mean "approvals.allow_author"?'


def test_rules_are_unchecked_where_nobody_says_which_exist() -> None:
    assert problems_in("severity: {whatever: BREAKING}") == ()


def test_a_file_that_is_too_large_is_refused() -> None:
    (found,) = problems_in("#" * 600_000)
    assert "too large" in found.message


def test_a_file_full_of_errors_lists_a_few() -> None:
    assert len(problems_in("owners:\n" + "  - {match: 1}\n" * 3000)) == 50


def test_a_policy_can_be_sent_to_another_process() -> None:
    policy = load_policy("teams: {a: '@acme/a'}\nseverity: {column_added: BREAKING}")
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes


def test_the_defaults_of_the_approvals_are_those_of_the_design() -> None:
    assert {one.name for one in dataclasses.fields(Approvals)} == set(dataclasses.asdict(load_policy("").approvals))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["match", "team", "path", "members", "x"]) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ["branches", "projects", "teams", "owners", "consumers", "schemas", "approvals", "severity", "rollout", "apps"]


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), VALUES, max_size=4))
def test_no_document_makes_it_fail_otherwise_than_with_a_bad_file(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    if not problems_in(text, rules=RULES):
        assert isinstance(load_policy(text, rules=RULES), Policy)


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.binary(max_size=60))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    assert all(isinstance(one, BadFile) for one in problems_in(data))
