"""Networks: that our constants are those of Bitcoin Core's own engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unspoof.ingest.record_feed import BLOCKS, layout_of
from unspoof.parse.bitcoin.block import read_block
from unspoof.parse.bitcoin.networks import NETWORKS, Network


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_magic_and_genesis_are_those_that_the_engine_writes(network: Network, tmp_path: Path) -> None:
    """A new node of each network begins its block file with that magic and that block, which is sound, key or not."""
    pbk = pytest.importorskip("pbk", reason="py-bitcoinkernel knows every network and is not installed")
    kind = pbk.ChainType[network.name.upper().replace("TESTNET4", "TESTNET_4")]
    (tmp_path / "blocks").mkdir()
    manager = pbk.ChainstateManager(
        pbk.ChainstateManagerOptions(pbk.make_context(kind), str(tmp_path), str(tmp_path / "blocks"))
    )
    genesis = str(next(iter(manager.get_active_chain().block_tree_entries)).block_hash)
    del manager
    raw, key = ((tmp_path / "blocks" / name).read_bytes() for name in ("blk00000.dat", "xor.dat"))
    plain = bytes(byte ^ key[at % 8] for at, byte in enumerate(raw[:400]))
    size = int.from_bytes(plain[4:8], "little")
    block = read_block(np.frombuffer(plain, np.uint8), 8, 8 + size)

    assert (plain[:4], genesis) == (network.magic, network.genesis)
    assert block.header.hash[::-1].hex() == genesis
    found = layout_of(raw, BLOCKS)
    assert found is not None
    assert (found.network, found.key) == (network, key)
