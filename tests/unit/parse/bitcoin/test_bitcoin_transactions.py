"""Transactions: Core's vectors, hostile bytes, and another library as judge."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from block_kit import VECTORS, real, transaction
from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin import transactions as package
from unspoof.parse.bitcoin.block import read_block
from unspoof.parse.bitcoin.transactions import MOST_MONEY, read_transaction, read_transactions, txids

SOUND = transaction([(bytes([7]) * 32, 1)], [(5, b"\x51")])


def vectors(name: str) -> list[tuple[str, bytes]]:
    """Return serialised transactions with what Core's file says before them."""
    found, said = [], ""
    for entry in json.loads((VECTORS / f"{name}.json").read_text("utf-8")):
        if len(entry) == 1:
            said = entry[0]
        else:
            found.append((said, bytes.fromhex(entry[1])))
    return found


REFUSED = {
    "No outputs": "a transaction without outputs",
    "Negative output": "an output of more bitcoin than there can be",
    "MAX_MONEY + 1 output": "an output of more bitcoin than there can be",
    "MAX_MONEY output + 1 output": "outputs of more bitcoin than there can be",
    "Duplicate inputs": "a transaction spends one output twice",
    "Null txin": "new coin whose script has not 2 to 100 bytes",
}
"""Faults that are seen without running a script."""


@pytest.mark.parametrize("raw", [raw for _, raw in vectors("tx_valid")])
def test_cores_valid_transactions_are_read_whole(raw: bytes) -> None:
    """Places of inputs and outputs fill the transaction, and the txid is that of the bytes (none has a witness)."""
    read = read_transaction(raw)

    assert read.end == len(raw)
    assert txids(read) == [sha256(sha256(raw).digest()).digest()]


@pytest.mark.parametrize(("said", "raw"), vectors("tx_invalid"))
def test_cores_invalid_transactions_are_refused_where_it_shows(said: str, raw: bytes) -> None:
    """Those that only running their scripts would refuse are read; the others are refused with their fault."""
    if said not in REFUSED and "Note the input" not in said:
        assert read_transaction(raw).end == len(raw)
        return
    try:
        read_transaction(raw)
        assert said not in REFUSED
    except BadExhibit as error:
        assert error.problem == REFUSED.get(said, "new coin whose script has not 2 to 100 bytes")  # noqa: PT017


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "1 transactions cannot stand in 0 bytes"),
        (
            SOUND[:-1] + b"",
            "1 transactions cannot stand in 59 bytes" if len(SOUND) == 60 else "the bytes end inside a transaction",
        ),
        (SOUND + b"\0", "1 bytes follow the transaction"),
        (SOUND[:4] + b"\0\0" + SOUND[6:], "a transaction without inputs"),
        (SOUND[:4] + b"\0\2" + SOUND[6:], "a transaction with an unknown flag"),
        (SOUND[:4] + b"\0\1" + SOUND[4:-4] + b"\0" + bytes(4), "a transaction with a witness flag and no witness"),
        (SOUND[:4] + b"\xfd\1\0" + SOUND[5:], "a count or length is not written in its shortest form"),
        (SOUND[:4] + b"\xff" * 9 + SOUND[5:], "the bytes end inside a transaction"),
        (SOUND[:41] + b"\xfe\xff\xff\xff\xff" + SOUND[42:], "the bytes end inside a transaction"),
        (
            transaction([(bytes([7]) * 32, 1), (bytes(32), 0xFFFFFFFF)], [(5, b"")]),
            "an input that spends nothing, beside others",
        ),
        (transaction([(bytes([7]) * 32, 1)], [(MOST_MONEY, b"")] * 5000), "outputs of more bitcoin than there can be"),
    ],
)
def test_hostile_bytes_are_refused_with_their_fault(raw: bytes, told: str) -> None:
    """Each broken rule has words of its own, and the place where it was broken."""
    with pytest.raises(BadExhibit) as error:
        read_transaction(raw)

    assert error.value.problem == told
    assert error.value.where.startswith("byte ")


def test_reading_stops_where_it_is_told_to() -> None:
    """Bytes behind the end are not looked at, though they would make the transaction whole."""
    data = np.frombuffer(b"junk" + SOUND + SOUND, np.uint8)

    assert read_transactions(data, 4, 4 + 2 * len(SOUND), 2).end == len(data)
    with pytest.raises(BadExhibit):
        read_transactions(data, 4, 3 + 2 * len(SOUND), 2)


@pytest.mark.parametrize("name", ["block482683.raw", "block574200.raw"])
def test_embit_reads_the_same_of_a_real_block(name: str) -> None:
    """Txids, spent outputs, values and scripts of every transaction are those of an independent library."""
    judge = pytest.importorskip("embit.transaction", reason="embit judges transactions and is not installed")
    from io import BytesIO

    raw = real(name)
    block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
    read, stream = block.transactions, BytesIO(raw[int(block.transactions.starts[0]) :])
    step = max(len(read) // 400, 1)
    for row in range(len(read)):
        theirs = judge.Transaction.read_from(stream)
        if row % step:
            continue
        inputs = slice(read.first_input[row], read.first_input[row + 1])
        outputs = slice(read.first_output[row], read.first_output[row + 1])
        scripts = zip(read.script_at[outputs].tolist(), read.script_size[outputs].tolist(), strict=True)
        assert block.txids[row].tobytes()[::-1] == theirs.txid()
        assert [one.tobytes() for one in read.spent[inputs]] == [
            one.txid[::-1] + one.vout.to_bytes(4, "little") for one in theirs.vin
        ]
        assert read.values[outputs].tolist() == [one.value for one in theirs.vout]
        assert [raw[at : at + size] for at, size in scripts] == [one.script_pubkey.data for one in theirs.vout]


INPUTS = st.lists(
    st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 2)), min_size=1, max_size=4, unique=True
)
OUTPUTS = st.lists(st.tuples(st.integers(0, 10**12), st.binary(max_size=300)), min_size=1, max_size=4)


@settings(deadline=None)
@given(INPUTS, OUTPUTS, st.booleans())
def test_what_was_written_is_read(
    inputs: list[tuple[bytes, int]], outputs: list[tuple[int, bytes]], witness: bool
) -> None:
    """Every value, script and spent output comes back, with a witness and without."""
    raw = transaction(inputs, outputs, witness=witness)
    read = read_transaction(raw)

    assert read.values.tolist() == [value for value, _ in outputs]
    scripts = zip(read.script_at.tolist(), read.script_size.tolist(), strict=True)
    assert [raw[at : at + size] for at, size in scripts] == [script for _, script in outputs]
    assert [one.tobytes() for one in read.spent] == [txid + place.to_bytes(4, "little") for txid, place in inputs]
    assert bool(read.has_witness[0]) == witness


@settings(max_examples=200, deadline=None)
@given(INPUTS, OUTPUTS, st.booleans(), st.floats(0, 1), st.binary(min_size=1, max_size=3))
def test_compiled_and_plain_walk_the_same_way(
    inputs: list[tuple[bytes, int]], outputs: list[tuple[int, bytes]], witness: bool, place: float, change: bytes
) -> None:
    """Damaged bytes give the same fault at the same place in both, and plain Python would show any slip of an index."""
    raw = transaction(inputs, outputs, witness=witness)
    at = int(place * (len(raw) - 1))
    data = np.frombuffer(raw[:at] + change + raw[at + len(change) :], np.uint8)

    def told(walk: object) -> tuple[int, ...]:
        arrays = [np.zeros((9, 6), np.int64), np.zeros((9, 2), np.int64), np.zeros((9, 3), np.int64)]
        return tuple(int(one) for one in walk(data, 0, len(data), 2, *arrays))  # type: ignore[operator]

    walk = package.walk_transactions
    assert told(walk) == told(getattr(walk, "py_func", walk))
