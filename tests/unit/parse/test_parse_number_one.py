"""One number at a time is read as columns of numbers are."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.number_one import NumberReader, OneNumber
from unspoof.parse.numbers import normalise, short_codes
from unspoof.reference import load_number_ranges

RANGES = load_number_ranges()
HOMES = ("GB", "US", "DE", "IT", "NL", "FR", "AU", "RU", "HU", "IE", "IR", "AT", "BR", "SG", "LT", "MX", "AR")
READERS = {home: NumberReader(RANGES, home) for home in sorted(RANGES.homes)}

_leads = st.sampled_from(
    [
        "",
        "0",
        "00",
        "+",
        "+0",
        "+44",
        "0044",
        "44",
        "440",
        "+440",
        "+44(0)",
        "+1",
        "1",
        "011",
        "7",
        "8",
        "810",
        "06",
        "+49",
        "+39",
    ]
)
_digits = st.text("0123456789", max_size=20)
_spaced = st.text("0123456789 -()/.+", max_size=52)
_hostile = st.text(max_size=60) | st.text("0123456789+ -()./;<>\"'@:sipteanoymu×०１２🙂%\u200b\x00", max_size=60)
_numbers = st.builds(lambda lead, digits: lead + digits, _leads, _digits)
_wrapped = st.builds(
    lambda shape, number: shape.format(number),
    st.sampled_from(["<sip:{}@192.0.2.1>", "tel:{}", '"x" <{}>', "{} ext 12", "{}.0", "'{}'", "{};phone-context=+44"]),
    _numbers,
)


def _columnar(texts: list[str], home: str) -> list[OneNumber]:
    raw = pa.array(texts, pa.string())
    read = normalise(raw, RANGES, home)
    columns = (read["e164"], read["country"], read["kind"], short_codes(raw, read["kind"]))
    return [OneNumber(*row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_numbers | _spaced | _hostile | _wrapped, min_size=1, max_size=40),
    st.sampled_from(HOMES) | st.sampled_from(sorted(READERS)),
)
def test_one_number_is_read_as_a_column_is(texts: list[str], home: str) -> None:
    """Whatever the text and the home country, both forms give the same number, country, kind and short code."""
    assert _columnar(texts, home) == [READERS[home].read(text) for text in texts]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 999), st.lists(st.integers(0, 10**12), min_size=60, max_size=60), st.sampled_from(HOMES))
def test_every_calling_code_is_read_alike(code: int, rest: list[int], home: str) -> None:
    """Plain international digits of any calling code and length are read as a column is, with a plus and without."""
    texts = [f"{plus}{code}{number}"[: 4 + at % 14] for at, number in enumerate(rest) for plus in ("+", "00", "")]

    assert _columnar(texts, home) == [READERS[home].read(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("07700 900123", OneNumber(447700900123, "GB", "unassigned", None)),
        ("+44 (0)20 7946 0123", OneNumber(442079460123, "GB", "fixed", None)),
        ("159", OneNumber(None, None, "short", 159)),
        ("0159", OneNumber(None, None, "short", None)),
        ("anonymous", OneNumber(None, None, "withheld", None)),
        ("", OneNumber(None, None, "empty", None)),
        (None, OneNumber(None, None, "empty", None)),
        ("9" * 400, OneNumber(None, None, "nonsense", None)),
    ],
)
def test_a_text_is_what_it_is(text: str | None, expected: OneNumber) -> None:
    """Known texts are read as they should be, not merely alike in both forms."""
    assert expected == READERS["GB"].read(text)


def test_a_country_without_a_plan_is_refused() -> None:
    """A home that is no country is named, not guessed."""
    with pytest.raises(Exception, match="no country with a numbering plan"):
        NumberReader(RANGES, "XX")
