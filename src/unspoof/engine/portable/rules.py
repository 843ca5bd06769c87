"""RULES: what is narrower than the node classes of ALLOWED, one small function each; no rule allows anything."""

from __future__ import annotations

from unspoof.engine.portable import rules_groups, rules_numbers, rules_text, rules_times
from unspoof.engine.portable.refusing import Rule

RULES: tuple[Rule, ...] = (*rules_text.RULES, *rules_numbers.RULES, *rules_times.RULES, *rules_groups.RULES)
"""Asked of every node of a query, in this order."""

__all__ = ["RULES"]
