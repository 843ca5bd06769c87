"""From wallet to wallet by payments, each by its shortest way; which payments may be followed is not asked here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.trace.chain import Ints


@dataclass(frozen=True)
class Moves:
    """Payments from one wallet to another, in chain order."""

    source: Ints
    """Numbers of the wallets that pay."""
    target: Ints
    """Numbers of the wallets that are paid."""
    txids: pa.Array
    """The payments."""


@dataclass(frozen=True)
class Ways:
    """Wallets that were reached, the starts first, then round by round; each wallet once."""

    wallets: Ints
    hops: Ints
    """Payments from its start."""
    origin: Ints
    """Index of its start."""
    txids: pa.Array
    """What the start's text was, and the payments since, spaces between."""


def ways_from(moves: Moves, wallets: Ints, txids: pa.Array, barred: Ints, hops: int) -> Ways:
    """Follow payments from wallets.

    Args:
        moves: what may be followed.
        wallets: where it starts, each once.
        txids: of each start, a text that its way begins with.
        barred: wallets that are not gone to.
        hops: at most so many payments.

    Returns:
        what was reached; of several ways of one length the one whose last payment stands first in chain order.

    """
    known = np.union1d(barred, wallets)
    found = [Ways(wallets, np.zeros(len(wallets), np.int64), np.arange(len(wallets), dtype=np.int64), txids)]
    for hop in range(1, hops + 1):
        last = found[-1]
        order = np.argsort(last.wallets, kind="stable")
        rows = np.flatnonzero(np.isin(moves.source, last.wallets) & ~np.isin(moves.target, known))
        if not len(rows):
            break
        new, first = np.unique(moves.target[rows], return_index=True)
        rows = rows[first]
        before = order[np.searchsorted(last.wallets[order], moves.source[rows])]
        texts = pc.binary_join_element_wise(last.txids.take(pa.array(before)), moves.txids.take(pa.array(rows)), " ")
        found.append(Ways(new, np.full(len(new), hop, np.int64), last.origin[before], texts))
        known = np.union1d(known, new)
    return Ways(
        np.concatenate([one.wallets for one in found]),
        np.concatenate([one.hops for one in found]),
        np.concatenate([one.origin for one in found]),
        pa.concat_arrays([one.txids for one in found]),
    )


__all__ = ["Moves", "Ways", "ways_from"]
