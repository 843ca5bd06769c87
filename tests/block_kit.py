"""Real blocks of tests/vectors/bitcoin, and made-up ones of a network whose blocks cost no work."""

from __future__ import annotations

import bz2
import struct
from hashlib import sha256
from pathlib import Path

VECTORS = Path(__file__).parent / "vectors" / "bitcoin"
REGTEST = b"\xfa\xbf\xb5\xda"
GENESIS = bytes.fromhex("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206")[::-1]
_EASY = 0x207FFFFF
_START = 1_700_000_000


def real(name: str) -> bytes:
    """Return a file of the vectors, unpacked."""
    return bz2.decompress((VECTORS / f"{name}.bz2").read_bytes())


def double(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def size_of(number: int) -> bytes:
    """Return Core's CompactSize."""
    if number < 253:
        return bytes([number])
    if number < 1 << 16:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")


def transaction(
    inputs: list[tuple[bytes, int]], outputs: list[tuple[int, bytes]], script: bytes = b"", witness: bool = False
) -> bytes:
    """Return a transaction, unsigned."""
    made = struct.pack("<i", 2) + (b"\0\1" if witness else b"") + size_of(len(inputs))
    for txid, place in inputs:
        made += txid + struct.pack("<I", place) + size_of(len(script)) + script + b"\xff" * 4
    made += size_of(len(outputs))
    for value, paid in outputs:
        made += struct.pack("<q", value) + size_of(len(paid)) + paid
    return made + (b"\1\5drama" * len(inputs) if witness else b"") + bytes(4)


def coinbase(height: int, script: bytes, value: int = 50 * 10**8) -> bytes:
    """Return the transaction that makes new coin at a height."""
    said = bytes([0x50 + height, 0]) if height <= 16 else b"\2" + height.to_bytes(2, "little")
    return transaction([(bytes(32), 0xFFFFFFFF)], [(value, script)], said)


def txid_of(raw: bytes) -> bytes:
    """Return the txid, as hashed, of a transaction that this file made."""
    if raw[4:6] != b"\0\1":
        return double(raw)
    inputs = raw[6]  # made here, and never so many
    return double(raw[:4] + raw[6 : -4 - 7 * inputs] + raw[-4:])


def block(previous: bytes, height: int, transactions: list[bytes]) -> bytes:
    """Return a block whose hash meets regtest's target, by the smallest nonce."""
    level = [txid_of(one) for one in transactions]
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [double(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    front = struct.pack("<i", 4) + previous + level[0] + struct.pack("<II", _START + 600 * height, _EASY)
    nonce = 0
    while int.from_bytes(double(front + struct.pack("<I", nonce)), "little") >> 255:
        nonce += 1
    return front + struct.pack("<I", nonce) + size_of(len(transactions)) + b"".join(transactions)


def made_up_chain() -> list[bytes]:
    """Return three blocks on regtest's genesis: new coin, a payment to two, and one with a witness to every type."""
    pays = b"\x76\xa9\x14" + bytes(range(20)) + b"\x88\xac"
    first = block(GENESIS, 1, [coinbase(1, pays)])
    coin = double(first[81:])
    payment = transaction(
        [(coin, 0)], [(3_000_000_000, b"\0\x14" + bytes(20)), (1_999_990_000, b"\xa9\x14" + bytes(20) + b"\x87")]
    )
    second = block(double(first[:80]), 2, [coinbase(2, b"\x21\2" + bytes(32) + b"\xac"), payment])
    kinds = [b"\x51\x20" + bytes(32), b"\x51\2\x4e\x73", b"\x6a\5drama", b"\x51", b"\0\x20" + bytes(32)]
    spread = transaction(
        [(txid_of(payment), 0), (txid_of(payment), 1)], [(10**8 + i, s) for i, s in enumerate(kinds)], witness=True
    )
    third = block(double(second[:80]), 3, [coinbase(3, b"\x51\x21\2" + bytes(32) + b"\x51\xae"), spread])
    return [first, second, third]


def framed(records: list[bytes], magic: bytes = REGTEST) -> bytes:
    """Return records as Core's files hold them."""
    return b"".join(magic + len(one).to_bytes(4, "little") + one for one in records)


def mixed(data: bytes, key: bytes) -> bytes:
    """Return bytes mixed with a key, as Core does since version 28."""
    return bytes(byte ^ key[at % 8] for at, byte in enumerate(data))


def varint(number: int) -> bytes:
    """Return Core's VARINT, written from the definition in serialize.h."""
    digits = [number & 127]
    while number > 127:
        number = (number >> 7) - 1
        digits.append(number & 127 | 128)
    return bytes(reversed(digits))


def packed_amount(value: int) -> int:
    """Return Core's compressed amount, written from the definition in compressor.cpp."""
    if value == 0:
        return 0
    zeros = 0
    while value % 10 == 0 and zeros < 9:
        value //= 10
        zeros += 1
    if zeros < 9:
        return 1 + (value // 10 * 9 + value % 10 - 1) * 10 + zeros
    return 1 + (value - 1) * 10 + 9


def packed_script(script: bytes) -> bytes:
    """Return Core's compressed script of p2pkh, p2sh, p2pk with a compressed key, or any other as it stands."""
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return b"\0" + script[3:23]
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return b"\1" + script[2:22]
    if len(script) == 35 and script[0] == 33 and script[1] in (2, 3) and script[34] == 0xAC:
        return script[1:34]
    return varint(len(script) + 6) + script


def undo_record(coins: list[list[tuple[int, int, bytes]]]) -> bytes:
    """Return undo data: of each transaction, of each input, height, value and script of the coin."""
    made = size_of(len(coins))
    for inputs in coins:
        made += size_of(len(inputs))
        for height, value, script in inputs:
            made += (
                varint(height * 2) + (b"\0" if height else b"") + varint(packed_amount(value)) + packed_script(script)
            )
    return made


def undo_file(records: list[tuple[bytes, bytes]], magic: bytes = REGTEST) -> bytes:
    """Return an undo file of records, each with the hash of the block before its own."""
    return b"".join(
        magic + len(record).to_bytes(4, "little") + record + double(previous + record) for previous, record in records
    )


def made_up_undo() -> bytes:
    """Return the undo file of `made_up_chain`."""
    first, second, _ = made_up_chain()
    pays = b"\x76\xa9\x14" + bytes(range(20)) + b"\x88\xac"
    spent = [[(2, 3_000_000_000, b"\0\x14" + bytes(20)), (2, 1_999_990_000, b"\xa9\x14" + bytes(20) + b"\x87")]]
    coin = undo_record([[(1, 50 * 10**8, pays)]])
    return undo_file([(GENESIS, b"\0"), (double(first[:80]), coin), (double(second[:80]), undo_record(spent))])
