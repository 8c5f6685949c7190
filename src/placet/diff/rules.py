"""The rule table: what every kind of change is, why, and what would be the safe way. Everything else reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from placet.policy.model import Policy, Strictness
from placet.vocabulary.words import Because, Category, Gate, Mode

BREAKING = Category.BREAKING
ANALYSIS = Category.REQUIRES_ANALYSIS
SAFE = Category.NON_BREAKING
TOOLING = Category.INFRASTRUCTURE


class Channel(StrEnum):
    """What part of a contract a rule is about."""

    SHAPE = "shape"
    GUARANTEE = "guarantees"
    ACCESS = "access"
    SOURCE = "source"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    ``backward`` and ``forward`` are its category in those modes (``full`` is the worse of the two). ``tells``: it never
    asks. ``because``: why it has its category. ``is_loss`` marks a guarantee that holds less than before: the policy's
    ``guarantees`` says what that is.
    """

    id: str
    channel: Channel
    title: str
    why: str
    example: str
    safe_way: str
    backward: Category
    forward: Category
    because: Because = Because.MODE
    tells: bool = False
    is_loss: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of a change under a mode and a policy."""

    category: Category
    because: Because
    gate: Gate


_ROWS = (
    Rule(
        "asset_removed",
        Channel.SHAPE,
        "a model, seed, snapshot or version is gone",
        "Whatever reads it no longer finds it.",
        "models/dim_customers.sql is deleted, or set to enabled: false",
        "Give it a deprecation_date, move its readers, and remove it when nobody reads it any more.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "column_removed",
        Channel.SHAPE,
        "a column is gone",
        "A query that names it fails; a star silently gives less.",
        "select id, user_email from … becomes select id from …",
        "Keep the column beside its successor, move the readers, then remove it.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "column_emptied",
        Channel.SHAPE,
        "a column holds nothing but NULL or one literal from now on",
        "Queries go on working and answer with nothing: the shape stands, the data is gone.",
        "user_email becomes cast(null as varchar) as user_email",
        "Treat it as a removal: move the readers first.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "type_changed",
        Channel.SHAPE,
        "a column has another type, and neither holds all values of the other",
        "Comparisons, joins and arithmetic on it fail or change their meaning.",
        "order_id: bigint becomes varchar",
        "Add a column with the new type, move the readers, then remove the old one.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "type_narrowed",
        Channel.SHAPE,
        "a column's type holds fewer values than before",
        "Values are cut, rounded or refused.",
        "varchar(256) becomes varchar(10); timestamp becomes date",
        "Add a column with the narrower type, or show that no value is lost and have the change classified.",
        BREAKING,
        SAFE,
    ),
    Rule(
        "type_widened",
        Channel.SHAPE,
        "a column's type holds more values than before",
        "New rows may hold values that an old query does not expect, or cannot store.",
        "int becomes bigint",
        "Tell the readers; widen their columns first.",
        ANALYSIS,
        BREAKING,
        because=Because.READER,
    ),
    Rule(
        "type_declared",
        Channel.SHAPE,
        "a column's type is now known",
        "Nothing changes but what is known.",
        "data_type: varchar is added",
        "Nothing to do.",
        SAFE,
        SAFE,
    ),
    Rule(
        "type_undeclared",
        Channel.SHAPE,
        "a column's type is no longer known",
        "A cast or a declaration was removed; the type may or may not be another now.",
        "cast(id as bigint) as id becomes id",
        "Keep the cast or declare data_type.",
        ANALYSIS,
        ANALYSIS,
        because=Because.UNDECIDED,
        tells=True,
    ),
    Rule(
        "type_cast",
        Channel.SHAPE,
        "a column is made otherwise, and its type, of which nothing was known, is now known",
        "Whether it had that type before cannot be seen from the files; a cast may change what readers join on.",
        "id as order_id becomes cast(id as varchar(36)) as order_id",
        "Declare the old type first, so that the two can be compared.",
        ANALYSIS,
        ANALYSIS,
        because=Because.UNDECIDED,
        tells=True,
    ),
    Rule(
        "column_added",
        Channel.SHAPE,
        "a column is new",
        "Readers that name their columns do not notice.",
        "select id becomes select id, loyalty_tier",
        "Nothing to do.",
        SAFE,
        BREAKING,
    ),
    Rule(
        "asset_added",
        Channel.SHAPE,
        "a model, seed, snapshot or source is new",
        "Nobody reads it yet.",
        "models/dim_products.sql is added",
        "Nothing to do.",
        SAFE,
        SAFE,
    ),
    Rule(
        "column_reordered",
        Channel.SHAPE,
        "the same columns in another order",
        "Only readers that count positions notice.",
        "select id, name becomes select name, id",
        "Nothing to do where readers name their columns.",
        SAFE,
        SAFE,
    ),
    Rule(
        "contract_unenforced",
        Channel.SHAPE,
        "the model's contract is no longer enforced",
        "The columns and types that were promised are no longer checked at build time; dbt itself calls this breaking.",
        "contract: {enforced: true} is removed",
        "Keep the contract enforced, or agree with the readers that they no longer rely on it.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "constraint_removed",
        Channel.SHAPE,
        "an enforced contract loses a constraint",
        "What the database refused so far may now come; dbt itself calls this breaking.",
        "constraints: [{type: not_null}] is removed under an enforced contract",
        "Keep the constraint, or agree with the readers.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "asset_unreadable",
        Channel.READING,
        "this pull request changes a model so that its columns cannot be worked out",
        "Whether something breaks cannot be seen from the files.",
        "a macro that asks the warehouse now writes the select list",
        "Declare the columns in YAML under an enforced contract, or have somebody look and classify the change.",
        ANALYSIS,
        ANALYSIS,
        because=Because.UNDECIDED,
    ),
    Rule(
        "file_unreadable",
        Channel.READING,
        "a file cannot be read at all",
        "Nobody can tell what it changes, so nothing is taken for granted.",
        "a YAML file with a syntax error",
        "Mend the file: the check turns by itself.",
        ANALYSIS,
        ANALYSIS,
        because=Because.UNDECIDED,
    ),
    Rule(
        "project_renamed",
        Channel.SHAPE,
        "the project has another name or folder",
        "Its assets stay what they are; only their ids change.",
        "name: shop becomes name: store in dbt_project.yml",
        "Nothing to do.",
        TOOLING,
        TOOLING,
    ),
    Rule(
        "guarantee_removed",
        Channel.GUARANTEE,
        "a promise about the data is gone",
        "Readers that rely on it are no longer protected.",
        "the unique test on customer_id is removed",
        "Keep the test, or tell the readers why it no longer holds.",
        ANALYSIS,
        SAFE,
        because=Because.POLICY,
        is_loss=True,
    ),
    Rule(
        "guarantee_relaxed",
        Channel.GUARANTEE,
        "a promise about the data holds less than before",
        "Rows may come that were ruled out so far.",
        "accepted_values gains a value that old queries do not know",
        "Tell the readers which values are new.",
        ANALYSIS,
        SAFE,
        because=Because.POLICY,
        is_loss=True,
    ),
    Rule(
        "guarantee_added",
        Channel.GUARANTEE,
        "a promise about the data is new",
        "Readers can rely on more than before.",
        "a not_null test on customer_id is added",
        "Nothing to do.",
        SAFE,
        SAFE,
    ),
    Rule(
        "guarantee_tightened",
        Channel.GUARANTEE,
        "a promise about the data holds more than before",
        "Readers can rely on more than before.",
        "accepted_values loses a value that nobody compares with",
        "Nothing to do.",
        SAFE,
        SAFE,
    ),
    Rule(
        "guarantee_described",
        Channel.GUARANTEE,
        "a test's name, message or severity",
        "What is promised stays the same.",
        "severity: warn is set on a test",
        "Nothing to do.",
        TOOLING,
        TOOLING,
    ),
    Rule(
        "consumer_removed",
        Channel.ACCESS,
        "a declared use is withdrawn or narrowed",
        "Whoever declared it would no longer be asked about what they read.",
        "the consumers: entry of crm is removed from the policy; an exposure is deleted",
        "Have the consumer confirm that they read it no more.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "source_removed",
        Channel.SOURCE,
        "a source table or one of its columns is no longer listed, and nothing reads it",
        "A source is somebody else's; the listing is only a note.",
        "an unused table is removed from sources.yml",
        "Nothing to do.",
        TOOLING,
        TOOLING,
    ),
    Rule(
        "source_removed_in_use",
        Channel.SOURCE,
        "a source table or column that something still reads is no longer listed",
        "The build of what reads it fails, or reads what nobody vouches for.",
        "a table is removed from sources.yml while stg_orders selects from it",
        "Move the readers first.",
        BREAKING,
        BREAKING,
    ),
    Rule(
        "source_moved",
        Channel.SOURCE,
        "a source's database, schema or identifier",
        "Where the data lies is a matter of tooling.",
        "schema: raw becomes schema: raw_v2",
        "Nothing to do.",
        TOOLING,
        TOOLING,
    ),
    Rule(
        "source_listed",
        Channel.SOURCE,
        "a source's column, type or freshness is listed anew or otherwise",
        "A source is somebody else's; the listing is only a note.",
        "a column is added to a table in sources.yml",
        "Nothing to do.",
        TOOLING,
        TOOLING,
    ),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in _ROWS}


def judged(rule_id: str, *, mode: Mode, policy: Policy) -> Judgement | None:
    """What the rule says under that mode and policy; None where the policy wants to hear nothing of it."""
    rule = RULES[rule_id]
    category, because, tells = _in_mode(rule, mode), rule.because, rule.tells
    if rule.is_loss:
        if policy.guarantees is Strictness.IGNORE:
            return None
        if policy.guarantees is Strictness.STRICT:
            category = BREAKING
        else:
            category, tells = ANALYSIS, True
    if rule_id == "file_unreadable":
        # What cannot be read at all fails closed, whatever the policy thinks of changes.
        return Judgement(category, because, Gate.ASK)
    if rule_id in policy.severity:
        category, because, tells = policy.severity[rule_id], Because.POLICY, False
    asks = category in (BREAKING, ANALYSIS) and not tells and mode is not Mode.NONE
    return Judgement(category, because, Gate.ASK if asks else Gate.TELL)


def _in_mode(rule: Rule, mode: Mode) -> Category:
    if mode is Mode.FORWARD:
        return rule.forward
    if mode is Mode.FULL:
        return max(rule.backward, rule.forward, key=lambda category: category.rank)
    return rule.backward
