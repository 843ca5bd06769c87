"""Block and undo files as rows: real blocks, a real chain of Core's engine, heights, and undo tied to its block."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from block_kit import block, coinbase, double, framed, made_up_chain, made_up_undo, mixed, real
from regtest_chain import KEY, RegtestChain, make_chain
from unspoof.ingest.block_rows import COLUMNS
from unspoof.ingest.container import Container, Options
from unspoof.ingest.containers.blocks import BLOCK_FILES
from unspoof.ingest.containers.undo import NO_BLOCK, UNDO_FILES
from unspoof.parse.bitcoin.addresses import check_address

ALONE = Options()


def rows_of(container: Container, data: bytes, options: Options = ALONE) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows, each with its place and size, and the reasons of refusals."""
    survey = container.survey(io.BytesIO(data), options)
    rows, refused = [], []
    for group in container.blocks(io.BytesIO(data), survey):
        for batch in group.read({"parts": list(COLUMNS)}):
            places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
            rows += [
                {**cells, "at": at, "size": size}
                for cells, (at, size) in zip(batch.cells.to_pylist(), places, strict=True)
            ]
            refused += [one.reason for one in batch.refused]
    return rows, refused


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "mixed"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RegtestChain:
    """A chain that Bitcoin Core's engine checked and wrote."""
    return make_chain(tmp_path_factory.mktemp("chain"), request.param)


def test_the_first_255_blocks_are_one_chain() -> None:
    """Heights follow from the genesis block, whose hash is known; version 1 states none."""
    rows, refused = rows_of(BLOCK_FILES, real("blocks1-255"))

    assert refused == []
    assert (len({row["txid"] for row in rows}), len(rows)) == (262, 529)
    assert sorted({int(row["height"]) for row in rows}) == list(range(1, 256))
    assert {row["proof"] for row in rows} == {"block"}
    first = rows[1]
    assert first["block_hash"] == "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048"
    assert (first["value"], first["script_type"], first["address"], first["coinbase"]) == (
        "5000000000",
        "p2pk",
        None,
        "1",
    )


def test_inputs_say_what_they_spend_and_outputs_what_they_pay() -> None:
    """The first payment of all (height 170) as every explorer shows it: 10 and 40 bitcoin out of 50."""
    rows, _ = rows_of(BLOCK_FILES, real("blocks1-255"))
    payment = [row for row in rows if row["height"] == "170" and row["tx_place"] == "1"]

    assert {row["txid"] for row in payment} == {"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"}
    assert [row["side"] for row in payment] == ["input", "output", "output"]
    assert payment[0]["spent_txid"] == "0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9"
    assert (payment[0]["spent_place"], payment[0]["value"]) == ("0", None)
    assert [row["value"] for row in payment[1:]] == ["1000000000", "4000000000"]


def test_rows_of_a_real_block_lead_to_their_bytes() -> None:
    """Every input's bytes begin with the txid that it spends, every output's with its value; none overlaps."""
    data = real("block574200.raw")
    rows, refused = rows_of(BLOCK_FILES, data)

    assert (refused, len(rows)) == ([], 5055 + 8150)
    end = 0
    for row in rows:
        found = BLOCK_FILES.fetch(io.BytesIO(data), row["at"], row["size"], "parts")
        assert row["at"] >= end
        end = row["at"] + row["size"]
        if row["side"] == "output":
            assert int.from_bytes(found[:8], "little") == int(row["value"])
            assert (
                row["address"] is None
                or check_address(row["address"]).script == found[-len(check_address(row["address"]).script) :]
            )
        elif row["spent_txid"]:
            assert found[:32][::-1].hex() == row["spent_txid"]


def test_a_bare_block_is_the_main_networks_only_if_it_was_as_hard_to_mine() -> None:
    """Of 2014's block nobody can say so from its own bytes: scripts stand in place of addresses, and it is said."""
    late, early = (rows_of(BLOCK_FILES, real(name))[0] for name in ("block482683.raw", "block300025.raw"))

    assert {row["oddities"] for row in late} == {None}
    assert any(row["address"] for row in late)
    assert {row["oddities"] for row in early} == {"network-unknown"}
    assert not any(row["address"] for row in early)
    assert all(row["script"] for row in early if row["side"] == "output")


def test_heights_follow_their_parents_and_a_coinbase_that_says_otherwise_is_marked() -> None:
    """A block on height 2 that calls itself 77 is at height 3, and odd."""
    before = made_up_chain()[:2]
    odd = block(double(before[1][:80]), 77, [coinbase(77, b"\x51")])
    rows, _ = rows_of(BLOCK_FILES, framed([*before, odd]))

    assert {(row["height"], row["oddities"]) for row in rows} == {("1", None), ("2", None), ("3", "height-differs")}


def test_a_real_chain_is_read_as_its_engine_tells_it(chain: RegtestChain) -> None:
    """Every block, height and transaction of a chain with all types of output; and the key, where there is one."""
    data = chain.blocks.read_bytes()
    survey = BLOCK_FILES.survey(io.BytesIO(data), Options())
    rows, refused = rows_of(BLOCK_FILES, data)

    assert BLOCK_FILES.sniff(data[:65_536])
    assert survey.notes[0] in ("blocks of regtest", f"blocks of regtest, mixed with the key {KEY.hex()}")
    assert refused == []
    assert list(dict.fromkeys(row["block_hash"] for row in rows)) == list(chain.hashes)
    assert list(dict.fromkeys(row["txid"] for row in rows)) == list(chain.txids)
    assert all(row["block_hash"] == chain.hashes[int(row["height"])] for row in rows)
    kinds = {row["script_type"] for row in rows if row["side"] == "output"}
    assert kinds == {
        "p2pk", "p2pkh", "p2sh", "p2wpkh", "p2wsh", "p2tr", "p2a", "multisig", "op_return", "witness-unknown", "nonstandard",
    }  # fmt: skip


def test_undo_data_of_a_real_chain_tell_what_its_engine_says_was_spent(chain: RegtestChain) -> None:
    """Txid, place, value and script of every input, in order, and none besides."""
    data = chain.undo.read_bytes()
    rows, refused = rows_of(UNDO_FILES, data, Options(beside=(str(chain.blocks),)))

    assert UNDO_FILES.sniff(data[:65_536])
    assert refused == []
    assert [(row["txid"], int(row["place"]), int(row["value"])) for row in rows] == [
        (coin.txid, coin.place, coin.value_sat) for coin in chain.spent
    ]
    scripts = [bytes.fromhex(row["script"]) if row["script"] else check_address(row["address"]).script for row in rows]
    assert scripts == [coin.script for coin in chain.spent]
    assert {(row["side"], row["oddities"], row["proof"]) for row in rows} == {("input", "undo-data", None)}


def test_undo_data_without_their_block_are_refused_with_the_way_out(tmp_path: Path) -> None:
    """Alone, beside other blocks, or changed by a bit: nothing ties them to a block."""
    other, own = tmp_path / "other.dat", tmp_path / "own.dat"
    other.write_bytes(framed(made_up_chain()[:1]))
    own.write_bytes(mixed(framed(made_up_chain()), KEY))
    changed = bytearray(made_up_undo())
    changed[-33] ^= 1

    assert rows_of(UNDO_FILES, made_up_undo()) == ([], [NO_BLOCK, NO_BLOCK])
    assert rows_of(UNDO_FILES, made_up_undo(), Options(beside=(str(other),))) == ([], [NO_BLOCK, NO_BLOCK])
    rows, refused = rows_of(UNDO_FILES, made_up_undo(), Options(beside=(str(other), str(own))))
    assert (len(rows), refused) == (3, [])
    assert len(rows_of(UNDO_FILES, bytes(changed), Options(beside=(str(own),)))[1]) == 1


def test_undo_rows_and_block_rows_are_of_the_same_inputs(tmp_path: Path) -> None:
    """What undo data say of a value is what the block that made the coin says."""
    own = tmp_path / "own.dat"
    own.write_bytes(framed(made_up_chain()))
    blocks, _ = rows_of(BLOCK_FILES, own.read_bytes())
    undo, _ = rows_of(UNDO_FILES, made_up_undo(), Options(beside=(str(own),)))
    outputs = {(row["txid"], row["place"]): row for row in blocks if row["side"] == "output"}
    inputs = {(row["txid"], row["place"]): row for row in blocks if row["side"] == "input"}

    for row in undo:
        one = inputs[row["txid"], row["place"]]
        made = outputs[one["spent_txid"], one["spent_place"]]
        assert [row[name] for name in ("value", "address", "script_type")] == [
            made[name] for name in ("value", "address", "script_type")
        ]
        assert [row[name] for name in ("height", "block_hash", "tx_place", "inputs", "time")] == [
            one[name] for name in ("height", "block_hash", "tx_place", "inputs", "time")
        ]
