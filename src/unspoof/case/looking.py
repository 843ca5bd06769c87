"""Answer questions of a case without changing it: the row behind an id, and all that was concluded of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.case import looking_coins, unmixing
from unspoof.case.plan import steps
from unspoof.case.screening import explained
from unspoof.case.session import Session
from unspoof.errors import BadRequest, mask
from unspoof.evidence import Vault
from unspoof.ingest.containers import CONTAINERS
from unspoof.ingest.streams import open_unpacked
from unspoof.model.tables import NORMAL_FORM, Table, table

Row = dict[str, Any]

ROWS_SHOWN = 200
"""At most so many rows of one finding are shown for one thing; how many there are is always said."""


@dataclass(frozen=True)
class Source:
    """One row of the normal form and the bytes that it came from."""

    table: str
    row: Row
    exhibit_number: int
    exhibit_sha256: str
    exhibit_name: str
    locator: str
    content: bytes
    is_binary: bool = False
    """Bytes of blocks, which are shown as hex; where the file is mixed with a key, `unmixed` has them as they were before."""
    unmixed: bytes | None = None


def _id_column(of: Table) -> str:
    return of.columns[0].name


def source_rows(vault: Vault, session: Session, name: str, wanted: str) -> list[Source]:
    """Return the rows of a table that carry an id, each with its bytes.

    Args:
        vault: the case's store.
        session: an open session.
        name: a table of the normal form.
        wanted: an id of ours or the source's own reference.

    Raises:
        BadRequest: no such table, no such row, or more rows of that name than can be shown.
    """
    try:
        of = table(name)
    except KeyError:
        known = ", ".join(t.name for t in NORMAL_FORM)
        raise BadRequest(f"{name!r} is no table", where="source", hint=f"Known: {known}.") from None
    rows, total = rows_of(session, of, wanted)
    if not rows:
        raise BadRequest(f"{name} has no row {mask(wanted[:100])!r}", where="source")
    if total > ROWS_SHOWN:
        hint = f"At most {ROWS_SHOWN} are shown at once: name one by its id."
        raise BadRequest(f"{total:,} rows of {name} go by that name", where="source", hint=hint)
    return [_source(vault, of, row) for row in rows]


def rows_of(session: Session, of: Table, wanted: str) -> tuple[list[Row], int]:
    """Return rows whose id or own reference is `wanted`, in order of exhibit and locator, and how many there are.

    At most ROWS_SHOWN rows are returned; the count is of all.
    """
    conditions, values = [], {"text": wanted}
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        conditions.append(f"{_id_column(of)} = CAST($text AS BIGINT)")
    conditions += [f"{own} = $text" for own in own_references(of)]
    if not conditions:
        return [], 0
    where = " OR ".join(conditions)
    sql = f"SELECT * FROM {of.name} WHERE {where} ORDER BY exhibit, locator LIMIT {ROWS_SHOWN}"  # noqa: S608
    found: list[Row] = session.engine.fetch(sql, values).to_pylist()
    if len(found) < ROWS_SHOWN:
        return found, len(found)
    count = session.engine.fetch(f"SELECT count(*) AS n FROM {of.name} WHERE {where}", values)  # noqa: S608
    return found, int(count.column("n")[0].as_py())


def own_references(of: Table) -> list[str]:
    """Return the columns that hold the source's own name for a row of this table."""
    own = {"calls": ["call_ref"], "accounts": ["account_ref", "username"], "payments": ["payment_ref", "txid"]}
    own |= {"reports": ["report_ref"], "hops": ["hop_ref"], "signals": ["call_ref"]}
    own |= {"transactions": ["txid"], "invoices": ["invoice_ref"], "receivers": ["label"]}
    return own.get(of.name, [])


def _source(vault: Vault, of: Table, row: Row) -> Source:
    number = int(row["exhibit"])
    exhibit = vault.exhibit(number)
    read = next(e for e in reversed(vault.events("exhibit-read")) if e.body["exhibit"] == number)
    container = next(c for c in CONTAINERS if c.name == read.body["container"])
    locator, size = int(row["locator"]), int(row["locator_size"])
    with open_unpacked(vault.exhibit_path(number)) as stream:
        content = container.fetch(stream, locator, size, of.name)
    place = f"bytes {locator}-{locator + size - 1}" if size else f"row {locator}"
    unpacked = "" if exhibit.name.rsplit(".", 1)[-1] not in {"gz", "zst", "bz2", "xz"} else " of the unpacked file"
    is_binary = container.name in unmixing.MIXED
    plain = unmixing.plain_bytes(vault.exhibit_path(number), container.name, locator, content) if is_binary else None
    return Source(of.name, row, number, exhibit.sha256, exhibit.name, place + unpacked, content, is_binary, plain)


@dataclass(frozen=True)
class Concluded:
    """Rows of one table or finding that speak of a thing."""

    name: str
    meaning: str
    rows: Sequence[Row]
    total: int
    kind: str = ""
    """Class of the statement: ledger fact, co-spend, change inference, attribution; empty where rows name it, or it has none."""

    @property
    def is_working(self) -> bool:
        """Say whether it is a step on the way, which a reader wants only when he asks how."""
        return not self.kind and self.name not in CONCLUSIONS and self.name not in {table.name for table in NORMAL_FORM}


CONCLUSIONS = (
    "suspects",
    "suspect_parts",
    "crews",
    "account_links",
    "report_call_links",
    "call_legs",
    "report_events",
    "report_link_outcomes",
    "victims",
    "screening",
    "screened_calls",
    "number_facts",
    "callbacks",
    "brands_ranked",
    "presented_brands",
    "signed_calls",
    "verified_signals",
    "wallets",
    "wallet_proof",
    "wallet_conflicts",
    "coinjoins",
    "change_links",
    "coin_conflicts",
    "account_wallets",
    "shop_addresses",
    "reconciliation",
    "service_reaches",
    "service_requests",
    "duplicates",
)
"""Findings that conclude something, in the order of telling; the others are steps on the way."""


_LINKED: Mapping[str, Sequence[str]] = {
    "calls": ("call_id",),
    "reports": ("report_id",),
    "payments": ("payment_id",),
    "logins": ("login_id",),
    "accounts": ("account_id",),
    "hops": ("hop_id",),
    "signals": ("signal_id",),
    "transactions": ("txid",),
    "invoices": ("invoice_id",),
    "receivers": ("receiver_id",),
}


def why(session: Session, wanted: str) -> list[Concluded]:
    """Return everything that the case holds and has concluded of one thing.

    Args:
        session: an open session whose findings are in view.
        wanted: an id, a suspect's id, a phone number (with its country code; a plus tells it from an id), a user
            name, an e-mail or log-in address, a source's own reference, a brand, a bitcoin address or the wallet of that
            name, a txid.

    Raises:
        BadRequest: nothing in the case goes by that name.
    """
    wanted = looking_coins.spelt(wanted)
    thing = looking_coins.thing_of(session, wanted)
    told = looking_coins.told_of(session, thing, ROWS_SHOWN) if thing else []
    coins = [Concluded(said.name, said.meaning, said.rows, said.total, said.kind) for said in told]
    facts, ids = _facts_of(session, wanted)
    if coins:
        # what else touches the same transactions is told of other addresses, not of this thing
        names = {part.name for part in coins}
        return coins + [part for part in facts if part.name not in names]
    place = {name: number for number, name in enumerate(CONCLUSIONS)}
    found = facts + sorted(
        [*_findings_of(session, ids), *_screened(session, ids)], key=lambda part: place.get(part.name, len(place))
    )
    if not found:
        raise BadRequest(
            f"nothing in the case goes by {mask(wanted[:100])!r}",
            where="why",
            hint="Give an id, a suspect's id, a number with +, a user name, an e-mail address, a reference of the source, a "
            "bitcoin address or a txid.",
        )
    return found


def _facts_of(session: Session, wanted: str) -> tuple[list[Concluded], dict[str, list[Any]]]:
    """Find the thing itself among the facts, and by which keys findings may speak of it."""
    facts: list[Concluded] = []
    ids: dict[str, list[Any]] = {"suspect_id": [wanted], "brand": [wanted]}
    ids |= {key: [wanted] for key in ("holder", "left_holder", "right_holder")}
    ids["wallet"] = _values(session, "wallet_addresses", "wallet", "holder", [wanted])
    digits = wanted.removeprefix("+")
    for of in NORMAL_FORM:
        rows, total = rows_of(session, of, wanted)
        if not rows:
            rows, total = _rows_by_text(session, of, wanted)
        if rows:
            facts.append(Concluded(of.name, of.meaning, rows, total))
            for key in _LINKED[of.name]:
                ids.setdefault(key, []).extend(row[key] for row in rows if row[key] is not None)
    if accounts := _values(session, "crews", "account_id", "suspect_id", [wanted]):
        where = "WHERE list_contains($values, account_id)"
        sql = f"SELECT * FROM accounts {where} ORDER BY account_id, exhibit LIMIT {ROWS_SHOWN}"  # noqa: S608
        rows = session.engine.fetch(sql, {"values": accounts}).to_pylist()
        facts.append(Concluded("accounts", "the accounts of the suspect", rows, max(len(rows), len(accounts))))
    # Without a plus the digits are an id first; only where nothing goes by that, they are a number.
    if digits.isascii() and digits.isdigit() and len(digits) <= 15 and (wanted.startswith("+") or not facts):
        ids["number"] = [int(digits)]
        ids["presented_e164"] = ids["e164"] = [int(digits)]
        facts += _rows_of_number(session, int(digits))
    return facts, ids


def _screened(session: Session, ids: Mapping[str, Sequence[Any]]) -> list[Concluded]:
    """Return what rules say of the number that the calls showed, or of a number on all calls that showed it."""
    number = next(iter(ids.get("e164", ())), None)
    rows = explained(session, calls=ids.get("call_id", ()), number=number, most=ROWS_SHOWN)
    meaning = f"what rules say of the number shown, on at most {ROWS_SHOWN} calls"
    return [Concluded("screening", meaning, rows, len(rows))] if rows else []


_TEXTS: Mapping[str, str] = {
    "accounts": "email",
    "logins": "ip",
    "payments": "address",
    "invoices": "address",
    "transactions": "address",
}
"""What else a thing may be asked by; found in any case of letters."""


def _rows_by_text(session: Session, of: Table, wanted: str) -> tuple[list[Row], int]:
    column = _TEXTS.get(of.name)
    if column is None or not wanted.strip():
        return [], 0
    sql = f"SELECT DISTINCT {column} AS v FROM {of.name} WHERE lower({column}) = lower($text) ORDER BY v"  # noqa: S608
    spelt = session.engine.fetch(sql, {"text": wanted}).column("v").to_pylist()
    return _rows_with(session, of, {column: spelt})


_ROLES = (
    ("calls", "called_e164", "calls to the number"),
    ("calls", "presented_e164", "calls that showed the number"),
    ("reports", "victim_phone_e164", "reports by its holder"),
    ("reports", "presented_stated_e164", "reports of calls that are said to have shown it"),
    ("accounts", "phone_e164", "accounts that entered it"),
)


def _rows_of_number(session: Session, number: int) -> list[Concluded]:
    made = []
    for name, role, meaning in _ROLES:
        rows, total = _rows_with(session, table(name), {role: [number]})
        if rows:
            made.append(Concluded(name, meaning, rows, total))
    return made


def _findings_of(session: Session, ids: Mapping[str, Sequence[Any]]) -> list[Concluded]:
    """Return the rows of every finding that carry one of the keys; an account's suspect and its parts too."""
    found: list[Concluded] = []
    known = {key: list(values) for key, values in ids.items()}
    held = _values(session, "crews", "account_id", "suspect_id", known["suspect_id"])
    if accounts := known.get("account_id", []) + held:
        known["account_id"] = known["left_account_id"] = known["right_account_id"] = accounts
        known["suspect_id"] = known["suspect_id"] + _values(session, "crews", "suspect_id", "account_id", accounts)
    if calls := known.get("call_id"):
        known["left_call_id"], known["right_call_id"] = calls, calls
    for step in steps():
        if step.kept and step.name in session.digests:
            rows, total = _rows_with(session, step.gives, known)
            if rows:
                found.append(Concluded(step.name, step.meaning, rows, total))
    return found


def _values(session: Session, finding: str, column: str, key: str, values: Sequence[Any]) -> list[Any]:
    if finding not in session.digests:
        return []
    sql = f"SELECT DISTINCT {column} AS v FROM {finding} WHERE list_contains($values, {key}) ORDER BY v"  # noqa: S608
    made: list[Any] = session.engine.fetch(sql, {"values": list(values)}).column("v").to_pylist()
    return made


_KINDS: Mapping[str, type] = {"text": str, "int64": int}


def _rows_with(session: Session, of: Table, known: Mapping[str, Sequence[Any]]) -> tuple[list[Row], int]:
    """Return up to ROWS_SHOWN rows that bear one of the values in the column of that name, and how many do."""
    conditions, values = [], {}
    for column in of.columns:
        fit = [v for v in known.get(column.name, ()) if isinstance(v, _KINDS.get(column.type, object))]
        if fit:
            conditions.append(f'list_contains(${column.name}, "{column.name}")')
            values[column.name] = fit
    if not conditions:
        return [], 0
    where = "WHERE " + " OR ".join(conditions)
    count = session.engine.fetch(f"SELECT count(*) AS n FROM {of.name} {where}", values)  # noqa: S608
    order = ", ".join(f'"{name}"' for name in of.names)
    sql = f"SELECT * FROM {of.name} {where} ORDER BY {order} LIMIT {ROWS_SHOWN}"  # noqa: S608
    return session.engine.fetch(sql, values).to_pylist(), int(count.column("n")[0].as_py())


__all__ = ["Concluded", "Source", "rows_of", "source_rows", "why"]
