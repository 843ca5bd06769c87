"""Steps that put the facts of every number shown into one table; no rule is asked here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.engine.step import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.parse.numbers import short_codes
from unspoof.reference import BOOK_TABLES, NumberBook
from unspoof.screen.limits import LIST_SETTINGS, Limits

SHOWN_NUMBERS = Step(
    name="shown_numbers",
    meaning="every number that a call showed, once",
    reads=("calls",),
    gives=Table(
        "shown_numbers",
        "one number that was shown",
        (
            Column("e164", "int64", "the number as E.164 digits"),
            Column("country", "text", "its country by the numbering plan"),
            Column("kind", "text", "what it is, by the numbering plan"),
        ),
    ),
    kept=False,
    sql="""
SELECT presented_e164 AS e164, max(presented_country) AS country, max(presented_kind) AS kind
FROM calls WHERE presented_e164 IS NOT NULL
GROUP BY presented_e164
""".strip(),
)

SHORT_TEXTS = Step(
    name="shown_short_texts",
    meaning="every text that showed a short code, once",
    reads=("calls",),
    gives=Table(
        "shown_short_texts",
        "one text",
        (Column("presented_raw", "text", "exactly as the source has it", nullable=False),),
    ),
    kept=False,
    sql="SELECT DISTINCT presented_raw FROM calls WHERE presented_kind = 'short' AND presented_raw IS NOT NULL",
)


def _short_codes(inputs: Inputs) -> pa.Table:
    texts = inputs.tables["shown_short_texts"]["presented_raw"].combine_chunks()
    codes = short_codes(texts, pa.array(["short"] * len(texts), pa.string()))
    return pa.table({"presented_raw": texts, "short": codes}).filter(pc.is_valid(codes))


SHORT_CODES = Step(
    name="short_codes",
    meaning="read the short codes that were shown",
    reads=("shown_short_texts",),
    gives=Table(
        "short_codes",
        "one text that shows a short code",
        (
            Column("presented_raw", "text", "exactly as the source has it", nullable=False),
            Column("short", "int64", "the digits of the code", nullable=False),
        ),
    ),
    order_by=("presented_raw",),
    run=_short_codes,
)


def _number_facts(inputs: Inputs) -> pa.Table:
    numbers = inputs.tables["shown_numbers"]
    codes = pc.unique(inputs.tables["short_codes"]["short"])
    shorts = {
        "e164": pa.nulls(len(codes), pa.int64()),
        "country": pa.array([inputs.settings.home] * len(codes), pa.string()),
        "kind": pa.array(["short"] * len(codes), pa.string()),
        "short": codes,
    }
    numbers = numbers.append_column("short", pa.nulls(len(numbers), pa.int64()))
    asked = pa.concat_tables([numbers, pa.table(shorts)], promote_options="permissive").sort_by("e164")
    if not asked.num_rows:
        return schema(NUMBER_FACTS.gives).empty_table()
    book = NumberBook({name: inputs.tables[name] for name in BOOK_TABLES}, inputs.settings.home)
    facts = book.table(asked)
    e164, short = (facts[name].fill_null(0).to_numpy() for name in ("e164", "short"))
    key = np.where(np.asarray(facts["e164"].is_valid()), e164, -short)
    return facts.append_column("key", pa.array(key, pa.int64()))


NUMBER_FACTS = Step(
    name="number_facts",
    meaning="what the reference tables say of every number shown, and when",
    reads=("shown_numbers", "short_codes", *BOOK_TABLES, "this_case"),
    gives=Table(
        "number_facts",
        "what the reference tables say of one number shown, for one stretch of time",
        (
            Column("key", "int64", "E.164 digits; of a short code, its digits with a minus", nullable=False),
            Column("e164", "int64", "the number as E.164 digits; empty for short codes"),
            Column("country", "text", "ISO 3166 code of its numbering plan"),
            Column("kind", "text", "what the plan says that it is"),
            Column("short", "int64", "the digits of a short code"),
            Column("operator", "text", "provider that the number's block was given to"),
            Column("allocated", "bool", "the regulator's table gives the block to a provider"),
            Column("block_date", "timestamp", "the day that this table describes", "UTC"),
            Column("block_source", "text", "name of this table"),
            Column("range_use", "text", "one of model/screening.py RANGE_USES"),
            Column("range_source", "text", "who says so"),
            Column("dno_owner", "text", "who said on a do-not-originate list that the number makes no calls"),
            Column("dno_source", "text", "the list"),
            Column("brand", "text", "who publishes the number as its own"),
            Column("brand_source", "text", "where"),
            Column("valid_from", "timestamp", "first moment at which all this holds; empty = always", "UTC"),
            Column("valid_to", "timestamp", "first moment at which it no longer does; empty = open", "UTC"),
        ),
    ),
    order_by=("key", "valid_from"),
    run=_number_facts,
)

_KNOWN = Table(
    "known_sources",
    "one account, trunk or address of which the case's settings say something",
    (
        Column("source", "text", "as the records name it", nullable=False),
        Column("is_abroad", "bool", "a trunk or address that brings calls from abroad", nullable=False),
        Column("brand", "text", "the brand that it belongs to"),
    ),
)


def _known_sources(inputs: Inputs) -> pa.Table:
    limits = Limits.of(inputs.settings)
    names = sorted(limits.abroad_trunks | limits.brand_sources.keys())
    rows = [{"source": n, "is_abroad": n in limits.abroad_trunks, "brand": limits.brand_sources.get(n)} for n in names]
    return pa.Table.from_pylist(rows, schema=schema(_KNOWN))


KNOWN_SOURCES = Step(
    name=_KNOWN.name,
    meaning="whose sources are and which bring calls from abroad, as the settings say",
    reads=(),
    gives=_KNOWN,
    order_by=("source",),
    settings=LIST_SETTINGS,
    run=_known_sources,
)

STEPS = (SHOWN_NUMBERS, SHORT_TEXTS, SHORT_CODES, NUMBER_FACTS, KNOWN_SOURCES)

__all__ = ["KNOWN_SOURCES", "NUMBER_FACTS", "SHORT_CODES", "SHORT_TEXTS", "SHOWN_NUMBERS", "STEPS"]
