"""The rule table: what every kind of change is, why, and what would be the safe way. Everything else reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placet.diff.promise_rules import PROMISE_RULES
from placet.diff.rule import Rule, Weighed
from placet.diff.shape_rules import SHAPE_RULES
from placet.policy.model import Policy, Strictness
from placet.vocabulary.words import Because, Category, Gate, Mode

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*SHAPE_RULES, *PROMISE_RULES)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of a change under a mode and a policy."""

    category: Category
    because: Because
    gate: Gate


def judged(rule_id: str, *, mode: Mode, policy: Policy, raised: bool = False) -> Judgement | None:
    """What the rule says under that mode and policy; None where the policy wants to hear nothing of it.

    ``raised``: a reader that is there is hit.
    """
    rule = RULES[rule_id]
    strictness = _strictness(rule, policy)
    if strictness is Strictness.IGNORE:
        return None
    category, because, tells = rule.category_in(mode), rule.because, rule.tells
    if strictness is not None:
        category = Category.BREAKING if strictness is Strictness.STRICT else Category.REQUIRES_ANALYSIS
        tells = strictness is Strictness.NOTIFY
    if raised and rule.raised is not None and rule.raised.rank > category.rank:
        category, because, tells = rule.raised, Because.READER, False
    if rule_id == "file_unreadable":
        # What cannot be read at all fails closed, whatever the policy thinks of changes.
        return Judgement(category, because, Gate.ASK)
    if rule_id in policy.severity:
        category, because, tells = policy.severity[rule_id], Because.POLICY, False
    asks = category in (Category.BREAKING, Category.REQUIRES_ANALYSIS) and not tells and mode is not Mode.NONE
    return Judgement(category, because, Gate.ASK if asks else Gate.TELL)


def _strictness(rule: Rule, policy: Policy) -> Strictness | None:
    """How much the policy makes of a rule that it may weigh."""
    if rule.weighed is None:
        return None
    return policy.guarantees if rule.weighed is Weighed.GUARANTEES else policy.logic
