"""Utterances as documents, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from placet.app.snapshot import Deed, Utterance
from placet.proposals.model import Person, SourceKind


def document_of(utterance: Utterance) -> dict[str, Any]:
    """The utterance as a JSON value; its time keeps its microseconds and its zone."""
    return {
        "kind": utterance.kind.value,
        "id": utterance.id,
        "deed": utterance.deed.value,
        "author": _person_document(utterance.author),
        "by": _person_document(utterance.by),
        "body": utterance.body,
        "at": utterance.at.isoformat(),
        "state": utterance.state,
        "commit_id": utterance.commit_id,
        "edited": utterance.edited,
        "from_delivery": utterance.from_delivery,
        "app_id": utterance.app_id,
    }


def utterance_from(document: dict[str, Any]) -> Utterance:
    """The utterance that was made into this document."""
    return Utterance(
        kind=SourceKind(document["kind"]),
        id=document["id"],
        deed=Deed(document["deed"]),
        author=_person(document["author"]),
        by=_person(document["by"]),
        body=document["body"],
        at=datetime.fromisoformat(document["at"]),
        state=document["state"],
        commit_id=document["commit_id"],
        edited=document["edited"],
        from_delivery=document["from_delivery"],
        app_id=document["app_id"],
    )


def _person_document(person: Person) -> dict[str, Any]:
    return {"id": person.id, "login": person.login, "is_user": person.is_user}


def _person(document: dict[str, Any]) -> Person:
    return Person(document["id"], document["login"], document["is_user"])
