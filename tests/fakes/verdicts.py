"""Verdicts in a few words, made by the real decision: a column that is dropped, who reads it, what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from placet.diff.changes import Change, Facts, fingerprint_of
from placet.diff.rules import RULES
from placet.impact.analysis import Analysis, AssetFacts, Coverage, OwnerCandidate, Reach, Unread
from placet.policy.model import Policy
from placet.proposals.decide import Subject, decide
from placet.proposals.model import (
    Act,
    Ask,
    Ledger,
    Person,
    Publication,
    Source,
    SourceKind,
    Standing,
    Team,
    TeamKind,
    Verb,
)
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import Verdict
from placet.render.model import Scene, Version
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, Because, Category, Gate, How, ReaderState, ReadStatus, Side

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
ASKED = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BASE, HEAD = "4be01cd9" + "0" * 32, "9f3c1ab7" + "0" * 32
_COMPLETE, _POLICY, _OPEN = Coverage(assets=13, resolved=13), Policy(), Subject()
COLUMN = "dim_customers.user_email"


def scene(**changed: object) -> Scene:
    """The pull request of the examples: number 12 of acme/shop, proposal 48."""
    plain = Scene(
        repository="acme/shop",
        number=12,
        title="Drop user_email",
        base_ref="main",
        base_sha=BASE,
        head_sha=HEAD,
        now=NOW,
        proposal_id=48,
        proposal_url="https://placet.example/proposals/48",
        docs_url="https://placet.example/docs",
        versions={key("dim_customers"): Version("2.3.0", "3.0.0")},
    )
    return replace(plain, **changed)  # type: ignore[arg-type]  # a test names the fields that it means


def key(name: str, kind: str = "model") -> str:
    """The key of an asset by its short name."""
    return f":{kind}.shop.{name}"


def team(name: str) -> Team:
    """A GitHub team of acme."""
    return Team(id=f"team:{name}", name=name, kind=TeamKind.GITHUB, slug=f"acme/{name}")


def person(login: str) -> Person:
    """Somebody, whose id follows from the login."""
    return Person(sum(map(ord, login)), login)


def change(  # noqa: PLR0913 - a change has that many sides, each with a default
    what: str = COLUMN,
    kind: str = "column_removed",
    *,
    category: Category | None = None,
    gate: Gate | None = None,
    because: Because = Because.MODE,
    before: Facts | None = None,
    after: Facts | None = None,
    message: str = "",
    side: Side = Side.BASE,
    line: int | None = 14,
    caused_by: tuple[str, ...] = (),
    renamed_to: str | None = None,
) -> Change:
    """A change of `asset.column`, or of an `asset`."""
    name, _, column = what.partition(".")
    path = f"columns.{column}" if column else ""
    category = category or RULES[kind].backward
    asks = category in (Category.BREAKING, Category.REQUIRES_ANALYSIS)
    return Change(
        asset=key(name),
        asset_id=f"model.shop.{name}",
        kind=kind,
        path=path,
        category=category,
        because=because,
        gate=gate or (Gate.ASK if asks else Gate.TELL),
        before=before,
        after=after,
        message=message or f"column {column or name} removed",
        side=side,
        location=Location(f"models/marts/{name}.yml", line),
        fingerprint=fingerprint_of(key(name), kind, path, before, after),
        column=column,
        caused_by=caused_by,
        renamed_to=renamed_to,
    )


def unreadable_file(path: str, reason: str) -> Change:
    """A file that cannot be read at the head."""
    return Change(
        asset="",
        asset_id="",
        kind="file_unreadable",
        path=f"files.{path}",
        category=Category.REQUIRES_ANALYSIS,
        because=Because.UNDECIDED,
        gate=Gate.ASK,
        before=None,
        after={"sha": "0" * 40},
        message=f"{path} cannot be read: {reason}",
        side=Side.HEAD,
        location=Location(path, 7),
        fingerprint=fingerprint_of("", "file_unreadable", f"files.{path}", None, {"sha": "0" * 40}),
    )


def reach(
    by: Change,
    *way: str,
    kind: str = "model",
    how: How = How.VALUE,
    state: ReaderState = ReaderState.BROKEN,
    use: str = "",
    purpose: str = "",
    asked: bool = True,
) -> Reach:
    """A reader of what changes, by the way to it: `mart_churn.email_domain`, `!dash_churn` (an exposure)."""
    labels = [_label(by.what), *(_label(one) for one in way)]
    last = way[-1] if way else by.what
    is_exposure = last.startswith("!")
    name, _, column = last.removeprefix("!").partition(".")
    return Reach(
        change=by.fingerprint,
        asset=key(name, "exposure" if is_exposure else kind),
        column="" if is_exposure else column,
        how=How.DECLARED if use or is_exposure else how,
        state=ReaderState.DECLARED if use or is_exposure else state,
        via=tuple(labels),
        team=use,
        purpose=purpose,
        asked=asked,
    )


def _label(text: str) -> str:
    return f"exposure.shop.{text[1:]}" if text.startswith("!") else f"model.shop.{text}"


def unread(name: str, reason: str, *, status: ReadStatus = ReadStatus.UNREADABLE, loses_readers: bool = True) -> Unread:
    """A model that was not read completely."""
    return Unread(
        key(name), f"model.shop.{name}", status, reason, Location(f"models/{name}.sql", 3), loses_readers=loses_readers
    )


@dataclass(frozen=True)
class Story:
    """What a verdict is made of. ``owners`` by asset key: the name of the team that owns it."""

    changes: tuple[Change, ...] = ()
    reaches: tuple[Reach, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    coverage: Coverage = _COMPLETE
    acts: tuple[Act, ...] = ()
    asked: bool = True
    policy: Policy = _POLICY
    author_teams: frozenset[str] = frozenset()
    outward: bool = False
    subject: Subject = _OPEN
    table_readers: Mapping[str, int] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    asked_at: datetime = ASKED
    publications: tuple[Publication, ...] = ()

    def verdict(self) -> Verdict:
        """The verdict of the real decision."""
        directory = self._directory()
        asks = tuple(
            Ask(one.id, frozenset(), self.asked_at, "review_request") for one in directory.teams.values() if self.asked
        )
        ledger = Ledger(acts=self.acts, asks=asks, publications=self.publications)
        return decide(self.subject, self.analysis(), directory, ledger, self.policy, NOW)

    def analysis(self) -> Analysis:
        """The analysis alone."""
        keys = {one.asset for one in self.changes if one.asset} | {one.asset for one in self.reaches}
        return Analysis(
            changes=self.changes,
            reaches=self.reaches,
            assets={one: self._facts(one) for one in sorted(keys)},
            coverage=self.coverage,
            table_readers=self.table_readers,
            notes=self.notes,
        )

    def _directory(self) -> TeamDirectory:
        names = {*self.owners.values(), *(one.team for one in self.reaches if one.team)}
        teams = {name: self.teams.get(name, team(name)) for name in sorted(names)}
        return TeamDirectory(teams, author_teams=self.author_teams)

    def _facts(self, asset: str) -> AssetFacts:
        unique_id = asset.removeprefix(":")
        name = unique_id.split(".", 2)[-1]
        owner = self.owners.get(asset)
        return AssetFacts(
            key=asset,
            id=unique_id,
            name=name,
            kind=AssetKind(unique_id.partition(".")[0]),
            location=Location(f"models/marts/{name}.sql", 1),
            owners=(OwnerCandidate("CODEOWNERS", (owner,)),) if owner else (),
            outward=self.outward,
        )


def act(  # noqa: PLR0913 - an act has that many sides, each with a default
    verb: Verb,
    by: str,
    changes: Sequence[Change],
    *,
    of: str = "",
    day: int = 20,
    note: str = "",
    until: date | None = None,
    judged: str = "",
) -> Act:
    """What somebody of a team did about changes, on that day of November."""
    at = datetime(2026, 11, day, 12, 0, tzinfo=UTC)
    return Act(
        verb=verb,
        team=f"team:{of}" if of else "",
        actor=person(by),
        fingerprints=frozenset(one.fingerprint for one in changes),
        source=Source(SourceKind.COMMENT, 1000 + day, 1),
        at=at,
        seen_at=at,
        standing=Standing.MEMBER if of else Standing.WRITER,
        note=note,
        until=until,
        arguments={"as": judged} if judged else {},
    )


DROP = change(before={"type": "varchar"})
ADDED = change(
    "dim_customers.loyalty_tier",
    "column_added",
    after={"type": "int"},
    side=Side.HEAD,
    message="column loyalty_tier added",
)


def three_teams(**changed: object) -> Story:
    """The example of the documents: three teams read the column that is dropped."""
    churn, campaigns, whole = (
        "mart_churn.email_domain",
        "mart_email_campaigns.recipient_email",
        "mart_customer_360.email",
    )
    plain = Story(
        changes=(DROP, ADDED),
        reaches=(
            reach(DROP, churn),
            reach(DROP, churn, "!dash_churn"),
            reach(DROP, campaigns),
            reach(DROP, campaigns, "!reverse_etl_braze"),
            reach(DROP, whole),
            reach(DROP, whole, "!dash_crm_health"),
            reach(DROP, whole, "!reverse_etl_salesforce"),
            reach(DROP, whole, "!api_customer_profile"),
        ),
        owners={
            key("mart_churn"): "growth",
            key("dash_churn", "exposure"): "growth",
            key("mart_email_campaigns"): "marketing",
            key("reverse_etl_braze", "exposure"): "marketing",
            key("mart_customer_360"): "crm",
            key("dash_crm_health", "exposure"): "crm",
            key("reverse_etl_salesforce", "exposure"): "crm",
            key("api_customer_profile", "exposure"): "crm",
            key("dim_customers"): "core",
        },
        acts=(
            act(Verb.APPROVE, "li-wei", [DROP], of="growth", day=20),
            act(Verb.NEEDS_TIME, "priya-n", [DROP], of="marketing", day=21, until=date(2026, 11, 30)),
        ),
        table_readers={DROP.fingerprint: 7},
    )
    return replace(plain, **changed)  # type: ignore[arg-type]  # a test names the fields that it means
