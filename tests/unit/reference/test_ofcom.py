"""Ofcom's files as rows: layouts, statuses, lengths, days, and what is refused; numbers are drama numbers, providers made up."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference, BadRequest
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import NUMBER_BLOCKS
from unspoof.reference import NumberBook, ReferenceStore, load_number_ranges
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.ofcom import load_ofcom

DAY = dt.datetime(2026, 11, 20)  # noqa: DTZ001  times are zoneless UTC here
# Column names as in Ofcom's files of October 2026, quoted in tests of public programs that read them.
GEO = "NMS Number Block: Number Block,Block Status,CP Name,Geographic Number Length,Allocation Date,Notes\n"
NON_GEO = "NMS Number Block: Number Block,Block Status,CP Name,Non Geo Number Length,Allocation Date\n"
OLD = '"SABC","D/DE","Status","Date","Operator","Number Length","Change","Notes"\n'
DUMP = "national_prefix,communications_provider,format,service_types\n"


def rows_of(*texts: str | bytes, day: dt.datetime | None = DAY, names: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Load texts as files and return their rows."""
    blobs = [text.encode() if isinstance(text, str) else text for text in texts]
    files = [SourceFile(names[at] if names else f"S{at}.csv", data) for at, data in enumerate(blobs)]
    table = load_ofcom(Given(tuple(files), day=day))
    assert table.schema.equals(schema(NUMBER_BLOCKS))
    return table.to_pylist()


def short(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what the tests look at."""
    return [(r["number_from"], r["number_to"], r["operator"], r["allocated"], r["service"]) for r in rows]


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """Return a workbook with these cells."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, cells in enumerate(rows):
            sheet.write_row(at, 0, cells)
    book.close()
    return made.getvalue()


def fault_of(*texts: str | bytes, day: dt.datetime | None = DAY) -> str:
    """Return the message with which files are refused."""
    with pytest.raises(BadReference) as caught:
        rows_of(*texts, day=day)
    return str(caught.value)


def test_the_files_of_today() -> None:
    """Blocks become ranges of E.164 numbers of the stated length, with status, provider, service, source and day."""
    geo = GEO + "1134 96 0,Protected,,3+7,,\n1134 96 1,Allocated,Example Telecom Ltd,3+7,15/07/1994,\n"
    mobile = NON_GEO + "7700 90,Allocated(Closed Range),Example &amp; Sons,10 digit numbers,06/11/1995\n"
    rows = rows_of(geo, mobile)

    assert short(rows) == [
        (441134960000, 441134960999, None, False, "geographic"),
        (441134961000, 441134961999, "Example Telecom Ltd", True, "geographic"),
        (447700900000, 447700909999, "Example & Sons", True, "mobile"),
    ]
    assert {(r["country"], r["source"], r["block_date"]) for r in rows} == {
        ("GB", "Ofcom National Numbering Scheme, 20 November 2026", DAY)
    }


def test_the_files_of_before() -> None:
    """The older layout has the block in two columns, one of them with a blank, and other names."""
    rows = rows_of(
        OLD + '"1134","96","Allocated","","Example Telecom","3+7","",""\n"1632"," 96 0","Free","","","4+6","",""\n'
    )

    assert short(rows) == [
        (441134960000, 441134969999, "Example Telecom", True, "geographic"),
        (441632960000, 441632960999, None, False, "geographic"),
    ]


def test_a_dump_of_prefixes_packed_and_plain() -> None:
    """A dump says by its provider whether a block was given out, and its name holds the day."""
    text = DUMP + "163296,,4+6,geographic\n770090,Example &amp; Co,0+10,mobile\n89000,Example,0+10,\n"
    plain = rows_of(text, day=None, names=("uk_2023-03-01.csv",))
    packed = rows_of(gzip.compress(text.encode()), day=None, names=("uk_2023-03-01.csv.gz",))

    assert plain == packed
    assert short(plain)[1:] == [
        (447700900000, 447700909999, "Example & Co", True, "mobile"),
        (448900000000, 448900099999, "Example", True, None),
    ]
    assert plain[0]["source"] == "Ofcom National Numbering Scheme, 1 March 2023"


@pytest.mark.parametrize("status", ["Free", "Protected", "Reserved", "Quarantined", "Designated", "Unavailable"])
def test_only_allocated_blocks_are_allocated(status: str) -> None:
    """A block of any other status is not in use, though a provider may be named; an unknown status is refused."""
    ((*_, operator, allocated, _),) = short(rows_of(NON_GEO + f"7700 90,{status},Example,10 digit numbers,\n"))

    assert (operator, allocated) == ("Example", False)
    said = fault_of(NON_GEO + "7700 90,Perhaps,Example,10 digit numbers,\n")
    assert said.startswith("S0.csv row 2, column Block Status: 'perhaps' is no status of a block")


@pytest.mark.parametrize(
    ("length", "sizes"),
    [
        ("3+7", [10]),
        ("4+5", [9]),
        ("4+5/6", [9, 10]),
        ("0+9/10", [9, 10]),
        ("10 digit numbers", [10]),
        ("9 digit numbers", [9]),
        ("9 or 10 digits", [9, 10]),
        ("Mixed 4+5 & 4+6", [9, 10]),
        ("", [10]),
    ],
)
def test_lengths_of_numbers(length: str, sizes: list[int]) -> None:
    """Each stated length of a block's numbers gives a range of its own."""
    rows = rows_of(GEO + f"1632 96,Allocated,Example,{length},,\n")

    assert [len(str(row["number_from"])) - 2 for row in rows] == sizes
    assert all(len(str(row["number_from"])) == len(str(row["number_to"])) for row in rows)


@pytest.mark.parametrize("length", ["3+9", "2+2", "x", "11 digit numbers", "99999999+1"])
def test_lengths_that_cannot_be(length: str) -> None:
    """A length that no such number has is refused by row and column, not guessed."""
    assert "row 2, column Geographic Number Length: " in fault_of(GEO + f"1632 96,Allocated,Example,{length},,\n")


def test_a_workbook_with_a_title_and_two_sheets() -> None:
    """In a workbook the column names may stand below a title, blocks may be numbers, and sheets without blocks are left out."""
    header = GEO.strip().split(",")
    data = workbook(
        {
            "About": [["Ofcom numbering data"], ["see the web page"]],
            "01": [["Geographic numbers"], [], header, ["1632 96", "Allocated", "Example", "4+6", "", ""]],
            "07": [header, [770090.0, "Free", "", "10 digit numbers", "", ""]],
        }
    )

    assert short(rows_of(data)) == [
        (441632960000, 441632969999, "Example", True, "geographic"),
        (447700900000, 447700909999, None, False, "mobile"),
    ]
    bad = workbook({"01": [header, ["1632 9x", "Allocated", "Example", "4+6", "", ""]]})
    assert fault_of(bad).startswith(
        "S0.csv sheet 01 row 2, column NMS Number Block: Number Block: '1632 9x' is no block"
    )


def test_a_workbook_that_lost_zeros_is_refused() -> None:
    """Where a workbook holds the second part of a block as a number, 04 and 4 cannot be told apart: refused, not guessed."""
    data = workbook({"a": [["SABC", "D/DE", "Status", "Operator"], ["1632", 9, "Free", ""]]})

    assert "row 1, column D/DE: the column holds numbers, so that zeros are lost" in fault_of(data)


def test_a_free_block_may_state_no_length() -> None:
    """A block that nobody has may say n/a where its length should stand; one that somebody has may not."""
    assert len(rows_of(NON_GEO + "7700 90,Free,,n/a,\n")) == 1
    assert "is no length of these numbers" in fault_of(NON_GEO + "7700 90,Allocated,Example,n/a,\n")


def test_neighbours_that_say_the_same_are_joined() -> None:
    """Blocks side by side with one statement are one row; blocks in a larger one stay, and the smaller one holds."""
    side = rows_of(NON_GEO + "".join(f"7700 90 {d},Free,,10 digit numbers,\n" for d in range(10)))
    nested = NON_GEO + "7700 90,Allocated,Large,10 digit numbers,\n7700 90 3,Free,,10 digit numbers,\n"
    table = load_ofcom(Given((SourceFile("S7.csv", nested.encode()),), day=DAY))
    book = NumberBook({"number_blocks": table}, "GB")

    assert short(side) == [(447700900000, 447700909999, None, False, "mobile")]
    assert book.facts("07700 902999", DAY).operator == "Large"
    assert book.facts("07700 903000", DAY).allocated is False
    assert book.facts("07700 904000", DAY).allocated is True


def test_one_block_with_two_statements_is_refused() -> None:
    """Two files that say different things of one block are of different days; the same row twice is one."""
    one = NON_GEO + "7700 90,Free,,10 digit numbers,\n"
    other = NON_GEO + "7700 90,Allocated,Example,10 digit numbers,\n"

    assert rows_of(one, one) == rows_of(one)
    assert "two different statements on block 7700900000 to 7700909999" in fault_of(one, other)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no table of number blocks"),
        ("a,b\n1,2\n", "no table of number blocks"),
        (GEO, "no table of number blocks"),
        (
            GEO + "twelve,Allocated,Example,4+6,,\n",
            "row 2, column NMS Number Block: Number Block: 'twelve' is no block",
        ),
        (GEO + "1,Allocated,Example,4+6,,\n", "a block of 1 digits"),
        (GEO + "16329600000,Allocated,Example,4+6,,\n", "a block of 11 digits"),
        (GEO + '1632 96,"Allocated,Example,4+6,,\n', "not CSV"),
        (GEO + ",".join("x" * 300) + "\n", "more than 200 cells"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, said: str) -> None:
    """A file that is no such table, or a cell that does not fit, is refused and named."""
    assert said in fault_of(text)


def test_a_day_must_be_known() -> None:
    """Without a day from the user or one day in the files' names the table would be of no date: refused."""
    text = GEO + "1632 96,Free,,4+6,,\n"

    assert "nothing says which day the files describe" in fault_of(text, day=None)
    with pytest.raises(BadReference, match="nothing says which day"):
        rows_of(text, text, day=None, names=("S1_2023-03-01.csv", "S1_2024-03-01.csv"))


def test_packed_files_are_bounded() -> None:
    """A packed file that is damaged, cut, no workbook or far larger than it looks is refused, not unpacked."""
    packed = gzip.compress((GEO + "1632 96,Free,,4+6,,\n").encode())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("S1.csv", GEO)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><workbook/>")

    assert "cut off" in fault_of(packed[:-9])
    assert "damaged" in fault_of(packed[:10] + b"\xff" * 20)
    assert "a packed file that is no workbook" in fault_of(archive.getvalue())
    assert "document type" in fault_of(bomb.getvalue())
    assert "old .xls workbook" in fault_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_newer_files_are_put_beside_older_ones(tmp_path: Path) -> None:
    """A newer file of some numbers leaves what is known of earlier days and of other numbers; `list` shows its day."""
    store = ReferenceStore(tmp_path / "store")
    (tmp_path / "S7.csv").write_text(NON_GEO + "7700 900 1,Allocated,Example,10 digit numbers,\n", "utf-8")
    version = store.update("ofcom", [tmp_path / "S7.csv"], "GB", DAY)
    book = NumberBook.current("GB", store.folder)
    old, new = dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1)  # noqa: DTZ001

    assert (version.name, version.date) == ("number_blocks", "2026-11-20")
    assert book.facts("07700 900123", old).allocated is False
    assert book.facts("07700 900123", new).allocated is True
    assert book.facts("07700 900123", new).block_source == (
        f"Ofcom National Numbering Scheme, 20 November 2026 ({version.sha256[:12]})"
    )
    assert book.facts("07700 900500", new).allocated is False
    assert book.facts("020 7946 0123", new) == book.facts("020 7946 0123", old)
    assert store.update("ofcom", [tmp_path / "S7.csv"], "GB", DAY) == version


def test_the_same_day_again_takes_the_place_of_its_families(tmp_path: Path) -> None:
    """Files of one day loaded one after the other add up; one loaded again takes the place of its own numbers only."""
    store = ReferenceStore(tmp_path / "store")
    for name, text in (
        ("a", "7700 90,Allocated,A,10,\n"),
        ("b", "1632 96,Allocated,B,10,\n"),
        ("c", "7700 90,Free,,10,\n"),
    ):
        (tmp_path / name).write_text(NON_GEO + text, "utf-8")
        store.update("ofcom", [tmp_path / name], "GB", DAY)
    book = NumberBook.current("GB", store.folder)

    assert [book.facts(text, DAY).operator for text in ("07700 900123", "01632 960123")] == [None, "B"]


def test_what_an_update_takes(tmp_path: Path) -> None:
    """Several files or a day are refused where a table takes neither, and so is a home that is no country."""
    (tmp_path / "x.csv").write_text("number,owner,source\n+447700900123,A,B\n", "utf-8")
    store, path = ReferenceStore(tmp_path / "store"), tmp_path / "x.csv"

    with pytest.raises(BadRequest, match="2 files for dno"):
        store.update("dno", [path, path], "GB")
    with pytest.raises(BadRequest, match="a day for dno"):
        store.update("dno", path, "GB", DAY)
    with pytest.raises(BadRequest, match="no country with a numbering plan"):
        store.update("dno", path, "XX")
    with pytest.raises(BadRequest, match="0 files for ofcom"):
        store.update("ofcom", [], "GB", DAY)


_cell = st.sampled_from(
    [
        "7700 90",
        "1632 96",
        "0",
        "",
        "Free",
        "Allocated",
        "Example",
        "10 digit numbers",
        "4+5/6",
        "9" * 30,
        "é",
        "\x00",
        "+",
        "=1",
    ]
)
_table = st.builds(
    lambda head, rows: (head + "\n".join(",".join(row) for row in rows)).encode(),
    st.sampled_from([GEO, NON_GEO, OLD, DUMP, ""]),
    st.lists(st.lists(_cell, max_size=9), max_size=8),
)
_wild = st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (GEO + text).encode("utf-8", "ignore"))
_BOOK = workbook({"01": [GEO.strip().split(","), ["1632 96", "Free", "", "4+6"]]})


def _damaged(at: int, byte: int) -> bytes:
    return _BOOK[: at % len(_BOOK)] + bytes([byte]) + _BOOK[at % len(_BOOK) + 1 :]


@settings(max_examples=300, deadline=None)
@given(
    _table | _wild | st.builds(_damaged, st.integers(0, 10**6), st.integers(0, 255)) | st.binary().map(gzip.compress)
)
def test_no_file_crashes_the_importer(data: bytes) -> None:
    """Whatever the bytes, a file is read or refused with a named error; what is read are numbers of the United Kingdom."""
    with contextlib.suppress(BadReference):
        for row in rows_of(data):
            assert str(row["number_from"]).startswith("44")
            assert row["number_from"] <= row["number_to"]
            assert len(str(row["number_from"])) == len(str(row["number_to"])) <= 12


def test_the_table_that_ships_is_from_one_day() -> None:
    """What ships is Ofcom's table of 1 March 2023, in one total order, without entities, every block of one length."""
    version = ReferenceStore().current("number_blocks")
    assert version is not None
    book = NumberBook.of_versions({"number_blocks": version}, "GB")

    assert (version.date, version.acknowledgement) == (
        "2023-03-01",
        "© Ofcom, National Numbering Scheme, 1 March 2023",
    )
    assert version.rows == 115_416
    assert book.versions["number_blocks"].startswith("Ofcom National Numbering Scheme, 1 March 2023 (")
    assert load_number_ranges().homes["GB"].code == 44
