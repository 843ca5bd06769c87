"""Workbooks through their container: the packing as it comes, or sheets put into a sound packing."""

from __future__ import annotations

import io
import zipfile

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen, sample, with_choice
from unspoof.ingest.container import Options
from unspoof.ingest.containers.xlsx import XLSX

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="a/b"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="r3" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
    "</styleSheet>",
}
_CUT = b"\n--\n"
_SHEET = (
    b"<worksheet><sheetData>"
    b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    b'<row r="2"><c r="A2"><v>447700900123</v></c><c r="B2" s="1"><v>44501.5</v></c></row>'
    b'<row><c t="e"><v>#DIV/0!</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>'
)
_STRINGS = b"<sst><si><t>a</t></si><si><r><t>x</t></r><r><t>y</t></r></si></sst>"
_WAYS = ("raw", "sheet", "book", "headless")


def _packed(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(zipfile.ZipInfo(name), part)
    return made.getvalue()


def _book(way: str, data: bytes) -> bytes:
    """Return a workbook in which the bytes are the sheet and the shared texts, or the list of sheets too."""
    parts = {name: part.encode() for name, part in _PARTS.items()}
    names = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]
    if way == "book":
        names += ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
    parts |= dict(zip(names, data.split(_CUT), strict=False))
    return _packed(parts)


def feed(data: bytes) -> None:
    """Read a workbook."""
    way, rest = chosen(data, _WAYS)
    book = rest if way == "raw" else _book(way, rest)
    options = Options(header=False, columns=("a",)) if way == "headless" else Options()
    check_container(XLSX, book, options, small=smaller(XLSX, 1))


TARGET = Target(
    "xlsx",
    "a choice, then a workbook as it is packed, or the parts of one: sheet, shared texts, list of sheets, relations",
    feed,
    (
        *with_choice(0, sample("containers/xlsx/reports.xlsx")),
        *with_choice(1, (_SHEET + _CUT + _STRINGS,)),
        *with_choice(
            2,
            (_CUT.join([_SHEET, _STRINGS, *(_PARTS[f"xl/{n}"].encode() for n in ("workbook.xml", "_rels/workbook.xml.rels"))]),),
        ),
        *with_choice(3, (_SHEET,)),
    ),
    words=(
        b"<row ", b"<c ", b' r="', b' t="s"', b"<v>", b"</v>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"XFD1048576",
        b"<!DOCTYPE", b' t="inlineStr"', b' t="d"', b' s="1"', b"<mergeCell ", b"<dimension ref=", b"1e308", b"&#0;",
        b"x:row", b"</sheetData>", _CUT,
    ),
)  # fmt: skip

__all__ = ["TARGET"]
