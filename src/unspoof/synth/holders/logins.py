"""When users logged in and from which address; addresses are of documentation and reserved ranges only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan

VPN_EXITS = 240
"""Exits of VPN services; each is used by hundreds of strangers at full size."""
_HOME_LINES = 3
"""Lines of its own that a person logs in from."""
_MOST = 300
"""Log-ins of an account."""
_RESERVED = 2**28
"""Addresses in 240.0.0.0/4, which nobody can have (RFC 1112 section 4)."""
_STEP = 40_503_817
"""Odd, so that stepping through 2**28 addresses meets none twice."""


@dataclass(frozen=True)
class Logins:
    """One item a log-in, in order of time."""

    account: np.ndarray
    """int64 place of the account."""
    at: np.ndarray
    """int64 epoch second."""
    line: np.ndarray
    """int64: 0 to VPN_EXITS - 1 an exit; above, a line of one person or one crew."""
    ip: pa.StringArray

    def last(self, accounts: int) -> np.ndarray:
        """Return each account's last log-in as epoch second, 0 where there is none."""
        last = np.zeros(accounts, dtype=np.int64)
        last[self.account] = self.at  # in order of time, so the last one stays
        return last

    def shared(self) -> tuple[np.ndarray, np.ndarray]:
        """Return lines of persons and crews that several accounts used, and the accounts, as pairs."""
        own = self.line >= VPN_EXITS
        pairs = np.unique(np.stack([self.line[own], self.account[own]], axis=1), axis=0)
        lines, times = np.unique(pairs[:, 0], return_counts=True)
        kept = pairs[np.isin(pairs[:, 0], lines[times > 1])]
        return kept[:, 0], kept[:, 1]


def _text(numbers: np.ndarray) -> pa.StringArray:
    return pc.cast(pa.array(numbers), pa.string())


def addresses(line: np.ndarray) -> pa.StringArray:
    """Write lines as addresses: exits in documentation ranges, others in 240.0.0.0/4, a third in 2001:db8::/32."""
    exits = pa.array([f"{net}.{host}" for host in range(10, 90) for net in ("192.0.2", "198.51.100", "203.0.113")])
    scattered = line * _STEP % _RESERVED
    parts = (240 + (scattered >> 24), scattered >> 16 & 255, scattered >> 8 & 255, scattered & 255)
    four = pc.binary_join_element_wise(*(_text(part) for part in parts), ".")
    six = pc.binary_join_element_wise(
        pa.scalar("2001:db8:"), _text(line // 9000 + 1), pa.scalar(":"), _text(line % 9000 + 1), pa.scalar("::1"), ""
    )
    own = pc.if_else(pa.array(line % 3 == 0), six, four)
    return pc.if_else(pa.array(line < VPN_EXITS), exits.take(pa.array(np.minimum(line, VPN_EXITS - 1))), own)


def make_logins(plan: Plan, users: Users) -> Logins:
    """Make the log-ins of every account.

    Busy users hide more often behind a VPN (investigation.md section 9, IP churn); people of a crew sometimes
    use one line together.

    Args:
        plan: seed.
        users: accounts, persons, crews.

    Returns:
        log-ins in order of time.

    """
    stream, count = plan.stream("logins"), len(users.person)
    many = np.minimum(1 + np.exp(1.1 + 0.8 * users.vigour), _MOST).astype(np.int64)
    account = np.repeat(np.arange(count), many)
    at = users.created[account] + (stream.random(len(account)) * (users.until - users.created)[account]).astype(
        np.int64
    )
    order = np.argsort(at, kind="stable")
    account, at = account[order], at[order]
    draw = stream.random((3, len(account)))
    exits = (draw[1] ** 3 * VPN_EXITS).astype(np.int64)
    person = users.person[account].astype(np.int64)
    own = VPN_EXITS + person * _HOME_LINES + (draw[1] ** 2 * _HOME_LINES).astype(np.int64)
    crew = VPN_EXITS + users.persons * _HOME_LINES + users.crew[account]
    people = np.bincount(users.crew[users.nth == 0], minlength=users.crews)
    hides = draw[0] < np.clip(0.3 + 0.15 * users.vigour[account], 0.1, 0.85)
    together = (people[users.crew[account]] > 1) & (draw[2] < 0.35)
    line = np.where(hides, exits, np.where(together, crew, own))
    return Logins(account, at, line, addresses(line))


__all__ = ["VPN_EXITS", "Logins", "addresses", "make_logins"]
