"""Elements of DER, one after the other: tag, length, content; what they mean is for others to say.

Source: X.690 sections 8.1 and 10.1: definite lengths in their shortest form, tags of one byte.
"""

from __future__ import annotations

SEQUENCE, IA5, UTF8, INTEGER = 0x30, 0x16, 0x0C, 0x02


class NotDer(ValueError):
    """The bytes are not the DER that was asked for; the message says where they depart from it."""


def element(data: bytes, place: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and end of the content of the element at `place`.

    Raises:
        NotDer: it is cut off, runs past `end`, or its length is not in the shortest form.
    """
    if place + 2 > end:
        raise NotDer("an element is cut off")
    tag, size = data[place], data[place + 1]
    start = place + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 3 or start + count > end:
            raise NotDer("a length is not DER")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
        if size < 0x80 or size < 1 << (8 * (count - 1)):
            raise NotDer("a length is longer than DER has it")
    if start + size > end:
        raise NotDer("an element runs past its end")
    return tag, start, start + size


def only(data: bytes, place: int, end: int, tag: int, what: str) -> bytes:
    """Return the content of the only element between two places, which must have the tag.

    Raises:
        NotDer: it has another tag, or something follows it.
    """
    found, start, stop = element(data, place, end)
    if found != tag:
        raise NotDer(f"{what} has the tag {found:#04x}, not {tag:#04x}")
    if stop != end:
        raise NotDer(f"something follows {what}")
    return data[start:stop]


def elements(data: bytes, place: int, end: int, most: int) -> list[tuple[int, int, int]]:
    """Return tag, start and end of every element between two places.

    Raises:
        NotDer: one is not DER, or there are more than `most`.
    """
    found = []
    while place < end:
        tag, start, stop = element(data, place, end)
        found.append((tag, start, stop))
        place = stop
        if len(found) > most:
            raise NotDer(f"there are more than {most} elements")
    return found


__all__ = ["IA5", "INTEGER", "SEQUENCE", "UTF8", "NotDer", "element", "elements", "only"]
