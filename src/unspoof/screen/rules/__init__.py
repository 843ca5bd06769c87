"""Every rule of screening, one file and one line each; the order is that of reports."""

from __future__ import annotations

from unspoof.screen.rule import Rule
from unspoof.screen.rules import (
    brand_elsewhere,
    called_back,
    closed_range,
    differs_from_asserted,
    do_not_originate,
    inbound_only,
    like_called,
    malformed,
    many_brands,
    never_calls,
    not_allocated,
    premium_caller,
    set_apart,
    uk_mobile_abroad,
    uk_network_abroad,
    uk_presentation_abroad,
    unusual_range,
)

RULES: tuple[Rule, ...] = (
    malformed.RULE,
    set_apart.RULE,
    not_allocated.RULE,
    closed_range.RULE,
    inbound_only.RULE,
    never_calls.RULE,
    do_not_originate.RULE,
    premium_caller.RULE,
    uk_network_abroad.RULE,
    uk_presentation_abroad.RULE,
    uk_mobile_abroad.RULE,
    unusual_range.RULE,
    differs_from_asserted.RULE,
    like_called.RULE,
    brand_elsewhere.RULE,
    many_brands.RULE,
    called_back.RULE,
)
"""Every rule, those of plain facts first; docs/screening.md has a row for each."""

__all__ = ["RULES"]
