"""The cells of one batch as texts, and tests on them; what they mean is mapping_fields.py's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.ingest.container import Batch
from unspoof.ingest.system import Condition

Mask = NDArray[np.bool_]

_ASCII_LIKE = (
    "ascii",
    "big5",
    "cp",
    "euc",
    "gbk",
    "iso",
    "koi8",
    "latin",
    "mac",
    "shift",
    "us-ascii",
    "utf-8",
    "utf8",
    "windows",
)
"""Beginnings of the names of encodings in which a byte below 0x80 is that ASCII character where it begins one."""

MASKED = "•••"
"""What stands in the quarantine in place of a secret."""
_LONGEST_VALUE = 4096


@dataclass(frozen=True)
class Fault:
    """Rows that a column makes unreadable, and why."""

    rows: Mask
    columns: tuple[str, ...]
    """Source columns at fault; several where they are read as one text."""
    reason: str


class Cells:
    """Decoded columns of a batch, each decoded once.

    Names are those of the source table itself. Rows whose bytes are no text in the batch's encoding are null in the
    text and listed in `faults`.
    """

    def __init__(self, batch: Batch, nulls: Sequence[str]) -> None:
        self.rows = len(batch.locator)
        self.faults: list[Fault] = []
        self._batch = batch
        self._nulls = pa.array(list(nulls), pa.string()) if nulls else None
        self._raw: dict[str, pa.StringArray] = {}
        self._trimmed: dict[str, pa.StringArray] = {}

    def raw(self, column: str) -> pa.StringArray:
        """Return a column exactly as the source has it, decoded; the source's own texts for nothing become null."""
        if column not in self._raw:
            text, broken = decode(self.bytes(column), self._batch.encoding)
            if broken.any():
                self.faults.append(Fault(broken, (column,), f"bytes that are no text in {self._batch.encoding}"))
            if self._nulls is not None:
                text = pc.if_else(pc.is_in(text, value_set=self._nulls), pa.scalar(None, pa.string()), text)
            self._raw[column] = text
        return self._raw[column]

    def numbers(self, column: str) -> pa.Int64Array | None:
        """Return a column that the container gives as numbers, none of them negative; None of any other.

        Its digits are its text: `text` gives that too. Where the system has texts for nothing it is None.
        """
        if self._nulls is not None or column not in self._batch.cells.column_names:
            return None
        if self._batch.cells.schema.field(column).type != pa.int64():
            return None
        whole = self._column(column)
        least = pc.min(whole).as_py()
        return whole if least is None or least >= 0 else None

    def text(self, column: str) -> pa.StringArray:
        """Return a column without blanks around its texts."""
        if column not in self._trimmed:
            self._trimmed[column] = _trimmed(self.raw(column))
        return self._trimmed[column]

    def bytes(self, column: str) -> pa.BinaryArray:
        """Return a column's bytes; all null if the batch lacks it."""
        if column not in self._batch.cells.column_names:
            return pa.nulls(self.rows, pa.binary())
        chunk = self._column(column)
        if pa.types.is_integer(chunk.type):
            chunk = pc.cast(chunk, pa.string())
        return chunk if chunk.type == pa.binary() else pc.cast(chunk, pa.binary())

    def _column(self, column: str) -> pa.Array:
        whole = self._batch.cells.column(column)
        chunk = whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks()
        if isinstance(chunk, pa.ChunkedArray):
            chunk = pa.concat_arrays(chunk.chunks) if chunk.num_chunks else pa.nulls(0, whole.type)
        return chunk

    def passes(self, conditions: Sequence[Condition]) -> Mask:
        """Say for each row whether it meets all conditions."""
        mask = np.ones(self.rows, dtype=np.bool_)
        for condition in conditions:
            mask &= self._meets(condition)
        return mask

    def shown(self, column: str, rows: NDArray[np.int64], *, secret: bool) -> pa.StringArray:
        """Return the values of some rows of a column, escaped, for the quarantine; a secret is masked whole."""
        if secret:
            return pa.array([MASKED] * len(rows), pa.string())
        values = self.bytes(column).take(pa.array(rows)).dictionary_encode()
        return pa.array([_escaped(value) for value in values.dictionary.to_pylist()], pa.string()).take(values.indices)

    def _meets(self, condition: Condition) -> Mask:
        text = pc.fill_null(self.text(condition.column), "")
        if condition.pattern:
            met = pc.match_substring_regex(text, condition.pattern)
        else:
            met = pc.is_in(text, value_set=pa.array(list(condition.values), pa.string()))
        found = np.asarray(met)
        return ~found if condition.negate else found


def decode(cells: pa.BinaryArray, encoding: str) -> tuple[pa.StringArray, Mask]:
    """Return cells as text, null where the bytes are none in that encoding, and which rows those are.

    Rows of ASCII alone are taken over as they are where the encoding allows it; each distinct other is decoded once.
    """
    broken = np.zeros(len(cells), dtype=np.bool_)
    name = encoding.lower().replace("_", "-") or "utf-8"
    if name in ("utf-8", "utf8"):
        try:
            return pc.cast(cells, pa.string()), broken
        except pa.ArrowInvalid:
            pass
    rows = _beyond_ascii(cells) if name.startswith(_ASCII_LIKE) else np.arange(len(cells))
    odd = cells.take(pa.array(rows)).dictionary_encode()
    texts = [_decoded(value, encoding) for value in odd.dictionary.to_pylist()]
    fixed = pa.array(texts, pa.string()).take(odd.indices)
    wrong = np.asarray(pc.and_(pc.is_null(fixed), pc.is_valid(odd.indices)))
    broken[rows] = wrong
    mask = np.zeros(len(cells), dtype=np.bool_)
    mask[rows] = True
    rest = pc.cast(pc.if_else(pa.array(mask), pa.scalar(None, pa.binary()), cells), pa.string())
    return pc.replace_with_mask(rest, pa.array(mask), fixed), broken


def joined(parts: Sequence[pa.StringArray], separator: str) -> pa.StringArray:
    """Join columns row by row and leave out what is null; null where all are.

    Arrow's own kernel drops a row altogether where every part is null and nulls are skipped (seen in 26.0.1).
    """
    whole, *others = parts
    for part in others:
        both = pc.binary_join_element_wise(whole, part, separator, null_handling="emit_null")
        whole = pc.coalesce(both, whole, part)
    return whole


def _decoded(value: bytes | None, encoding: str) -> str | None:
    if value is None:
        return None
    try:
        return value.decode(encoding or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return None


def _beyond_ascii(cells: pa.BinaryArray) -> NDArray[np.int64]:
    """Return the rows that hold a byte of 0x80 or more."""
    starts, data = _bytes_of(cells)
    places = np.flatnonzero(data[starts[0] : starts[-1]] >= 0x80) + starts[0] if len(cells) else np.zeros(0, np.int64)
    return np.unique(np.searchsorted(starts, places, side="right") - 1)


def _bytes_of(cells: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    _, offsets, data = cells.buffers()
    if offsets is None:
        return np.zeros(len(cells) + 1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    starts = np.frombuffer(offsets, dtype=np.int32)[cells.offset : cells.offset + len(cells) + 1].astype(np.int64)
    return starts, np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)


def _trimmed(text: pa.StringArray) -> pa.StringArray:
    """Trim only if some text begins or ends with a blank or beyond ASCII, which a look at two bytes a row tells."""
    starts, data = _bytes_of(text)
    filled = np.flatnonzero(np.diff(starts))
    edges = np.concatenate((data[starts[filled]], data[starts[filled + 1] - 1])) if len(filled) else data[:0]
    if ((edges > 0x20) & (edges < 0x7F)).all():
        return text
    return pc.utf8_trim_whitespace(text)


def _escaped(value: bytes | None) -> str:
    if value is None:
        return ""
    return "".join(_visible(char) for char in value[:_LONGEST_VALUE].decode("utf-8", "surrogateescape"))


def _visible(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode()


__all__ = ["MASKED", "Cells", "Fault", "Mask", "decode", "joined"]
