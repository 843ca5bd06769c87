"""Writes a made-up chain as bitcoin-etl exports one: a line of JSON for each transaction, inputs enriched.

Shape: blockchain-etl/bitcoin-etl, btc_transaction_mapper.py and its input and output mappers, as its JSON exporter prints them
after `enrich_transactions`; new coin has no inputs. Witnesses, which it does not export, are left out too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.chain.blocks import Ordered
from unspoof.synth.chain.draft import OUTSIDE, Column, Drawn, Kind, Script
from unspoof.synth.chain.making import Money, hex_texts

_BATCH = 20_000
"""Transactions whose text is in memory at a time."""
_TYPES = ("pubkeyhash", "scripthash", "witness_v0_keyhash", "witness_v1_taproot", "witness_v0_scripthash", "nulldata")
_ASM = {
    Script.P2PKH: ("OP_DUP OP_HASH160 ", 6, 46, " OP_EQUALVERIFY OP_CHECKSIG"),
    Script.P2SH: ("OP_HASH160 ", 4, 44, " OP_EQUAL"),
    Script.P2WPKH: ("0 ", 4, 44, ""),
    Script.P2TR: ("1 ", 4, 68, ""),
    Script.P2WSH: ("0 ", 4, 68, ""),
    Script.OP_RETURN: ("OP_RETURN ", 4, 68, ""),
}
"""How a script is printed: what stands before, from which to which hex digit, what stands after."""


def _number(values: Column) -> pa.StringArray:
    return pc.cast(pa.array(values), pa.string())


def _join(*parts: pa.StringArray | str) -> pa.StringArray:
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


def _pieces(data: np.ndarray, starts: Column, first: int, last: int) -> pa.StringArray:
    """Return pieces first to last of a run of bytes as hex digits."""
    text = data[starts[first] : starts[last]].tobytes().hex().encode()
    offsets = ((starts[first : last + 1] - starts[first]) * 2).astype(np.int32)
    return pa.StringArray.from_buffers(last - first, pa.py_buffer(offsets), pa.py_buffer(text))


def _told(money: Money, coin: Column) -> pa.StringArray:
    """Return what is said of a coin, as input and as output: type, addresses, value."""
    drawn = money.drawn
    holder = drawn.coin_holder[coin]
    kind = pa.array(_TYPES).take(pa.array(drawn.holder_script[holder]))
    address = money.addresses.take(pa.array(holder))
    listed = pc.if_else(address.is_valid(), _join('["', pc.fill_null(address, ""), '"]'), "[]")
    told = _join('"required_signatures": null, "type": "', kind, '", "addresses": ', listed)
    return _join(told, ', "value": ', _number(drawn.coin_value[coin]), "}")


def _output_asm(drawn: Drawn, coin: Column, script: pa.StringArray) -> pa.StringArray:
    kind = pa.array(drawn.holder_script[drawn.coin_holder[coin]])
    forms = [
        _join(before, pc.utf8_slice_codeunits(script, first, last), after)
        for before, first, last, after in (_ASM[one] for one in Script)
    ]
    return pc.choose(kind, *forms)


def _input_asm(drawn: Drawn, coin: Column, script: pa.StringArray) -> pa.StringArray:
    kind = pa.array(drawn.holder_script[drawn.coin_holder[coin]])
    signed = _join(pc.utf8_slice_codeunits(script, 2, 142), "[ALL] ", pc.utf8_slice_codeunits(script, 146))
    nested = pc.utf8_slice_codeunits(script, 2)
    return pc.case_when(
        pc.make_struct(pc.equal(kind, int(Script.P2PKH)), pc.equal(kind, int(Script.P2SH))), signed, nested, ""
    )


def _outputs(money: Money, first: int, last: int) -> pa.StringArray:
    """Return the list of outputs of transactions `first` to `last` of the order."""
    ordered = money.ordered
    start, stop = int(ordered.output_start[first]), int(ordered.output_start[last])
    coin = ordered.output_coin[start:stop]
    script = _pieces(*money.written.output_script, start, stop)
    text = _join(
        '{"index": ', _number(ordered.output_place[coin]), ', "script_asm": "', _output_asm(money.drawn, coin, script)
    )
    return _listed(
        _join(text, '", "script_hex": "', script, '", ', _told(money, coin)), ordered.output_start, first, last
    )


def _inputs(money: Money, first: int, last: int) -> pa.StringArray:
    ordered, drawn = money.ordered, money.drawn
    start, stop = int(ordered.input_start[first]), int(ordered.input_start[last])
    coin = ordered.input_coin[start:stop]
    script = _pieces(*money.written.input_script, start, stop)
    rows = money.txid_rows(coin)
    away = drawn.coin_tx[coin] == OUTSIDE
    rows[away] = money.written.outside_txid[coin[away]][:, ::-1]
    nth = np.arange(start, stop) - np.repeat(
        ordered.input_start[first:last], np.diff(ordered.input_start[first : last + 1])
    )
    spent = _join('", "spent_output_index": ', _number(ordered.output_place[coin]), ', "script_asm": "')
    text = _join(
        '{"index": ', _number(nth), ', "spent_transaction_hash": "', hex_texts(rows, np.ones(len(rows), bool)), spent
    )
    text = _join(text, _input_asm(drawn, coin, script), '", "script_hex": "', script, '", "sequence": 4294967293, ')
    return _listed(_join(text, _told(money, coin)), ordered.input_start, first, last)


def _listed(items: pa.StringArray, starts: Column, first: int, last: int) -> pa.StringArray:
    offsets = pa.array((starts[first : last + 1] - starts[first]).astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, items), ", ")


def sums(drawn: Drawn, ordered: Ordered) -> tuple[Column, Column]:
    """Return what goes into and comes out of each transaction, in chain order, satoshi."""
    given = np.concatenate([[0], np.cumsum(drawn.coin_value[ordered.input_coin])])
    taken = np.concatenate([[0], np.cumsum(drawn.coin_value[ordered.output_coin])])
    return np.diff(given[ordered.input_start]), np.diff(taken[ordered.output_start])


def _lines(money: Money, first: int, last: int, given: Column, taken: Column) -> pa.StringArray:
    ordered, written = money.ordered, money.written
    rows = slice(first, last)
    everything = np.ones(last - first, bool)
    reward = money.drawn.tx_kind[ordered.tx[rows]] == Kind.COINBASE
    block = hex_texts(written.block_hash[rows][:, ::-1], everything)
    text = _join(
        '{"hash": "', hex_texts(written.txid[rows][:, ::-1], everything), '", "size": ', _number(written.size[rows])
    )
    text = _join(text, ', "virtual_size": ', _number(written.virtual_size[rows]), ', "version": 2, "lock_time": 0')
    text = _join(text, ', "block_number": ', _number(ordered.height[rows]), ', "block_hash": "', block, '"')
    text = _join(text, ', "block_timestamp": ', _number(money.blocks.time[ordered.block[rows]]), ', "is_coinbase": ')
    text = _join(text, pc.if_else(pa.array(reward), "true", "false"), ', "index": ', _number(ordered.index[rows]))
    text = _join(text, ', "inputs": [', _inputs(money, first, last), '], "outputs": [', _outputs(money, first, last))
    text = _join(text, '], "input_count": ', _number(np.diff(ordered.input_start[first : last + 1])))
    text = _join(text, ', "output_count": ', _number(np.diff(ordered.output_start[first : last + 1])))
    text = _join(text, ', "input_value": ', _number(given[rows]), ', "output_value": ', _number(taken[rows]))
    return _join(text, ', "fee": ', _number(np.where(reward, 0, given[rows] - taken[rows])), "}\n")


def write_chain(money: Money, path: Path, codec: str) -> int:
    """Write the transactions, in the order of the chain, as JSON lines.

    Args:
        money: the chain.
        path: the new file.
        codec: '', 'gzip' or 'zstd'.

    Returns:
        how many lines.
    """
    given, taken = sums(money.drawn, money.ordered)
    count = len(money.ordered.tx)
    with pa.output_stream(str(path), compression=codec or None, buffer_size=1 << 20) as out:
        for first in range(0, count, _BATCH):
            lines = _lines(money, first, min(first + _BATCH, count), given, taken)
            out.write("".join(lines.to_pylist()).encode())
    return count


__all__ = ["sums", "write_chain"]
