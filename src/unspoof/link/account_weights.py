"""What it is worth that two accounts share a thing, as a table that steps join; not how shared things are found.

A thing held by n of N accounts weighs ln(m N / (n c)) nats: m is how often two accounts of one person or crew share a
thing of the kind, n / N how often a stranger holds this very thing, and c how much less (or more) than that strangers
hold the same thing by chance, for what the kind is by nature: two strangers do not enter one e-mail address, but they
do sit behind one router. The prior is 0.6 / N: three accounts in ten belong to somebody who has another.
So N cancels for one thing alone, and the odds are 0.6 m / (n c). They fall faster than that with n, as n to the power
`fall`, where strangers come to hold one thing by choosing alike or by sitting behind one router: few people have many
accounts, while a common password has any number of holders.

Limits: m, c, fall and the caps are judgement; docs/links.md gives the basis of each and what follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.model.tables import Column, Table


@dataclass(frozen=True)
class ThingWeight:
    """One kind of thing that accounts share."""

    kind: str
    m_ppm: int
    """How often two accounts of one person or crew share such a thing."""
    c_ppm: int
    """Chance of strangers sharing it, relative to how many hold it."""
    fall: int
    """How fast the odds fall with the holders: as n to this power."""
    more_milli: int
    """What further things of the kind add to the rarest one at most: the second half of it, the third a quarter ..."""
    personal: bool
    """It points to one person rather than to people who work together."""
    says: str
    cap_milli: int | None = None
    """For lists: the most that they weigh beyond ln N."""


WEIGHTS: tuple[ThingWeight, ...] = (
    ThingWeight("email", 300_000, 1_000, 1, 2_000, True, "same e-mail address"),
    ThingWeight("mailbox", 300_000, 5_000, 2, 1_000, True, "same mailbox under two spellings of the e-mail address"),
    ThingWeight("phone", 300_000, 3_000, 2, 2_000, True, "same phone number entered"),
    ThingWeight("handle", 300_000, 3_000, 2, 2_000, True, "same messenger handle"),
    ThingWeight("secret", 600_000, 5_000, 3, 1_000, True, "same password fingerprint"),
    ThingWeight("username", 300_000, 20_000, 3, 1_000, True, "same log-in name"),
    ThingWeight("txid", 300_000, 5_000, 2, 3_000, True, "same deposit transaction"),
    ThingWeight("wallet", 500_000, 7_000, 2, 1_000, True, "paid from one wallet that nothing marks as a service's"),
    ThingWeight(
        "wallet-doubted",
        500_000,
        70_000,
        2,
        500,
        True,
        "paid from one wallet that may be a person's or hold a service's change",
    ),
    ThingWeight("address", 300_000, 300_000, 2, 1_000, False, "same receiving address of the shop"),
    ThingWeight("name", 300_000, 2_000_000, 1, 0, False, "same name entered"),
    ThingWeight("ip", 700_000, 1_000_000, 1, 1_500, False, "same log-in address"),
    ThingWeight("ip-repeated", 700_000, 20_000, 2, 1_000, False, "same log-in address, by both on several days"),
    ThingWeight("shown", 1_000_000, 1_000_000, 1, 0, False, "rarely shown numbers in common", 3_200),
    ThingWeight("called", 1_000_000, 1_000_000, 1, 0, False, "rarely called numbers in common", 1_900),
    ThingWeight("shift", 1_000_000, 1_000_000, 1, 0, False, "active in the same hours of the week", 700),
)
"""shown, called and shift are weighed as lists (account_lists.py), so that only their caps and words are used."""

TABLE = Table(
    "account_link_weights",
    "what it is worth that two accounts share a thing of a kind",
    (
        Column("kind", "text", "kind of thing", nullable=False),
        Column("m_ppm", "int64", "how often two accounts of one person or crew share one", "millionths", False),
        Column("c_ppm", "int64", "chance of strangers, relative to how many hold it", "millionths", False),
        Column("fall", "int64", "power of the holders with which the odds fall", "", False),
        Column("more_milli", "int64", "most that further things of the kind add", "thousandths of nats", False),
        Column("cap_milli", "int64", "of lists: most that they weigh beyond ln N", "thousandths of nats"),
        Column("personal", "bool", "it points to one person", nullable=False),
        Column("says", "text", "the sentence in the reasons", nullable=False),
    ),
)


def _weights(_: Inputs) -> pa.Table:
    return pa.table({name: [getattr(weight, name) for weight in WEIGHTS] for name in TABLE.names})


STEP = Step(
    name=TABLE.name,
    meaning=TABLE.meaning,
    reads=(),
    gives=TABLE,
    order_by=("kind",),
    run=_weights,
)

__all__ = ["STEP", "TABLE", "WEIGHTS", "ThingWeight"]
