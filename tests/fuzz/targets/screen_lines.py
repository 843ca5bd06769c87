"""Presented numbers as `screen` takes them, line by line: each is judged, alone as beside others."""

from __future__ import annotations

import io
import json
from datetime import datetime
from functools import cache

import pyarrow as pa

from fuzz.target import Target, short
from unspoof.case.screening import Lines, moment
from unspoof.errors import BadRequest
from unspoof.model.screening import LEVELS
from unspoof.parse.numbers import normalise
from unspoof.reference import NumberBook, shipped_version
from unspoof.reference.number_book import BOOK_TABLES
from unspoof.reference.numbering import load
from unspoof.screen import RULES, Judge

_MOMENTS = (
    "2021-11-05",
    "2026-11-22T15:32:49Z",
    "0001-01-01",
    "9999-12-31T23:59:59+00:00",
    "1970-01-01T00:00:00-14:00",
)
_ABROAD = (None, True, False)
_NAMES = {rule.name for rule in RULES}


@cache
def _judge(home: str) -> Judge:
    """Return a judge by the tables that come with unspoof, whatever this user has loaded."""
    return Judge(NumberBook.of_versions({name: shipped_version(name) for name in BOOK_TABLES}, home), home=home)


def _row(judge: Judge, text: str, at: datetime, abroad: bool | None) -> dict[str, object]:
    return judge.judge(judge.shown(text, at=at, from_abroad=abroad)).as_row()


def feed(data: bytes) -> None:
    """Screen the lines at a moment, for a country, from abroad or not, as the first two bytes choose."""
    head, rest = data[:2].ljust(2, b"\0"), data[2:]
    judge = _judge(("GB", "US")[head[0] % 2])
    at, abroad = moment(_MOMENTS[head[1] % len(_MOMENTS)]), _ABROAD[head[0] // 2 % 3]
    lines = Lines(io.BytesIO(rest))
    texts = list(lines)
    assert len(texts) == len(rest.split(b"\n")) - (rest.endswith(b"\n") or not rest), "a line was lost"
    assert not lines.cut
    rows = [_row(judge, text, at, abroad) for text in texts]
    numbers = normalise(pa.array(texts, pa.string()), load(), judge.home).to_pylist()
    for text, row, number in zip(texts, rows, numbers, strict=True):
        findings = row["findings"]
        assert isinstance(findings, list)
        assert row["presented"] == text
        assert {finding["rule"] for finding in findings} <= _NAMES
        assert {finding["level"] for finding in findings} <= set(LEVELS)
        assert findings or row["verdict"] == "plausible", "a verdict that no finding stands for"
        assert row["e164"] == number["e164"], "another number than the reader's"
        assert json.loads(json.dumps(row)) == row
        assert _row(judge, text, at, abroad) == row, "another verdict the second time"
    try:
        moment(texts[0] if texts and texts[0] else "x")
    except BadRequest as error:
        short(error, 600)


TARGET = Target(
    "screen_lines",
    "choices of country and way, and of moment; then presented numbers, one a line",
    feed,
    (
        b"\0\0+447700900123\n07700 900123\r\n020 7946 0001\n\nanonymous\n999",
        b"\2\1sip:+442079460001@192.0.2.1;user=phone\ntel:1632960001\n0044 1632 960001\n+44 (0)1632 960001\n",
        b"\1\4(202) 555-0123\n911\n+1\n1-800-555-0199",
        b'\4\2"Bank" <sip:07700900123>\n*31#07700900123\n\xff\xfe\n0000000000',
        b"\0\x032021-11-05\n2021-02-30\n",
    ),
    words=(
        b"+44",
        b"0044",
        b"+1",
        b"7700900",
        b"20 7946 0",
        b"1632 960",
        b"999",
        b"anonymous",
        b"Unavailable",
        b"sip:",
        b"tel:",
        b"@192.0.2.1",
        b";ext=1",
        b"\xd9\xa3",
        b"\xe2\x80\xaa",
        b"\r\n",
        b"\0",
        b"x",
        b"#31#",
        b"808 157 0",
        b"+999",
        b"0" * 20,
    ),
    most=400,
)

__all__ = ["TARGET"]
