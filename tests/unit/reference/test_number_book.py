"""What the tables say of a number: one at once and in columns, against a plain reading of the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES, BRANDS, DNO, NUMBER_BLOCKS, NUMBER_USES
from unspoof.model.screening import NumberFacts
from unspoof.parse.number_one import NumberReader
from unspoof.reference import NumberBook, ReferenceStore, load_number_ranges
from unspoof.reference.number_book import TABLE_SCHEMA

HASHES = {table.name: f"{at}" * 64 for at, table in enumerate(ALL_REFERENCE_TABLES)}
Rows = list[dict[str, Any]]


def day(text: str) -> dt.datetime:
    """Return midnight of a day."""
    return dt.datetime.fromisoformat(text)


DAYS = [day(f"202{year}-0{month}-01") for year in range(0, 6) for month in (1, 6)]
ALWAYS, FOREVER = dt.datetime.min, dt.datetime.max  # noqa: DTZ901  times are zoneless UTC here
START = 447700900000
"""The numbers of the made-up tables lie in and about the drama range 07700 900xxx."""

_number = st.integers(START - 30, START + 60)
_span = st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)).filter(
    lambda span: None in span or span[0] < span[1]
)
_range = st.tuples(_number, st.integers(0, 25)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_name = st.sampled_from(["Northgate", "Southgate", "Östgate"])


def _dated(numbers: tuple[int, int], span: tuple[Any, Any], **more: object) -> dict[str, Any]:
    held = {"number_from": numbers[0], "number_to": numbers[1], "source": "a list", **more}
    return {**held, "valid_from": span[0], "valid_to": span[1]}


_dno = st.builds(lambda n, s, o: _dated(n, s, owner=o), _range, _span, _name)
_brand = st.builds(lambda n, s, b: _dated(n, s, brand=b, sector=None), _range, _span, _name)
_use = st.builds(
    lambda n, s, u: _dated(n, s, is_short=False, country="GB", use=u, owner=None),
    _range,
    _span,
    st.sampled_from(["drama", "premium", "pager"]),
)
_short = st.builds(
    lambda n, s, u, c: _dated((n, n), s, is_short=True, country=c, use=u, owner=None),
    st.sampled_from([112, 159, 999]),
    _span,
    st.sampled_from(["inbound-only", "never-calls"]),
    st.sampled_from(["GB", "US"]),
)
_block = st.builds(
    lambda n, d, o: {
        "number_from": n[0],
        "number_to": n[1],
        "country": "GB",
        "operator": o,
        "allocated": o is not None,
        "service": None,
        "source": f"table of {d:%Y}",
        "block_date": d,
    },
    _range,
    st.sampled_from([day("2021-03-01"), day("2023-03-01")]),
    st.none() | _name,
)
_world = st.fixed_dictionaries(
    {
        "dno": st.lists(_dno, max_size=6),
        "brands": st.lists(_brand, max_size=6),
        "number_uses": st.lists(_use | _short, max_size=6),
        "number_blocks": st.lists(_block, max_size=6),
    }
)


def tables_of(world: Mapping[str, Rows]) -> dict[str, pa.Table]:
    """Return rows as tables."""
    forms = {table.name: schema(table) for table in ALL_REFERENCE_TABLES}
    return {name: pa.Table.from_pylist(rows, schema=forms[name]) for name, rows in world.items()}


def _holding(rows: Rows, number: int, at: dt.datetime) -> Rows:
    return [
        row
        for row in rows
        if row["number_from"] <= number <= row["number_to"]
        and (row["valid_from"] or ALWAYS) <= at < (row["valid_to"] or FOREVER)
    ]


def plain_facts(world: Mapping[str, Rows], number: int | None, short: int | None, at: dt.datetime) -> dict[str, Any]:
    """Read the rows one by one, as the documents say what holds."""
    said: dict[str, Any] = {}
    wide = [row for row in world["number_uses"] if not row["is_short"]]
    if number is None:
        uses = [r for r in world["number_uses"] if r["is_short"] and r["country"] == "GB"]
        uses = _holding(uses, short, at) if short is not None else []
        said["uses"] = {row["use"] for row in uses}
        return said
    uses = _holding(wide, number, at)
    dramas = [row for row in uses if row["use"] == "drama"]
    narrow = min((r["number_to"] - r["number_from"] for r in dramas or uses), default=0)
    said["uses"] = {r["use"] for r in dramas or uses if r["number_to"] - r["number_from"] == narrow}
    listed = _holding(world["dno"], number, at)
    first = min((row["valid_from"] or ALWAYS for row in listed), default=None)
    owners = [row["owner"] for row in listed if (row["valid_from"] or ALWAYS) == first]
    said["owner"] = min(owners, default=None)
    said["brands"] = {row["brand"] for row in _holding(world["brands"], number, at)}
    days = sorted({row["block_date"] for row in world["number_blocks"]})
    if not days:
        return {**said, "allocated": None, "day": None}
    said["day"] = max((one for one in days if one <= at), default=days[0])
    blocks = [r for r in world["number_blocks"] if r["block_date"] == said["day"]]
    blocks = [r for r in blocks if r["number_from"] <= number <= r["number_to"]]
    narrow = min((r["number_to"] - r["number_from"] for r in blocks), default=0)
    blocks = [r for r in blocks if r["number_to"] - r["number_from"] == narrow]
    said["operators"] = {row["operator"] for row in blocks} or {None}
    return said


@settings(max_examples=300, deadline=None)
@given(_world, _number, st.sampled_from([*DAYS, day("2019-01-01"), day("2022-02-02"), day("2030-01-01")]))
def test_a_look_up_says_what_the_rows_say(world: dict[str, Rows], number: int, at: dt.datetime) -> None:
    """For any tables, ranges that nest and overlap among them, number and time, the book says what a plain reading does."""
    facts = NumberBook(tables_of(world), "GB", HASHES).facts_of(number, "GB", "unassigned", None, at)
    said = plain_facts(world, number, None, at)

    assert facts.range_use in (said["uses"] or {None})
    assert facts.dno_owner == said["owner"]
    assert facts.brand in (said["brands"] or {None})
    assert facts.block_date == said["day"]
    if said["day"] is None:
        assert facts.allocated is None
    else:
        assert facts.operator in said["operators"]
        assert facts.allocated is (facts.operator is not None)


@settings(max_examples=100, deadline=None)
@given(_world, st.sampled_from([112, 159, 999, 5]), st.sampled_from(DAYS))
def test_a_short_code_means_its_own_country_s(world: dict[str, Rows], short: int, at: dt.datetime) -> None:
    """A short code is looked up among the home country's, and never among numbers or another country's codes."""
    facts = NumberBook(tables_of(world), "GB").facts_of(None, None, "short", short, at)

    assert facts.range_use in (plain_facts(world, None, short, at)["uses"] or {None})
    assert (facts.allocated, facts.brand, facts.dno_owner) == (None, None, None)


_asked = st.lists(
    st.one_of(
        st.tuples(_number, st.just("GB"), st.just("mobile"), st.none()),
        st.tuples(st.sampled_from([12125550123, 3312, 441]), st.sampled_from(["US", "FR", None]), st.none(), st.none()),
        st.tuples(
            st.none(), st.sampled_from([None, "GB", "US"]), st.just("short"), st.sampled_from([112, 159, 999, 1])
        ),
        st.tuples(st.none(), st.none(), st.sampled_from(["withheld", "empty"]), st.none()),
    ),
    max_size=12,
    unique=True,
)


def asked_table(asked: list[tuple[Any, ...]]) -> pa.Table:
    """Return numbers as NumberBook.table takes them."""
    columns = list(zip(*asked, strict=True)) or [(), (), (), ()]
    types = (pa.int64(), pa.string(), pa.string(), pa.int64())
    return pa.table({n: pa.array(c, t) for n, c, t in zip(TABLE_SCHEMA.names, columns, types, strict=False)})


@settings(max_examples=300, deadline=None)
@given(_world, _asked)
def test_the_table_says_what_single_look_ups_say(world: dict[str, Rows], asked: list[tuple[Any, ...]]) -> None:
    """Every number has one row for each time, without gap or overlap, and it says what facts_of says at any time in it."""
    book = NumberBook(tables_of(world), "GB", HASHES)
    table = book.table(asked_table(asked))
    rows = table.to_pylist()

    assert table.schema.equals(TABLE_SCHEMA)
    assert [tuple(row[name] for name in TABLE_SCHEMA.names[:4]) for row in rows if row["valid_from"] is None] == asked
    assert [row["valid_to"] for row in rows] == [
        row["valid_from"] for row in [*rows[1:], {"valid_from": None}][: len(rows)]
    ]
    for row in rows:
        given_columns = [row[name] for name in TABLE_SCHEMA.names[:4]]
        span = (row.pop("valid_from"), row.pop("valid_to"))
        moments = [span[0] or day("1950-01-01"), (span[1] or day("2100-01-01")) - dt.timedelta(microseconds=1)]
        for at in moments:
            facts = book.facts_of(*given_columns, at)
            assert {name: getattr(facts, name) for name in row} == row


def test_the_latest_table_not_after_the_call_holds() -> None:
    """A call is judged by the table of its day: the latest before it, the earliest where there is none before."""
    blocks = [
        {
            "number_from": START, "number_to": START + 9, "country": "GB", "operator": name, "allocated": name is not None,
            "service": None, "source": name or "none", "block_date": at,
        }
        for name, at in (("Old", day("2021-03-01")), (None, day("2023-03-01")), ("New", day("2026-03-01")))
    ]  # fmt: skip
    book = NumberBook(tables_of({"number_blocks": blocks}), "GB")
    said = [book.facts_of(START, "GB", "mobile", None, day(at)) for at in ("2020-01-01", "2024-01-01", "2026-03-01")]

    assert [facts.operator for facts in said] == ["Old", None, "New"]
    assert [facts.allocated for facts in said] == [True, False, True]
    assert [facts.block_source for facts in said] == ["Old", "none", "New"]


def test_a_calling_code_without_a_table_is_unknown_and_one_with_a_table_is_not() -> None:
    """Whether a number is allocated is None only where no table covers its calling code."""
    book = NumberBook.current("GB")
    at = day("2024-01-01")

    assert book.facts("+33 1 99 00 12 34", at).allocated is None
    assert book.facts("+1 212 555 0123", at).allocated is None
    assert book.facts("0400 123 4567", at).allocated is False
    assert book.facts("01632 96012", at).allocated is False
    assert book.facts("+44 20 7946 01234", at).allocated is False


DRAMA = (
    *(f"0{area}4960" for area in ("113", "114", "115", "116", "117", "118", "121", "131", "141", "151", "161")),
    *("0207946" + "0", "01914980", "02896496", "02920180", "01632960", "07700900", "08081570", "09098790", "03069990"),
)


def test_every_drama_number_is_one() -> None:
    """All 20,000 numbers that Ofcom keeps for fiction are flagged, singly and in columns, and none beside them is."""
    book = NumberBook.current("GB")
    reader = NumberReader(load_number_ranges(), "GB")
    read = [reader.read(f"{lead}{at:03}") for lead in DRAMA for at in range(1000)]
    table = book.table(asked_table([tuple(one) for one in read]))
    uk = [tuple(one) for one in read]

    assert len(set(uk)) == 20_000
    assert table["range_use"].to_pylist() == ["drama"] * 20_000
    assert not any(table["allocated"].to_pylist())
    assert all(book.facts(f"{lead}{at:03}", day("2021-01-01")).drama for lead in DRAMA for at in (0, 123, 999))
    edges = [reader.read(f"{int(lead + end) + step:011}") for lead in DRAMA for end, step in (("000", -1), ("999", 1))]
    assert not any(book.facts_of(*one, day("2021-01-01")).drama for one in edges)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("159", "never-calls"),
        ("999", "inbound-only"),
        ("112", "inbound-only"),
        ("089" + "0" * 8, "inbound-only"),
        ("0909 879 0123", "drama"),
        ("09" + "0" * 9, "premium"),
        ("070" + "0" * 8, "personal"),
        ("076" + "0" * 8, "pager"),
        ("07624" + "0" * 6, None),
        ("0500" + "0" * 6, "closed"),
        ("+1 212 555 0123", "drama"),
        ("+1 212 555 0200", None),
        ("+1 800 555 0123", None),
        ("0159", None),
        ("020" + "0" * 8, None),
    ],
)
def test_what_ranges_are_for(text: str, use: str | None) -> None:
    """The uses that ship are found by the number as people write it, and dates count: 159 began on 28 September 2021."""
    book = NumberBook.current("GB")

    assert book.facts(text, day("2024-01-01")).range_use == use
    assert book.facts("159", day("2021-09-27")).range_use is None
    assert book.facts("0500" + "0" * 6, day("2016-01-01")).range_use is None


def test_a_short_code_of_another_home_is_another() -> None:
    """159 means nothing to an American case, 911 nothing to a British one."""
    at = day("2024-01-01")

    assert NumberBook.current("US").facts("159", at).range_use is None
    assert NumberBook.current("US").facts("911", at).range_use == "inbound-only"
    assert NumberBook.current("GB").facts("911", at).range_use is None


@pytest.mark.parametrize("text", ["", "anonymous", "NATWEST", "x" * 5000, None])
def test_what_is_no_number_has_no_facts(text: str | None) -> None:
    """Texts without a number get their kind and nothing else."""
    facts = NumberBook.current("GB").facts(text, day("2024-01-01"))

    assert facts == NumberFacts(kind=facts.kind)


def test_sources_name_the_version() -> None:
    """A finding can name table, day and hash; `versions` lists them."""
    book = NumberBook.current("GB")
    version = ReferenceStore().current("number_blocks")
    assert version is not None
    stated = f"Ofcom National Numbering Scheme, 1 March 2023 ({version.sha256[:12]})"

    assert book.versions["number_blocks"] == stated
    assert book.facts("020 7946 0123", day("2024-01-01")).block_source == stated
    assert "brands" not in book.versions


def test_no_tables_say_nothing() -> None:
    """A book without any row answers, with nothing but what the text is."""
    book = NumberBook({}, "GB")

    assert book.facts("020 7946 0123", day("2024-01-01")) == NumberFacts(442079460123, "GB", "fixed")
    assert book.table(asked_table([])).num_rows == 0
    assert book.versions == {}


def test_many_numbers_at_many_times_are_told_apart() -> None:
    """A hundred thousand numbers in columns say what single look-ups say of a sample of them."""
    book = NumberBook.current("GB")
    numbers = np.random.default_rng(7).integers(441_000_000_000, 449_999_999_999, 100_000)
    asked = [(int(n), "GB", "fixed", None) for n in np.unique(numbers)]
    table = book.table(asked_table(asked))
    sample = range(0, table.num_rows, 997)
    at = day("2024-01-01")
    names = TABLE_SCHEMA.names[:14]

    assert table.num_rows == len(asked)
    for row in (table.slice(one, 1).to_pylist()[0] for one in sample):
        facts = book.facts_of(row["e164"], "GB", "fixed", None, at)
        assert [getattr(facts, name) for name in names] == [row[name] for name in names]


def test_every_table_has_its_columns() -> None:
    """The tables of reference facts have names of their own and date columns that steps can rely on."""
    assert [table.name for table in ALL_REFERENCE_TABLES] == [
        "actors",
        "brands",
        "certificates",
        "dno",
        "number_blocks",
        "number_uses",
        "prices",
        "rates",
        "tags",
    ]
    for table in (BRANDS, DNO, NUMBER_USES):
        assert {"number_from", "number_to", "source", "valid_from", "valid_to"} <= set(table.names)
    assert {"number_from", "number_to", "source", "block_date"} <= set(NUMBER_BLOCKS.names)
