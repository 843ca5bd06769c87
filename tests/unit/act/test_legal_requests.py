"""Requests to services: what a spreadsheet and a letter hold, and what they never do."""

from __future__ import annotations

import csv
import datetime as dt
import io

from hypothesis import given
from hypothesis import strategies as st

from unspoof.act.legal_requests import COLUMNS, as_btc, letter, request_csv

ROW = {
    "service": "madeup",
    "service_name": "Made-up Exchange",
    "legal_entity": None,
    "jurisdiction": "SC;GB",
    "direction": "deposit to",
    "txid": "ab" * 32,
    "place": 1,
    "address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "value_sat": 5_000_001,
    "height": 700_000,
    "block_at": dt.datetime(2021, 9, 11, 4, 14, 32),  # noqa: DTZ001
    "tag_level": 50,
    "tag_source": '=HYPERLINK("https://example.org")',
    "tag_on": "address",
    "class": "attribution",
    "hops": 2,
    "start_txid": "cd" * 32,
    "account_ids": "17;18",
    "disputed_with": None,
    "because": "attribution",
    "case_reference": "R 1",
}


@given(st.integers(0, 21_000_000 * 10**8))
def test_bitcoin_is_written_exactly(value_sat: int) -> None:
    """All eight decimals stand there, so that the number read back is the satoshi that went in."""
    whole, decimals = as_btc(value_sat).split(".")

    assert len(decimals) == 8
    assert int(whole) * 10**8 + int(decimals) == value_sat


def test_a_spreadsheet_holds_what_a_service_needs_and_no_accounts() -> None:
    """Output, amount and time stand in columns; the case's accounts do not; no cell is a formula."""
    text = request_csv([ROW])
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))

    assert tuple(row) == COLUMNS
    assert (row["output_index"], row["value_btc"], row["block_time_utc"]) == ("1", "0.05000001", "2021-09-11T04:14:32Z")
    assert row["tag_source"].startswith("'=")
    assert "17;18" not in text


def test_a_letter_leaves_to_people_what_only_they_know() -> None:
    """Legal basis, officer and, where no table says, the legal entity stand in brackets; identifiers stand as text."""
    text = letter([ROW], "GB")

    for left in ("[LEGAL ENTITY", "[ACT, SECTION", "[AGENCY", "[SIGNATURE]"):
        assert left in text
    for said in (ROW["txid"], ROW["address"], "0.05000001 BTC", "case R 1", "2021-09-11T04:14:32Z", "level 50 of 100"):
        assert str(said) in text
    assert "17;18" not in text
    assert "known to have a seat in GB." in text


def test_a_letter_claims_no_more_than_tags_and_co_spending_give() -> None:
    """Every level that a row rests on is named, a dispute stands at its row, and a wallet is said to be an inference."""
    weak = {**ROW, "tag_level": 20, "disputed_with": "another"}
    text = letter([ROW, weak], "GB")

    assert "level 50 of 100" in text
    assert "level 20 of 100" in text
    assert "is of a wallet said to be of another" in text
    assert text.count("disputed") == 1
    assert "not a finding" in text


def test_a_letter_says_what_each_row_rests_on() -> None:
    """Rows whose tag stands on another address of the wallet are named as attribution and co-spend, by their numbers."""
    wide = {**ROW, "tag_on": "wallet", "class": "attribution and co-spend", "tag_source": "pack two", "tag_level": 60}
    text = letter([ROW, wide, wide, ROW, wide], "GB")
    itself, other = text.split("  1, 4: ")[1].split("  2-3, 5: ")

    assert itself.startswith("by attribution alone: the address above")
    assert "level 50 of 100" in itself
    assert other.startswith("by attribution and co-spend together: another address of the same wallet")
    assert "concluded from their being spent together" in other
    assert "pack two (level 60 of 100)" in other.split("somebody's statement")[0]
    assert "co-spend" not in letter([ROW], "GB")


def test_a_letter_abroad_says_that_lawyers_decide_how_it_goes() -> None:
    """A service without a known seat in the country is not taken to be within reach."""
    assert "mutual legal assistance" in letter([{**ROW, "jurisdiction": None}], "GB")
