"""Small and made-up cases for tests of links; the numbers are drama numbers or start with the unassigned code 999."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import ACCOUNTS, CALLS, LOGINS, PAYMENTS, REPORTS, SIGNALS, Table
from unspoof.trace.account_wallets import ACCOUNT_WALLETS
from unspoof.trace.claims import CLAIMS
from unspoof.trace.shop_flows import SHOP_INFLOWS

VIEWS = {
    "calls_once": CALLS,
    "reports_once": REPORTS,
    "accounts_once": ACCOUNTS,
    "logins_once": LOGINS,
    "payments_once": PAYMENTS,
    "signals": SIGNALS,
    "account_wallets": ACCOUNT_WALLETS.gives,
    "claims": CLAIMS.gives,
    "shop_inflows": SHOP_INFLOWS.gives,
}
DEFAULTS: Mapping[str, Any] = {"outcome": "answered", "status": "completed", "account_ref": "x"}
BRANDS = pa.schema(
    [
        ("presented_e164", pa.int64()),
        ("brand", pa.string()),
        ("sector", pa.string()),
        ("source", pa.string()),
        ("valid_from", pa.timestamp("us")),
        ("valid_to", pa.timestamp("us")),
    ]
)


def filled(table: Table, columns: Mapping[str, Any], count: int) -> pa.Table:
    """Return the columns as the table's, with what is not given empty, 0, false or a default."""
    arrays = []
    for field in schema(table):
        if field.name in columns:
            arrays.append(pa.array(columns[field.name], type=field.type, from_pandas=True))
        elif field.nullable:
            arrays.append(pa.nulls(count, field.type))
        else:
            zero = DEFAULTS.get(field.name, "x" if pa.types.is_string(field.type) else 0)
            arrays.append(pa.array([zero] * count).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema(table))


def from_rows(view: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return dictionaries as one of VIEWS; ids are 1, 2, 3 ... where not given."""
    table = VIEWS[view]
    key = table.columns[0].name
    named = [{key: i + 1, **row} for i, row in enumerate(rows)]
    given = sorted({name for row in named for name in row})
    columns = {name: [row.get(name, DEFAULTS.get(name)) for row in named] for name in given if name != "exhibit"}
    made = filled(table, columns, len(named))
    if not any("exhibit" in row for row in rows):
        return made
    return made.append_column("exhibit", pa.array([row.get("exhibit", 1) for row in named], type=pa.int32()))


def _with_exhibit(made: pa.Table) -> pa.Table:
    """Return rows of the normal form with the number of their exhibit, 1 where none is given."""
    if "exhibit" in made.column_names or "locator" not in made.column_names:
        return made
    return made.append_column("exhibit", pa.array([1] * made.num_rows, type=pa.int32()))


def brands(rows: Sequence[Mapping[str, Any]] = ()) -> pa.Table:
    """Return rows of presented_brands."""
    return pa.Table.from_pylist([{"sector": "bank", "source": "made up", **row} for row in rows], schema=BRANDS)


def settings(text: str = "") -> CaseSettings:
    """Return the settings of a made-up British case, with lines of [settings]."""
    facts = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n'
    return load_case_settings(f"{facts}[settings]\n{text}", environment={})


def worked(
    steps: Iterable[Step], tables: Mapping[str, pa.Table | Sequence[Mapping[str, Any]]], text: str = ""
) -> dict[str, pa.Table]:
    """Run steps over views and return what every kept step gives.

    Args:
        steps: in order.
        tables: what VIEWS and presented_brands hold, as Arrow or as rows; what is missing is empty.
        text: lines of [settings].

    """
    engine, case = DuckEngine(memory_limit="2GB"), settings(text)
    try:
        engine.view_settings(case)
        engine.view_arrow("presented_brands", brands())
        for view in VIEWS:
            engine.view_arrow(view, _with_exhibit(from_rows(view, [])))
        for view, data in tables.items():
            engine.view_arrow(view, _with_exhibit(data if isinstance(data, pa.Table) else from_rows(view, data)))
        for view in VIEWS:  # no row of these cases says the same again, so that the tables hold the same rows
            engine.view_arrow(view.removesuffix("_once"), engine.fetch(f"SELECT * FROM {view}"))
        found = {}
        for step in steps:
            if step.kept:
                found[step.name] = engine.run(step, case)
                engine.view_arrow(step.name, found[step.name])
            else:
                engine.view_step(step)
        return found
    finally:
        engine.close()


def at(text: str) -> datetime:
    """Return '2021-10-04 09:30' as a time."""
    return datetime.fromisoformat(text)  # zoneless on purpose: all times of the normal form are UTC


START = np.datetime64("2021-10-01T00:00:00", "us")
SECOND = np.timedelta64(1_000_000, "us")


def typo(number: int, kind: int, rng: np.random.Generator) -> int:
    """Return a number with one slip in its last nine digits: 0 digit, 1 swap, 2 missing, 3 extra."""
    text = str(number)
    place = len(text) - 9 + int(rng.integers(0, 8))
    if kind == 1:
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    elif kind == 2:
        text = text[:place] + text[place + 1 :]
    else:
        figure = str((int(text[place]) + int(rng.integers(1, 10))) % 10)
        text = text[:place] + figure + text[place + (kind == 0) :]
    return int(text)


def reported_calls(calls: int = 20_000, reports: int = 500, seed: int = 7) -> tuple[pa.Table, pa.Table, np.ndarray]:
    """Make calls, reports of some of them, and the truth.

    Times are off by a normal error of one hour, in one report of ten by up to three days instead; one in twelve gives
    the day only; one number in eight has a slip; one in three leaves the number shown out; one report of four is of a
    call by another service, half of those to a number that this service called as well. Calls are made on working days
    from nine to five.

    Returns:
        calls_once, reports_once, and per report the true call_id, or -1 where there is none.

    """
    rng = np.random.default_rng(seed)
    people = rng.choice(900_000_000, calls // 3, replace=False) + 999_100_000_000
    called = people[rng.integers(0, len(people), calls)]
    days = np.flatnonzero(np.arange(60) % 7 < 5)
    began = np.sort(rng.choice(days, calls) * 86_400 + 9 * 3600 + rng.integers(0, 8 * 3600, calls))
    answered = rng.random(calls) < 0.4
    length = np.where(answered, np.exp(rng.normal(3.4, 1.03, calls)).astype(np.int64) + 1, 0)
    pool = 999_000_000_000 + np.arange(200) * 1_000_003
    shown = pool[np.minimum(rng.zipf(1.3, calls) - 1, 199)]
    made = filled(
        CALLS,
        {
            "call_id": np.arange(calls) + 1,
            "account_id": rng.integers(1, 300, calls),
            "called_e164": called,
            "called_raw": called.astype(str),
            "presented_e164": shown,
            "presented_raw": shown.astype(str),
            "presented_kind": np.full(calls, "mobile"),
            "at": START + began * SECOND,
            "duration_s": length,
            "outcome": np.where(answered, "answered", "no-answer"),
        },
        calls,
    )
    true = rng.choice(np.flatnonzero(length > 60), reports, replace=False)
    none = rng.random(reports) < 1 / 4
    victim = np.where(
        none & (rng.random(reports) < 0.5), rng.integers(0, 9, reports) * 10**8 + 999_000_000_123, called[true]
    )
    slips = rng.random(reports) < 1 / 8
    given = np.array(
        [typo(int(v), i % 4, rng) if s else int(v) for i, (v, s) in enumerate(zip(victim, slips, strict=True))]
    )
    late = rng.random(reports) < 0.1
    off = np.where(late, rng.integers(-3 * 86_400, 3 * 86_400, reports), rng.normal(0, 3600, reports).astype(np.int64))
    when = np.where(none, rng.permutation(began[true]), began[true]) + off
    day = rng.random(reports) < 1 / 12
    first = np.where(day, when // 86_400 * 86_400, when // 900 * 900)
    last = np.where(day, first + 86_399, first)
    recalled = np.where(rng.random(reports) < 1 / 3, 0, shown[true])
    recalled = np.where(rng.random(reports) < 0.1, pool[rng.integers(0, 200, reports)], recalled)
    told = filled(
        REPORTS,
        {
            "report_id": np.arange(reports) + 1,
            "victim_phone_e164": given,
            "victim_phone_raw": given.astype(str),
            "presented_stated_e164": np.ma.masked_equal(recalled, 0),
            "incident_from": START + first * SECOND,
            "incident_to": START + last * SECOND,
            "reported_at": START + (when + 5 * 86_400) * SECOND,
            "loss_gross_minor": rng.integers(1_000, 1_000_000, reports),
            "currency": np.full(reports, "GBP"),
        },
        reports,
    )
    return made, told, np.where(none, -1, true + 1)


def _people(rng: np.random.Generator, accounts: int) -> np.ndarray:
    """Return whose each account is: three in four people have one, the others two to four, in random order."""
    sizes = rng.choice([1, 2, 3, 4], accounts, p=[0.75, 0.15, 0.06, 0.04])
    return rng.permutation(np.repeat(np.arange(accounts), sizes)[:accounts])


def shared_accounts(
    accounts: int = 3_000, calls: int = 100_000, seed: int = 5
) -> tuple[dict[str, pa.Table], np.ndarray]:
    """Make accounts of people who share some things, calls, logins and payments, and the truth.

    A person's accounts have a mailbox in common in one case of four, a password in one of two, a handle in one of
    five, a home address used on many days in one of three; log-ins go half through forty exits that everybody uses,
    shown numbers half from twenty that everybody shows, and one person in three has a list of people to call.
    One password in six is one of fifty common ones, one first e-mail in fifty is "none".

    Returns:
        tables by view, and per account (account_id - 1) the person.

    """
    rng = np.random.default_rng(seed)
    person = _people(rng, accounts)
    own, one = np.arange(accounts), rng.random((4, accounts))
    takes = {
        kind: one[i][person] < p for i, (kind, p) in enumerate({"email": 0.25, "secret": 0.5, "handle": 0.2}.items())
    }
    mail = np.where(takes["email"], person, own + accounts)
    secret = np.where(takes["secret"], person, own + accounts)
    secret = np.where(rng.random(accounts) < 1 / 6, -rng.integers(1, 50, accounts), secret)
    handle = np.where(takes["handle"], person, own + accounts)
    text = {
        "account_id": own + 1,
        "account_ref": (own + 1).astype(str),
        "username": np.char.add("user", own.astype(str)),
        "email": np.where(
            rng.random(accounts) < 0.02, "none", np.char.add(np.char.add("u", mail.astype(str)), "@example.org")
        ),
        "secret_print": np.char.add("p", secret.astype(str)),
        "handle": np.char.add("@h", handle.astype(str)),
    }
    logins = accounts * 8
    who = rng.integers(0, accounts, logins)
    home = np.where(one[3][person] < 1 / 3, person, own + accounts)[who]
    address = np.where(
        rng.random(logins) < 0.5,
        np.char.add("198.51.100.", rng.integers(0, 40, logins).astype(str)),
        np.char.add("2001:db8::", np.char.mod("%x", home)),
    )
    seen = {
        "login_id": np.arange(logins) + 1,
        "account_id": who + 1,
        "ip": address,
        "at": START + rng.integers(0, 90, logins) * 86_400 * SECOND,
    }
    by = np.minimum((rng.pareto(1.2, calls) * accounts / 20).astype(np.int64), accounts - 1)
    lists = person[by] % 3 == 0
    called = np.where(lists, person[by] * 1_000 + rng.integers(0, 60, calls), 10**8 + rng.integers(0, 3 * calls, calls))
    shown = np.where(
        rng.random(calls) < 0.5, rng.integers(0, 20, calls), 1_000 + person[by] * 10 + rng.integers(0, 3, calls)
    )
    made = {
        "call_id": np.arange(calls) + 1,
        "account_id": by + 1,
        "called_e164": 999_100_000_000 + called,
        "presented_e164": 999_000_000_000 + shown,
        "at": START + rng.integers(0, 90 * 86_400, calls) * SECOND,
        "duration_s": np.zeros(calls, dtype=np.int64),
    }
    return {
        "accounts_once": filled(ACCOUNTS, text, accounts),
        "logins_once": filled(LOGINS, seen, logins),
        "calls_once": filled(CALLS, made, calls),
    }, person


def legs_of_calls(calls: int = 60) -> tuple[pa.Table, pa.Table]:
    """Return calls and signals of a switch that gives every second leg a Call-ID of its own, with other calls between.

    Calls begin 7 s apart and go to one of five numbers. Of each pair the first leg has an odd id, the second the next
    even one; a third call to the same number, which is none of theirs, begins a second later.
    """
    rows, signals = [], []
    for i in range(calls):
        began = START + i * 7 * SECOND
        called = 447_700_900_100 + i % 5
        for leg, gap, shown, talk in (
            (0, 0, 442_079_460_000 + i, 30),
            (1, 20_000, 442_079_460_000 + i, 30),
            (2, 1_000_000, 441_632_960_000 + i, 90),
        ):
            ends = ("192.0.2.1", "192.0.2.9", "198.51.100.3", "198.51.100.9")
            ref, start = f"{i:04d}-leg-{leg}@192.0.2.{leg}", began + np.timedelta64(gap, "us")
            answer = start + 4 * SECOND
            ended = answer + talk * SECOND
            rows.append(
                {
                    "call_id": 5_000_000 + 3 * i + leg, "call_ref": ref, "presented_e164": shown, "called_e164": called,
                    "presented_raw": str(shown), "called_raw": str(called), "at": start, "started_at": start,
                    "answered_at": answer, "ended_at": ended, "duration_s": talk, "outcome": "answered",
                }
            )  # fmt: skip
            signals.append(
                {
                    "signal_id": 5_000_000 + 3 * i + leg, "call_ref": ref, "at": start, "method": "INVITE",
                    "source_ip": ends[leg], "source_port": 5060, "destination_ip": ends[leg + 1],
                    "destination_port": 5060,
                }
            )  # fmt: skip
    return from_rows("calls_once", rows), from_rows("signals", signals)
