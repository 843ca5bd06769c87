"""Accounts that hang together through links: one suspect each, a person or a crew; no link is made here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.link.components import Ints, least_labels
from unspoof.model.tables import Column, Table

TIERS: tuple[tuple[int, int], ...] = ((999_000, 1_000), (990_000, 100), (0, 10))
"""(least score in millionths, most accounts): links of a tier are used together after those of the tiers above, and
join no group of more accounts than this, unless at least half of all pairs in it are linked directly."""


def _sizes(labels: Ints) -> Ints:
    return np.bincount(labels, minlength=len(labels))


def joined(count: int, left: Ints, right: Ints, score_ppm: Ints) -> Ints:
    """Group accounts through links, the surest first, so that no chain of doubtful links makes a giant.

    Where the links of a tier would make a group larger than the tier allows and sparse, none of them is used in that
    group, which stays in the parts that surer links make. The result does not depend on the order of the links.

    Args:
        count: accounts, numbered from 0.
        left: one end of each link.
        right: the other end.
        score_ppm: probability of each link, millionths.

    Returns:
        per account the least account of its group.

    """
    used: npt.NDArray[np.bool_] = np.zeros(len(left), dtype=bool)
    above = 1_000_001
    for least, most in TIERS:
        tier = (score_ppm >= least) & (score_ppm < above)
        above = least
        tried = used | tier
        labels = least_labels(count, left[tried], right[tried])
        size = _sizes(labels)
        links = np.bincount(labels[left[tried]], minlength=count)
        fits = (size <= most) | (links * 4 >= size * (size - 1))
        used |= tier & fits[labels[left]]
    return least_labels(count, left[used], right[used])


def _crews(inputs: Inputs) -> pa.Table:
    accounts = np.sort(inputs.tables["account_universe"]["account_id"].to_numpy())
    links = inputs.tables["account_links"]
    left = np.searchsorted(accounts, links["left_account_id"].to_numpy())
    right = np.searchsorted(accounts, links["right_account_id"].to_numpy())
    labels = joined(len(accounts), left, right, links["score_ppm"].to_numpy())
    heads = accounts[labels].astype(np.str_)
    return pa.table(
        {
            "suspect_id": pa.array(np.char.add("S", heads), type=pa.string()),
            "account_id": accounts,
            "members": _sizes(labels)[labels],
        }
    )


CREWS = Step(
    name="crews",
    meaning="every account with the person or crew that it belongs to",
    reads=("account_universe", "account_links"),
    gives=Table(
        "crews",
        "one row per account",
        (
            Column("suspect_id", "text", "'S' and the least account_id of the group", nullable=False),
            Column("account_id", "int64", "the account", nullable=False),
            Column("members", "int64", "accounts in the group", nullable=False),
        ),
    ),
    order_by=("suspect_id", "account_id"),
    run=_crews,
)

STEPS = (CREWS,)

__all__ = ["CREWS", "STEPS", "TIERS", "joined"]
