"""Workbooks as a container: what is read, and what is refused before a reader opens it."""

from __future__ import annotations

import io
import zipfile

import pytest

import unspoof.ingest.containers.xlsx as xlsx
from unspoof.errors import BadExhibit
from unspoof.ingest.container import Options
from unspoof.ingest.containers.xlsx import Xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(*sheets: str, **parts: str) -> bytes:
    """Return a workbook of sheets called S1, S2 ..., each given as the inside of its sheetData."""
    out = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/s{n}.xml"/>' for n in numbers
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        start = f'<Relationship Id="r0" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("_rels/.rels", f'<Relationships xmlns="{RELATIONS}">{start}</Relationships>')
        packed.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        packed.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>')
        for n, rows in zip(numbers, sheets, strict=True):
            packed.writestr(
                f"xl/worksheets/s{n}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            )
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()


def row(*cells: str) -> str:
    """Return a row of text cells, without any place."""
    return "<row>" + "".join(f'<c t="str"><v>{cell}</v></c>' for cell in cells) + "</row>"


def read(
    data: bytes, options: Options | None = None, block_rows: int = 1000
) -> dict[str, list[tuple[int, dict[str, str]]]]:
    """Return the rows of each sheet with their locators."""
    container = Xlsx(block_rows)
    survey = container.survey(io.BytesIO(data), options or Options())
    wanted = {table.name: [column.name for column in table.columns] for table in survey.tables}
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for block in container.blocks(io.BytesIO(data), survey):
        for batch in block.read(wanted):
            rows = zip(batch.locator.to_pylist(), batch.cells.to_pylist(), strict=True)
            found.setdefault(batch.table.name, []).extend(rows)
    return found


def test_rows_of_all_sheets_are_read_with_their_numbers() -> None:
    """A locator is the row's number and the sheet's place; blank rows are passed over, titles are not data."""
    data = workbook(
        row("Calls of one day", "", "") + row("a", "", "a") + row("1", "2", "3") + "<row/>" + row("4", "", ""),
        row("b") + row("5"),
    )
    expected = {
        "S1": [(3, {"a": "1", "c2": "2", "a_2": "3"}), (5, {"a": "4", "c2": None, "a_2": None})],
        "S2": [((1 << 24) + 2, {"b": "5"})],
    }

    assert read(data) == expected
    assert read(data, block_rows=1) == expected
    assert (
        Xlsx().survey(io.BytesIO(data), Options()).notes[0]
        == "sheet 'S1': rows [1] stand above the header and are not read"
    )


def test_the_bytes_of_a_row_are_those_of_its_element() -> None:
    """`fetch` leads to the row in the part of the right sheet."""
    data = workbook(row("a") + row("x"), row("b") + row("y"))

    assert Xlsx().fetch(io.BytesIO(data), (1 << 24) + 2, 0, "S2") == row("y").encode()
    with pytest.raises(BadExhibit):
        Xlsx().fetch(io.BytesIO(data), (7 << 24) + 2, 0, "S8")


def test_a_sheet_whose_rows_could_not_be_shown_again_is_not_read() -> None:
    """A list of sheets that is no XML, which Calamine forgives, is refused before its rows are taken."""
    data = workbook(row("a") + row("x"))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/workbook.xml"] = b"\0" + parts["xl/workbook.xml"]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)

    with pytest.raises(BadExhibit, match=r"xl/workbook\.xml is no XML"):
        Xlsx().survey(io.BytesIO(made.getvalue()), Options())


def test_a_sheet_of_errors_alone_is_passed_over() -> None:
    """Cells in which nothing stands make no header; other sheets of the workbook are read."""
    errors = '<row r="2"><c t="e"><v>#DIV/0!</v></c></row>'

    assert read(workbook(errors, row("b") + row("5"))) == {"S2": [((1 << 24) + 2, {"b": "5"})]}
    with pytest.raises(BadExhibit, match="no sheet holds a row"):
        read(workbook(errors))


def test_one_sheet_can_be_read_alone_and_without_header() -> None:
    """A stated sheet is the only table; without a header columns are numbered."""
    data = workbook(row("a") + row("1"), row("2", "3"))

    assert read(data, Options(sheet="S2", header=False)) == {"S2": [((1 << 24) + 1, {"c1": "2", "c2": "3"})]}
    with pytest.raises(BadExhibit, match=r"there is no sheet 'S3'"):
        read(data, Options(sheet="S3"))


def encrypted() -> bytes:
    """Return a workbook one part of which claims to be encrypted."""
    data = bytearray(workbook(row("a")))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def doubled() -> bytes:
    """Return a workbook with two parts of one name."""
    out = io.BytesIO(workbook(row("a")))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as packed:
        packed.writestr("xl/workbook.xml", "<other/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"a,b\n", "no .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old .xls workbook or an encrypted one"),
        (b"PK\x03\x04 cut off", "the workbook is damaged"),
        (workbook(row("a"))[:-30], "the workbook is damaged"),
        (encrypted(), "the workbook is encrypted"),
        (doubled(), "the workbook has two parts xl/workbook.xml"),
        (workbook(""), "no sheet holds a row"),
        (workbook('<row r="1"><c r="XFD1048576"><v>1</v></c></row>'), "xl/worksheets/s1.xml spans 1,048,576 rows"),
        (workbook('<row r="1"><c r="ZZZZZZZ9"><v>1</v></c></row>'), "xl/worksheets/s1.xml: b'ZZZZZZZ9' is no cell"),
        (workbook('<row a="<![CDATA["><c r="A7777777777"><v>1</v></c></row>'), "xl/worksheets/s1.xml is no XML"),
        (workbook("<row/>".encode("utf-16").decode("latin-1")), "xl/worksheets/s1.xml is no XML"),
        (workbook("<row><c t='n'><v>abc</v></c></row>"), "sheet 'S1' cannot be read"),
        (workbook(row("a"), **{"xl/x.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "xl/x.xml holds a document type"),
        (workbook("<!--" + "x" * (17 << 20) + "-->"), "the workbook unpacks to more than it may"),
    ],
)
def test_what_is_no_sound_workbook_is_refused_by_name(data: bytes, problem: str) -> None:
    """Damage, encryption, old formats and bombs of each kind are told apart; nothing of them reaches the reader."""
    with pytest.raises(BadExhibit) as caught:
        read(data)

    assert caught.value.problem.startswith(problem)


def test_unpacking_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """All parts together may not exceed the limit, whatever sizes the archive states."""
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 2000)
    with pytest.raises(BadExhibit, match="unpacks to more than it may"):
        read(workbook(row(*"abcdefghijklmnopqrstuvwxyz") * 20))


def test_texts_repeated_beyond_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long shared text in many cells is weighed before a reader copies it into each."""
    monkeypatch.setattr(xlsx, "MOST_TEXT", 10_000)
    cells = "<row>" + '<c t="s"><v>0</v></c>' * 20 + "</row>"
    with pytest.raises(BadExhibit, match="repeats long texts beyond 10,000 bytes"):
        read(workbook(cells, **{"xl/sharedStrings.xml": f"<sst><si><t>{'x' * 900}</t></si></sst>"}))
