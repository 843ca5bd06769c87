from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.chain_json.reading import TXID_DIFFERS, NoTransaction, read_transactions
from unspoof.parse.chain_json.transaction import ChainTransaction, worked_out_txid

RECORDED = Path(__file__).parents[3] / "vectors" / "esplora"
KNOWN = {
    # inputs, outputs, fee in satoshi, height: counted by hand from the files
    "joinmarket-coinjoin": (2, 4, 1_290, 878487),
    "whirlpool-coinjoin": (5, 5, 30_000, 574682),
    "wabisabi-coinjoin": (327, 279, 1_555_451, 824299),
    "batch-withdrawal-143": (1, 143, 4_762, 723534),
    "bare-multisig": (3, 3, 500_000, 164467),
    "dust-attack-555": (1, 2, 226, 545760),
    "op-return-charley": (1, 2, 20_000, 308570),
    "simple-legacy-p2pkh": (1, 2, 10_000, 399996),
    "taproot-op-return": (1, 2, 4_020, 709635),
    "taproot-script-path": (2, 1, 18_200, 709635),
}


def recorded(name: str) -> bytes:
    """Return a recorded answer."""
    return (RECORDED / f"{name}.json").read_bytes()


def plain() -> dict[str, Any]:
    """Return a small recorded transaction."""
    found: dict[str, Any] = json.loads(recorded("simple-legacy-p2pkh"))
    return found


def only(document: object) -> ChainTransaction:
    """Return the one transaction of a document."""
    (found,) = read_transactions(document if isinstance(document, bytes) else json.dumps(document).encode())
    assert isinstance(found, ChainTransaction), found
    return found


def reason(document: object) -> str:
    """Return why a document is no transaction."""
    (found,) = read_transactions(document if isinstance(document, bytes) else json.dumps(document).encode())
    assert isinstance(found, NoTransaction)
    return found.reason


@pytest.mark.parametrize("name", KNOWN)
def test_real_transactions_have_their_counts_fees_and_heights(name: str) -> None:
    """Parts, fee and height are those of the chain, and what is told hashes to the txid."""
    made = only(recorded(name))
    sums = {side: sum(part.value or 0 for part in made.parts if part.side == side) for side in ("input", "output")}

    assert KNOWN[name] == (made.inputs, made.outputs, sums["input"] - sums["output"], made.block.height)
    assert worked_out_txid(made) == made.txid
    assert made.oddities == set()


def test_a_page_of_an_address_gives_each_of_its_transactions() -> None:
    """A list of 50 transactions gives 50, each of which hashes to its txid."""
    found = read_transactions(recorded("satoshi-genesis-txs"))

    assert len(found) == 50
    assert all(isinstance(one, ChainTransaction) and worked_out_txid(one) == one.txid for one in found)


def test_every_part_leads_to_its_own_json() -> None:
    """The bytes of a part are the object that it was read from, and no two parts share one."""
    raw = recorded("satoshi-genesis-txs")
    ends = 0
    for made in read_transactions(raw):
        assert isinstance(made, ChainTransaction)
        for part in made.parts:
            told = json.loads(raw[part.start : part.end])
            assert told["txid"] == part.spent_txid if part.side == "input" else told["value"] == part.value
            assert part.start >= ends
            ends = part.end


def _set(change: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Set values by path, as 'vout.0.value'."""
    made = copy.deepcopy(document)
    for path, value in change.items():
        *way, last = path.split(".")
        inner: Any = made
        for step in way:
            inner = inner[int(step) if step.isdigit() else step]
        inner[last] = value
    return made


@pytest.mark.parametrize(
    "change",
    [
        {"vout.0.value": 39852780},
        {"vout.1.scriptpubkey": "76a914000000000000000000000000000000000000000088ac"},
        {"vin.0.txid": "11" * 32},
        {"vin.0.vout": 0},
        {"vin.0.sequence": 0},
        {"locktime": 0},
        {"version": 2},
        {"txid": "22" * 32},
    ],
)
def test_a_changed_transaction_does_not_hash_to_its_txid(change: dict[str, Any]) -> None:
    """Whatever of a transaction's own is changed, the change shows."""
    assert TXID_DIFFERS in only(_set(change, plain())).oddities


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vout.0.value": -1}, "a value is no whole number from 0 to 10000000000000000000"),
        ({"vout.0.value": 1.5}, "a value is no whole number from 0 to 10000000000000000000"),
        ({"vout.0.value": 2_100_000_000_000_001}, "a value above 21 million bitcoin"),
        ({"vout.0.value": True}, "a value is no whole number from 0 to 10000000000000000000"),
        ({"vout.0.scriptpubkey": "abc"}, "scriptpubkey is no hex"),
        ({"vout.0.scriptpubkey_address": "1 2"}, "an address with characters that none has, or too long"),
        ({"txid": "xyz"}, "txid is no hash of 64 hex digits"),
        ({"txid": None}, "a transaction without its txid"),
        ({"status.block_time": 5}, "block_time is no moment of a block"),
        ({"status.block_height": 1 << 40}, "block_height is no whole number from 0 to 2147483647"),
        ({"vin.0.vout": None}, "an input that does not say which output it spends"),
        ({"vin": []}, "a transaction without inputs and outputs"),
        ({"vin.0": 5}, "an input is no object"),
        ({"status": []}, "status is no object"),
        ({"vin.0.is_coinbase": True}, "a coinbase that spends an output"),
    ],
)
def test_what_no_transaction_can_be_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    """A transaction with one impossible value is refused whole, and the reason says which."""
    document = plain()
    if "vin.0" in change:
        document["vin"] = [5]
    elif "vin" in change:
        document |= {"vin": [], "vout": []}
    elif "status" in change:
        document["status"] = []
        document["vout"][0]["scriptpubkey"] = ""
    else:
        document = _set(change, document)

    assert reason(document) == said


def test_an_output_that_is_spent_twice_in_one_transaction_is_refused() -> None:
    """No transaction on the chain spends an output twice."""
    document = plain()
    document["vin"] *= 2

    assert reason(document) == "one output is spent twice within the transaction"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"txid": "1", "txid": "2"}', "a key that occurs twice"),
        (b'{"txid": "1", "t\\u0078id": "2"}', "a key that occurs twice"),
        (b'{"a\tb": "1"}', "not JSON at character 3"),
        (b'{"txid" 1}', "not JSON at character 8"),
        (b'{"txid", 1}', "not JSON at character 7"),
        (b'{"vin": [{"a": 1, "a": 2}], "vout": []}', "a key that occurs twice"),
        (b'{"vin": [], "vin": [], "vout": []}', "a key that occurs twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": 1}}', "not JSON at character 8"),
        (b'{"a": 1', "not JSON at character 7"),
        (b'{"a" 1}', "not JSON at character 5"),
        (b'{"vin": [1 2]}', "not JSON at character 11"),
        (b"\xff", "not utf-8"),
        (b"[1]", "no transaction"),
        (b'{"a": 1}', "no transaction"),
        (b'{"result": null, "error": {"code": -5}, "id": 1}', "the server answered with an error"),
        (b'{"a":' + b"[" * 100_000, "too many objects and lists within each other"),
    ],
)
def test_what_is_no_json_of_a_transaction_is_refused(text: bytes, said: str) -> None:
    """The reason says what is wrong, and depth is no danger."""
    assert reason(text) == said


def core(value: str) -> bytes:
    """Return the plain transaction as Core tells it, with another value of its first output."""
    told = plain()
    script = {"hex": told["vout"][0]["scriptpubkey"], "type": "pubkeyhash"}
    lines = [
        f'{{"txid": "{told["txid"]}", "version": 1, "locktime": 0, "vin": [], "vout": [{{"n": 0, "value": {value},',
        f' "scriptPubKey": {json.dumps(script)}}}]}}',
    ]
    return "".join(lines).encode()


@pytest.mark.parametrize(
    ("value", "satoshi"),
    [
        ("0.39852779", 39_852_779),
        ("20999999.99999999", 2_099_999_999_999_999),
        ("21000000", 2_100_000_000_000_000),
        ("5.46e-06", 546),
        ("1E-8", 1),
        ("0", 0),
        ("0.1000000000", 10_000_000),
        ("0.07", 7_000_000),
    ],
)
def test_bitcoin_with_decimals_becomes_exact_satoshi(value: str, satoshi: int) -> None:
    """No value goes through a float."""
    assert only(core(value)).parts[0].value == satoshi


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1e400", "a value is no amount of bitcoin"),
        ("-1", "a value is no amount of bitcoin"),
        ("1e99", "a value above 21 million bitcoin"),
        ("21000000.00000001", "a value above 21 million bitcoin"),
        ("0.000000001", "a value is no whole number of satoshi"),
        ('"x"', "a value is no amount of bitcoin"),
        ("9" * 5000, "a value is no amount of bitcoin"),
    ],
)
def test_numbers_as_attackers_write_them_are_refused(value: str, said: str) -> None:
    """Neither exponents nor digits without end are worked with."""
    assert reason(core(value)) == said


@settings(max_examples=300, deadline=None)
@given(place=st.floats(0, 1), change=st.binary(max_size=6))
def test_damage_gives_transactions_or_reasons_within_the_bytes(place: float, change: bytes) -> None:
    """Whatever is overwritten, each transaction and refusal has a place in what was read."""
    raw = recorded("taproot-script-path")
    at = int(place * len(raw))
    damaged = raw[:at] + change + raw[at + len(change) :]
    for found in read_transactions(damaged):
        spans = (
            [(p.start, p.end) for p in found.parts]
            if isinstance(found, ChainTransaction)
            else [(found.start, found.end)]
        )

        assert all(0 <= start <= end <= len(damaged) for start, end in spans)


KEYS = st.sampled_from(["vin", "vout", "tx", "result", "inputs", "outputs", "txid", "answers", "n"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner),
)


@settings(max_examples=300, deadline=None)
@given(document=ANY_JSON)
def test_any_json_is_read_without_a_crash(document: object) -> None:
    """Keys of transactions in the wrong places give reasons."""
    for found in read_transactions(json.dumps(document).encode()):
        assert isinstance(found, NoTransaction | ChainTransaction)
