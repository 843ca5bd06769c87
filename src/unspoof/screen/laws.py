"""Legal texts that several rules rest on, each once, with the day from which it binds; no text is quoted.

Sources of the dates: docs/screening.md.
"""

from __future__ import annotations

from datetime import date

from unspoof.screen.rule import Law

OFCOM_VALID_CLI = Law(
    "GB",
    "Ofcom General Conditions",
    "C6.4 and C6.6 with the guidance on calling line identification",
    date(2023, 5, 15),
)
OFCOM_PRESENTATION_ABROAD = Law(
    "GB",
    "Ofcom guidance on calling line identification",
    "calls from abroad that show a UK presentation number (statement of July 2024)",
    date(2025, 1, 29),
)
US_DNO = Law(
    "US",
    "47 CFR",
    "64.1200(o): numbers that are invalid, unallocated, unused, or that their subscriber asks to have blocked",
    date(2025, 12, 15),
)

__all__ = ["OFCOM_PRESENTATION_ABROAD", "OFCOM_VALID_CLI", "US_DNO"]
