"""JSON with bitcoin transactions, of any shape, alone and as it is sealed."""

from __future__ import annotations

from fuzz.target import Target, sample
from unspoof.parse.chain_json.reading import NoTransaction, read_transactions
from unspoof.parse.chain_json.sealed import TRANSACTIONS, Answer, read_value, write_line
from unspoof.parse.chain_json.transaction import ChainTransaction

_SAMPLES = sample(
    *(f"containers/coin-json/{name}" for name in ("esplora.json", "getblock.json", "rpc.jsonl", "etl.jsonl"))
)


def feed(data: bytes) -> None:
    """Read one value, then the same as a sealed answer, and compare."""
    found = read_value(data)
    for one in found:
        _check(one, len(data))
    plain = read_transactions(data)
    try:
        line = write_line("made up", [Answer("GET /", "", TRANSACTIONS, 200, data, "")])[:-1]
    except UnicodeDecodeError:
        return
    for before, after in zip(plain, read_value(line), strict=True):
        _check(after, len(line))
        assert _told(before) == _told(after), "another transaction when it is sealed"


def _check(one: ChainTransaction | NoTransaction, size: int) -> None:
    spans = [(p.start, p.end) for p in one.parts] if isinstance(one, ChainTransaction) else [(one.start, one.end)]
    assert all(0 <= start <= end <= size for start, end in spans), "a place outside of what was read"
    if isinstance(one, ChainTransaction):
        assert all(part.value is None or 0 <= part.value <= 21 * 10**14 for part in one.parts), "no bitcoin's value"
        assert one.parts, "a transaction without parts"


def _told(one: ChainTransaction | NoTransaction) -> object:
    if isinstance(one, NoTransaction):
        return one.reason
    return (
        one.txid,
        [(part.side, part.place, part.value, part.address, part.spent_txid) for part in one.parts],
        one.oddities,
    )


TARGET = Target(
    "chain_json",
    "one JSON value with transactions as Esplora, Bitcoin Core, bitcoin-etl or fetch write them",
    feed,
    (*_SAMPLES, *(line for text in _SAMPLES for line in text.splitlines()[:2])),
    words=(b'"vin":[', b'"vout":[', b'"inputs":[', b'"outputs":[', b'"tx":[', b'"result":', b'"value":', b'1e400', b"null",
           b'"prevout":{', b'"coinbase":"00"', b'"status":{', b'"answers":[', b'{"unspoof_fetched":1,', b'"is_coinbase":true'),
)  # fmt: skip

__all__ = ["TARGET"]
