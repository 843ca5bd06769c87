"""Writes the shop's whole database as one dump, tables in the order of their names, as mysqldump does.

Answered and failed calls are made together but stand in two tables, so the failed ones wait in a file beside the dump.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from unspoof.synth.calls import Calls
from unspoof.synth.chain import Money
from unspoof.synth.holders.identity import Identity
from unspoof.synth.holders.logins import Logins
from unspoof.synth.holders.money import Payments
from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan
from unspoof.synth.shop.account_rows import log_rows, sip_rows, user_rows
from unspoof.synth.shop.call_rows import CallBook, CallTables
from unspoof.synth.shop.dump import DumpWriter, RowSink
from unspoof.synth.shop.money_rows import coin_rows, pay_rows, plan_rows, refill_rows, trunk_rows
from unspoof.synth.shop.schema import SHOP

_COMPLETED = "2022-11-07 03:12:44"
_VERSION = "10.6.11-MariaDB"
_COPY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Database:
    """What the tables are made of, the calls excepted."""

    plan: Plan
    users: Users
    identity: Identity
    payments: Payments
    money: Money
    logins: Logins
    book: CallBook


def _write_calls(
    out: pa.NativeFile,
    dump: DumpWriter,
    waiting: Path,
    data: Database,
    batches: Iterator[Calls],
    seen: Callable[[Calls, np.ndarray], None],
) -> int:
    """Write both call tables; returns how many rows stand twice."""
    answered, failed = SHOP["pkg_cdr"], SHOP["pkg_cdr_failed"]
    # The counters are those of a server that lost some ids to rolled-back inserts; rows are not counted yet.
    next_id = data.plan.calls + data.plan.calls // 100 + 1_001
    dump.head(answered, next_id)
    with waiting.open("wb") as aside, RowSink(out, answered.name) as first, RowSink(aside, failed.name) as second:
        tables = CallTables(data.plan, data.book, first, second)
        for calls in batches:
            numbers = data.book.numbers(calls)
            seen(calls, numbers)
            tables.write(calls, numbers)
    dump.tail(answered)
    dump.head(failed, next_id)
    with waiting.open("rb") as back:
        shutil.copyfileobj(back, out, _COPY_BYTES)
    dump.tail(failed)
    return tables.twice


def write_database(
    path: Path, codec: str, data: Database, batches: Iterator[Calls], seen: Callable[[Calls, np.ndarray], None]
) -> int:
    """Write the dump.

    Args:
        path: the new file.
        codec: '', 'gzip' or 'zstd'.
        data: everything but the calls.
        batches: the calls, in order of their end.
        seen: told of every batch and its called numbers.

    Returns:
        how many rows of pkg_cdr were planted twice.

    """
    waiting = path.with_suffix(".failed-calls")
    ids, last = data.users.ids, data.logins.last(len(data.users.ids))
    with (
        pa.output_stream(str(path), compression=codec or None, buffer_size=1 << 20) as out,
        DumpWriter(out, database="mbilling", version=_VERSION, completed=_COMPLETED) as dump,
    ):
        try:
            twice = _write_calls(out, dump, waiting, data, batches, seen)
        finally:
            waiting.unlink(missing_ok=True)
        dump.table(SHOP["pkg_cryptocurrency"], coin_rows(data.money, ids))
        dump.table(SHOP["pkg_log"], log_rows(data.users, data.identity, data.logins))
        dump.table(SHOP["pkg_method_pay"], pay_rows(data.money.address_in_settings))
        dump.table(SHOP["pkg_plan"], plan_rows(data.plan))
        dump.table(SHOP["pkg_refill"], refill_rows(data.payments, data.money, ids))
        dump.table(SHOP["pkg_sip"], sip_rows(data.users, data.identity))
        dump.table(SHOP["pkg_trunk"], trunk_rows(data.plan))
        users = user_rows(data.users, data.identity, data.book.plans, last, data.book.regions)
        dump.table(SHOP["pkg_user"], users, next_id=int(ids[-1]) + 1)
    return twice


__all__ = ["Database", "write_database"]
