"""Where things can be looked at: addresses on the forge and in the documents, all made here."""

from __future__ import annotations

from urllib.parse import quote

from placet.proposals.model import Person, Team
from placet.render.markdown import code, link, plain
from placet.render.model import Scene
from placet.vocabulary.files import Location
from placet.vocabulary.words import Side


def place(scene: Scene, location: Location, side: Side = Side.HEAD) -> str:
    """A file and line, linked to the commit in which it stands so."""
    sha = scene.base_sha if side is Side.BASE else scene.head_sha
    lines = "" if location.line is None else f"#L{location.line}"
    url = _on_forge(scene, f"{scene.repository}/blob/{sha}/{_part(location.path, '/')}{lines}")
    name = location.path.rpartition("/")[2]
    return link(code(name if location.line is None else f"{name}:{location.line}"), url)


def team(scene: Scene, one: Team) -> str:
    """A team's name, linked to its page where it has one; of several, each by itself."""
    if one.parts:
        return " or ".join(team(scene, part) for part in one.parts)
    organisation, _, slug = one.slug.partition("/")
    url = _on_forge(scene, f"orgs/{_part(organisation)}/teams/{_part(slug)}") if slug else ""
    return link(team_name(one), url)


def team_name(one: Team) -> str:
    """A team's name as prose."""
    return plain(one.name, limit=100) or "a team without a name"


def person(scene: Scene, one: Person) -> str:
    """A person's login, linked to their page; never a mention."""
    return link(login(one), _on_forge(scene, _part(one.login)) if one.login else "")


def login(one: Person) -> str:
    """A person's login as prose."""
    return plain(one.login, limit=100) or "somebody who is gone"


def everything(scene: Scene, label: str, part: str = "") -> str:
    """A link to where nothing is left out: the proposal's page, else the check."""
    return link(label, f"{scene.proposal_url}#{part}" if scene.proposal_url and part else _whole(scene))


def proposal(scene: Scene, label: str) -> str:
    """A link to the proposal's page; empty where there is none."""
    return link(label, scene.proposal_url) if scene.proposal_url else ""


def rule(scene: Scene, kind: str, label: str) -> str:
    """The label, linked to the rule's page where the documents can be reached."""
    return link(label, f"{scene.docs_url}/rules/{_part(kind)}" if scene.docs_url else "")


def commands(scene: Scene) -> str:
    """Where all commands are explained: the page, else the command that lists them."""
    return link("all commands", f"{scene.docs_url}/commands") if scene.docs_url else "`/placet help`"


def _part(text: str, keep: str = "") -> str:
    """A part of an address; a character that no encoding has (a path's broken bytes) becomes a question mark."""
    return quote(text, safe=keep, errors="replace")


def _whole(scene: Scene) -> str:
    return scene.proposal_url or _on_forge(scene, f"{scene.repository}/pull/{scene.number}/checks")


def _on_forge(scene: Scene, path: str) -> str:
    """An address on the forge; empty where there is none, as on a command line."""
    return f"{scene.web_url}/{path}" if scene.web_url else ""
