"""A real regtest chain, made by Bitcoin Core's consensus engine with every type of output made and most of them spent.

`py-bitcoinkernel` writes the block and undo files, `verystable` (Core's functional test framework) makes and signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KEY = bytes.fromhex("0102a3f405b6c7e8")
"""What files are mixed with where a test asks for it."""
_START = 1296688602
_SECRET = bytes([7]) * 32


@dataclass(frozen=True)
class SpentCoin:
    """What the engine says that an input spent."""

    txid: str
    place: int
    value_sat: int
    script: bytes


@dataclass(frozen=True)
class RegtestChain:
    """Files of a chain, and what its engine says is in them."""

    blocks: Path
    """blk00000.dat; its undo file stands beside it."""
    undo: Path
    hashes: tuple[str, ...]
    """By height, from 0."""
    txids: tuple[str, ...]
    spent: tuple[SpentCoin, ...]


def make_chain(folder: Path, mixed: bool) -> RegtestChain:
    """Mine a chain into `folder`; skips the test where its makers are not installed."""
    pbk = pytest.importorskip("pbk", reason="py-bitcoinkernel makes real block files and is not installed")
    pytest.importorskip("verystable", reason="verystable makes and signs transactions and is not installed")
    (folder / "blocks").mkdir(parents=True)
    (folder / "blocks" / "xor.dat").write_bytes(KEY if mixed else bytes(8))
    context = pbk.make_context(pbk.ChainType.REGTEST)
    options = pbk.ChainstateManagerOptions(context, str(folder), str(folder / "blocks"))
    manager = pbk.ChainstateManager(options)
    for raw in _mined():
        assert manager.process_block(pbk.Block(raw)), "the engine refused a block"
    told = _told(manager)
    del manager, options, context
    return RegtestChain(folder / "blocks" / "blk00000.dat", folder / "blocks" / "rev00000.dat", *told)


def _told(manager: Any) -> tuple[tuple[str, ...], tuple[str, ...], tuple[SpentCoin, ...]]:
    hashes, txids, spent = [], [], []
    for entry in manager.get_active_chain().block_tree_entries:
        hashes.append(str(entry.block_hash))
        transactions = list(manager.blocks[entry].transactions)
        txids += [str(one.txid) for one in transactions]
        if entry.height:
            outputs = manager.block_spent_outputs[entry].transactions
            for one, coins in zip(transactions[1:], outputs, strict=True):
                for place, coin in enumerate(coins.coins):
                    spent.append(SpentCoin(str(one.txid), place, coin.output.amount, bytes(coin.output.script_pubkey)))
    return tuple(hashes), tuple(txids), tuple(spent)


class _Maker:
    """Makes blocks one on the other, and transactions that spend what they made."""

    def __init__(self) -> None:
        from verystable.core import blocktools, key, messages, script, script_util

        self.tools, self.messages, self.script, self.util = blocktools, messages, script, script_util
        self.key = key.ECKey()
        self.key.set(_SECRET, True)
        self.whole = key.ECKey()
        self.whole.set(_SECRET, False)
        self.sign_schnorr, self.tweak = key.sign_schnorr, key.tweak_add_privkey
        self.tip = int("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", 16)
        self.height, self.raw = 0, list[bytes]()
        self.taproot = script.taproot_construct(key.compute_xonly_pubkey(_SECRET)[0])

    def scripts(self) -> dict[str, Any]:
        """Return an output script of every type, under its name in SCRIPT_TYPES or nearly."""
        public, script = self.key.get_pubkey().get_bytes(), self.script
        anyone = script.CScript([script.OP_TRUE])
        return {
            "p2pk-whole": script.CScript([self.whole.get_pubkey().get_bytes(), script.OP_CHECKSIG]),
            "p2pk": script.CScript([public, script.OP_CHECKSIG]),
            "p2pkh": self.util.key_to_p2pkh_script(public),
            "p2sh": self.util.script_to_p2sh_script(anyone),
            "p2wsh": self.util.script_to_p2wsh_script(anyone),
            "p2tr": self.taproot.scriptPubKey,
            "p2wpkh": self.util.key_to_p2wpkh_script(public),
            "p2a": script.CScript(b"\x51\x02\x4e\x73"),
            "multisig": self.util.keys_to_multisig_script([public, public], k=1),
            "op_return": script.CScript([script.OP_RETURN, b"drama"]),
            "witness-unknown": script.CScript(b"\x60\x05" + b"drama"),
            "nonstandard": script.CScript([script.OP_TRUE]),
        }

    def block(self, script: Any, transactions: list[Any] = []) -> Any:  # noqa: B006
        """Mine a block whose new coin goes to `script`, and return its first transaction."""
        self.height += 1
        coinbase = self.tools.create_coinbase(self.height, script_pubkey=script)
        block = self.tools.create_block(self.tip, coinbase, _START + 600 * self.height, txlist=transactions)
        if transactions:
            self.tools.add_witness_commitment(block)
        block.solve()
        self.tip = block.sha256
        self.raw.append(block.serialize())
        return coinbase

    def payment(self, spent: list[tuple[Any, int]], outputs: list[tuple[int, Any]]) -> Any:
        """Return a transaction that spends outputs of earlier ones; keys are signed for, the rest is anyone's."""
        messages = self.messages
        made = messages.CTransaction()
        made.version = 2
        for before, place in spent:
            before.rehash()
            made.vin.append(messages.CTxIn(messages.COutPoint(before.sha256, place), b"", 0xFFFFFFFD))
        made.vout = [messages.CTxOut(value, script) for value, script in outputs]
        made.wit.vtxinwit = [messages.CTxInWitness() for _ in spent]
        coins = [before.vout[place] for before, place in spent]
        for place in range(len(spent)):
            self._sign(made, place, coins)
        made.rehash()
        return made

    def _sign(self, made: Any, place: int, coins: list[Any]) -> None:
        named = {bytes(script): name for name, script in self.scripts().items()}
        kind, script = named[bytes(coins[place].scriptPubKey)], self.script
        public, stack = self.key.get_pubkey().get_bytes(), made.wit.vtxinwit[place].scriptWitness.stack
        if kind == "p2wpkh":
            code = self.util.keyhash_to_p2pkh_script(script.hash160(public))
            digest = script.SegwitV0SignatureHash(code, made, place, script.SIGHASH_ALL, coins[place].nValue)
            stack += [self.key.sign_ecdsa(digest) + b"\1", public]
        elif kind == "p2tr":
            digest = script.TaprootSignatureHash(made, coins, 0, place)
            stack.append(self.sign_schnorr(self.tweak(_SECRET, self.taproot.tweak), digest))
        elif kind == "p2wsh":
            stack.append(bytes(script.CScript([script.OP_TRUE])))
        elif kind == "p2sh":
            made.vin[place].scriptSig = script.CScript([bytes(script.CScript([script.OP_TRUE]))])
        elif kind in ("p2pk", "p2pk-whole", "p2pkh", "multisig"):
            digest, _ = script.LegacySignatureHash(coins[place].scriptPubKey, made, place, script.SIGHASH_ALL)
            signature = (self.whole if kind == "p2pk-whole" else self.key).sign_ecdsa(digest) + b"\1"
            parts = {"p2pkh": [signature, public], "multisig": [script.OP_0, signature]}.get(kind, [signature])
            made.vin[place].scriptSig = script.CScript(parts)


def _mined() -> list[bytes]:
    maker = _Maker()
    scripts = maker.scripts()
    first = [maker.block(scripts[name]) for name in ("p2pk-whole", "p2pk", "p2pkh", "p2sh", "p2wsh", "p2tr", "p2wpkh")]
    for _ in range(101):
        maker.block(scripts["p2wpkh"])
    each = [(123_456_789 + 7**place, script) for place, script in enumerate(scripts.values())]
    spread = maker.payment([(coin, 0) for coin in first], each)
    maker.block(scripts["p2tr"], [spread])
    kinds = list(scripts)
    places = [place for place, name in enumerate(kinds) if name != "op_return"]
    gather = maker.payment(
        [(spread, place) for place in places], [(1_000, scripts["p2wpkh"]), (5 * 10**8, scripts["p2tr"])]
    )
    onward = maker.payment([(gather, 1), (gather, 0)], [(499_999_999, scripts["p2wpkh"])])
    maker.block(scripts["p2wsh"], [gather, onward])
    maker.block(scripts["p2wpkh"])
    return maker.raw


__all__ = ["KEY", "RegtestChain", "SpentCoin", "make_chain"]
