"""The part of the report on money: books against the chain, the flow through the shop, services to ask; no taint, no score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.act import formats
from unspoof.act.report.page import Cell, Row, code, heading, number, paragraph, table, text
from unspoof.act.sankey import Flow, sankey

_MOST_BARS = 8
_MOST_REACHES = 100


@dataclass(frozen=True)
class MoneySource:
    """What the money section shows; every list may be empty, and the section says so.

    Args:
        verdicts: verdict, meaning, payments, chain_sat, booked_minor, currency: the reconciliation by verdict.
        sources: label, value_sat, kind: what came to the shop from others, by whose wallet paid.
        targets: label, value_sat, kind: what left the shop, by whose wallet was paid.
        reaches: rows of the finding `service_reaches`, the first ones at least.
        reached: how many there are.
        rates: rows of the finding `heuristic_rates`: each heuristic on what the case knows.
        tip: height and hash of the highest block of the case's chain data, in words.

    """

    verdicts: Sequence[Mapping[str, Any]] = ()
    sources: Sequence[Mapping[str, Any]] = ()
    targets: Sequence[Mapping[str, Any]] = ()
    reaches: Sequence[Mapping[str, Any]] = ()
    reached: int = 0
    rates: Sequence[Mapping[str, Any]] = ()
    tip: str = ""


def _flows(rows: Sequence[Mapping[str, Any]]) -> list[Flow]:
    """Return the largest flows by themselves and the rest together; those without a name come last."""
    order = sorted(rows, key=lambda row: (row["kind"] != "service", -row["value_sat"], row["label"]))
    shown, rest = order[:_MOST_BARS], order[_MOST_BARS:]
    made = [Flow(r["label"], r["value_sat"], formats.bitcoin(r["value_sat"]), r["kind"]) for r in shown]
    if rest:
        value = sum(row["value_sat"] for row in rest)
        made.append(Flow(f"{len(rest):,} others", value, formats.bitcoin(value), "other"))
    return made


def _flow(source: MoneySource) -> str:
    into, out = _flows(source.sources), _flows(source.targets)
    came, went = sum(flow.value for flow in into), sum(flow.value for flow in out)
    if came > went:
        out.append(Flow("not seen to leave, or fees", came - went, formats.bitcoin(came - went), "unseen"))
    elif went > came:
        into.append(Flow("not seen to come in", went - came, formats.bitcoin(went - came), "unseen"))
    title = "What came to the shop and what left it, as the chain shows it"
    words = f"Came from others: {formats.bitcoin(came)}. Left to others: {formats.bitcoin(went)}."
    drawn = sankey("money-flow", title, words, into, "The shop's addresses", out)
    ways = [("came from", flow) for flow in into] + [("went to", flow) for flow in out]
    rows: list[Row] = [[way, flow.label, number(flow.said)] for way, flow in ways]
    note = (
        "Ledger facts are the amounts. That several addresses are one wallet is co-spend; a service's name is attribution by a"
        " tag. Fees are part of what is not seen to leave. Coins kept by a payment processor are moved by it, not by the shop."
    )
    return heading(3, title) + drawn + paragraph(note) + table(title, ("Way", "Wallets", "Amount"), rows)


def _verdicts(source: MoneySource) -> str:
    title = "The service's books against the chain"
    rows: list[Row] = [
        [
            row["verdict"],
            number(formats.count(row["payments"])),
            number("" if row["chain_sat"] is None else formats.bitcoin(row["chain_sat"])),
            number(formats.money(row["booked_minor"], row["currency"]) if row["currency"] else ""),
            row["meaning"],
        ]
        for row in source.verdicts
    ]
    return heading(3, title) + table(title, ("Verdict", "Rows", "On the chain", "Booked", "Meaning"), rows)


def _reaches(source: MoneySource) -> str:
    title = "Services that can be asked"
    rows: list[Row] = []
    for row in source.reaches[:_MOST_REACHES]:
        level = formats.count(row["tag_level"]) if row["tag_level"] is not None else "no tag"
        rows.append(
            [
                row["direction"],
                row["service"] or "unattributed",
                Cell(f"{text(row['txid'])}:{row['place']}<br>{text(row['holder'] or 'no address')}", "hash"),
                number(formats.bitcoin(row["value_sat"])),
                code(formats.moment(row["block_at"])),
                number(level),
                number(formats.count(row["hops"])),
                row["class"],
            ]
        )
    more = source.reached - len(rows)
    left = paragraph(f"{more:,} more stand in the finding service_reaches.") if more > 0 else ""
    words = (
        "Each row is an output that the service can look up, with its amount as it stands on the chain and not what a policy of"
        " tracing would claim of it. The class is that of the weakest step of the shortest way; hops count the transactions on"
        " it, the shop's own included. Unattributed: the wallet looks like a service's, and no tag says whose."
    )
    names = ("Direction", "Service", "Output and address", "Amount", "Block time (UTC)", "Level", "Hops", "Class")
    return heading(3, title) + paragraph(words) + table(title, names, rows) + left


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:.1f} %"


def _rates(source: MoneySource) -> str:
    title = "How often the heuristics are right, on what this case knows"
    rows: list[Row] = [
        [
            row["heuristic"],
            row["measure"],
            number(row["says"] or _percent(row["rate_ppm"])),
            number("" if row["low_ppm"] is None else f"{_percent(row['low_ppm'])} to {_percent(row['high_ppm'])}"),
            number(f"{formats.count(row['hits'])} of {formats.count(row['total'])}" if row["total"] else ""),
            row["truth"],
        ]
        for row in source.rates
    ]
    words = (
        "The seized books are the truth that each is held against. The interval is Wilson's at 95 per cent and takes the counted"
        " things for independent, which they are not quite. The rates are of this case, and not of the heuristic in general."
    )
    names = ("Heuristic", "Measure", "Rate", "Interval", "n", "Held against, or why unknown")
    return heading(3, title) + paragraph(words) + table(title, names, rows)


_LIMITS = (
    "What cannot be told from a chain: who held the keys; whether a wallet is shared or kept by somebody for others; a payjoin,"
    " which leaves no trace; that an untagged wallet is nobody's service. Where the case's chain data end, nothing is said of"
    " what happened after. Services' names are only as good as the tags: level and source stand with each."
)


def money(source: MoneySource | None) -> str:
    """Return the section on money; empty where the case holds nothing of it."""
    if source is None or not (source.verdicts or source.sources or source.targets or source.reaches):
        return ""
    return "".join(
        (
            heading(2, "Money: books, chain and services", "money"),
            paragraph(
                f"The case's chain data reach to {source.tip}. Statements are of five classes: ledger fact, co-spend,"
                " attribution, change inference and policy; no score is made of them."
            ),
            _verdicts(source) if source.verdicts else "",
            _flow(source) if source.sources or source.targets else "",
            _reaches(source) if source.reaches else paragraph("No service was reached within the stop rules."),
            _rates(source) if source.rates else "",
            paragraph(_LIMITS, "note"),
        )
    )


__all__ = ["MoneySource", "money"]
