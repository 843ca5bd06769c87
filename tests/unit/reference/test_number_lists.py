"""Do-not-originate lists and uses of ranges as rows; numbers are drama numbers, owners made up."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import DNO, NUMBER_USES
from unspoof.reference import NumberBook
from unspoof.reference.dno import load_dno
from unspoof.reference.number_uses import load_uses
from unspoof.reference.shipped import DATA

DNO_HEADER = "number,owner,source,from,to\n"
USES_HEADER = "number,country,use,source,short,owner,from,to\n"


def dno_rows(text: str) -> list[dict[str, Any]]:
    """Load a do-not-originate list and return its rows."""
    table = load_dno((DNO_HEADER + text).encode(), "GB")
    assert table.schema.equals(schema(DNO))
    return table.to_pylist()


def uses_rows(text: str) -> list[dict[str, Any]]:
    """Load uses of ranges and return their rows."""
    table = load_uses((USES_HEADER + text).encode())
    assert table.schema.equals(schema(NUMBER_USES))
    return table.to_pylist()


def test_a_list_of_numbers_and_ranges() -> None:
    """Single numbers, ranges and open ends become rows with owner, source and days, each once, in one order."""
    lines = [
        "020 7946 0001,Northgate Bank,list of 1 May 2024,2024-05-01,",
        "+4480815701xx,Revenue Office,letter,,01/06/2025",
        "020 7946 0001,Northgate Bank,list of 1 May 2024,2024-05-01,",
        "020 7946 0000-020 7946 0099,Southgate Bank,list of 1 May 2024,,",
    ]
    rows = dno_rows("\n".join(lines))

    assert rows == dno_rows("\n".join(reversed(lines)))
    assert [(r["number_from"], r["number_to"], r["owner"]) for r in rows] == [
        (442079460000, 442079460099, "Southgate Bank"),
        (442079460001, 442079460001, "Northgate Bank"),
        (448081570100, 448081570199, "Revenue Office"),
    ]
    assert rows[1]["valid_from"] == dt.datetime(2024, 5, 1)  # noqa: DTZ001
    assert rows[2]["valid_to"] == dt.datetime(2025, 6, 1)  # noqa: DTZ001


def test_an_entry_holds_in_its_own_days() -> None:
    """An entry says nothing of calls before it was made or after it was taken back."""
    table = load_dno((DNO_HEADER + "020 7946 0001,Northgate Bank,a list,2024-05-01,2025-05-01\n").encode(), "GB")
    book = NumberBook({"dno": table}, "GB", {"dno": "ab" * 32})
    days = ("2024-04-30T23:59:59.999999", "2024-05-01", "2025-04-30T23:59:59.999999", "2025-05-01")
    said = [book.facts("020 7946 0001", dt.datetime.fromisoformat(day)) for day in days]

    assert [facts.dno_owner for facts in said] == [None, "Northgate Bank", "Northgate Bank", None]
    assert said[1].dno_source == "a list (abababababab)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("159,Northgate,list,,", "row 2, column number: "),
        ("020 7946 0001,,list,,", "row 2, column owner: it is empty"),
        ("020 7946 0001,Northgate,,,", "row 2, column source: it is empty"),
        ("020 7946 0001,Northgate,list,2024-13-01,", "row 2, column from: '2024-13-01' is no date"),
        ("020 7946 0001,Northgate,list,2024-02-01,2024-02-01", "row 2, column to: it does not lie after 'from'"),
        ("020 7946 0001,Northgate,list,,,,more", "row 2: 7 cells under 5 columns"),
    ],
)
def test_a_wrong_line_of_a_list_is_named(line: str, said: str) -> None:
    """A cell that does not fit refuses the whole file by row and column."""
    with pytest.raises(BadReference) as caught:
        dno_rows(line)
    assert str(caught.value).startswith(said)


def test_uses_of_ranges() -> None:
    """Open digits behind make one range, before others one for each; short codes stay their own digits."""
    rows = uses_rows(
        "+447700900xxx,GB,drama,a page,,,,\n+1x125550100,US,drama,a page,,,,\n159,GB,never-calls,a page,yes,Some,2021-09-28,\n"
        "+46701740605-+46701740699,SE,drama,a page,,,,\n"
    )

    assert [(r["number_from"], r["number_to"]) for r in rows if r["country"] == "US"] == [
        (int(f"1{digit}125550100"),) * 2 for digit in range(10)
    ]
    assert [(r["number_from"], r["number_to"], r["is_short"]) for r in rows if r["country"] != "US"] == [
        (46701740605, 46701740699, False),
        (447700900000, 447700900999, False),
        (159, 159, True),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("07700900xxx,GB,drama,page,,,,", "row 2, column number: '07700900xxx' is no number in full"),
        ("+447700900xxx,GB,fiction,page,,,,", "row 2, column use: 'fiction' is no use of a range"),
        ("+447700900xxx,UK,drama,page,,,,", "row 2, column country: 'UK' is no country"),
        ("+447700900xxx,GB,drama,,,,,", "row 2, column source: it is empty"),
        ("+447700900xxx,GB,drama,page,perhaps,,,", "row 2, column short: 'perhaps' is neither yes nor empty"),
        ("+447700900123,GB,drama,page,yes,,,", "row 2, column number: '+447700900123' is no short code"),
        ("+4x7x0x9x0123,GB,drama,page,,,,", "row 2, column number: more than 3 open digits"),
        ("+447700900200-+447700900100,GB,drama,page,,,,", "row 2, column number: the range ends before it begins"),
        ("+44770090010-+447700900100,GB,drama,page,,,,", "row 2, column number: "),
    ],
)
def test_a_wrong_line_of_uses_is_named(line: str, said: str) -> None:
    """A cell that does not fit refuses the whole file by row and column."""
    with pytest.raises(BadReference) as caught:
        uses_rows(line)
    assert str(caught.value).startswith(said)


def test_too_many_holders_are_refused() -> None:
    """More than a hundred rows on one number would make look-ups slow and is a slip: refused."""
    with pytest.raises(BadReference, match="more than 100 rows hold one number"):
        dno_rows("".join(f"020 7946 0001,Owner {at},list,,\n" for at in range(101)))
    with pytest.raises(BadReference, match="more than 100 rows hold one number"):
        uses_rows("".join(f"159,GB,never-calls,page {at},yes,,,\n" for at in range(101)))


def test_what_ships_is_what_the_readable_file_says() -> None:
    """The Parquet that ships holds the rows of number_uses.csv and nothing else; every line names a source."""
    shipped = pq.read_table(DATA / "number_uses.parquet")

    assert shipped.equals(load_uses((DATA / "number_uses.csv").read_bytes()))
    assert all(len(source) > 20 for source in shipped["source"].to_pylist())


_cell = st.sampled_from(
    ["+447700900xxx", "159", "020 7946 0001", "GB", "drama", "a", "", "2021-03-01", "yes", "x" * 60, "+" + "x" * 9]
)
_lines = st.lists(st.lists(_cell, max_size=9).map(",".join), max_size=6).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(
    (_lines | st.text(max_size=200)).map(lambda text: text.encode("utf-8", "ignore")) | st.binary(max_size=300),
    st.booleans(),
)
def test_no_file_crashes_an_importer(data: bytes, headed: bool) -> None:
    """Whatever the bytes, a file is read or refused with a named error."""
    for load, header in ((load_dno, DNO_HEADER), (load_uses, USES_HEADER)):
        with contextlib.suppress(BadReference):
            table = load(header.encode() + data if headed else data, "GB")
            assert all(row["number_from"] <= row["number_to"] for row in table.to_pylist())
