"""The two ways of screening are one: a case's steps, and a judge with a memory that is fed the calls in order of time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof import trace
from unspoof.case.plan import up_to
from unspoof.case.session import REFERENCE_TABLES
from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS, DNO
from unspoof.model.tables import CALLS, NORMAL_FORM
from unspoof.parse.numbers import normalise
from unspoof.reference import NumberBook, load_number_ranges, read_version, shipped_version
from unspoof.screen import Judge, Limits, Memory

CASE = """[case]
reference = "R"
home = "GB"
currency = "GBP"
[settings]
abroad_trunks = "carrier-9; 192.0.2.9"
brand_sources = "acme=Northgate Bank; trunk-1=Revenue Office"
source_brands_many = 2
callback_window_s = 90000
uk_mobile_check_from = 20250601
"""
START = datetime(2021, 10, 4)  # noqa: DTZ001  times are UTC without zone
CHANGE = datetime(2021, 10, 6)  # noqa: DTZ001
BRAND_OF = {442079460001: "Northgate Bank", 442079460002: "Revenue Office", 442079460003: "Castle Bank"}
TEXTS = (
    "020 7946 0001", "+442079460001", "020 7946 0002", "02079460003", "07700 900001", "07700900002", "01632 960001",
    "+1 202-555-0101", "159", "+159", "999", "sip:159@192.0.2.1", "anonymous", "", "NATWEST", "123", "+4420",
    "12345678901234567", "0909 879 0001", "0500 123456", "070 0000 0000", "+33 1 23", "089 1234 5678", None,
)  # fmt: skip
CALLED = (447700900001, 447700900002, 441632960001, 442079460001, 442079460002, 12025550101, None)


@cache
def case_settings() -> CaseSettings:
    """Settings under which every rule has something to do."""
    return load_case_settings(CASE, environment={})


@cache
def references() -> Mapping[str, pa.Table]:
    """The shipped tables, cut down to a few families of numbers, with made-up brands and a dated list."""
    blocks = read_version(shipped_version("number_blocks"))  # type: ignore[arg-type]
    near = pc.and_(pc.greater(blocks["number_from"], 442079000000), pc.less(blocks["number_from"], 442080000000))
    brands = [
        {"number_from": n, "number_to": n, "brand": b, "source": "made up", "valid_from": CHANGE if n % 2 else None}
        for n, b in BRAND_OF.items()
    ]
    listed = {"number_from": 441632960001, "number_to": 441632960001, "owner": "Castle Bank", "source": "made up"}
    return {
        "number_blocks": blocks.filter(near),
        "number_uses": read_version(shipped_version("number_uses")),  # type: ignore[arg-type]
        "brands": pa.Table.from_pylist(brands, schema=schema(BRANDS)),
        "dno": pa.Table.from_pylist([{**listed, "valid_from": CHANGE}], schema=schema(DNO)),
    }


def some_calls(seed: int, count: int) -> pa.Table:
    """Draw calls within a few days of two years, many of them at one moment."""
    pick = Random(seed)
    raw = [pick.choice(TEXTS) for _ in range(count)]
    read = normalise(pa.array(raw, pa.string()), load_number_ranges(), "GB").to_pylist()
    rows: list[dict[str, Any]] = []
    for place, (text, number) in enumerate(zip(raw, read, strict=True)):
        year = timedelta(days=pick.choice((0, 0, 0, 590, 1360)))
        rows.append(
            {
                "call_id": 1000 - place,  # ids run against time, so that one order cannot stand for the other
                "presented_raw": text,
                **{f"presented_{name}": number[name] for name in ("e164", "country", "kind")},
                "asserted_e164": pick.choice((None, None, 442079460001, 447700900001, 910000000000)),
                "called_e164": pick.choice(CALLED),
                "at": START + year + timedelta(hours=pick.randrange(0, 96, 3)),
                "account_ref": pick.choice((None, "", "acme", "u1", "u2")),
                "trunk": pick.choice((None, "trunk-1", "carrier-9")),
                "source_ip": pick.choice((None, "192.0.2.9", "198.51.100.1")),
                "outcome": "answered",
                "call_ref": f"c{place}",
                "ref_is_key": False,
                "locator": place,
                "locator_size": 1,
            }
        )
    return pa.Table.from_pylist(rows, schema=schema(CALLS))


def in_batch(calls: pa.Table) -> dict[int, tuple[str, str]]:
    """Return verdict and rules of each call with findings, by the steps of a case."""
    engine = DuckEngine(threads=1)
    engine.view_settings(case_settings())
    for table in NORMAL_FORM:
        rows = calls if table is CALLS else schema(table).empty_table()
        engine.view_arrow(table.name, rows.append_column("exhibit", pa.array([1] * len(rows), pa.int32())))
    for table in REFERENCE_TABLES:
        engine.view_arrow(table.name, references().get(table.name, schema(table).empty_table()))
    follow_money = {step.name for step in trace.STEPS}
    for step in up_to("screen"):
        if step.name in follow_money or step.name.startswith(("report", "account", "crews")):
            continue
        if step.kept:
            engine.view_arrow(step.name, engine.run(step, case_settings()))
        else:
            engine.view_step(step)
    found = engine.fetch("SELECT * FROM screened_calls").to_pylist()
    engine.close()
    return {row["call_id"]: (row["verdict"], row["rules"]) for row in found}


def in_time(calls: pa.Table, book: NumberBook, most: int = 10_000) -> dict[int, tuple[str, str]]:
    """Return the same by a judge that meets one call after the other."""
    limits = Limits.of(case_settings())
    judge = Judge(book, limits, home="GB", memory=Memory(limits, most))
    found = {}
    for row in sorted(calls.to_pylist(), key=lambda r: (r["at"], r["call_id"])):
        shown = judge.shown(
            row["presented_raw"],
            at=row["at"],
            asserted=row["asserted_e164"],
            called=row["called_e164"],
            source=row["account_ref"],
            trunk=row["trunk"],
            address=row["source_ip"],
        )
        judged = judge.follow(shown)
        if judged.findings:
            found[row["call_id"]] = (judged.verdict, ";".join(f.rule for f in judged.findings))
    return found


@pytest.fixture(scope="module")
def book() -> NumberBook:
    """The book of the same tables."""
    return NumberBook(references(), "GB")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 250))
def test_steps_and_judge_find_the_same(book: NumberBook, seed: int, count: int) -> None:
    """Verdict and rules of every call are equal, brands of a source and callbacks among them."""
    calls = some_calls(seed, count)

    assert in_time(calls, book) == in_batch(calls)


def test_the_made_up_calls_make_every_kind_of_finding(book: NumberBook) -> None:
    """The comparison above is not one of empty findings: nearly every rule fires, those with a memory among them."""
    fired = {rule for _, rules in in_time(some_calls(1, 3000), book).values() for rule in rules.split(";")}

    assert {"called-back", "many-brands", "brand-elsewhere", "do-not-originate", "premium-caller"} <= fired
    assert {"uk-network-from-abroad", "uk-presentation-from-abroad", "uk-mobile-from-abroad"} <= fired


def test_a_full_memory_forgets_and_says_so(book: NumberBook) -> None:
    """With room for three it finds no more than with room for all, and counts what it dropped."""
    calls = some_calls(2, 1000)
    few, many = in_time(calls, book, 3), in_time(calls, book)
    limits = Limits.of(case_settings())
    memory = Memory(limits, 3)
    judge = Judge(book, limits, memory=memory)
    for minute in range(50):
        at = START + timedelta(minutes=minute)
        judge.follow(judge.shown("07700 900001", at=at, called=447700900100 + minute))

    assert few.keys() <= many.keys()
    assert len(memory) == 3
    assert memory.forgotten == 47
