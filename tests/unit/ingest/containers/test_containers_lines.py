"""Patterned lines as a container."""

from __future__ import annotations

import io
import time

import pytest

from unspoof.errors import BadExhibit, BadMapping
from unspoof.ingest.container import Options
from unspoof.ingest.containers.lines import LONGEST_LINE, Lines

PATTERN = r"acc: (?P<cli>\d+)->(?P<called>\d+)(?: (?P<code>\d{3}))?"


def read(data: bytes, options: Options) -> tuple[list[tuple[bytes, tuple[str, ...]]], list[tuple[bytes, str]]]:
    """Return each line's bytes and cells, and each refusal's bytes and reason."""
    survey = Lines().survey(io.BytesIO(data), options)
    rows, refused = [], []
    for block in Lines().blocks(io.BytesIO(data), survey):
        for batch in block.read({"": [column.name for column in survey.tables[0].columns]}):
            places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
            cells = (tuple(row.values()) for row in batch.cells.to_pylist())
            rows += [(data[at : at + n], row) for (at, n), row in zip(places, cells, strict=True)]
            refused += [(data[r.locator : r.locator + r.locator_size], r.reason) for r in batch.refused]
    return rows, refused


def test_lines_are_taken_apart_by_the_pattern() -> None:
    """Each group is a column; what does not match, is too long or is no text is refused with its reason."""
    data = (
        b"acc: 1->2 200\r\n\n# note\nacc: 3->4\nother\nacc: \xff5->6\n" + b"y" * (LONGEST_LINE + 1) + b"\nacc: 7->8 487"
    )
    rows, refused = read(data, Options(pattern=PATTERN, comment="#"))

    assert rows == [
        (b"acc: 1->2 200", ("1", "2", "200")),
        (b"acc: 3->4", ("3", "4", "")),
        (b"acc: 7->8 487", ("7", "8", "487")),
    ]
    assert [(raw[:9], reason) for raw, reason in refused] == [
        (b"other", "no match"),
        (b"acc: \xff5->", "not utf-8"),
        (b"yyyyyyyyy", "a line longer than 65,536 bytes"),
    ]


def test_a_hostile_pattern_takes_no_time() -> None:
    """A pattern that would hang a backtracking engine is linear here."""
    started = time.perf_counter()
    rows, refused = read(
        b"ab\n" + b"a" * 60_000 + b"!\n", Options(pattern=r"^(?P<x>(a+)+b)$".replace("(a+)+", "(?:a+)+"))
    )

    assert ([cells for _, cells in rows], len(refused)) == ([("ab",)], 1)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("pattern", ["", "(?P<a>x)(?=y)", "(x)", "x", "(?P<a>", r"(?P<a>x)\1", "(?P<a>x)(?P<a>y)"])
def test_patterns_that_cannot_be_used_are_refused(pattern: str) -> None:
    """No pattern, no named group, look-ahead, back-reference, broken: the mapping is wrong."""
    with pytest.raises(BadMapping):
        Lines().survey(io.BytesIO(b"xy\n"), Options(pattern=pattern))


@pytest.mark.parametrize("data", [b"", b"nothing here\n", b"\n\n"])
def test_a_file_without_a_match_is_not_of_this_kind(data: bytes) -> None:
    """A pattern that matches no line at the start does not belong to the file."""
    with pytest.raises(BadExhibit):
        Lines().survey(io.BytesIO(data), Options(pattern=PATTERN))
