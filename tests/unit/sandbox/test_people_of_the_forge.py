"""Teams, members and rights in the simulated forge."""

import json

import pytest

from placet.sandbox import Rejected, World, rights
from placet.sandbox.model import Access, Kind, State, Unknown
from placet.sandbox.world.people import slug_of
from sandbox_world import Acme


def test_members_of_nested_teams_are_members(acme: Acme) -> None:
    child = acme.world.team("acme/crm-eu", parent="acme/crm", members=["eve"])
    grandchild = acme.world.team("acme/crm-de", parent=child, members=["gert"])
    crm = acme.world.crew("acme/crm")
    names = {acme.world.accounts[user_id].login for user_id in rights.members_of(crm)}
    assert names == {"sam-o", "eve", "gert"}
    found = rights.membership_in(crm, acme.world.account("gert"))
    assert found is not None
    assert found.state == State.ACTIVE
    assert rights.membership_in(grandchild, acme.world.account("sam-o")) is None


def test_somebody_invited_is_pending_until_they_accept(acme: Acme) -> None:
    crm, pia = acme.world.crew("acme/crm"), acme.world.account("pia")
    acme.world.add_member(crm, pia, pending=True)
    assert pia.id not in rights.members_of(crm)
    assert rights.membership_in(crm, pia) is not None
    assert acme.told() == []
    acme.world.accept(crm, pia)
    assert pia.id in rights.members_of(crm)
    assert "membership.added" in acme.told()


def test_somebody_pending_in_a_nested_team_is_no_member_of_the_parent(acme: Acme) -> None:
    acme.world.team("acme/crm-eu", parent="acme/crm", pending=["pia"])
    assert rights.membership_in(acme.world.crew("acme/crm"), acme.world.account("pia")) is None


def test_leaving_the_organisation_means_leaving_its_teams(acme: Acme) -> None:
    acme.world.remove_from_organisation(acme.org, "sam-o")
    assert not rights.members_of(acme.world.crew("acme/crm"))
    assert acme.told() == ["membership.removed", "organization.member_removed"]


def test_a_renamed_team_keeps_its_id_and_changes_its_slug(acme: Acme) -> None:
    team = acme.world.crew("acme/crm")
    acme.world.rename_team(team, "Customer Care & Co.")
    assert acme.world.crew("acme/customer-care-co") is team
    with pytest.raises(Unknown):
        acme.world.crew("acme/crm")
    payload = json.loads(acme.world.outbox[0].delivery.body)
    assert payload["changes"]["name"]["from"] == "crm"


def test_deleting_a_team_deletes_those_nested_in_it(acme: Acme) -> None:
    acme.world.team("acme/crm-eu", parent="acme/crm")
    acme.told()
    acme.world.delete_team("acme/crm")
    assert acme.org.teams == {}
    assert acme.told() == ["team.deleted", "team.deleted"]


@pytest.mark.parametrize(
    ("who", "access"),
    [("olga", Access.ADMIN), ("sam-o", Access.READ), ("dana", Access.WRITE), ("stranger", Access.NONE)],
)
def test_rights_come_from_ownership_membership_and_collaboration(acme: Acme, who: str, access: Access) -> None:
    assert rights.access_to(acme.repo, acme.world.account(who)) == access


def test_a_team_gives_its_members_what_it_may_do_itself(acme: Acme) -> None:
    acme.world.give_access("acme/crm", acme.repo, Access.MAINTAIN)
    assert rights.access_to(acme.repo, acme.world.account("sam-o")) == Access.MAINTAIN
    assert acme.told() == ["team.added_to_repository", "team_add."]


def test_everybody_reads_what_is_public(acme: Acme) -> None:
    acme.world.publish(acme.repo)
    assert rights.access_to(acme.repo, acme.world.account("stranger")) == Access.READ


def test_an_owner_of_a_personal_repository_administers_it() -> None:
    world = World()
    dana = world.user("dana")
    assert rights.access_to(world.repository("dana/dbt"), dana) == Access.ADMIN


@pytest.mark.parametrize(("who", "word"), [("sam-o", "MEMBER"), ("dana", "COLLABORATOR"), ("stranger", "NONE")])
def test_association_is_said_beside_what_people_write(acme: Acme, who: str, word: str) -> None:
    assert rights.association(acme.repo, acme.world.account(who)) == word


def test_a_login_that_ends_like_a_bots_is_a_bots(acme: Acme) -> None:
    assert acme.world.user("renovate[bot]").kind == Kind.BOT


def test_nobody_takes_a_login_team_or_repository_name_twice(acme: Acme) -> None:
    for again in (
        lambda: acme.world.organisation("ACME"),
        lambda: acme.world.team("acme/CRM"),
        lambda: acme.world.repository("acme/Shop"),
    ):
        with pytest.raises(Rejected, match="already taken"):
            again()


def test_a_renamed_organisation_takes_its_repositories_along(acme: Acme) -> None:
    acme.world.rename_organisation(acme.org, "umbrella")
    assert acme.world.repo("umbrella/shop") is acme.repo
    assert acme.world.moved_repo("acme/shop") is acme.repo


def test_an_old_name_means_who_took_it_since(acme: Acme) -> None:
    acme.world.rename_repository(acme.repo, "store")
    new = acme.world.repository("acme/shop")
    assert acme.world.repo("acme/shop") is new
    assert acme.world.moved_repo("acme/shop") is None


@pytest.mark.parametrize(("name", "slug"), [("CRM", "crm"), ("Data & Co.", "data-co"), ("a_b-c", "a_b-c")])
def test_a_slug_follows_from_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_nothing_is_told_where_the_app_is_not_installed() -> None:
    world = World()
    org = world.organisation("acme", installed=False)
    world.repository("acme/shop")
    world.push("acme/shop", "main", {"a": "1"})
    assert world.outbox == []
    world.install(org)
    world.push("acme/shop", "main", {"a": "2"})
    assert world.outbox


def test_a_suspended_app_is_told_nothing(acme: Acme) -> None:
    acme.world.suspend(acme.org)
    acme.told()
    acme.world.push(acme.repo, "main", {"a": "1"})
    assert acme.told() == []


def test_an_installation_on_chosen_repositories_hears_of_no_others(acme: Acme) -> None:
    acme.world.repository("acme/other")
    acme.world.select(acme.org, remove=["acme/shop"])
    acme.told()
    acme.world.push("acme/shop", "main", {"a": "1"})
    assert acme.told() == []
    acme.world.push("acme/other", "main", {"a": "1"})
    assert acme.told() == ["push.", "check_suite.requested"]
