"""A made-up chain must hold to the rules of a real one: ids, sums, order, one spend for each output."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pytest
from made_chain import Row, address, outputs, read_chain, txid

from unspoof.parse.bitcoin.addresses import check_address
from unspoof.synth import Seizure, make
from unspoof.synth.chain.blocks import make_blocks
from unspoof.synth.plan import make_plan

# blockchain-etl/bitcoin-etl, btc_transaction_mapper.py, transaction_to_dict, and the mappers of inputs and outputs.
KEYS = {
    *("hash", "size", "virtual_size", "version", "lock_time", "block_number", "block_hash", "block_timestamp"),
    *("is_coinbase", "index", "inputs", "outputs", "input_count", "output_count", "input_value", "output_value", "fee"),
}
PART_KEYS = {"index", "script_asm", "script_hex", "required_signatures", "type", "addresses", "value"}
INPUT_KEYS = PART_KEYS | {"spent_transaction_hash", "spent_output_index", "sequence"}


@pytest.fixture(scope="module")
def chain(middling: Seizure) -> list[Row]:
    """The middling seizure's chain."""
    return read_chain(middling.files[2].path)


def test_lines_have_the_keys_of_bitcoin_etl(chain: list[Row]) -> None:
    """Every transaction, input and output has exactly the keys that bitcoin-etl exports."""
    assert all(set(tx) == KEYS for tx in chain)
    assert all(set(item) == INPUT_KEYS for tx in chain for item in tx["inputs"])
    assert all(set(item) == PART_KEYS for tx in chain for item in tx["outputs"])
    assert all(
        [item["index"] for item in tx[side]] == list(range(len(tx[side])))
        for tx in chain
        for side in ("inputs", "outputs")
    )


def test_every_txid_is_the_hash_of_its_transaction(chain: list[Row]) -> None:
    """Serialised again from the line alone, each transaction has the id that the line gives, and the size."""
    assert len(chain) > 1_000
    assert all(txid(tx) == tx["hash"] for tx in chain)
    assert len({tx["hash"] for tx in chain}) == len(chain)


def test_every_transaction_balances(chain: list[Row]) -> None:
    """What goes in comes out or is the fee, to the satoshi; only new coin takes nothing in."""
    for tx in chain:
        given, taken = (sum(item["value"] for item in tx[side]) for side in ("inputs", "outputs"))
        assert (tx["input_value"], tx["output_value"]) == (given, taken)
        assert (tx["input_count"], tx["output_count"]) == (len(tx["inputs"]), len(tx["outputs"]))
        assert tx["is_coinbase"] == (not tx["inputs"])
        assert tx["fee"] == (0 if tx["is_coinbase"] else given - taken)
        assert tx["is_coinbase"] or 0 < tx["fee"] < 2_000_000
        assert all(item["value"] >= 546 or item["type"] == "nulldata" for item in tx["outputs"])


def test_nothing_is_spent_twice_or_before_it_is_made(chain: list[Row]) -> None:
    """Each output is spent once at most, by a later line, with the value, address and type that it was made with."""
    seen: dict[tuple[str, int], Row] = {}
    spent: set[tuple[str, int]] = set()
    known = {tx["hash"] for tx in chain}
    inside = 0
    for tx in chain:
        for item in tx["inputs"]:
            place = (item["spent_transaction_hash"], item["spent_output_index"])
            assert place not in spent
            spent.add(place)
            if place[0] in known:
                inside += 1
                assert all(seen[place][key] == item[key] for key in ("value", "addresses", "type"))
        seen.update({(tx["hash"], item["index"]): item for item in tx["outputs"]})
    assert inside > 500
    assert len(spent) - inside > 500


def test_blocks_are_in_order_and_their_times_are_not(chain: list[Row]) -> None:
    """Heights rise along the file and places within a block; a block has one hash and time; some times step back."""
    places = [(tx["block_number"], tx["index"]) for tx in chain]
    blocks = {tx["block_number"]: (tx["block_hash"], tx["block_timestamp"]) for tx in chain}
    times = [blocks[height][1] for height in sorted(blocks)]

    assert places == sorted(set(places))
    assert all(blocks[tx["block_number"]] == (tx["block_hash"], tx["block_timestamp"]) for tx in chain)
    assert len({one for one, _ in blocks.values()}) == len(blocks)
    assert all(tx["index"] == 0 for tx in chain if tx["is_coinbase"])
    assert any(later < earlier for earlier, later in pairwise(times))


def test_some_transactions_spend_another_of_their_block(chain: list[Row]) -> None:
    """A coin may be made and spent in one block, so that height alone does not order transactions."""
    height = {tx["hash"]: tx["block_number"] for tx in chain}
    same = [
        tx["hash"]
        for tx in chain
        for item in tx["inputs"]
        if height.get(item["spent_transaction_hash"]) == tx["block_number"]
    ]

    assert same


def test_block_times_keep_the_rules_of_consensus() -> None:
    """A block's time is later than the median of the eleven before it, and under two hours ahead of when it was found."""
    blocks = make_blocks(make_plan(1_000, 3, None, None, "GB"))
    time, found = blocks.time.tolist(), blocks.found.tolist()

    assert all(time[n] > median(time[n - 11 : n]) for n in range(11, 3_000))
    assert all(one - other <= 7_200 for one, other in zip(time, found, strict=True))
    assert max(other - one for one, other in zip(time, found, strict=True)) > 3_600


def test_addresses_are_of_the_test_network(chain: list[Row]) -> None:
    """Every address is regtest's, pays the script beside it, and has the type that is said; all common types occur."""
    made = {address(item): item for item in outputs(chain).values() if item["addresses"]}
    kinds = Counter(item["type"] for item in made.values())

    for text, item in made.items():
        told = check_address(text)
        assert "regtest" in told.networks
        assert "mainnet" not in told.networks
        assert told.script.hex() == item["script_hex"]
    assert set(kinds) == {"pubkeyhash", "scripthash", "witness_v0_keyhash", "witness_v1_taproot"}
    assert all(item["type"] == "nulldata" for item in outputs(chain).values() if not item["addresses"])


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_packed_chain_holds_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """The chain is packed where the dump is, and unpacks to the plain one."""
    plain = make(tmp_path / "plain", calls=1_000, seed=4).files[2].path.read_bytes()
    packed = make(tmp_path / "packed", calls=1_000, seed=4, compress=suffix).files[2].path

    assert packed.name == f"transactions.jsonl.{suffix}"
    with pa.input_stream(str(packed), compression={"gz": "gzip", "zst": "zstd"}[suffix]) as stream:
        assert stream.read() == plain


def test_another_seed_makes_another_chain(middling: Seizure, tmp_path: Path) -> None:
    """No address of one seed is in the chain of another."""
    other = read_chain(make(tmp_path / "other", calls=1_000, seed=12).files[2].path)
    mine: set[Any] = {address(item) for item in outputs(read_chain(middling.files[2].path)).values()} - {""}

    assert mine.isdisjoint(address(item) for item in outputs(other).values())
