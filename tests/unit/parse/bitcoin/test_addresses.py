"""Addresses and scripts: published vectors, another library as judge, and that each way back leads home."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from block_kit import VECTORS
from unspoof.errors import BadRequest
from unspoof.model.coin_tables import SCRIPT_TYPES
from unspoof.parse.bitcoin.addresses import address_of, addresses_of, check_address, script_of, types_of
from unspoof.parse.bitcoin.networks import NETWORKS

NAMES = [network.name for network in NETWORKS]
KEY = bytes([2]) + bytes(range(32))
WHOLE_KEY = bytes([4]) + bytes(range(64))


def vectors(name: str) -> list[list[str]]:
    """Return a file of vectors."""
    found: list[list[str]] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return found


BIP350 = json.loads((VECTORS / "bip350.json").read_text("utf-8"))


@pytest.mark.parametrize(("address", "script"), BIP350["valid"])
def test_the_valid_addresses_of_bip350_pay_their_scripts(address: str, script: str) -> None:
    """Each leads to its script, and the script back to it in small letters."""
    found = check_address(address)

    assert found.script.hex() == script
    assert [address_of(found.script, network) for network in found.networks] == [address.lower()] * len(found.networks)


@pytest.mark.parametrize(("address", "word"), BIP350["invalid"])
def test_the_invalid_addresses_of_bip350_are_refused_with_their_reason(address: str, word: str) -> None:
    """The reason names the rule, and never the address."""
    found = check_address(address)

    assert not found.is_address
    assert word in found.reason
    assert address not in found.reason


@pytest.mark.parametrize(("script", "address"), vectors("bech32_encode_decode"))
def test_addresses_of_bip173_keep_their_meaning_if_bip350_left_it(script: str, address: str) -> None:
    """Version 0 stands; addresses of later versions with the old checksum are refused."""
    found = check_address(address)

    assert (found.script.hex() == script) == script.startswith("00")
    assert found.is_address == script.startswith("00")


@pytest.mark.parametrize(("address", "_reason"), vectors("bech32_invalid"))
def test_the_invalid_addresses_of_bip173_are_refused(address: str, _reason: str) -> None:
    """None became an address by BIP350."""
    assert not check_address(address).is_address


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (bytes([33]) + KEY + b"\xac", "p2pk"),
        (bytes([65]) + WHOLE_KEY + b"\xac", "p2pk"),
        (bytes([33]) + bytes([5]) + KEY[1:] + b"\xac", "nonstandard"),
        (b"\x76\xa9\x14" + bytes(20) + b"\x88\xac", "p2pkh"),
        (b"\xa9\x14" + bytes(20) + b"\x87", "p2sh"),
        (b"\0\x14" + bytes(20), "p2wpkh"),
        (b"\0\x20" + bytes(32), "p2wsh"),
        (b"\0\x15" + bytes(21), "nonstandard"),
        (b"\x51\x20" + bytes(32), "p2tr"),
        (b"\x51\x21" + bytes(33), "witness-unknown"),
        (b"\x51\x02\x4e\x73", "p2a"),
        (b"\x51\x02\x4e\x74", "witness-unknown"),
        (b"\x60\x28" + bytes(40), "witness-unknown"),
        (b"\x60\x29" + bytes(41), "nonstandard"),
        (b"\x51" + bytes([33]) + KEY + b"\x51\xae", "multisig"),
        (b"\x51" + b"\x4c" + bytes([33]) + KEY + b"\x51\xae", "multisig"),
        (b"\x52" + bytes([33]) + KEY + b"\x51\xae", "nonstandard"),
        (b"\x53" + (bytes([33]) + KEY) * 20 + b"\x01\x14\xae", "multisig"),
        (b"\x53" + (bytes([33]) + KEY) * 21 + b"\x01\x15\xae", "nonstandard"),
        (b"\x51" + bytes([33]) + KEY + b"\x52\xae", "nonstandard"),
        (b"\x6a", "op_return"),
        (b"\x6a\x4c", "op_return"),
        (b"", "nonstandard"),
        (b"\x51", "nonstandard"),
    ],
)
def test_a_script_is_what_the_standard_calls_it(script: bytes, expected: str) -> None:
    """Every template of Core's solver, and what lies just beside it; an address of it, where it has one, says the same."""
    assert types_of(pa.array([script], pa.binary())).to_pylist() == [expected]
    address = address_of(script)
    assert address is None or check_address(address).script_type == expected
    assert expected in SCRIPT_TYPES


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "0 characters"),
        ("1", "too short"),
        ("mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMt0", "'0' at place 34"),
        ("mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMti", "checksum"),
        ("mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMth ", "' ' at place 35"),
        ("1" * 5000, "5000 characters"),
        ("bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku203", "checksum"),
        ("ltc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnd2wdf", ""),
        ("b" * 5000 + "1" + "q" * 20, "5021 characters"),
    ],
)
def test_what_is_no_address_is_refused_with_its_place(text: str, word: str) -> None:
    """The reason says what is wrong and where."""
    assert word in check_address(text).reason
    assert not check_address(text).is_address


def test_an_address_of_another_network_is_refused_where_one_is_demanded() -> None:
    """The message masks the address."""
    with pytest.raises(BadRequest) as told:
        script_of("mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMth", "mainnet")

    assert told.value.problem == "mfWyW••••••••h is an address of testnet, testnet4, signet, regtest, not of mainnet"


def test_columns_keep_their_places_and_their_gaps() -> None:
    """A script without an address gives null where it stands, an empty column an empty one."""
    pays = b"\xa9\x14" + bytes(20) + b"\x87"
    column = pa.array([b"\x6a", pays, b"", pays], pa.binary())

    assert addresses_of(column, "regtest").to_pylist() == [
        None,
        address_of(pays, "regtest"),
        None,
        address_of(pays, "regtest"),
    ]
    assert addresses_of(column.slice(1, 2), "regtest").to_pylist() == [address_of(pays, "regtest"), None]
    assert addresses_of(column.slice(0, 0), "regtest").to_pylist() == []


PROGRAMS = st.one_of(
    st.binary(min_size=20, max_size=20).map(lambda h: b"\x76\xa9\x14" + h + b"\x88\xac"),
    st.binary(min_size=20, max_size=20).map(lambda h: b"\xa9\x14" + h + b"\x87"),
    st.sampled_from([20, 32])
    .flatmap(lambda n: st.binary(min_size=n, max_size=n))
    .map(lambda p: bytes([0, len(p)]) + p),
    st.tuples(st.integers(0x51, 0x60), st.binary(min_size=2, max_size=40)).map(
        lambda t: bytes([t[0], len(t[1])]) + t[1]
    ),
)


@settings(deadline=None)
@given(st.lists(PROGRAMS, max_size=6), st.sampled_from(NAMES))
def test_each_address_leads_back_to_its_script(scripts: list[bytes], network: str) -> None:
    """Every script that has an address has one that pays it, of the type that the script has, whatever stands beside it."""
    column = pa.array(scripts, pa.binary())
    found = addresses_of(column, network).to_pylist()

    assert [script_of(address, network) for address in found] == scripts
    assert [check_address(address).script_type for address in found] == types_of(column).to_pylist()


@settings(deadline=None)
@given(st.lists(PROGRAMS, min_size=1, max_size=6), st.sampled_from(["mainnet", "testnet", "regtest"]))
def test_embit_writes_the_same_addresses(scripts: list[bytes], network: str) -> None:
    """An independent library judges; pay-to-anchor and programs that it does not write are left to the vectors."""
    judge = pytest.importorskip("embit.script", reason="embit judges addresses and is not installed")
    from embit.networks import NETWORKS as THEIRS

    theirs = THEIRS[{"mainnet": "main", "testnet": "test", "regtest": "regtest"}[network]]
    for script in scripts:
        if script[0] in (0x76, 0xA9, 0) or (script[0] == 0x51 and len(script) == 34):
            assert judge.Script(script).address(theirs) == address_of(script, network)


@settings(deadline=None)
@given(st.text(max_size=100) | st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=40))
def test_any_text_is_an_address_or_has_a_reason(text: str) -> None:
    """A text is one or the other, and an address is what its own script is written as."""
    found = check_address(text)

    assert found.is_address == bool(found.script) == bool(found.networks) == (not found.reason)
    if found.is_address:
        assert text in (
            address_of(found.script, found.networks[0]),
            str(address_of(found.script, found.networks[0])).upper(),
        )
