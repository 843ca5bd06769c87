"""The pieces of a printed page: a self-contained document, tables, headings; nothing in it is fetched or run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from unspoof.act.formats import visible

_STYLE = """
:root{color-scheme:light}
body{margin:0;background:#fff;color:#0b0c0c;font:16px/1.5 Arial,Helvetica,sans-serif}
header,main,footer{max-width:960px;margin:0 auto;padding:0 20px}
header{border-top:10px solid #1d70b8;padding-top:16px}
h1{font-size:36px;line-height:1.15;margin:12px 0 8px}
h2{font-size:27px;line-height:1.2;margin:48px 0 12px;padding-top:12px;border-top:2px solid #0b0c0c}
h3{font-size:20px;margin:32px 0 8px}
p{max-width:44em;margin:8px 0 14px}
a{color:#1d70b8}a:focus{outline:3px solid #fd0;background:#fd0;color:#0b0c0c}
.skip{position:absolute;left:-999px}.skip:focus{position:static}
.lead{font-size:19px}.mark{font-weight:bold;letter-spacing:.02em;margin:0}
.note{border-left:8px solid #b1b4b6;padding:8px 16px;margin:16px 0}
.warn{border-left:8px solid #d4351c;padding:8px 16px;margin:16px 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;min-width:28em;max-width:100%;margin:8px 0 20px;font-size:15px}
caption{text-align:left;font-weight:bold;padding:6px 0}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-bottom:1px solid #b1b4b6}
thead th{border-bottom:2px solid #0b0c0c}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.c{white-space:nowrap}
code,pre{font:13px/1.4 "Courier New",Courier,monospace}
pre{background:#f3f2f1;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:6px 0 14px}
.hash{overflow-wrap:anywhere;font:13px/1.4 "Courier New",Courier,monospace}
svg{display:block;max-width:100%;height:auto;margin:8px 0}
ul.parts{margin:4px 0;padding-left:18px}
footer{margin-top:48px;padding-top:16px;padding-bottom:40px;border-top:1px solid #b1b4b6;font-size:14px}
@media print{body{font-size:11pt}table{font-size:9pt}h2{break-before:page;border-top:0}h2,h3,caption{break-after:avoid}
tr,svg,pre{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}.skip,nav{display:none}a{color:#0b0c0c}}
"""


@dataclass(frozen=True)
class Cell:
    """One cell of a table whose text is escaped already, with the style of its kind."""

    html: str
    kind: str = ""
    """'n' number, 'c' code, 'hash', or empty."""


Row = list[Cell | str]
"""One row of a table; plain text is escaped when it is written."""


def text(value: object) -> str:
    """Return a value as escaped text in which every character can be seen."""
    return escape(visible(value), quote=True)


def lines(value: str) -> str:
    """Return a text of several lines, such as a query, as it stands."""
    return f"<pre>{chr(10).join(text(line) for line in value.strip().splitlines())}</pre>"


def number(value: str) -> Cell:
    """Return a cell set to the right."""
    return Cell(text(value), "n")


def reference(value: str) -> Cell:
    """Return a cell that leads to the place of the annex with that reference."""
    return Cell(f'<a href="#{text(value)}">{text(value)}</a>', "c")


def code(value: str) -> Cell:
    """Return a cell with a name or time that is not broken over lines."""
    return Cell(text(value), "c")


def paragraph(value: str, kind: str = "") -> str:
    """Return a paragraph of plain text; `kind` is a class of the style."""
    return f'<p class="{kind}">{text(value)}</p>' if kind else f"<p>{text(value)}</p>"


def heading(level: int, value: str, anchor: str = "") -> str:
    """Return a heading; `anchor` makes it a target of links."""
    marked = f' id="{anchor}"' if anchor else ""
    return f"<h{level}{marked}>{text(value)}</h{level}>"


def _cell(value: Cell | str) -> str:
    cell = value if isinstance(value, Cell) else Cell(text(value))
    return f'<td class="{cell.kind}">{cell.html}</td>' if cell.kind else f"<td>{cell.html}</td>"


def table(caption: str, names: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table with a caption; columns whose cells are numbers have their headings to the right too."""
    right = [bool(rows) and isinstance(cell, Cell) and cell.kind == "n" for cell in (rows[0] if rows else [])]
    right += [False] * (len(names) - len(right))
    head = "".join(
        f'<th scope="col"{" class=" + chr(34) + "n" + chr(34) if on_right else ""}>{text(name)}</th>'
        for name, on_right in zip(names, right, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return (
        # A table wider than the page scrolls in its own box, which the keyboard can reach (WCAG 2.2, 2.1.1).
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption)}">'
        f"<table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def document(title: str, header: str, main: str, footer: str) -> str:
    """Return a whole HTML document that loads nothing, runs no script and sends no form.

    The policy admits this one style by its hash, so that text which slips through as markup still cannot be styled,
    run or fetched (W3C Content Security Policy level 3, section 2.3.1, hash-source).
    """
    print_of_style = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{print_of_style}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f"<title>{text(title)}</title><style>{_STYLE}</style></head>\n<body>"
        f'<a class="skip" href="#main">Skip to the report</a><header>{header}</header>\n'
        f'<main id="main">{main}</main>\n<footer>{footer}</footer></body></html>\n'
    )


__all__ = ["Cell", "Row", "code", "document", "heading", "lines", "number", "paragraph", "reference", "table", "text"]
