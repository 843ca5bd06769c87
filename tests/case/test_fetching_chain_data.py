from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from click.testing import CliRunner

import chain_kit
from unspoof.case import Case
from unspoof.cli import cli

PLAIN = "0b6461de422c46a221db99608fcbe0326e4f2325ebf2a47c9faf660ed61ee6a4"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return an empty case, on a machine that has no source set."""
    for name in ("SOURCE", "PROXY", "COOKIE", "USER", "PASSWORD"):
        monkeypatch.delenv(f"UNSPOOF_CHAIN_{name}", raising=False)
    return Case.new(tmp_path / "case", reference="made up", home="GB", currency="GBP")


def fetch(case: Case, *arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it said."""
    result = CliRunner().invoke(cli, ["fetch", str(case.folder), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 2, str(result.exception)
    return result.exit_code, result.output


def test_what_is_fetched_is_sealed_read_and_proven(case: Case) -> None:
    """The answers stand in an exhibit as received, its rows lead to their bytes, and the proof was worked out."""
    with chain_kit.esplora() as made:
        code, said = fetch(
            case, "--from", f"esplora:{made.url}", "--txid", chain_kit.FIRST_PAYMENT, "--hops", "0", "--json"
        )
        told = json.loads(said)
    (exhibit,) = case.exhibits()
    rows = case.query("SELECT * FROM transactions ORDER BY side, place").to_pylist()

    assert (code, told["fetched"], told["exhibit"]) == (0, 1, 1)
    assert str(exhibit.acquired) == "open-source"
    assert exhibit.basis == f"asked of esplora {made.url} by unspoof fetch"
    assert [(row["side"], row["value_sat"], row["proof"], row["tx_place"]) for row in rows] == [
        ("input", None, "branch", 1),
        ("output", 1_000_000_000, "branch", 1),
        ("output", 4_000_000_000, "branch", 1),
    ]
    for row in rows:
        (found,) = case.source("transactions", str(row["part_id"]))
        assert str(row["value_sat"] or "0437cd7f8525ceed") in str(found)
    assert case.verify() == []


def test_a_second_fetch_asks_only_for_what_is_missing(case: Case) -> None:
    """Of an address whose transactions are all held, nothing but their number is asked, and nothing sealed."""
    with chain_kit.esplora() as made:
        source = f"esplora:{made.url}"
        fetch(case, "--from", source, "--address", GENESIS, "--hops", "0")
        made.asked.clear()
        code, said = fetch(case, "--from", source, "--address", GENESIS, "--hops", "0")

        assert made.asked == [f"/api/address/{GENESIS}"]
    assert code == 0
    assert "0 transactions fetched, 50 held before" in said
    assert "Nothing was received, and nothing sealed." in said
    assert len(case.exhibits()) == 1


def test_without_names_the_cases_own_payments_are_fetched(case: Case, tmp_path: Path) -> None:
    """The txids that the service booked are where it begins."""
    system = tmp_path / "booked.toml"
    system.write_text(
        '[source]\nname = "booked"\ncontainer = "delimited"\n[recognise]\ncolumns = ["tx"]\n[table.payments]\n'
        'payment_ref = "ref"\ntxid = "tx"\naddress = "to"\n'
    )
    books = tmp_path / "books.csv"
    books.write_text(f"ref,tx,to\n1,{PLAIN.upper()},\n2,{chain_kit.FIRST_PAYMENT},1KY18ssAXBZ5iX8zVQiLF7U\n3,none,\n")
    assert CliRunner().invoke(cli, ["add", str(case.folder), str(books), "--format", str(system)]).exit_code == 0
    with chain_kit.esplora() as made:
        code, said = fetch(case, "--from", f"esplora:{made.url}", "--hops", "0", "--json")

    assert code == 0
    assert json.loads(said)["asked"]["txids"] == 2
    assert {row["txid"] for row in case.query("SELECT txid FROM transactions").to_pylist()} == {
        PLAIN,
        chain_kit.FIRST_PAYMENT,
    }


def test_a_server_that_fails_leaves_what_came_before(case: Case) -> None:
    """What was received is sealed whole, the fault is told, and the exit code says so."""

    def huge(handler: BaseHTTPRequestHandler) -> bool:
        if PLAIN in handler.path:
            return False
        chain_kit.send(handler, 200, bytes((64 << 20) + 1))
        return True

    with chain_kit.esplora(huge) as made:
        code, said = fetch(case, "--from", f"esplora:{made.url}", "--txid", PLAIN, "--hops", "1", "--backward")

    assert code == 2
    assert "an answer larger than 67,108,864 bytes" in said
    assert [row["txid"] for row in case.query("SELECT DISTINCT txid FROM transactions").to_pylist()] == [PLAIN]
    assert case.verify() == []


def test_nothing_is_asked_of_a_network_that_nobody_named(case: Case) -> None:
    """Without --from and without a setting the command says how to name a source."""
    code, said = fetch(case, "--txid", PLAIN)

    assert code == 2
    assert "no source of chain data is named" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--txid", "12"), "a txid has 64 hex digits"),
        (("--address", "what"), "no bitcoin address"),
        (("--heights", "9-1"), "is no range of heights"),
        ((), "the case names no transaction and no address"),
    ],
)
def test_wrong_arguments_are_named(case: Case, arguments: tuple[str, ...], said: str) -> None:
    """Nothing is asked of the server before all is in order."""
    with chain_kit.esplora() as made:
        code, text = fetch(case, "--from", f"esplora:{made.url}", *arguments)

        assert (code, made.asked) == (2, [])
    assert said in text
