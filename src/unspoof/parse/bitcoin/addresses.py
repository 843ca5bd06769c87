"""Addresses of output scripts and scripts of addresses, one or columns of them; whose they are is not known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspoof.errors import BadRequest, mask
from unspoof.model.coin_tables import SCRIPT_TYPES
from unspoof.parse.bitcoin.base58 import decode_check, encode_check
from unspoof.parse.bitcoin.bech32 import decode_segwit, encode_segwit
from unspoof.parse.bitcoin.networks import NETWORKS, Network, network_named
from unspoof.parse.bitcoin.scripts import (
    P2A,
    P2PKH,
    P2SH,
    P2TR,
    P2WPKH,
    P2WSH,
    WITNESS_UNKNOWN,
    Bytes,
    Places,
    script_types,
)  # fmt: skip

_WHERE = {P2PKH: (3, 20), P2SH: (2, 20), P2WPKH: (2, 20), P2WSH: (2, 32), P2TR: (2, 32), P2A: (2, 2)}
"""Where in a script of that type stands what its address tells, and how many bytes."""
_PROGRAMS = {(0, 20): P2WPKH, (0, 32): P2WSH, (1, 32): P2TR}
"""Type by witness version and bytes of the program; any other is unknown, save pay-to-anchor's."""
_ANCHOR = (1, b"\x4e\x73")


@dataclass(frozen=True)
class AddressCheck:
    """What can be said of a text that should be an address."""

    script: bytes = b""
    """The output script that pays it; empty where it is none."""
    script_type: str = ""
    """One of SCRIPT_TYPES."""
    networks: tuple[str, ...] = ()
    """Every network that writes it so: test networks share forms."""
    reason: str = ""
    """Why it is no address; empty where it is one. It does not repeat the address."""

    @property
    def is_address(self) -> bool:
        """Whether a payment to the text is possible."""
        return not self.reason


def check_address(text: str) -> AddressCheck:
    """Say what an address pays to and on which networks, or why it is none.

    Args:
        text: the address alone; blanks around it are a fault. Segwit addresses may stand in capitals.

    Source: BIP13, BIP141, BIP173, BIP350; Bitcoin Core, src/key_io.cpp. Limits: that it is well formed does not mean that
    anybody holds its key.
    """
    try:
        return _of_segwit(text) if _looks_like_segwit(text) else _of_base58(text)
    except BadRequest as error:
        return AddressCheck(reason=error.problem)


def _looks_like_segwit(text: str) -> bool:
    """Say whether a text has a separator of bech32 and cannot be base58: base58 of ours never begins so."""
    prefix = text[: text.rfind("1")].lower() if "1" in text else ""
    return any(prefix == network.prefix for network in NETWORKS) or (
        len(text) > 35 and prefix.isascii() and prefix.isalpha()
    )


def _of_segwit(text: str) -> AddressCheck:
    prefix, version, program = decode_segwit(text)
    networks = tuple(network.name for network in NETWORKS if network.prefix == prefix)
    if not networks:
        return AddressCheck(reason=f"its prefix {prefix[:20]!r} is no network of bitcoin's")
    script = bytes((version + 0x50 if version else 0, len(program))) + program
    kind = P2A if (version, program) == _ANCHOR else _PROGRAMS.get((version, len(program)), WITNESS_UNKNOWN)
    return AddressCheck(script, SCRIPT_TYPES[kind], networks)


def _of_base58(text: str) -> AddressCheck:
    payload = decode_check(text)
    if len(payload) != 21:
        return AddressCheck(reason=f"it holds {len(payload)} bytes; an address holds 21")
    for field, before, after, kind in (
        ("key_hash", b"\x76\xa9\x14", b"\x88\xac", P2PKH),
        ("script_hash", b"\xa9\x14", b"\x87", P2SH),
    ):
        if networks := tuple(network.name for network in NETWORKS if getattr(network, field) == payload[0]):
            return AddressCheck(before + payload[1:] + after, SCRIPT_TYPES[kind], networks)
    return AddressCheck(reason=f"its first byte {payload[0]:#04x} is no network of bitcoin's")


def script_of(address: str, network: str = "") -> bytes:
    """Return the output script that pays an address.

    Args:
        address: see `check_address`.
        network: the only one to allow; '' for any.

    Raises:
        BadRequest: it is no address, or one of another network; the message masks it.
    """
    found = check_address(address)
    if not found.is_address:
        raise BadRequest(f"{mask(address)} is no bitcoin address: {found.reason}")
    if network and network not in found.networks:
        raise BadRequest(f"{mask(address)} is an address of {', '.join(found.networks)}, not of {network}")
    return found.script


def address_of(script: bytes, network: str = "mainnet") -> str | None:
    """Return the address of an output script, None where it has none (see `addresses_of`)."""
    found: str | None = addresses_of(pa.array([script], pa.binary()), network)[0].as_py()
    return found


def types_of(scripts: pa.BinaryArray) -> pa.StringArray:
    """Return what each output script is, one of SCRIPT_TYPES; a missing script gives null."""
    named = pa.array(SCRIPT_TYPES, pa.string()).take(pa.array(_codes(scripts)))
    return named if not scripts.null_count else pa.compute.if_else(scripts.is_valid(), named, None)


def addresses_of(scripts: pa.BinaryArray, network: str = "mainnet") -> pa.StringArray:
    """Return the address of each output script.

    Args:
        scripts: output scripts; the work is done once for each distinct one if they are given once.
        network: a name in NETWORKS.

    Returns:
        addresses as Bitcoin Core prints them; null where the script has none: bare keys (p2pk) and bare multisig have no
        address, OP_RETURN pays nobody, and what is not standard cannot be written as one.

    Source: BIP13, BIP141, BIP173, BIP350, BIP433 (p2a).
    """
    known, codes = network_named(network), _codes(scripts)
    data, starts, sizes = _layout(scripts)
    letters = np.zeros((len(scripts), 90), np.uint8)
    lengths = np.zeros(len(scripts), np.int64)
    for code, width in _groups(codes, sizes):
        rows = np.flatnonzero((codes == code) & (sizes == width))
        _fill(letters, lengths, rows, _programs(data, starts[rows], code, width), code, known)
    return _as_texts(letters, lengths)


def _groups(codes: Bytes, sizes: Places) -> list[tuple[int, int]]:
    """Return the pairs of type and size that have an address."""
    having = np.isin(codes, [*_WHERE, WITNESS_UNKNOWN])
    pairs = np.unique(codes[having].astype(np.int64) << 32 | sizes[having])
    return [(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in pairs]


def _programs(data: Bytes, starts: Places, code: int, width: int) -> Bytes:
    """Return, one row a script, its first byte and what its address tells."""
    at, size = _WHERE.get(code, (2, width - 2))
    places = np.concatenate([[0], np.arange(at, at + size)])
    told: Bytes = data[starts[:, None] + places[None, :]]
    return told


def _fill(letters: Bytes, lengths: Places, rows: Places, told: Bytes, code: int, network: Network) -> None:
    if code in (P2PKH, P2SH):
        told[:, 0] = network.key_hash if code == P2PKH else network.script_hash
        made, sizes = encode_check(told)
        for size in np.unique(sizes):
            some = sizes == size
            letters[rows[some], :size] = made[some, made.shape[1] - size :]
        lengths[rows] = sizes
        return
    versions = np.where(told[:, 0] == 0, 0, told[:, 0] - np.uint8(0x50)).astype(np.uint8)
    made = encode_segwit(network.prefix, versions, np.ascontiguousarray(told[:, 1:]))
    letters[rows, : made.shape[1]] = made
    lengths[rows] = made.shape[1]


def _as_texts(letters: Bytes, lengths: Places) -> pa.StringArray:
    """Return rows of letters as texts, null where there are none."""
    kept = np.arange(letters.shape[1])[None, :] < lengths[:, None]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    missing = np.packbits(lengths > 0, bitorder="little")
    buffers = [pa.py_buffer(missing), pa.py_buffer(offsets), pa.py_buffer(letters[kept].tobytes())]
    return pa.Array.from_buffers(pa.string(), len(lengths), buffers)


def _layout(scripts: pa.BinaryArray) -> tuple[Bytes, Places, Places]:
    """Return the bytes of a binary column, where each value begins and how long it is."""
    scripts = scripts.cast(pa.large_binary())
    _, offsets, data = scripts.buffers()
    ends: npt.NDArray[Any] = np.frombuffer(offsets, np.int64)[scripts.offset : scripts.offset + len(scripts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    return held, ends[:-1], np.diff(ends)


def _codes(scripts: pa.BinaryArray) -> Bytes:
    return script_types(*_layout(scripts))


__all__ = ["AddressCheck", "address_of", "addresses_of", "check_address", "script_of", "types_of"]
