"""Many short stretches of one buffer as columns: taken, trimmed, told apart; what they mean is their readers' business.

Nothing here is called once per stretch: NumPy finds places, Arrow copies and compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

PAD = 40
"""Octets of zero behind the data of a buffer, so that words can be read up to its end."""


@dataclass(frozen=True)
class Slices:
    """One stretch of the buffer for each row, in the order of the buffer."""

    begin: Places
    stop: Places
    there: Mask
    """Where False the row has none; its `begin` and `stop` are one place between those of its neighbours."""

    def of(self, rows: Places) -> Slices:
        """Return the stretches of some rows, in their order."""
        return Slices(self.begin[rows], self.stop[rows], self.there[rows])

    def taken(self, data: Octets) -> pa.BinaryArray:
        """Return the octets, null where there are none."""
        offsets = np.empty(2 * len(self.begin), np.int32)
        offsets[0::2], offsets[1::2] = self.begin, self.stop
        if not len(offsets):
            return pa.array([], pa.binary())
        parts = pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
        # every other part is one of ours, the rest is what stands between them
        return parts.take(pa.array(np.arange(0, len(offsets), 2), mask=None if self.there.all() else ~self.there))

    def trimmed(self, data: Octets) -> tuple[Slices, Mask]:
        """Take off the one blank that usually stands before a value.

        Returns:
            the stretches, and the rows where what is left is empty, or begins or ends with a blank or a control
            character.

        """
        begin = self.begin + ((data[self.begin] == 0x20) & (self.stop > self.begin))
        unclear = (begin >= self.stop) | (data[begin] <= 0x20) | (data[self.stop - 1] <= 0x20)
        return Slices(begin, self.stop, self.there), unclear & self.there


def contents(column: pa.BinaryArray) -> tuple[Octets, Places]:
    """Return the octets of a column one behind the other, padded, and where each row begins and the last one ends."""
    offsets = np.frombuffer(column.buffers()[1], np.int32, len(column) + 1, column.offset * 4).astype(np.int64)
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return np.concatenate((data, np.zeros(PAD, np.uint8))), offsets - offsets[0]


def words(data: Octets) -> Words:
    """Return the eight octets from each place of a padded buffer on, the first one lowest; a view, nothing is copied."""
    return np.ndarray((len(data) - 7,), np.dtype("<u8"), buffer=data, strides=(1,))


def word(octets: bytes) -> np.uint64:
    """Return up to eight octets as `words` has them."""
    return np.uint64(int.from_bytes(octets, "little"))


def distinct(column: pa.Array) -> tuple[list[Any], Places]:
    """Return the distinct values of a column, None as the last of them, and for each row which it has."""
    coded = column.dictionary_encode()
    values = coded.dictionary.to_pylist()
    indices = coded.indices.fill_null(len(values)) if coded.indices.null_count else coded.indices
    return [*values, None], indices.to_numpy().astype(np.int64)


__all__ = ["PAD", "Mask", "Octets", "Places", "Slices", "Words", "contents", "distinct", "word", "words"]
