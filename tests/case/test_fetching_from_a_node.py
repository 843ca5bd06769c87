from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import node_kit
from unspoof.case import Case, FetchOptions
from unspoof.errors import BadSource

pytestmark = [
    pytest.mark.skipif(node_kit.DAEMON is None, reason="litecoind is not installed (Debian: litecoind)"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[node_kit.Node]:
    """Run a node with an index of transactions."""
    with node_kit.running_node(tmp_path_factory.mktemp("node"), "-txindex=1") as made:
        yield made


def case_at(folder: Path, node: node_kit.Node, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return an empty case on a machine that knows the node's cookie."""
    monkeypatch.setenv("UNSPOOF_CHAIN_COOKIE", str(node.cookie))
    return Case.new(folder, reference="made up", home="GB", currency="GBP")


def test_a_payment_on_a_real_node_is_fetched_as_the_node_has_it(
    node: node_kit.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values are exact to the satoshi, heights and proofs are there, and what was paid from is followed."""
    shop = node.call("getnewaddress", "", "bech32")
    txid = node.call("sendtoaddress", shop, "1.23456789")
    node.mine(1)
    height = int(node.call("getblockcount"))
    case = case_at(tmp_path / "case", node, monkeypatch)
    done = case.fetch(FetchOptions(f"rpc:{node.url}", (txid,), hops=1))
    rows = case.query("SELECT * FROM transactions WHERE txid = $txid ORDER BY side, place", {"txid": txid}).to_pylist()
    told = node.call("getrawtransaction", txid, True)

    assert (done.gathered.refused, done.gathered.fault, len(done.gathered.fetched)) == ([], None, 2)
    assert {(row["height"], row["proof"], row["block_hash"]) for row in rows} == {(height, "branch", told["blockhash"])}
    outputs = [row for row in rows if row["side"] == "output"]
    assert [row["value_sat"] for row in outputs] == [int(Decimal(one["value"]) * 100_000_000) for one in told["vout"]]
    assert {row["address"] for row in outputs} == {one["scriptPubKey"]["addresses"][0] for one in told["vout"]}
    assert 123_456_789 in {row["value_sat"] for row in outputs if row["address"] == shop}
    assert [row["spent_txid"] for row in rows if row["side"] == "input"] == [one["txid"] for one in told["vin"]]


def test_a_nodes_blocks_are_looked_through_for_addresses(
    node: node_kit.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pays an address, and what spends from that, is found within the heights; a second run fetches nothing."""
    shop = node.call("getnewaddress", "", "legacy")
    first = node.call("sendtoaddress", shop, "0.5")
    node.mine(1)
    start = int(node.call("getblockcount"))
    spent = next(one for one in node.call("listunspent") if one["txid"] == first and one["address"] == shop)
    raw = node.call(
        "createrawtransaction", [{"txid": first, "vout": spent["vout"]}], {node.call("getnewaddress"): "0.49"}
    )
    second = node.call("sendrawtransaction", node.call("signrawtransactionwithwallet", raw)["hex"], 0)
    node.mine(1)
    case = case_at(tmp_path / "case", node, monkeypatch)
    options = FetchOptions(f"rpc:{node.url}", (), (shop,), hops=0, heights=(start, start + 1))
    done = case.fetch(options)
    again = case.fetch(options)

    assert set(done.gathered.fetched) == {first, second}
    assert again.gathered.fetched == []
    assert again.added is None


def test_a_block_that_a_node_told_is_proven_by_its_header(
    node: node_kit.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to getblock, added as a file, shows by its header and merkle root that all is in the block."""
    node.call("sendtoaddress", node.call("getnewaddress"), "0.25")
    (block,) = node.mine(1)
    file = tmp_path / "getblock.json"
    file.write_bytes(node.raw("getblock", block, 2))
    case = case_at(tmp_path / "case", node, monkeypatch)
    case.add([file])
    rows = case.query(
        "SELECT DISTINCT txid, proof, block_hash, tx_place FROM transactions ORDER BY tx_place"
    ).to_pylist()

    assert [(row["proof"], row["block_hash"], row["tx_place"]) for row in rows] == [
        ("block", block, 0),
        ("block", block, 1),
    ]


def test_a_node_that_does_not_let_us_in_is_named(
    node: node_kit.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password ends the run, and stands in no message."""
    monkeypatch.setenv("UNSPOOF_CHAIN_USER", "somebody")
    monkeypatch.setenv("UNSPOOF_CHAIN_PASSWORD", "a-wrong-word")
    case = Case.new(tmp_path / "case", reference="made up", home="GB", currency="GBP")
    done = case.fetch(FetchOptions(f"rpc:{node.url}", ("11" * 32,)))

    assert isinstance(done.gathered.fault, BadSource)
    assert "the node does not let us in" in str(done.gathered.fault)
    assert "a-wrong-word" not in str(done.gathered.fault)


def test_a_transaction_that_a_node_lacks_is_refused_by_its_own_words(
    node: node_kit.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node's error is told, and nothing is sealed."""
    done = case_at(tmp_path / "case", node, monkeypatch).fetch(FetchOptions(f"rpc:{node.url}", ("11" * 32,)))

    assert "No such mempool or blockchain transaction" in done.gathered.refused[0][1]
    assert done.added is None
