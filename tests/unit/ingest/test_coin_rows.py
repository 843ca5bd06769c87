from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unspoof.ingest.coin_rows import (
    ADDRESS_DIFFERS,
    ADDRESS_ELSEWHERE,
    ADDRESS_OF_KEY,
    FEE_NEGATIVE,
    PARTS_TABLE,
    TYPE_DIFFERS,
    PartRows,
    network_of,
)
from unspoof.parse.chain_json.reading import read_transactions
from unspoof.parse.chain_json.transaction import ChainTransaction

RECORDED = Path(__file__).parents[2] / "vectors" / "esplora"
# BIP 173's own examples: one key hash on the main network and on the test network
KEY_HASH = "0014751e76e8199196d454941c45d1b3a323f1433bd6"
MAIN, TEST = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"


def rows_of(document: object, network: str = "mainnet") -> list[dict[str, Any]]:
    """Return the rows of transactions told in JSON."""
    rows = PartRows(network=network)
    for found in read_transactions(json.dumps(document).encode()):
        assert isinstance(found, ChainTransaction)
        rows.add(found, [(part.start, part.end - part.start) for part in found.parts])
    return list(rows.batch([column.name for column in PARTS_TABLE.columns]).cells.to_pylist())


def output(**told: object) -> dict[str, Any]:
    """Return a transaction with one output, in bitcoin-etl's shape."""
    return {"hash": "11" * 32, "inputs": [], "outputs": [{"index": 0, "value": 1, **told}], "output_count": 1}


@pytest.mark.parametrize(
    ("told", "address", "kind", "script", "oddities"),
    [
        ({"script_hex": KEY_HASH, "addresses": [MAIN], "type": "witness_v0_keyhash"}, MAIN, "p2wpkh", None, None),
        ({"script_hex": KEY_HASH}, MAIN, "p2wpkh", None, None),
        ({"script_hex": KEY_HASH, "addresses": [TEST]}, TEST, "p2wpkh", None, None),
        ({"addresses": [MAIN]}, MAIN, None, None, None),
        ({"addresses": [MAIN], "type": "pubkeyhash"}, MAIN, "p2pkh", None, TYPE_DIFFERS),
        ({"script_hex": KEY_HASH, "type": "scripthash"}, MAIN, "p2wpkh", None, TYPE_DIFFERS),
        ({"script_hex": KEY_HASH, "type": "nonstandard"}, MAIN, "p2wpkh", None, None),
        (
            {"script_hex": KEY_HASH, "addresses": ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]},
            MAIN, "p2wpkh", None, ADDRESS_DIFFERS,
        ),
        ({"script_hex": "6a0161", "type": "nulldata"}, None, "op_return", "6a0161", None),
        ({"script_hex": "", "addresses": []}, None, "nonstandard", "", None),
        ({"addresses": ["rltc1q0atxk07685fdj9jp7t7ycxsxg72t6md592gqrt"]}, "rltc1q0atxk07685fdj9jp7t7ycxsxg72t6md592gqrt", None,
         None, ADDRESS_ELSEWHERE),
        ({"addresses": ["nonstandard0123"]}, None, None, None, None),
        ({"addresses": [MAIN, TEST]}, None, None, None, "several-addresses"),
        ({"addresses": [MAIN], "type": "new-kind"}, MAIN, None, None, "type-unknown"),
    ],
)  # fmt: skip
def test_the_script_decides_of_address_and_type(
    told: dict[str, Any], address: str | None, kind: str | None, script: str | None, oddities: str | None
) -> None:
    """What is stated beside a script is kept only where it is the script's own; what contradicts it is named."""
    (row,) = rows_of(output(**told))

    assert (address, kind, script, oddities) == (row["address"], row["script_type"], row["script"], row["oddities"])


def test_a_bare_key_has_no_address_even_where_one_is_stated() -> None:
    """The first output on the chain pays a bare key; the address that explorers show is made of that key."""
    key = "4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac"  # noqa: E501
    (row,) = rows_of(output(script_hex=key, addresses=["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"], type="pubkey"))

    assert (row["address"], row["script_type"], row["script"]) == (None, "p2pk", key)
    assert row["oddities"] == ADDRESS_OF_KEY


def test_more_going_out_than_in_is_noted() -> None:
    """Where every input is told, a negative fee shows that something told is wrong."""
    document = json.loads((RECORDED / "simple-legacy-p2pkh.json").read_text())
    document["vin"][0]["prevout"]["value"] = 5

    assert {row["oddities"] for row in rows_of(document)} == {FEE_NEGATIVE}


def test_addresses_that_are_not_stated_are_written_as_on_the_network_of_the_others() -> None:
    """A file with addresses of a test network gets addresses of that network."""
    (row,) = rows_of(output(script_hex=KEY_HASH), "testnet")

    assert row["address"] == TEST
    assert network_of(f'{{"address": "{TEST}"}}'.encode()) == "testnet"
    assert network_of(b'{"address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"}') == "regtest"
    assert network_of(f'{{"address": "{MAIN}"}}'.encode()) == "mainnet"


def test_real_transactions_say_nothing_that_their_scripts_do_not() -> None:
    """Every address and type that Esplora states of 60 real transactions is that of its script."""
    for file in sorted(RECORDED.glob("*.json")):
        document = json.loads(file.read_text())
        if "txs" in file.name or "vin" in document:
            assert {row["oddities"] for row in rows_of(document)} == {None}
