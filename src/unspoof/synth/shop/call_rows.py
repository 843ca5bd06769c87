"""Rows of the call tables: answered calls in `pkg_cdr`, the others in `pkg_cdr_failed`, as MagnusBilling books them.

`starttime` is the moment of the answer, `src` the SIP account, `callerid` the number shown (records.md section 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unspoof.synth.calls import ANSWERED, Calls
from unspoof.synth.places import Region
from unspoof.synth.plan import Plan
from unspoof.synth.shop.dump import RowSink, quoted
from unspoof.synth.shop.schema import SHOP
from unspoof.synth.shop.sql import Cell, decimals, floats, integers, joined, rows, times
from unspoof.synth.shown import Shown

_TWICE = 1 / 4_000
"""Rows of pkg_cdr that stand twice, under another id, as a repeated insert leaves them."""
_LEAST_BILLED_S, _STEP_S = 30, 6
_HANGUP = np.array([0, 0, 486, 480, 487, 503, 404], dtype=np.int64)
"""SIP code by terminatecauseid (records.md section 1: hangupcause)."""
TRUNKS = 4


@dataclass(frozen=True)
class CallBook:
    """What the rows of calls need beside the calls: one item an account, or a region."""

    ids: np.ndarray
    """int64 `pkg_user.id`."""
    plans: np.ndarray
    """int64 `id_plan`, from 1."""
    sip: pa.StringArray
    """SIP account names, unquoted."""
    regions: tuple[Region, ...]
    shown: Shown

    def numbers(self, calls: Calls) -> np.ndarray:
        """Return the called numbers as E.164 digits."""
        numbers = np.zeros(len(calls), dtype=np.int64)
        for place, region in enumerate(self.regions):
            here = np.flatnonzero(calls.region == place)
            numbers[here] = region.people.numbers(calls.person[here])
        return numbers


def unique_ids(calls: Calls) -> pa.StringArray:
    """Return Asterisk's unique ids: the second of dialling, a dot, a running number."""
    return joined(integers(calls.at - calls.rang), ".", integers(calls.serial))


class CallTables:
    """Writes both call tables batch by batch and counts what it wrote."""

    def __init__(self, plan: Plan, book: CallBook, answered: RowSink, failed: RowSink) -> None:
        self._plan, self._book = plan, book
        self._answered, self._failed = answered, failed
        self._sip, self._shown = quoted(book.sip), quoted(book.shown.texts)
        self._parts = 0
        self.rows_answered = 0
        self.rows_failed = 0
        self.twice = 0

    def write(self, calls: Calls, numbers: np.ndarray) -> None:
        """Append a batch of calls, in order of their end, with their called numbers."""
        good = calls.cause == ANSWERED
        draw = self._plan.stream("rows", self._parts).random(int(good.sum()))
        self._parts += 1
        copies = 1 + (draw < _TWICE).astype(np.int64)
        if self._parts == 1 and len(draw):
            # One at least, so that a small seizure has such a row too.
            copies[np.argmin(draw)] = 2
        places = np.repeat(np.flatnonzero(good), copies)
        self.twice += int((copies - 1).sum())
        self._write_answered(calls.where(places), numbers[places])
        self._write_failed(calls.where(~good), numbers[~good])

    def _common(self, calls: Calls, numbers: np.ndarray, first: int) -> dict[str, Cell]:
        account = pa.array(calls.account)
        return {
            "id": integers(np.arange(first, first + len(calls))),
            "id_user": integers(self._book.ids[calls.account]),
            "id_plan": integers(self._book.plans[calls.account]),
            "id_trunk": integers(1 + calls.serial % TRUNKS),
            "id_prefix": integers(1 + calls.region.astype(np.int64)),
            "callerid": self._shown.take(pa.array(calls.text)),
            "uniqueid": joined("'", unique_ids(calls), "'"),
            "starttime": times(calls.at),
            "calledstation": joined("'", integers(numbers), "'"),
            "sipiax": "0",
            "src": self._sip.take(account),
            "terminatecauseid": integers(calls.cause.astype(np.int64)),
        }

    def _write_answered(self, calls: Calls, numbers: np.ndarray) -> None:
        if len(calls) == 0:
            return
        talk = calls.duration_s.astype(np.int64)
        billed = np.maximum((talk + _STEP_S - 1) // _STEP_S * _STEP_S, _LEAST_BILLED_S)
        price = 14 - self._book.plans[calls.account]
        cells = self._common(calls, numbers, self.rows_answered + 1) | {
            "sessiontime": integers(billed),
            "sessionbill": floats(billed * price / 1000),
            "buycost": decimals(talk * 250, 6, 6),
            "real_sessiontime": integers(talk),
            "agent_bill": "0.000000",
        }
        self._answered.write(rows(SHOP["pkg_cdr"], cells))
        self.rows_answered += len(calls)

    def _write_failed(self, calls: Calls, numbers: np.ndarray) -> None:
        if len(calls) == 0:
            return
        channel = integers(calls.serial % 89_999_999 + 10_000_000)
        cells = self._common(calls, numbers, self.rows_failed + 1) | {
            "sessionid": joined("'SIP/", self._book.sip.take(pa.array(calls.account)), "-", channel, "'"),
            "hangupcause": integers(_HANGUP[calls.cause]),
        }
        self._failed.write(rows(SHOP["pkg_cdr_failed"], cells))
        self.rows_failed += len(calls)


__all__ = ["TRUNKS", "CallBook", "CallTables", "unique_ids"]
