"""The settings that rules weigh a shown number by, as one value; it reads no file and judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from unspoof.config import BY_NAME, CaseSettings
from unspoof.errors import BadRequest
from unspoof.model.screening import LIMIT_SETTINGS, LIST_SETTINGS


def _default(name: str) -> int:
    return int(BY_NAME[name].default)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say that rules depend on; see docs/settings.md for units and reasons."""

    callback_window_s: int = field(default_factory=lambda: _default("callback_window_s"))
    source_brands_many: int = field(default_factory=lambda: _default("source_brands_many"))
    uk_mobile_check_from: int = field(default_factory=lambda: _default("uk_mobile_check_from"))
    unallocated_after_days: int = field(default_factory=lambda: _default("unallocated_after_days"))
    unallocated_before_days: int = field(default_factory=lambda: _default("unallocated_before_days"))
    abroad_trunks: frozenset[str] = frozenset()
    """Trunks or addresses that bring calls from other countries' networks."""
    brand_sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From account, trunk or address to the brand that it belongs to."""

    @classmethod
    def of(cls, settings: CaseSettings) -> Limits:
        """Return what a case's settings say; BadRequest where a list is malformed."""
        numbers = {name: int(settings[name]) for name in LIMIT_SETTINGS}
        trunks, brands = str(settings["abroad_trunks"]), str(settings["brand_sources"])
        return cls(**numbers, abroad_trunks=frozenset(listed(trunks)), brand_sources=named_brands(brands))


def listed(text: str) -> tuple[str, ...]:
    """Return the items of a semicolon list without the blanks around them; empty ones are left out."""
    return tuple(item for part in text.split(";") if (item := part.strip()))


def named_brands(text: str) -> Mapping[str, str]:
    """Return source and brand of each item of a semicolon list of `source=brand`.

    Raises:
        BadRequest: an item has no source or no brand, or a source is given to two brands.
    """
    found: dict[str, str] = {}
    for item in listed(text):
        source, sign, brand = (part.strip() for part in item.partition("="))
        if not (sign and source and brand):
            hint = "Write for example: trunk-7=Northgate Bank; 192.0.2.9=Northgate Bank"
            raise BadRequest(f"{item!r} is no source=brand", where="brand_sources", hint=hint)
        if found.setdefault(source, brand) != brand:
            raise BadRequest(f"{source!r} is given to two brands", where="brand_sources")
    return MappingProxyType(found)


__all__ = ["LIMIT_SETTINGS", "LIST_SETTINGS", "Limits", "listed", "named_brands"]
