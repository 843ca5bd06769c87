"""Where the lines of a text stand; what is in them is others' business."""

from __future__ import annotations

import numpy as np

from unspoof.parse.charsets import Positions

_LF, _CR = 10, 13


def find_lines(utf8: bytes, breaks: Positions, comment: str = "") -> tuple[Positions, Positions]:
    """Return where each line begins and ends, without line ends, empty lines and lines that begin with `comment`.

    Args:
        utf8: whole lines; the last may lack its end.
        breaks: positions of the line feeds.
        comment: prefix of lines to leave out; '' leaves out none.

    """
    ends = breaks if utf8.endswith(b"\n") or not utf8 else np.append(breaks, len(utf8))
    if not len(ends):
        return ends, ends
    starts = np.concatenate(([0], ends[:-1] + 1))
    text = np.frombuffer(utf8, dtype=np.uint8)
    ends = ends - ((ends > starts) & (text[np.maximum(ends - 1, 0)] == _CR))
    kept = ends > starts
    if comment:
        prefix = comment.encode()
        for i in np.flatnonzero(kept & (text[np.minimum(starts, len(text) - 1)] == prefix[0])).tolist():
            kept[i] = not utf8.startswith(prefix, int(starts[i]))
    return starts[kept], ends[kept]


__all__ = ["find_lines"]
