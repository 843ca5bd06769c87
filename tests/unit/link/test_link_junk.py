"""What fills a form is no shared thing."""

from __future__ import annotations

import duckdb
import pytest

from unspoof.link.junk import dialled, meant, named


def _holds(condition: str) -> bool:
    return bool(duckdb.sql(f"SELECT {condition}").fetchall()[0][0])


@pytest.mark.parametrize(
    "text",
    [
        "n/a",
        "n.a.",
        "none",
        "null",
        "unknown",
        "test",
        "test1",
        "no email",
        "---",
        "...",
        "0",
        "00000",
        "aaaaa",
        "123456",
    ],
)
def test_a_filler_is_not_meant(text: str) -> None:
    """Words that fill a form, marks, and one character repeated are no thing that a person holds."""
    assert not _holds(meant(f"'{text}'"))


@pytest.mark.parametrize("text", ["nova87101", "tester.jones", "nadia", "nonesuch", "élodie", "user48213", "дима"])
def test_a_rare_text_is_meant(text: str) -> None:
    """A text that only begins like a filler, or is in another script, counts."""
    assert _holds(meant(f"'{text}'"))


@pytest.mark.parametrize(
    ("text", "expected"), [("7", True), ("11", True), ("v0000036", True), ("n/a", False), ("000", False), ("-", False)]
)
def test_a_key_may_be_a_plain_number(text: str, expected: bool) -> None:
    """A victim's key of one digit is a key; a filler, zeros and dashes are none."""
    assert _holds(named(f"'{text}'")) is expected


def test_a_number_of_one_digit_is_not_dialled() -> None:
    """Numbers that end in seven equal or consecutive digits were typed to fill a form."""
    assert not _holds(dialled("447777777777"))
    assert not _holds(dialled("440000000"))
    assert not _holds(dialled("12021234567"))
    assert _holds(dialled("447700900123"))
