"""The report files: the home country's, and one of a partner abroad with headings, marks and zone of its own.

Both are written whole columns at a time; how the partner's is read stands in a format file beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from unspoof.synth.places import Country
from unspoof.synth.plan import DAY_S
from unspoof.synth.reports import memory
from unspoof.synth.reports.events import Events

_CHANNELS = ("Online", "Phone", "Bank", "Police station")
_OPENINGS = (
    "I was called by someone from {b}.\nThey said my account was not safe, so I moved the money.",
    'The caller said "this is {b}, do not hang up", and knew my name.',
    "Phoned by {b}, fraud team; asked for the code that was texted to me.",
    "A man rang, very polite, from {b}. I paid twice, then the line went dead.",
    "{b} rang about a payment; it's the same number as on my card.",
    "Elderly victim. Caller claimed to be {b} – transferred to a “safe account”.",
)

PARTNER_FORMAT = """\
# How a partner's list of reports is read: `unspoof add CASE {file} --format {toml}`.

[source]
name = "partner-reports"
title = "Partner's list of reports"
container = "delimited"
delimiter = ";"
encoding = "utf-8"
header = true
zone = "{zone}"
home = "{home}"

[table.reports]
report_ref = "Aangifte"
reported_at = {{column = "Opgenomen", format = "%d-%m-%Y"}}
victim_ref = "Aangever"
victim_phone_raw = "Gebeld nummer"
incident_from = {{column = ["Datum", "Tijd"], format = ["%d-%m-%Y %H.%M", "%d-%m-%Y"]}}
presented_stated_raw = "Getoond nummer"
brand_stated = "Zogenaamd"
loss_gross_minor = {{column = "Schade", format = "major", decimal = ","}}
currency = "Valuta"
narrative = "Verhaal"
"""


def _take(words: tuple[str, ...] | list[str], index: np.ndarray) -> pa.StringArray:
    return pa.array(words, pa.string()).take(pa.array(index))


def _stated_brand(events: Events, names: list[str], stream: np.random.Generator) -> pa.StringArray:
    """Return whom the caller claimed to be: mostly right, some blank, some another."""
    draw, other = stream.random(len(events.at)), stream.integers(0, len(names), len(events.at))
    brand = np.where((events.brand < 0) | (draw >= 0.95), other, events.brand)
    blank = (draw >= 0.85) & (draw < 0.95) | (events.brand < 0) & (draw < 0.5)
    return pc.if_else(pa.array(blank), "", _take(names, brand))


def _narrative(brand: pa.StringArray, stream: np.random.Generator) -> pa.StringArray:
    named = pc.if_else(pc.equal(brand, ""), "a bank", brand)
    which = stream.integers(0, len(_OPENINGS), len(brand))
    heads = _take([text.split("{b}")[0] for text in _OPENINGS], which)
    tails = _take([text.split("{b}")[1] for text in _OPENINGS], which)
    return memory.join(heads, named, tails)


def _money_or_blank(minor: np.ndarray, sign: str, stream: np.random.Generator) -> pa.StringArray:
    draw = stream.random((2, len(minor)))
    return pc.if_else(pa.array((minor == 0) & (draw[0] < 0.5)), "", memory.amount(minor, sign, draw[1]))


def _refs(reported: np.ndarray, lead: str) -> pa.StringArray:
    """Return references in the order of reporting, which is the order of the rows."""
    return memory.join(lead, pc.utf8_lpad(memory.texts(np.arange(1, len(reported) + 1)), 8, "0"))


def in_order_of_report(
    events: Events, event: np.ndarray, stream: np.random.Generator
) -> tuple[Events, np.ndarray, np.ndarray]:
    """Repeat events for their reports and put them in order of reporting.

    Args:
        events: what happened.
        event: place of each report's event.
        stream: random stream.

    Returns:
        the event's facts, its place, and the epoch second of the report, one item a report.

    """
    lag = 3_600 - 20 * DAY_S * np.log1p(-stream.random(len(event)))
    reported = events.at[event] + events.duration_s[event] + lag.astype(np.int64)
    order = np.argsort(reported, kind="stable")
    return events.where(event[order]), event[order], reported[order]


def write_home(
    path: Path, told: Events, reported: np.ndarray, names: list[str], home: Country, stream: np.random.Generator
) -> pa.StringArray:
    """Write the home country's reports.

    Args:
        path: the file; UTF-8, commas, a heading row.
        told: the event behind each report, in order of reporting.
        reported: int64 epoch second of each report.
        names: brands' names.
        home: country.
        stream: random stream.

    Returns:
        the reports' references, row by row.

    """
    references = _refs(reported, "NFRC")
    day, clock = memory.when(told.at, home.zone, stream, "%d/%m/%Y")
    brand = _stated_brand(told, names, stream)
    count = len(reported)
    columns = {
        "Crime Ref": references,
        "Reported On": pc.strftime(memory.to_local(reported, home.zone), "%d/%m/%Y %H:%M"),
        "Victim ID": memory.join("V", pc.utf8_lpad(memory.texts(told.victim + 1), 7, "0")),
        "Date": day,
        "Time": clock,
        "Victim Phone": memory.phone(told.number, home, stream),
        "Number Shown": memory.shown_number(told.shown, brand, home, stream),
        "Caller Claimed To Be": brand,
        "Amount Lost": memory.amount(told.loss_minor, home.sign, stream.random(count)),
        "Reimbursed": _money_or_blank(told.back_minor, home.sign, stream),
        "Recovered": _money_or_blank(told.saved_minor, home.sign, stream),
        "Channel": _take(_CHANNELS, stream.integers(0, len(_CHANNELS), count)),
        "Narrative": _narrative(brand, stream),
    }
    csv.write_csv(pa.table(columns), path)
    return references


def write_partner(
    path: Path, told: Events, reported: np.ndarray, names: list[str], country: Country, stream: np.random.Generator
) -> pa.StringArray:
    """Write a partner's reports and, beside the file, the format file to read it with; as `write_home` otherwise."""
    references = _refs(reported, "PL0900-")
    day, clock = memory.when(told.at, country.zone, stream, "%d-%m-%Y")
    brand = _stated_brand(told, names, stream)
    whole, cents = memory.grouped(told.loss_minor // 100, "."), memory.texts(told.loss_minor % 100)
    columns = {
        "Aangifte": references,
        "Opgenomen": pc.strftime(memory.to_local(reported, country.zone), "%d-%m-%Y"),
        "Aangever": memory.join("A", memory.texts(told.victim + 1)),
        "Datum": day,
        "Tijd": pc.replace_substring(clock, ":", "."),
        "Gebeld nummer": memory.phone(told.number, country, stream),
        "Getoond nummer": memory.shown_number(told.shown, brand, country, stream),
        "Zogenaamd": brand,
        "Schade": memory.join(whole, ",", pc.utf8_lpad(cents, 2, "0")),
        "Valuta": pa.array([country.currency] * len(reported), pa.string()),
        "Verhaal": _narrative(brand, stream),
    }
    csv.write_csv(pa.table(columns), path, csv.WriteOptions(delimiter=";"))
    toml = path.with_suffix(".toml")
    toml.write_text(
        PARTNER_FORMAT.format(file=path.name, toml=toml.name, zone=country.zone, home=country.code),
        encoding="utf-8",
        newline="\n",
    )
    return references


__all__ = ["PARTNER_FORMAT", "in_order_of_report", "write_home", "write_partner"]
