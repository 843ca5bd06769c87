"""What the parts of a workbook say of sizes and places, straight on their XML."""

from __future__ import annotations

from fuzz.target import Target
from unspoof.parse.xlsx_rows import find_row, find_sheets, measure, shared_lengths, weigh_strings

_SHEET = (
    b'<x:worksheet><x:row r="2"><x:c r="B2" t="s"><x:v>0</x:v></x:c></x:row><row><c/><c r="AA3"><!-- <c> --></c></row>'
    b'<![CDATA[<row r="9">]]></x:worksheet>'
)
_BOOK = b'<workbook xmlns:r="u"><sheets><sheet name="S" r:id="a"/></sheets></workbook>'


def feed(data: bytes) -> None:
    """Measure the bytes as a sheet, as shared texts, and as a list of sheets."""
    parts = data.split(b"\n--\n")
    sheet, strings = parts[0], parts[-1]
    lengths = shared_lengths(strings)
    assert (lengths > 0).all()
    assert int(lengths.sum()) <= len(strings)
    try:
        extent = measure(sheet)
        assert 0 <= extent.cells <= len(sheet)
        assert 0 <= extent.columns < 27**3
        assert 0 <= weigh_strings(sheet, lengths, extent.cells, 0) <= extent.cells * max(lengths.tolist(), default=0)
        for number in range(1, min(extent.rows, 5) + 1):
            row = find_row(sheet, number)
            assert len(row) <= 8 * len(sheet)
            assert not row or row.startswith(b"<")
    except ValueError:
        pass  # what the function is documented to raise; its caller makes a BadExhibit of it
    try:
        places = find_sheets(strings, sheet, "xl")
        assert all(isinstance(name, str) and isinstance(path, str) for name, path in places.items())
    except ValueError:
        pass


TARGET = Target(
    "xlsx_rows",
    "a sheet's XML and shared texts, split by a line with two dashes",
    feed,
    (
        _SHEET + b"\n--\n<sst><si><t>a</t></si><x:si/><si>",
        b'<Relationships><Relationship Id="a" Target="/xl/s.xml"/></Relationships>\n--\n' + _BOOK,
        b'<row r="1048576"><c r="XFD1" t=\'s\'><v> 7 </v>',
    ),
    words=(
        b"<row ",
        b"<c ",
        b' r="',
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?",
        b"?>",
        b"</row>",
        b"<si>",
        b"</si>",
        b' t="s"',
        b"x:",
        b"xmlns:",
    ),
    most=2048,
)

__all__ = ["TARGET"]
