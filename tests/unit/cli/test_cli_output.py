"""What is printed is exact, and steers neither a terminal nor a spreadsheet."""

from __future__ import annotations

import json

import pytest

from unspoof.cli.figures import short
from unspoof.cli.output import csv_cell, say_json, shown

BANDS = [{"from_minor": 0, "to_minor": 1, "events": 2}, {"from_minor": 100, "to_minor": None, "events": 3}]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-1+cmd|' /C calc'!A0", "+1+1", "\t=1", "\r=1", "'quoted"])
def test_a_formula_is_text_in_a_csv_file_and_can_be_had_back(text: str) -> None:
    """A text that a spreadsheet would work out has an apostrophe before it; without that it is what it was."""
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["+447700900123", "-12.5", "plain", "", None, 7, -3])
def test_what_is_no_formula_stays(value: object) -> None:
    """Numbers with a sign and plain texts stand as they are."""
    assert csv_cell(value) == value


def test_items_of_a_list_stay_apart() -> None:
    """A separator within an item can be told from one between items."""
    assert csv_cell(["a; b", "c\\"]) == "a\\; b; c\\\\"


def test_json_holds_no_character_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and marks of direction are escapes, and the document says the same."""
    odd = "\x1b[2J\x9b2J\u202egpj.exe\u2028é\U000e0001"
    say_json({"name": odd})
    printed = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in printed)
    assert json.loads(printed) == {"name": odd}


def test_sentences_of_a_list_are_told_apart() -> None:
    """Reasons hold commas, so that a semicolon stands between them."""
    assert shown(["two calls, both long", "a report"]) == "two calls, both long; a report"


@pytest.mark.parametrize(("currency", "said"), [("GBP", "1.00 or more: 3"), ("JPY", "100 or more: 3")])
def test_bands_of_money_are_in_whole_units_of_the_currency(currency: str, said: str) -> None:
    """A band is named by its ends in the case's currency; a currency without minor units has no pence."""
    assert short(BANDS, "events", currency).endswith(said)


def test_a_range_is_shown_whole_and_never_by_its_least_alone() -> None:
    """Low, base and high stand there with the base first; a currency without a price says so."""
    ends = {"low_minor": 100_00, "base_minor": 150_00, "high_minor": 200_00}
    none = dict.fromkeys(ends)

    said = short([{"currency": "GBP", **ends}, {"currency": "USD", **none}], "minor units of each currency")
    assert said == "GBP 150.00 (100.00 to 200.00); USD no price"


def test_takings_that_no_booking_claims_are_counted_on_the_line_of_verdicts() -> None:
    """What the chain alone shows has no bookings, and is no nought."""
    entry = {"verdict": "chain-only", "payments": 0, "chain_rows": 4, "value_sat": 1, "amount_minor": 1}

    assert short([entry], "bookings, then satoshi") == "chain-only 4"
