from __future__ import annotations

from dataclasses import replace

from fakes.verdicts import scene
from placet.proposals.model import Person, Team, TeamKind
from placet.render import links
from placet.render.model import Scene
from placet.vocabulary.files import Location

CRM = Team("team:1", "crm", TeamKind.GITHUB, slug="acme/crm")


def nowhere() -> Scene:
    return replace(scene(), web_url="", proposal_url="")


def test_where_there_is_no_forge_only_the_words_are_left() -> None:
    assert links.team(nowhere(), CRM) == "crm"
    assert links.person(nowhere(), Person(1, "li-wei")) == "li-wei"
    assert links.place(nowhere(), Location("models/a.sql", 3)) == "`a.sql:3`"
    assert links.everything(nowhere(), "all of it") == "all of it"
