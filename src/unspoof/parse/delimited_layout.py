"""What delimited text looks like: its delimiter, its columns, whether it has a header. Looks at a head, reads no
rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from unspoof.errors import BadExhibit
from unspoof.parse.delimited import Dialect, Fields, records

DELIMITERS = ("\t", "|", ";", ",")
"""Delimiters that are found by looking; any other is to be stated. The rarer a sign is within values, the earlier."""
LOOK = 1 << 16
"""Bytes of UTF-8 that the layout is read from."""
MOST_COLUMNS = 16_384
"""As many as a sheet of the usual spreadsheet programs can have."""
_MOST_RECORDS = 500
_MOST_NOTES = 20
_DATA = re.compile(
    r"""(?ix) [-+(]? \s* [£$€]? \d [\d\s.,:/()+-]* [tz]? [\d\s.,:/()+-]* z?     # numbers of any kind, times, IPs
      | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+ | (?=\S*\d)[0-9a-f]{12,}           # identifiers
      | (?=\S*\d)[0-9a-f:]*:[0-9a-f:]+ | \S+@\S+\.\S+ | https?://\S* | \\N | n/?a | null | none | true | false"""
)


@dataclass(frozen=True)
class Layout:
    """Where a delimited text's rows are and what its columns are called."""

    dialect: Dialect
    columns: tuple[str, ...]
    has_header: bool
    notes: tuple[str, ...] = ()


def _share(rows: Sequence[Fields]) -> tuple[int, float]:
    """Return the commonest number of fields and the share of rows that have it."""
    count, times = min(Counter(len(row) for row in rows).items(), key=lambda item: (-item[1], -item[0]))
    return count, times / len(rows)


def _rows(text: bytes, dialect: Dialect, final: bool) -> list[tuple[int, int, Fields]]:
    found = records(text[:LOOK], dialect, final=final and len(text) <= LOOK, most=_MOST_RECORDS)
    return [(at, record.end, record.fields) for at, record in found]


def find_delimiter(text: bytes, quote: str, escape: str, comment: str, *, final: bool) -> str:
    """Return the delimiter that cuts most rows into the same number of fields, at least two; '' if none does.

    A delimiter counts if two of three rows at the start agree on the number of fields. Among those the larger share
    wins, then the larger number of fields, then the sign that is rarer within values.
    """
    best = (0.0, 0, 0, "")
    for rank, sign in enumerate(DELIMITERS):
        if sign in {quote, escape}:
            continue
        rows = [fields for _, _, fields in _rows(text, Dialect(sign, quote, escape, comment), final)]
        if not rows:
            continue
        count, share = _share(rows)
        if count > 1 and share >= 0.66:
            best = max(best, (round(share, 2), count, -rank, sign))
    return best[3]


def is_data(cell: bytes | None) -> bool:
    """Say whether a cell looks like a value (a number, a time, an address, nothing) rather than a column's name."""
    text = (cell or b"").decode("utf-8", "replace").strip()
    return not text or len(text) > 80 or _DATA.fullmatch(text) is not None


def has_header(first: Fields, below: Sequence[Fields]) -> bool:
    """Say whether a text's first row names its columns.

    It does if none of its cells looks like a value (one may be empty) and none occurs again in its own column within
    the rows below (a header that occurs again as a whole, where files were joined, is no objection).
    """
    cells = [(cell or b"").strip() for cell in first]
    named = [cell for cell in cells if cell]
    if not named or len(cells) - len(named) > 1 or any(is_data(cell) for cell in named):
        return False
    others = [row for row in below if row != first]
    return not any(cell in {row[i] for row in others if i < len(row)} for i, cell in enumerate(cells) if cell)


def name_columns(cells: Sequence[str], count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `count` distinct column names, and notes on each that had to be made up.

    Blanks around a name are cut; an empty or missing one becomes c and its place from 1; one that occurs again gets _2,
    _3 ... in order.
    """
    if count > MOST_COLUMNS:
        raise BadExhibit(f"{count:,} columns; a table has at most {MOST_COLUMNS:,}")
    notes: list[str] = []
    stated = {cell.strip() for cell in cells}
    names: dict[str, None] = {}
    times: Counter[str] = Counter()
    for place in range(count):
        wanted = cells[place].strip() if place < len(cells) else ""
        base = name = wanted or f"c{place + 1}"
        while name in names or (name != wanted and name in stated):
            times[base] = max(times[base], 1) + 1
            name = f"{base}_{times[base]}"
        if name != wanted:
            notes.append(f"column {place + 1} is called {name}" + (": the name occurs twice" if wanted else ""))
        names[name] = None
    if len(notes) > _MOST_NOTES:
        notes = [*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES} more columns had no name of their own"]
    return tuple(names), tuple(notes)


def _texts(fields: Fields) -> list[str]:
    return [(cell or b"").decode("utf-8", "replace") for cell in fields]


def _header_at(rows: Sequence[tuple[int, int, Fields]], count: int, stated: bool | None, names: Sequence[str]) -> int:
    """Return which row is the header, or -1."""
    below = [fields for _, _, fields in rows[1:]]
    full = [fields for _, _, fields in rows if len(fields) == count]
    # products that end every row but the header with a delimiter
    is_short = bool(full) and len(rows[0][2]) == count - 1 and not any(row[-1] for row in full)
    if stated is not False and is_short and has_header(rows[0][2], below):
        return 0
    first = next((i for i, (_, _, fields) in enumerate(rows) if len(fields) == count), -1)
    if stated is not None or first < 0:
        return first if stated else -1
    if names:
        cells = [text.strip().lower() for text in _texts(rows[first][2])]
        return first if cells == [name.lower() for name in names[:count]] else -1
    return first if has_header(rows[first][2], below[first:]) else -1


def find_header(text: bytes, dialect: Dialect, count: int, *, final: bool) -> int:
    """Return where the header stands in a text that has one, or -1; agrees with `find_layout`."""
    rows = _rows(text, dialect, final)
    at = _header_at(rows, count, True, ())
    return rows[at][0] if at >= 0 else -1


def find_layout(
    text: bytes, dialect: Dialect, header: bool | None, columns: Sequence[str] = (), *, final: bool
) -> Layout:
    """Find the columns of a delimited text.

    The commonest number of fields at the start is the number of columns; the header, if there is one, is the first
    record of that number. Names come from the header; without one from `columns`, as many as there are fields, further
    ones are c and their place from 1.

    Args:
        text: the beginning, whole lines.
        dialect: the signs in use.
        header: whether the first row names the columns; None looks for itself (see `has_header`; if `columns` is given,
            a first row that equals it is the header).
        columns: names to use if there is no header; beside a stated header of the same number they replace its names.
        final: `text` is all there is.

    """
    rows = _rows(text, dialect, final)
    if not rows:
        names, notes = name_columns(columns, len(columns))
        return Layout(dialect, names, False, notes)
    body = rows[1:] if header and len(rows) > 1 else rows
    count, _ = _share([fields for _, _, fields in body])
    at = _header_at(rows, count, header, columns)
    given: Sequence[str] = columns
    if at >= 0 and not (header and len(columns) == count):
        given = _texts(rows[at][2])
    names, notes = name_columns(given, count)
    if at < 0 and not columns:
        notes = (f"no header: columns are called {names[0]} to {names[-1]}",)
    elif at < 0 and len(columns) != count:
        notes = (f"rows have {count} fields, {len(columns)} columns are stated", *notes)
    return Layout(dialect, names, at >= 0, notes)


__all__ = [
    "DELIMITERS",
    "LOOK",
    "Layout",
    "find_delimiter",
    "find_header",
    "find_layout",
    "has_header",
    "is_data",
    "name_columns",
]
