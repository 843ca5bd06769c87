"""Text in any character set as UTF-8, with the way back from each line to its bytes; guesses no character set.

Everything behind this module sees UTF-8 and nothing else. A byte that has no meaning in the stated character set
becomes a half surrogate, which is not valid UTF-8: the row that holds it is found by `valid_rows` and refused, the
rest is read.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspoof.errors import BadExhibit, BadMapping

Positions = npt.NDArray[np.int64]

HEAD = 1 << 20
"""Bytes of a stream's beginning that decide on its character set and line ends."""

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_FAMILIES = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_UNFIT = ("iso2022", "utf-7", "hz", "unicode_escape", "raw-unicode-escape", "unicode-escape", "idna", "punycode")
_MARK = "\ud800"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _MARK, error.start + 1


codecs.register_error("unspoof-mark", _mark)


@dataclass(frozen=True)
class Charset:
    """How a stream's bytes make text."""

    name: str
    """Python's name of the codec, byte order included: 'utf-8', 'utf-16-le', 'cp1252'."""
    bom: int = 0
    """Bytes of the byte-order mark at the start of the stream."""
    unit: int = 1
    """Bytes of one code unit: 2 for UTF-16, 4 for UTF-32, else 1."""
    line_end: str = "\n"
    """The character that ends lines: a line feed (a carriage return before it belongs to it), or a lone return."""
    note: str = ""
    """How the character set was found, for the custody log."""

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes can be used as they are."""
        return self.name == "utf-8"


@dataclass(frozen=True)
class Text:
    """Whole lines as UTF-8, and where each stood in the stream."""

    utf8: bytes
    breaks: Positions
    """Positions of the line ends in `utf8`."""
    offset: int
    """Position in the stream of the first byte."""
    size: int
    """Bytes in the stream."""
    source_breaks: Positions
    """Positions of the line ends, from `offset`, in bytes of the stream."""
    unit: int

    def source_starts(self, starts: Positions) -> Positions:
        """Return the place in the stream of each beginning of a line in `utf8`."""
        line = np.searchsorted(self.breaks, starts)
        if self.source_breaks is self.breaks:
            return starts + self.offset
        begins = np.concatenate(([0], self.source_breaks + self.unit))
        return np.asarray(begins[line] + self.offset, dtype=np.int64)

    def source_ends(self, ends: Positions) -> Positions:
        """Return the place in the stream of each end of a line (before its line end, or between return and feed)."""
        if self.source_breaks is self.breaks:
            return ends + self.offset
        line = np.searchsorted(self.breaks, ends)
        text_ends = np.concatenate((self.breaks, [len(self.utf8)]))
        ends_there = np.concatenate((self.source_breaks, [self.size]))
        return np.asarray(ends_there[line] - (text_ends[line] - ends) * self.unit + self.offset, dtype=np.int64)


def _codec(stated: str) -> str:
    try:
        name = codecs.lookup(stated).name
        "\n".encode(name)
    except (LookupError, UnicodeError, ValueError):
        raise BadMapping(
            f"unknown character set {stated!r}", hint="Name one that Python knows: utf-8, cp1252."
        ) from None
    if any(name.startswith(unfit) for unfit in _UNFIT):
        hint = "Convert the file to UTF-8 and record the conversion in the custody log."
        raise BadMapping(f"character set {name} cannot be read by lines", hint=hint)
    return name


def _marked(head: bytes) -> tuple[str, int]:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, len(bom)
    return "", 0


def _by_nul(head: bytes) -> str:
    sample = np.frombuffer(head[: len(head) // 4 * 4], dtype=np.uint8)
    if sample.size < 4:
        return ""
    zero = [float((sample[i::4] == 0).mean()) for i in range(4)]
    patterns = {
        "utf-32-le": (zero[1], zero[2], zero[3], 1 - zero[0]),
        "utf-32-be": (zero[0], zero[1], zero[2], 1 - zero[3]),
        "utf-16-le": (zero[1], zero[3], 1 - zero[0], 1 - zero[2]),
        "utf-16-be": (zero[0], zero[2], 1 - zero[1], 1 - zero[3]),
    }
    return next((name for name, shares in patterns.items() if min(shares) > 0.7), "")


def _check_utf8(head: bytes, whole: bool) -> str:
    """Return a note on rows that are not UTF-8; raise if that is how the file is rather than damage in a row."""
    lines = head.split(b"\n")
    lines = lines if whole else lines[:-1]
    wrong, right, first, at = 0, 0, -1, 0
    for line in lines:
        if not line.isascii():
            try:
                line.decode()
                right += 1
            except UnicodeDecodeError as error:
                first = first if wrong else at + error.start
                wrong += 1
        at += len(line) + 1
    if wrong > 1 and wrong > right:
        raise BadExhibit(
            f"not UTF-8: byte 0x{head[first]:02x} at offset {first}; {wrong} of the {wrong + right} lines at the start "
            "that hold more than ASCII are not",
            hint="State the character set, for instance --encoding cp1252 (encoding = 'cp1252' in a format of your own).",
        )
    return f"{wrong} lines at the start are not UTF-8, the first at byte {first}" if wrong else ""


def _found(stated: str, head: bytes, whole: bool) -> tuple[str, int, str]:
    marked, bom = _marked(head)
    if stated:
        name = _codec(stated)
        if marked and name in _FAMILIES and marked.startswith(name):
            name = marked
        name = _FAMILIES.get(name, name)
        if marked == "utf-8" and name != "utf-8":
            raise BadExhibit(f"begins with the mark of UTF-8, but {name} is stated", hint="State utf-8.")
        return name, bom if marked == name else 0, f"character set {name}, as stated"
    if marked:
        return marked, bom, f"character set {marked}, by its byte-order mark"
    name = _by_nul(head)
    if name:
        return name, 0, f"character set {name}, by its zero bytes"
    note = _check_utf8(head, whole)
    return "utf-8", 0, note or "character set utf-8"


def find_charset(stated: str, head: bytes, whole: bool = False) -> Charset:
    """Find out how a stream's bytes make text.

    Stated beats found; a byte-order mark beats bytes; without either, zero bytes in every second or three of four
    places mean UTF-16 or UTF-32, and all else must be UTF-8. Single-byte character sets are never guessed.

    Args:
        stated: a name that Python knows, or ''.
        head: the stream's first bytes, up to `HEAD`.
        whole: `head` is the whole stream.

    Raises:
        BadMapping: `stated` is unknown, or has shifts between meanings of a byte (ISO 2022, UTF-7).
        BadExhibit: nothing is stated and most lines with more than ASCII are not UTF-8, or a mark contradicts.

    """
    name, bom, note = _found(stated, head, whole)
    unit = len("\n".encode(name))
    charset = Charset(name, bom, unit, "\n", note)
    body = head[bom:]
    if find_breaks(body, charset).size or not find_breaks(body, Charset(name, bom, unit, "\r")).size:
        return charset
    return Charset(name, bom, unit, "\r", f"{note}; lines end with a carriage return alone")


def find_breaks(raw: bytes, charset: Charset) -> Positions:
    """Return the positions, in bytes, of the code units that end lines; ascending."""
    width = charset.unit
    order = "<" if charset.name.endswith("le") else ">"
    units = np.frombuffer(raw, dtype=f"{order}u{width}", count=len(raw) // width)
    code = int.from_bytes(charset.line_end.encode(charset.name), "little" if order == "<" else "big")
    return np.flatnonzero(units == code).astype(np.int64) * width


def _whole_units(raw: bytes, charset: Charset) -> bytes:
    over = len(raw) % charset.unit
    if over:
        raw = raw[:-over] + _MARK.encode(charset.name, "surrogatepass")
    if charset.unit == 4:
        units = np.frombuffer(raw, dtype="<u4" if charset.name.endswith("le") else ">u4")
        if (units > 0x10FFFF).any():
            raw = np.where(units > 0x10FFFF, 0xD800, units).astype(units.dtype).tobytes()
    return raw


def to_text(raw: bytes, offset: int, charset: Charset, source_breaks: Positions | None = None) -> Text:
    """Return bytes of whole lines as UTF-8.

    Args:
        raw: whole lines (the stream's last line may lack its end).
        offset: where they stand in the stream.
        charset: see `find_charset`.
        source_breaks: what `find_breaks` gives, if it is known already.

    Raises:
        BadExhibit: the character set turns line ends into something else, so that no row could be led back to its
        bytes.

    """
    breaks = find_breaks(raw, charset) if source_breaks is None else source_breaks
    utf8 = raw
    if not charset.is_utf8:
        errors = "unspoof-mark" if charset.unit == 1 else "surrogatepass"
        decoded = _whole_units(raw, charset).decode(charset.name, errors)
        utf8 = decoded.encode("utf-8", "surrogatepass")
    if charset.line_end != "\n":
        utf8 = utf8.replace(b"\r", b"\n")
    if charset.is_utf8:
        return Text(utf8, breaks, offset, len(raw), breaks, 1)
    text_breaks = np.flatnonzero(np.frombuffer(utf8, dtype=np.uint8) == 10).astype(np.int64)
    if len(text_breaks) != len(breaks):
        raise BadExhibit(f"lines cannot be told apart in character set {charset.name}", hint="Convert it to UTF-8.")
    return Text(utf8, text_breaks, offset, len(raw), breaks, charset.unit)


def is_utf8(data: bytes) -> bool:
    """Say whether all of `data` is valid UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def valid_rows(utf8: bytes, starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
    """Say of each stretch of `utf8` whether it is valid UTF-8; looks at single rows only where something is wrong."""
    good = np.ones(len(starts), dtype=bool)
    if is_utf8(utf8):
        return good
    high = np.flatnonzero(np.frombuffer(utf8, dtype=np.uint8) >= 0x80)
    suspects = np.flatnonzero(np.searchsorted(high, ends) > np.searchsorted(high, starts))
    for row in suspects.tolist():
        good[row] = is_utf8(utf8[starts[row] : ends[row]])
    return good


__all__ = ["HEAD", "Charset", "Positions", "Text", "find_breaks", "find_charset", "is_utf8", "to_text", "valid_rows"]
