"""A request to a service, as a spreadsheet and a letter; it addresses nobody and sends nothing.

What a request must hold is from the request pages of services, read in part (docs/requests.md): identifiers as text and in a
spreadsheet, never as a picture; the specific legal entity; the period; what is asked for; urgency and confidentiality.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from unspoof.model.cells import harmless

Row = Mapping[str, Any]

COLUMNS: tuple[str, ...] = (
    "case_reference",
    "service",
    "service_name",
    "legal_entity",
    "jurisdiction",
    "direction",
    "txid",
    "output_index",
    "address",
    "value_sat",
    "value_btc",
    "height",
    "block_time_utc",
    "tag_level",
    "tag_source",
    "tag_on",
    "class",
    "hops",
    "disputed_with",
    "because",
)
"""Of the spreadsheet; accounts of the case are not among them: a service is told no more than it needs."""
_SAT = 100_000_000


def as_btc(value_sat: int) -> str:
    """Return satoshi as bitcoin with all eight decimals, exactly."""
    return f"{value_sat // _SAT}.{value_sat % _SAT:08d}"


def _utc(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def request_csv(rows: Sequence[Row]) -> str:
    """Return the rows of requests as CSV (RFC 4180), UTF-8 with a byte-order mark for spreadsheet programs.

    Args:
        rows: rows of the finding `service_requests`.

    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        more = {
            "output_index": row["place"],
            "value_btc": as_btc(row["value_sat"]),
            "block_time_utc": _utc(row["block_at"]),
        }
        cells = {**row, **more}
        values = ["" if cells[name] is None else cells[name] for name in COLUMNS]
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in values])
    return "\ufeff" + out.getvalue()


def letter(rows: Sequence[Row], home: str, today: str = "") -> str:
    """Return the letter to one service as plain text, with what only the agency knows left in brackets.

    Args:
        rows: all rows of one service, at least one.
        home: ISO 3166 code of the country whose agency writes.
        today: date of the letter; empty leaves it in brackets.

    """
    first = rows[0]
    entity = first["legal_entity"] or f"[LEGAL ENTITY that runs {first['service_name']}: not in the table of actors]"
    times = sorted(row["block_at"] for row in rows if row["block_at"] is not None)
    period = f"{_utc(times[0])} to {_utc(times[-1])}" if times else "[PERIOD: no block times are known]"
    parts = [
        f"[AGENCY, ADDRESS, OFFICER, RANK OR NUMBER, GOVERNMENT E-MAIL]\n{today or '[DATE]'}",
        f"To: {entity}\nJurisdiction: {first['jurisdiction'] or '[not known]'}",
        f"Subject: request for records, case {first['case_reference']}",
        "Legal basis: [ACT, SECTION, ORDER OR NOTICE; attached]\n" + _where(first["jurisdiction"], home),
        f"Period: {period} (times of blocks, UTC; a block's time may be two hours off)",
        _asked(rows),
        _listed(rows),
        _why(rows),
        "Please keep these records until a further order reaches you: [PRESERVATION, UNTIL].\n"
        "Please tell nobody of this request: [CONFIDENTIALITY, ITS BASIS].\n"
        "Urgency: [ORDINARY OR URGENT, WHY].",
        "[SIGNATURE]",
    ]
    return "\n\n".join(parts) + "\n"


def _where(jurisdiction: str | None, home: str) -> str:
    if jurisdiction and home in jurisdiction.split(";"):
        return f"The service is known to have a seat in {home}."
    return (
        f"The service is not known to have a seat in {home}: whether it may be asked directly, or by mutual legal assistance, is"
        " for the agency's lawyers to say before this is sent."
    )


def _asked(rows: Sequence[Row]) -> str:
    directions = {row["direction"] for row in rows}
    asked = [
        "the customer on whose account it was booked: identity documents, contact details, linked bank accounts and cards"
    ]
    if "deposit to" in directions:
        asked.append(
            "of deposits: what became of the funds, and the other deposit addresses given to the same customer"
        )
    if "withdrawal from" in directions:
        asked.append("of withdrawals: the account that ordered it, and how that account was funded")
    asked.append("log-in times with IP addresses and devices, for the period")
    return "For each transaction below we ask for:\n" + "\n".join(f"  - {one};" for one in asked)


def _listed(rows: Sequence[Row]) -> str:
    lines = [f"Transactions ({len(rows)}), also in the attached spreadsheet; amounts are those on the chain:"]
    for number, row in enumerate(rows, 1):
        place = (
            f"block {row['height']}, {_utc(row['block_at'])}" if row["height"] is not None else "not in a known block"
        )
        lines.append(
            f"  {number}. {row['direction']} you\n     transaction {row['txid']}\n     output {row['place']}, address"
            f" {row['address'] or '(none)'}\n     {as_btc(row['value_sat'])} BTC, {place}{_doubt(row)}"
        )
    return "\n".join(lines)


def _doubt(row: Row) -> str:
    """Return the line that says so where the transaction may be another service's; empty where nothing says that."""
    if not row["disputed_with"]:
        return ""
    return f"\n     disputed: an input of this transaction is of a wallet said to be of {row['disputed_with']}"


_ON_ADDRESS = (
    "by attribution alone: the address above (of a withdrawal, one that the transaction spends from) is itself said to be"
    " yours by"
)
_ON_WALLET = (
    "by attribution and co-spend together: another address of the same wallet is said to be yours by the source below, and"
    " that the two addresses are one wallet is concluded from their being spent together, in one transaction or through"
    " others. It falls if either is wrong. The source is"
)


def _why(rows: Sequence[Row]) -> str:
    """Name every tag that the rows rest on, those that stand on the very address apart from those of its wallet."""
    parts = ["Why we ask you, by the numbers above:"]
    for on, words in (("address", _ON_ADDRESS), ("wallet", _ON_WALLET)):
        own = [(number, row) for number, row in enumerate(rows, 1) if row["tag_on"] == on]
        if own:
            tags = dict.fromkeys((row["tag_source"] or "(no source)", row["tag_level"]) for _, row in own)
            said = "".join(f"\n      - {source} (level {level} of 100)" for source, level in tags)
            parts.append(f"  {_numbers([number for number, _ in own])}: {words}{said}")
    parts.append(
        "These are somebody's statement or an inference and not a finding; if one is not yours, please tell us so."
    )
    return "\n".join(parts)


def _numbers(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges: 1-3, 7."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


__all__ = ["COLUMNS", "as_btc", "letter", "request_csv"]
