"""What a setting of a case is; none is defined here."""

from __future__ import annotations

from dataclasses import dataclass

SettingValue = int | bool | str


@dataclass(frozen=True)
class Setting:
    """One setting of a case."""

    name: str
    default: SettingValue
    unit: str
    help: str
    reason: str
    """Why the default is what it is; printed with every figure that used it until the case states its own."""
    least: int | None = None
    most: int | None = None


__all__ = ["Setting", "SettingValue"]
