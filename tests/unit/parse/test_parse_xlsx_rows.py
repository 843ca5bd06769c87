"""Cells of spreadsheets as text, and the sizes of sheets."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import pytest

from unspoof.parse.xlsx_rows import Extent, cell_text, find_row, find_sheets, measure, shared_lengths, weigh_strings


def moment(second: int, microsecond: int) -> dt.datetime:
    """Return a moment as the reader gives it, without a zone."""
    return dt.datetime.fromisoformat("2026-11-22T13:44:00").replace(second=second, microsecond=microsecond)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (447700900123.0, "447700900123"),
        (-12.0, "-12"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1250.5, "1250.5"),
        (1e-7, "0.0000001"),
        (1.2345678901234568e17, "123456789012345680"),
        (float("nan"), ""),
        (5, "5"),
        (True, "true"),
        (False, "false"),
        ("00447700", "00447700"),
        ("", None),
        (None, None),
        (moment(59, 999_600), "2026-11-22T13:45:00"),
        (moment(59, 250_000), "2026-11-22T13:44:59.250"),
        (moment(59, 999_999).replace(year=9999, month=12, day=31), "9999-12-31T13:44:59.999"),
        (dt.date(2026, 11, 22), "2026-11-22T00:00:00"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=36, seconds=1), "36:00:01"),
        (dt.timedelta(seconds=-90), "-0:01:30"),
    ],
)
def test_a_cell_is_the_text_that_the_program_shows(value: object, text: str | None) -> None:
    """Whole numbers have no point, moments have a time, empty cells are NULL."""
    assert cell_text(value) == text


def test_a_column_of_whole_days_has_no_times() -> None:
    """A date stays a date where nothing in its column is finer."""
    assert cell_text(dt.date(2026, 11, 22), dates_only=True) == "2026-11-22"


@pytest.mark.parametrize(
    ("xml", "extent"),
    [
        (b'<row r="1"><c r="A1"/><c r="C1"/></row><row r="9"/>', Extent(9, 3, 2)),
        (b"<x:row><x:c/><x:c/></x:row><x:row><x:c/></x:row>", Extent(2, 2, 3)),
        (b"<row r='5'><c r='B7'/><c/></row>", Extent(7, 3, 2)),
        (b'<row r="1"><c x=">" r="XFD1048576"/></row>', Extent(1048576, 16384, 1)),
        (b"""<row r="1"><c x=" r='A1' " r="AA2"/></row>""", Extent(2, 27, 1)),
        (b'<!-- <row r="99"> --><?x <row r="88">?><![CDATA[<row r="77">]]><row/>', Extent(1, 0, 0)),
        (b"<cols><col/></cols>", Extent(0, 0, 0)),
    ],
)
def test_the_rectangle_of_a_sheet_is_measured(xml: bytes, extent: Extent) -> None:
    """Stated places count, missing ones follow, and attributes cannot hide behind one another."""
    assert measure(xml) == extent


@pytest.mark.parametrize("place", [b"ZZZZ1", b"A0", b"A99999999", b"1A", b"a1", b"$A$1", b""])
def test_a_place_that_no_sheet_has_is_refused(place: bytes) -> None:
    """The reader would trip over it."""
    with pytest.raises(ValueError, match="is no cell"):
        measure(b'<row r="1"><c r="' + place + b'"/></row>')


def test_the_weight_of_repeated_texts_is_bounded_from_above() -> None:
    """A long shared text counts once for each cell; an index that cannot be read counts as the longest."""
    lengths = shared_lengths(b"<sst><si><t>" + b"x" * 1000 + b"</t></si><si><t>y</t></si></sst>")
    cells = b'<c r="A1" t="s"><v>0</v></c>' * 3 + b"<c t='s'><v>1</v></c><c t=\"s\"><v>&#48;</v></c><c><v>0</v></c>"

    assert weigh_strings(cells, lengths, 6, enough=100) == 4 * int(lengths[0]) + int(lengths[1])
    assert weigh_strings(cells, lengths, 6, enough=10_000) == 6 * int(lengths[0])


def test_a_row_is_found_by_its_number() -> None:
    """Stated and followed numbers lead to the very bytes, up to the end tag."""
    xml = b'<sheetData><row r="2"><c r="A2"/></row><row><c/></row><row r="7" x="y"/></sheetData>'

    assert [find_row(xml, n) for n in (1, 2, 3, 7)] == [
        b"",
        b'<row r="2"><c r="A2"/></row>',
        b"<row><c/></row>",
        b'<row r="7" x="y"/>',
    ]


def test_sheets_are_found_in_the_order_of_the_workbook() -> None:
    """Relative and absolute targets are resolved; broken XML is named."""
    space = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    workbook = b"<w " + space + b'><sheets><sheet name="B" r:id="r2"/><sheet name="A" r:id="r1"/></sheets></w>'
    relations = b'<R><r Id="r1" Target="worksheets/s1.xml"/><r Id="r2" Target="/xl/s2.xml"/></R>'

    assert find_sheets(workbook, relations, "xl") == {"B": "xl/s2.xml", "A": "xl/worksheets/s1.xml"}
    with pytest.raises(ValueError, match="no XML"):
        find_sheets(b"<", relations, "xl")


@pytest.mark.parametrize(
    "piece",
    [b"<!--", b"<![CDATA[", b"<?x", b'<c "', b"<c a", b'<c r="A1" t="s">', b"<si><t>", b"<row>", b"<c " + b"a" * 99],
)
def test_hostile_xml_is_looked_at_once(piece: bytes) -> None:
    """Megabytes of what is never closed take no more time than megabytes of cells."""
    xml = piece * (1_000_000 // len(piece))
    started = time.perf_counter()
    with contextlib.suppress(ValueError):
        measure(xml)
    with contextlib.suppress(ValueError):
        find_row(xml, 1)
    weigh_strings(xml, shared_lengths(xml), 1_000_000, enough=0)

    assert time.perf_counter() - started < 10
