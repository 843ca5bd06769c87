"""Which things hang together through links: connected components in columns; it judges no link."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def least_labels(count: int, left: Ints, right: Ints) -> Ints:
    """Give every node the least node that it is connected to.

    Args:
        count: how many nodes there are; nodes are 0 ... count - 1.
        left: one end of each link.
        right: the other end; the order of ends and of links does not matter.

    Returns:
        `count` labels. Every pass takes the least label over each link into both labels' own labels (hooking), then
        follows labels to their end (pointer jumping); a chain of a million links takes a few dozen passes at most.

    """
    labels = np.arange(count, dtype=np.int64)
    while True:
        a, b = labels[left], labels[right]
        apart = a != b
        if not apart.any():
            return labels
        a, b = a[apart], b[apart]
        np.minimum.at(labels, np.maximum(a, b), np.minimum(a, b))
        while True:
            jumped = labels[labels]
            if np.array_equal(jumped, labels):
                break
            labels = jumped


__all__ = ["Ints", "least_labels"]
