"""How many digits the minor unit of a currency has; no rates and no symbols."""

from __future__ import annotations

from collections.abc import Mapping

MINOR_DIGITS: Mapping[str, int] = {
    "BHD": 3, "BIF": 0, "BTC": 8, "CLF": 4, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0,
    "KMF": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "UYW": 4,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""Digits where they are not two (ISO 4217 list one, as of 2024; BTC is ours, in satoshi)."""


def minor_digits(currency: str) -> int:
    """Return how many digits of an integer amount are minor units: 2 for GBP, 0 for JPY; 2 for a code not known."""
    return MINOR_DIGITS.get(currency, 2)


__all__ = ["MINOR_DIGITS", "minor_digits"]
