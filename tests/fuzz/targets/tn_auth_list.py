"""The list of numbers and providers in a certificate: any DER, and sound lists against what was put in."""

from __future__ import annotations

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.tn_auth_list import NotATnAuthList, TnAuthList, read_tn_auth_list

_WAYS = ("der", "list")


def _element(tag: int, body: bytes) -> bytes:
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + head + body


def _number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def _entry(line: str) -> bytes:
    """Return an entry: 'start+count' a range, digits a number, anything else a code."""
    start, plus, count = line.partition("+")
    if plus:
        inner = _element(0x16, start.encode()) + _element(2, _number(int(count)))
        return _element(0xA1, _element(0x30, inner))
    return (
        _element(0xA2, _element(0x16, line.encode()))
        if line.isdigit()
        else _element(0xA0, _element(0x16, line.encode()))
    )


def _check(made: TnAuthList) -> None:
    assert made.codes or made.ranges or made.numbers
    for number in sorted(made.numbers)[:50]:
        assert made.names(number)
    for start, count in made.ranges[:50]:
        assert count >= 2
        if start.isdigit():
            assert made.names(start), "a range without its first number"
            last = str(int(start) + count - 1).zfill(len(start))
            assert len(last) > len(start) or made.names(last), "a range without its last number"
            beyond = str(int(start) + count).zfill(len(start))
            others = TnAuthList((), ((start, count),), frozenset())
            assert not others.names(beyond), "a range and the number behind it"
    assert made.names("") in (True, False)


def feed(data: bytes) -> None:
    """Read DER as it comes, or a list of which the lines are the entries."""
    way, rest = chosen(data, _WAYS)
    if way == "der":
        try:
            made = read_tn_auth_list(rest)
        except NotATnAuthList:
            return
        assert read_tn_auth_list(rest) == made
        _check(made)
        return
    lines = [line for line in rest.decode("ascii", "ignore").split("\n")[:40] if _sound(line)]
    if not lines:
        return
    made = read_tn_auth_list(_element(0x30, b"".join(_entry(line) for line in lines)))
    _check(made)
    assert set(made.numbers) == {line for line in lines if line.isdigit()}
    assert [f"{start}+{count}" for start, count in made.ranges] == [line for line in lines if "+" in line]
    assert list(made.codes) == [line for line in lines if line.isalpha()]


def _sound(line: str) -> bool:
    start, plus, count = line.partition("+")
    if plus:
        return (
            start.isdigit()
            and len(start) <= 15
            and count.isdigit()
            and len(count) < 9
            and count[0] != "0"
            and int(count) > 1
        )
    return 0 < len(line) <= 15 and (line.isdigit() or (line.isalpha() and len(line) == 4))


TARGET = Target(
    "tn_auth_list",
    "a choice, then DER, or one entry a line: a number, start+count, or a provider's code",
    feed,
    (
        *with_choice(0, (_element(0x30, _entry("447700900123") + _entry("ABCD") + _entry("447700900000+100")),)),
        *with_choice(0, (b"\x30\x08\xa0\x06\x16\x04\x31\x32\x33\x34", b"\x30\x80\x00\x00", b"\x30\x84\xff\xff\xff\xff")),
        *with_choice(1, (b"447700900123\n447700900000+100\nABCD\n441632960001+2",)),
    ),
    words=(b"\xa0\x06\x16\x04", b"\xa1", b"\xa2", b"\x30\x82", b"\x02\x01", b"\x02\x02", b"\x81", b"\x84\xff\xff\xff\xff"),
    most=1024,
)  # fmt: skip

__all__ = ["TARGET"]
