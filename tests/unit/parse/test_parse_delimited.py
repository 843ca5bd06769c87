"""Delimited text: the grammar, and that the fast way keeps to it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadMapping
from unspoof.parse.delimited import Dialect, Found, find_rows_carefully, read_record
from unspoof.parse.delimited_arrays import compact, count_fields, find_rows, take_apart

COMMA = Dialect(",")
DIALECTS = (
    COMMA,
    Dialect("|", "'"),
    Dialect("\t", "", "\\"),
    Dialect(",", '"', "\\"),
    Dialect(";", '"', "", "#"),
    Dialect(";", "", "", "--"),
    Dialect("¬", '"'),
)


def rows_of(text: bytes, dialect: Dialect, columns: int, found: Found) -> list[tuple[int, int, object]]:
    """Return every row and fault as (start, end, cells or reason), ascending."""
    raw, starts, ends = compact(text, found.starts, found.ends)
    counts = count_fields(raw, starts, ends, dialect, columns).tolist() if len(starts) else []
    right = np.array(counts, dtype=np.int64) == columns
    sound, _, _ = compact(raw, starts[right], ends[right])
    arrays = take_apart(sound, int(right.sum()), dialect, columns, range(columns))
    cells = iter(list(zip(*(array.cast("binary").to_pylist() for array in arrays), strict=True)))
    everything: list[tuple[int, int, object]] = [(start, end, fields) for start, end, fields in found.loose]
    everything += [(fault.start, fault.end, fault.reason) for fault in found.faults]
    for start, end, count in zip(found.starts.tolist(), found.ends.tolist(), counts, strict=True):
        wrong = f"{count} field{'' if count == 1 else 's'} where {columns} are expected"
        everything.append((start, end, next(cells) if count == columns else wrong))
    return sorted(everything, key=lambda row: row[0])


def breaks_of(text: bytes) -> np.typing.NDArray[np.int64]:
    """Return the places of the line feeds."""
    return np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == 10).astype(np.int64)


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, Dialect, int]:
    """Draw a text that is rich in the signs of its dialect."""
    dialect = draw(st.sampled_from(DIALECTS))
    signs = [
        dialect.delimiter,
        dialect.quote,
        dialect.escape,
        dialect.comment,
        "\\N",
        "\n",
        "\r\n",
        "\r",
        "a",
        "é",
        " ",
    ]
    pieces = st.sampled_from([*(sign for sign in signs if sign), dialect.delimiter, dialect.quote * 2, "\n", "\x00"])
    return "".join(draw(st.lists(pieces, max_size=40))).encode(), dialect, draw(st.integers(1, 4))


@settings(max_examples=400, deadline=None)
@given(texts(), st.booleans())
def test_the_fast_way_reads_what_the_grammar_says(drawn: tuple[bytes, Dialect, int], final: bool) -> None:
    """Array operations and the reading by grammar find the same rows, cells, faults and end."""
    text, dialect, columns = drawn
    if not final:
        text = text[: text.rfind(b"\n") + 1]

    slow = find_rows_carefully(text, dialect, columns, final=final)
    fast = find_rows(text, breaks_of(text), dialect, columns, final=final)

    assert rows_of(text, dialect, columns, fast) == rows_of(text, dialect, columns, slow)
    assert fast.consumed == slow.consumed


@settings(max_examples=200, deadline=None)
@given(texts())
def test_every_byte_is_in_a_row_a_fault_or_a_line_that_is_none(drawn: tuple[bytes, Dialect, int]) -> None:
    """Between rows and faults stand only line ends and comments."""
    text, dialect, columns = drawn
    rows = rows_of(text, dialect, columns, find_rows(text, breaks_of(text), dialect, columns, final=True))
    gaps = list(zip([0, *(end for _, end, _ in rows)], [*(start for start, _, _ in rows), len(text)], strict=True))

    for start, end in gaps:
        assert start <= end
        lines = text[start:end].replace(b"\r", b"").split(b"\n")
        assert all(not line or (dialect.comment and line.startswith(dialect.comment.encode())) for line in lines)


@pytest.mark.parametrize(
    ("text", "dialect", "fields"),
    [
        (b'a,"b ""c"", d",\n', COMMA, (b"a", b'b "c", d', b"")),
        (b'"two\r\nlines",b\r\n', COMMA, (b"two\r\nlines", b"b")),
        (b'a"b,c\n', COMMA, (b'a"b', b"c")),
        (b"a\rb,c\n", COMMA, (b"a\rb", b"c")),
        (b"a\\\tb\t\\N\tN\n", Dialect("\t", "", "\\"), (b"a\tb", None, b"N")),
        (b'"a\\"b",\\N\n', Dialect(",", '"', "\\"), (b'a"b', None)),
        (b"'it''s'|'\n'\n", Dialect("|", "'"), (b"it's", b"\n")),
        ("a¬b,c\n".encode(), Dialect("¬"), (b"a", b"b,c")),
        (b"a,b", COMMA, (b"a", b"b")),
        (b"a,b\r", COMMA, (b"a", b"b")),
        (b"\x00,\xff\n", COMMA, (b"\x00", b"\xff")),
    ],
)
def test_a_record_is_read_by_the_grammar(text: bytes, dialect: Dialect, fields: tuple[bytes | None, ...]) -> None:
    """Quotes, doubled quotes, escapes, line ends and NULL mean what the grammar says."""
    record = read_record(text, 0, dialect, final=True)

    assert (record.fault, record.fields, record.after) == ("", fields, len(text))


def test_a_lost_quote_costs_its_own_row_only() -> None:
    """The rows behind a quote that is never closed are read."""
    text = b'1,"a\n2,b\n3,c\n'
    found = find_rows(text, breaks_of(text), COMMA, 2, final=True)

    assert rows_of(text, COMMA, 2, found) == [
        (0, 4, "a quote that is never closed"),
        (5, 8, (b"2", b"b")),
        (9, 12, (b"3", b"c")),
    ]


def test_a_fault_over_several_lines_says_how_many_it_takes() -> None:
    """Lines that are no rows by themselves are refused with the broken record, and counted."""
    text = b'1,"a\nx\ny"z,\n3,c\n'
    found = find_rows(text, breaks_of(text), COMMA, 2, final=True)

    assert rows_of(text, COMMA, 2, found) == [
        (0, 11, "text after a closing quote; 3 lines refused"),
        (12, 15, (b"3", b"c")),
    ]


@pytest.mark.parametrize("signs", [("", '"', ""), (",,", '"', ""), (",", ",", ""), ("\n", '"', ""), (",", '"', ",")])
def test_signs_that_cannot_be_told_apart_are_refused(signs: tuple[str, str, str]) -> None:
    """A dialect needs one delimiter of one character that is neither quote nor escape nor line end."""
    with pytest.raises(BadMapping):
        Dialect(*signs)


@pytest.mark.parametrize(
    "line",
    [b'"a\n', b'"\n', b'a"b,c\n', b'"a"b\n', b'""","\n', b"\r", b'"a,b\n"",""\n', b"#\n", b"\\N,\\\n", b'"",""x\n'],
)
@pytest.mark.parametrize("dialect", [COMMA, Dialect(",", '"', "\\", "#")])
def test_hostile_text_is_looked_at_once(line: bytes, dialect: Dialect) -> None:
    """Nothing but faults takes no more time than the careful way takes for so many rows."""
    text = line * (200_000 // len(line))
    started = time.perf_counter()
    find_rows(text, breaks_of(text), dialect, 2, final=True)

    assert time.perf_counter() - started < 10
