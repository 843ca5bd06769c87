"""How commands speak: data to standard output as a table, JSON or CSV; everything else to standard error."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import click

from unspoof.errors import BadRequest, UnspoofError
from unspoof.model.cells import harmless
from unspoof.model.currencies import minor_digits

Row = Mapping[str, Any]


_SHORT = 16
"""Cells of up to so many characters are never broken over two lines."""


def plain(value: Any) -> Any:
    """Return a value as JSON has it: times in ISO 8601 with Z, bytes as text with the odd ones escaped."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds" if value.microsecond else "seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def say_json(document: object) -> None:
    """Print one JSON document; characters that a terminal might obey stand in it as JSON's own escapes."""
    text = json.dumps(plain(document), indent=2, ensure_ascii=False)
    lines = text.split("\n")
    click.echo("\n".join(line if line.isprintable() else _escaped(line) for line in lines))


def _escaped(line: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def safe(text: str) -> str:
    """Return text that cannot steer a terminal: control characters are shown as escapes."""
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


def said_wrong(error: UnspoofError) -> str:
    """Return an error's message, in which a file's name or content cannot steer the terminal or feign a second line."""
    lines = [safe(line) for text in (error.problem, error.hint) for line in text.split("\n") if line]
    place = f"{safe(error.where)}: " if error.where else ""
    return f"{place}{chr(10).join(lines)}  [{error.slug}]"


def shown(value: Any) -> str:
    """Return a value as a cell of a table for people: integers with thousands separators, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        # Reasons are sentences with commas of their own.
        return safe(("; " if any(", " in str(v) for v in value) else ", ").join(str(v) for v in value))
    return safe(str(plain(value)))


def money(minor: int | None, currency: str) -> str:
    """Return an amount in whole units with separators: 123450 GBP is '1,234.50', 5000 JPY is '5,000'."""
    if minor is None:
        return ""
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{rest:0{digits}d}" if digits else f"{sign}{whole:,}"


def say_table(rows: Sequence[Row], columns: Sequence[str], title: str = "", plain_numbers: Sequence[str] = ()) -> None:
    """Draw a table; on a pipe the same columns come tab-separated without frame, one row a line.

    Args:
        rows: what to show.
        columns: keys of the rows, which are also the headings.
        title: said above the table.
        plain_numbers: columns whose integers are names (ranks, ids, numbers), shown without separators.
    """
    cells = [
        [str(r[c]) if c in plain_numbers and r.get(c) is not None else shown(r.get(c)) for c in columns] for r in rows
    ]
    if not sys.stdout.isatty():
        for line in [list(columns), *cells]:
            click.echo("\t".join(line))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in columns:
        right = any(isinstance(r.get(name), int) and not isinstance(r.get(name), bool) for r in rows)
        short = all(len(cell[columns.index(name)]) <= _SHORT for cell in cells)
        keep = short or name in plain_numbers
        side: Literal["right", "left"] = "right" if right else "left"
        table.add_column(name, justify=side, overflow="fold", no_wrap=keep, min_width=None if keep else 12)
    for line in cells:
        table.add_row(*[Text(cell) for cell in line])
    Console().print(table)


def csv_cell(value: Any) -> Any:
    """Return a value as it stands in a CSV file: lossless, and no formula to a spreadsheet.

    Items of a list are joined by '; ', a ';' or backslash within one having a backslash before it; see
    `harmless`.
    """
    made = plain(value)
    if isinstance(made, list):
        made = "; ".join(str(item).replace("\\", "\\\\").replace(";", "\\;") for item in made)
    return harmless(made) if isinstance(made, str) else made


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a file for CSV; '-' is the standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        yield file


def write_csv(path: Path, rows: Iterable[Row], columns: Sequence[str]) -> int:
    """Write rows as CSV, every field quoted, and return how many; '-' is the standard output. See `csv_cell`."""
    count = 0
    try:
        with _opened(path) as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            for row in rows:
                writer.writerow([csv_cell(row.get(c)) for c in columns])
                count += 1
    except OSError as error:
        raise BadRequest(f"cannot be written: {error.strerror}", where=str(path)) from None
    return count


def say_rows(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    as_json: bool,
    key: str,
    csv_file: Path | None,
    title: str = "",
    plain_numbers: Sequence[str] = (),
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print rows in the way that the user asked for: {key: rows} as JSON, a CSV file, or a table."""
    if csv_file is not None:
        count = write_csv(csv_file, rows, columns)
        to = "standard output" if str(csv_file) == "-" else csv_file
        click.echo(f"{count:,} {'row' if count == 1 else 'rows'} written to {to}", err=True)
    if as_json:
        say_json({key: list(rows), **(more or {})})
    elif csv_file is None:
        say_table(rows, columns, title, plain_numbers)


def progress() -> Callable[[str], None]:
    """Return a function that tells a person at a terminal what is going on; in a pipe it says nothing."""
    if not sys.stderr.isatty():
        return lambda _: None
    started = time.monotonic()
    return lambda text: click.echo(f"  {time.monotonic() - started:6.1f} s  {text}", err=True)


def counter(noun: str) -> Callable[[int], None]:
    """Return a function that shows a growing count on a terminal, at most four times a second."""
    if not sys.stderr.isatty():
        return lambda _: None
    last = [0.0]

    def show(count: int) -> None:
        now = time.monotonic()
        if now - last[0] > 0.25:
            last[0] = now
            click.echo(f"\r  {count:,} {noun}", nl=False, err=True)

    return show


__all__ = [
    "counter",
    "csv_cell",
    "money",
    "plain",
    "progress",
    "safe",
    "said_wrong",
    "say_json",
    "say_rows",
    "say_table",
    "shown",
    "write_csv",
]
