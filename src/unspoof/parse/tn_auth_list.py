"""The TNAuthList of a certificate: which providers and numbers it speaks for; not whether the certificate is to be trusted.

    TNAuthorizationList ::= SEQUENCE SIZE (1..MAX) OF TNEntry
    TNEntry ::= CHOICE { spc [0] IA5String, range [1] SEQUENCE { start, count INTEGER (2..MAX) }, one [2] TelephoneNumber }
    TelephoneNumber ::= IA5String (SIZE (1..15)) (FROM ("0123456789#*"))

Tags are explicit. Source: RFC 8226 section 9. DER only (X.690 section 10): definite lengths in their shortest form.
"""

from __future__ import annotations

from dataclasses import dataclass

from unspoof.parse.call_party import CANONICAL_NUMBER

OID = "1.3.6.1.5.5.7.1.26"
MOST_ENTRIES = 20_000

_SEQUENCE, _IA5, _INTEGER, _SPC, _RANGE, _ONE = 0x30, 0x16, 0x02, 0xA0, 0xA1, 0xA2


class NotATnAuthList(ValueError):
    """The bytes are no TNAuthList; the message says where they depart from it."""


@dataclass(frozen=True, slots=True)
class TnAuthList:
    """What a certificate speaks for."""

    codes: tuple[str, ...] = ()
    """Service provider codes: a claim on every number that the provider says is its customer's."""
    ranges: tuple[tuple[str, int], ...] = ()
    """First number and how many follow, itself included."""
    numbers: frozenset[str] = frozenset()

    def names(self, number: str) -> bool:
        """Say whether a number is one of `numbers` or in one of `ranges`; codes do not count.

        Numbers of a range have as many digits as its first.
        """
        if number in self.numbers:
            return True
        if not self.ranges or not number.isdigit():
            return False
        value = int(number)
        return any(
            len(number) == len(start) and start.isdigit() and 0 <= value - int(start) < count
            for start, count in self.ranges
        )


def _element(data: bytes, place: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and end of the content of the element at `place`."""
    if place + 2 > end:
        raise NotATnAuthList("an element is cut off")
    tag, size = data[place], data[place + 1]
    start = place + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 3 or start + count > end:
            raise NotATnAuthList("a length is not DER")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
        if size < 0x80 or size < 1 << (8 * (count - 1)):
            raise NotATnAuthList("a length is longer than DER has it")
    if start + size > end:
        raise NotATnAuthList("an element runs past its end")
    return tag, start, start + size


def _only(data: bytes, place: int, end: int, tag: int, what: str) -> bytes:
    found, start, stop = _element(data, place, end)
    if found != tag:
        raise NotATnAuthList(f"{what} has the tag {found:#04x}, not {tag:#04x}")
    if stop != end:
        raise NotATnAuthList(f"something follows {what}")
    return data[start:stop]


def _number(raw: bytes) -> str:
    text = raw.decode("latin-1")
    if not CANONICAL_NUMBER.fullmatch(text):
        raise NotATnAuthList("a telephone number is none")
    return text


def _range(data: bytes, place: int, end: int) -> tuple[str, int]:
    content = _only(data, place, end, _SEQUENCE, "a range")
    tag, start, stop = _element(content, 0, len(content))
    if tag != _IA5:
        raise NotATnAuthList("the start of a range is no IA5String")
    first = _number(content[start:stop])
    raw = _only(content, stop, len(content), _INTEGER, "the count of a range")
    if not raw or raw[0] & 0x80 or (len(raw) > 1 and raw[0] == 0 and not raw[1] & 0x80) or len(raw) > 8:
        raise NotATnAuthList("the count of a range is no DER integer above 1")
    count = int.from_bytes(raw, "big")
    if count < 2:
        raise NotATnAuthList("the count of a range is below 2")
    return first, count


def read_tn_auth_list(data: bytes) -> TnAuthList:
    """Return what a TNAuthList extension's value says.

    Args:
        data: the content of the extension's OCTET STRING.

    Raises:
        NotATnAuthList: it is not the DER of RFC 8226 section 9.
    """
    tag, place, end = _element(data, 0, len(data))
    if tag != _SEQUENCE:
        raise NotATnAuthList(f"it has the tag {tag:#04x}, not that of a SEQUENCE")
    if end != len(data):
        raise NotATnAuthList("something follows the list")
    codes: list[str] = []
    ranges: list[tuple[str, int]] = []
    numbers: set[str] = set()
    entries = 0
    while place < end:
        tag, start, stop = _element(data, place, end)
        if tag == _SPC:
            code = _only(data, start, stop, _IA5, "a provider code")
            if not code or len(code) > 64 or not all(0x21 <= c <= 0x7E for c in code):
                raise NotATnAuthList("a provider code is empty or not printable")
            codes.append(code.decode("ascii"))
        elif tag == _RANGE:
            ranges.append(_range(data, start, stop))
        elif tag == _ONE:
            numbers.add(_number(_only(data, start, stop, _IA5, "a number")))
        else:
            raise NotATnAuthList(f"an entry has the unknown tag {tag:#04x}")
        place = stop
        entries += 1
        if entries > MOST_ENTRIES:
            raise NotATnAuthList(f"there are more than {MOST_ENTRIES} entries")
    if not entries:
        raise NotATnAuthList("the list is empty")
    return TnAuthList(tuple(codes), tuple(ranges), frozenset(numbers))


__all__ = ["MOST_ENTRIES", "OID", "NotATnAuthList", "TnAuthList", "read_tn_auth_list"]
