"""The enumerations of the design: what is stored, shown and compared by name."""

from __future__ import annotations

from enum import StrEnum


class AssetKind(StrEnum):
    """What sort of thing promises a shape, or reads one."""

    MODEL = "model"
    SEED = "seed"
    SNAPSHOT = "snapshot"
    SOURCE = "source"
    EXPOSURE = "exposure"
    SEMANTIC_MODEL = "semantic_model"
    METRIC = "metric"
    SAVED_QUERY = "saved_query"


# What reads and promises nothing in this version: no change of it is judged, and coverage does not count it.
READERS_ONLY = frozenset({AssetKind.EXPOSURE, AssetKind.SEMANTIC_MODEL, AssetKind.METRIC, AssetKind.SAVED_QUERY})


class ReadStatus(StrEnum):
    """How completely an asset was read."""

    RESOLVED = "resolved"
    PARTIAL = "partial"
    UNREADABLE = "unreadable"


class Category(StrEnum):
    """What a change is, for those who read the asset."""

    BREAKING = "BREAKING"
    REQUIRES_ANALYSIS = "REQUIRES_ANALYSIS"
    NON_BREAKING = "NON_BREAKING"
    INFRASTRUCTURE = "INFRASTRUCTURE"

    @property
    def rank(self) -> int:
        """Its place in NON_BREAKING < REQUIRES_ANALYSIS < BREAKING; INFRASTRUCTURE stands aside, below all."""
        return {"INFRASTRUCTURE": 0, "NON_BREAKING": 1, "REQUIRES_ANALYSIS": 2, "BREAKING": 3}[self.value]


class Gate(StrEnum):
    """What a change does: its readers' teams must agree, or it is only shown."""

    ASK = "ask"
    TELL = "tell"


class Because(StrEnum):
    """Why a change has its category."""

    MODE = "mode"
    READER = "reader"
    UNDECIDED = "undecided"
    POLICY = "policy"


class SettledBy(StrEnum):
    """Why a change that asks has nobody left to ask."""

    UNREAD = "unread"
    SAME = "same"
    OWN_TEAM = "own_team"
    UNOWNED = "unowned"
    NOTIFY = "notify"
    CLASSIFY = "classify"


class Mode(StrEnum):
    """Which changes count as breaking."""

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"
    NONE = "none"


class Side(StrEnum):
    """Which of the two compared commits a location lies in."""

    BASE = "base"
    HEAD = "head"


class How(StrEnum):
    """How a reader reads: a value of its own comes from the column, its rows do, or somebody says that it does."""

    VALUE = "value"
    ROWS = "rows"
    DECLARED = "declared"


class ReaderState(StrEnum):
    """What becomes of a reader when the pull request is merged."""

    BROKEN = "broken"
    ADAPTED = "adapted"
    SAME = "same"
    DECLARED = "declared"


class GuaranteeKind(StrEnum):
    """A promise about the data rather than its shape."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    PRIMARY_KEY = "primary_key"
    ACCEPTED_VALUES = "accepted_values"
    RELATIONSHIPS = "relationships"
    EXPRESSION = "expression"
    FRESHNESS = "freshness"
    VOLUME = "volume"
    CUSTOM = "custom"


class RowPartKind(StrEnum):
    """The parts of a query that decide which rows come out, rather than what stands in them."""

    FROM = "from"
    JOIN = "join"
    FILTER = "filter"
    GROUP = "group"
    DISTINCT = "distinct"
    ORDER = "order"
    SET = "set"
