"""Contracts as they are read from a repository at one commit: assets, their columns, promises and derivations.

Everything here is a frozen value that can be pickled, compared and hashed. An asset is known by its *key*: the
project's folder, a colon, and dbt's unique id (``transform:model.shop.dim_customers``; the folder is empty at the
root). Column names are compared folded, as the project's dialect folds identifiers that are not quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from placet.vocabulary.files import Location
from placet.vocabulary.words import READERS_ONLY, AssetKind, GuaranteeKind, Mode, ReadStatus, RowPartKind

# The template of a derivation that passes its one input through as it is.
IDENTITY = "="
# How the template of a value without inputs begins that is another one for other rows all the same, as a count is.
VARYING = "varying:"

_NAMED_WITH_SORT = frozenset({AssetKind.SEMANTIC_MODEL, AssetKind.METRIC, AssetKind.SAVED_QUERY})


class ColumnRef(NamedTuple):
    """A column of an asset by key and folded name; ``column`` empty: the asset's rows as such.

    A tuple, since nothing is compared and looked up as often.
    """

    asset: str
    column: str = ""

    def __str__(self) -> str:
        name = self.asset.rpartition(":")[2]
        return f"{name}.{self.column}" if self.column else name


class Derivation(NamedTuple):
    """How a value is made from columns of other assets.

    ``template`` is the normalised expression, with everything between the asset and its inputs (CTEs, subqueries,
    aliases) resolved away, in which each input stands only by its place in ``inputs``; so two derivations mean the
    same when template and inputs are equal, and the digest of a column is made from the template and the digests of
    its inputs. ``text`` is the expression for people. ``constant``: NULL or a literal, whatever the inputs.
    """

    template: str
    inputs: tuple[ColumnRef, ...] = ()
    text: str = ""
    constant: bool = False


@dataclass(frozen=True, slots=True)
class RowPart:
    """One part of a query that decides which rows come out: a relation, a join's condition, a filter, a grouping.

    ``line`` in the asset's file, 0 where it is not known; where a part stands is no part of what it means.
    """

    kind: RowPartKind
    derivation: Derivation
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise about data: a test or a constraint.

    ``columns`` are folded names (empty: about the asset). ``arguments`` is canonical JSON of what is promised
    (accepted values as a sorted list, the relationship's target …); ``texts`` of what only people or tools see (name,
    severity, message). ``enforced`` is true for a constraint of an enforced contract.
    """

    kind: GuaranteeKind
    columns: tuple[str, ...]
    arguments: str
    location: Location
    texts: str = "{}"
    enforced: bool = False

    @property
    def identity(self) -> tuple[str, tuple[str, ...]]:
        """What makes it the same guarantee on both sides, when its arguments differ."""
        return self.kind.value, self.columns


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an asset.

    ``name`` as written, ``key`` folded. ``type`` as the dialect's normal text, None where nobody says it.
    ``promised``: it stands in YAML (at ``location``). ``made``: the SQL gives it, or the file's header does; a column
    that is only promised is not proved to exist. ``derivation`` is None for a source's column and where the column is
    a hole; ``hole`` then says why it is not known how it is made, and ``inputs`` from which columns it is made all the
    same. ``type_is_noted``: only YAML says the type, and nothing holds the query to it.
    """

    name: str
    key: str
    location: Location
    type: str | None = None
    promised: bool = False
    made: bool = False
    derivation: Derivation | None = None
    hole: str = ""
    inputs: tuple[ColumnRef, ...] = ()
    type_is_noted: bool = False


@dataclass(frozen=True, slots=True)
class DeclaredUse:
    """A consumer declared on an asset (``meta.placet.consumers``); no columns means all of them."""

    team: str
    columns: tuple[str, ...]
    purpose: str
    location: Location


@dataclass(frozen=True, slots=True)
class PlacetMeta:
    """What an asset says to Placet in ``meta.placet`` or ``config.meta.placet`` (and ``meta.owner``).

    ``columns`` narrows what an exposure or a Python model reads (None: everything); ``contract`` are the paths of the
    schema files that the asset's data follow.
    """

    owner: str = ""
    meta_owner: str = ""
    steward: str = ""
    compatibility: Mode | None = None
    consumers: tuple[DeclaredUse, ...] = ()
    columns: tuple[str, ...] | None = None
    contract: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnerHint:
    """Who is said to own a dbt group or an exposure: its name and e-mail, and further e-mails, as written."""

    name: str = ""
    email: str = ""
    more_emails: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which the owner may be known, best first."""
        return tuple(filter(None, (self.name, self.email, *self.more_emails)))


@dataclass(frozen=True, slots=True)
class Relation:
    """Where an asset lies in the warehouse, as far as the files say it; an empty part is not said or not known.

    ``settings`` are those of its materialization that readers can notice (``unique_key``, ``incremental_strategy``,
    ``on_schema_change``), by name; ``loader`` is what fills a source. ``named_by``: the parts (``database``,
    ``schema``, ``alias``) that a macro of the project's own makes, each with that macro's digest; such a part is not
    where the asset lies but what the macro is given.
    """

    database: str = ""
    schema: str = ""
    identifier: str = ""
    materialized: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    loader: str = ""
    named_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asset:
    """An asset's contract at one commit.

    ``files`` are its own files (SQL, YAML, macros that it uses), ``own_digest`` covers all of its own inputs: SQL,
    its YAML entry, macros, variables and project configuration that concern it; equal digests mean that nobody
    touched it. ``reads`` are the assets that it depends on. ``reads_all`` are those of which it must be taken to read
    every column (what an exposure or a Python model depends on, what an unreadable model refers to, what stands
    inside a hole). ``open_ended``: it may have columns that are not listed (a star over something unknown).
    ``refs_known`` is false for an unreadable asset of which not even the references could be found. ``grants``: who
    holds which privilege. ``packages``: the packages that are not in the tree and whose macros or models it uses.
    ``named``: every column of others that its SQL names, also those that reach no column and no row of its own, but
    without which the query fails. ``compared``: the literals that its SQL compares columns of others with.
    ``positional``: the assets whose columns it takes by their place. ``branches``: where its
    SQL is a union, which values go together with which rows. ``pinned``: the assets that it refers to by a
    version alone, so that it does not follow ``latest_version``.
    """

    key: str
    id: str
    name: str
    kind: AssetKind
    project: str
    location: Location
    files: tuple[str, ...]
    own_digest: str
    columns: tuple[Column, ...] = ()
    rows: tuple[RowPart, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    reads: tuple[str, ...] = ()
    reads_all: tuple[str, ...] = ()
    status: ReadStatus = ReadStatus.RESOLVED
    reason: str = ""
    reason_location: Location | None = None
    refs_known: bool = True
    open_ended: bool = False
    access: str = "protected"
    group: str = ""
    group_owner: OwnerHint | None = None
    exposure_owner: OwnerHint | None = None
    contract_enforced: bool = False
    version: str = ""
    latest_version: str = ""
    deprecation_date: str = ""
    relation: Relation = Relation()
    meta: PlacetMeta = PlacetMeta()
    language: str = "sql"
    grants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    packages: tuple[str, ...] = ()
    named: tuple[ColumnRef, ...] = ()
    compared: tuple[tuple[ColumnRef, str], ...] = ()
    positional: tuple[str, ...] = ()
    branches: tuple[Derivation, ...] = ()
    pinned: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What people call it: its name, after its sort where a model may well have the same name."""
        sort = self.kind.value.replace("_", " ")
        return f"{sort} {self.name}" if self.kind in _NAMED_WITH_SORT else self.name

    def column(self, key: str) -> Column | None:
        """The column of that folded name."""
        return self._columns_by_key.get(key)

    @cached_property
    def _columns_by_key(self) -> Mapping[str, Column]:
        # The first one of a name counts.
        return {column.key: column for column in reversed(self.columns)}


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A file that cannot be read (``code`` is ``file_unreadable``), or a warning that changes nothing."""

    location: Location
    sha: str
    reason: str
    code: str = "file_unreadable"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A dbt project: its folder (empty at the root), its name, the SQL dialect and who said so.

    ``installed``: it is a package's copy in the tree. ``packages``: the packages that it asks for and that are not in
    the tree, by name: where each comes from, an @, and its version as written.
    """

    folder: str
    name: str
    dialect: str
    dialect_from: str
    location: Location
    installed: bool = False
    packages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ContractSet:
    """Everything that was read of a repository at one commit, in order of key.

    ``disabled``: ids of models, seeds and snapshots that are no assets since a variable's default, the environment or
    the target switches them off here, though they may be on where the project is run. ``filled`` are the keys of assets
    of which dbt's artifacts say more than the files do, ``stale`` of those whose artifacts were made of other files.
    """

    assets: tuple[Asset, ...] = ()
    projects: tuple[Project, ...] = ()
    findings: tuple[FileFinding, ...] = field(default=())
    disabled: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Asset]:
        """The assets by key."""
        return {asset.key: asset for asset in self.assets}

    def named(self, text: str) -> tuple[Asset, ...]:
        """The assets that a person means by a key, an id, a name or a path; several where the text is not enough.

        By name and by path, what promises something goes before what only reads: a semantic model and a metric are
        often called as their model is, and stand in the same file.
        """
        for matches in (
            [asset for asset in self.assets if text in (asset.key, asset.id)],
            [asset for asset in self.assets if text == asset.name],
            [asset for asset in self.assets if text in (asset.location.path, *asset.files)],
        ):
            if matches:
                return tuple(one for one in matches if one.kind not in READERS_ONLY) or tuple(matches)
        return ()
