"""Answer questions of a case without changing it: the row behind an id, and all that was concluded of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.case.plan import steps
from unspoof.case.session import Session
from unspoof.errors import BadRequest
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
        BadRequest: no such table, or no such row.
    """
    try:
        of = table(name)
    except KeyError:
        known = ", ".join(t.name for t in NORMAL_FORM)
        raise BadRequest(f"{name!r} is no table", where="source", hint=f"Known: {known}.") from None
    rows = rows_of(session, of, wanted)
    if not rows:
        raise BadRequest(f"{name} has no row {wanted!r}", where="source")
    return [_source(vault, of, row) for row in rows]


def rows_of(session: Session, of: Table, wanted: str) -> list[Row]:
    """Return up to ROWS_SHOWN rows whose id or own reference is `wanted`, in order of exhibit and locator."""
    conditions, values = [], {"text": wanted}
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        conditions.append(f"{_id_column(of)} = CAST($text AS BIGINT)")
    conditions += [f"{own} = $text" for own in own_references(of)]
    if not conditions:
        return []
    where = " OR ".join(conditions)
    sql = f"SELECT * FROM {of.name} WHERE {where} ORDER BY exhibit, locator LIMIT {ROWS_SHOWN}"  # noqa: S608
    found: list[Row] = session.engine.fetch(sql, values).to_pylist()
    return found


def own_references(of: Table) -> list[str]:
    """Return the columns that hold the source's own name for a row of this table."""
    own = {"calls": ["call_ref"], "accounts": ["account_ref", "username"], "payments": ["payment_ref", "txid"]}
    own |= {"reports": ["report_ref"], "hops": ["hop_ref"]}
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
    return Source(of.name, row, number, exhibit.sha256, exhibit.name, place + unpacked, content)


@dataclass(frozen=True)
class Concluded:
    """Rows of one table or finding that speak of a thing."""

    name: str
    meaning: str
    rows: Sequence[Row]
    total: int


_LINKED: Mapping[str, Sequence[str]] = {
    "calls": ("call_id",),
    "reports": ("report_id",),
    "payments": ("payment_id",),
    "logins": ("login_id",),
    "accounts": ("account_id",),
    "hops": ("hop_id",),
}


def why(session: Session, wanted: str) -> list[Concluded]:
    """Return everything that the case holds and has concluded of one thing.

    Args:
        session: an open session whose findings are in view.
        wanted: an id, a suspect's id, a phone number (+44...), a user name, a source's
            own reference, a brand.

    Raises:
        BadRequest: nothing in the case goes by that name.
    """
    facts, ids = _facts_of(session, wanted)
    found = facts + _findings_of(session, ids)
    if not found:
        raise BadRequest(
            f"nothing in the case goes by {wanted!r}",
            where="why",
            hint="Give an id, a suspect's id, a number with +, a user name or a source's own reference.",
        )
    return found


def _facts_of(session: Session, wanted: str) -> tuple[list[Concluded], dict[str, list[Any]]]:
    """Find the thing itself among the facts, and by which keys findings may speak of it."""
    facts: list[Concluded] = []
    ids: dict[str, list[Any]] = {"suspect_id": [wanted], "brand": [wanted]}
    digits = wanted.removeprefix("+")
    if wanted.startswith("+") and digits.isascii() and digits.isdigit() and len(digits) <= 15:
        ids["number"] = [int(digits)]
        ids["presented_e164"] = [int(digits)]
        facts += _calls_of_number(session, int(digits))
    for of in NORMAL_FORM:
        rows = rows_of(session, of, wanted)
        if rows:
            facts.append(Concluded(of.name, of.meaning, rows, len(rows)))
            for key in _LINKED[of.name]:
                ids.setdefault(key, []).extend(row[key] for row in rows if row[key] is not None)
    return facts, ids


def _calls_of_number(session: Session, number: int) -> list[Concluded]:
    made = []
    for role, meaning in (("called_e164", "calls to the number"), ("presented_e164", "calls that showed the number")):
        sql = f"SELECT count(*) AS n FROM calls WHERE {role} = $number"  # noqa: S608
        total = int(session.engine.fetch(sql, {"number": number}).column("n")[0].as_py())
        if total:
            sql = f'SELECT * FROM calls WHERE {role} = $number ORDER BY "at", call_id LIMIT {ROWS_SHOWN}'  # noqa: S608
            made.append(Concluded("calls", meaning, session.engine.fetch(sql, {"number": number}).to_pylist(), total))
    return made


def _findings_of(session: Session, ids: Mapping[str, Sequence[Any]]) -> list[Concluded]:
    """Return the rows of every finding that carry one of the keys; an account's suspect and its parts too."""
    found: list[Concluded] = []
    known = {key: list(values) for key, values in ids.items()}
    if accounts := known.get("account_id"):
        known["left_account_id"] = known["right_account_id"] = accounts
        suspects = _values(session, "crews", "suspect_id", "account_id", accounts)
        known["suspect_id"] = known["suspect_id"] + suspects
    for step in steps():
        if not step.kept or step.name not in session.digests:
            continue
        names = [name for name in step.gives.names if name in known]
        rows: list[Row] = []
        total = 0
        for name in names:
            part, count = _rows_with(session, step.gives, name, known[name])
            rows += [row for row in part if row not in rows]
            total += count
        if rows:
            found.append(Concluded(step.name, step.meaning, rows[:ROWS_SHOWN], max(total, len(rows))))
    return found


def _values(session: Session, finding: str, column: str, key: str, values: Sequence[Any]) -> list[Any]:
    if finding not in session.digests:
        return []
    sql = f"SELECT DISTINCT {column} AS v FROM {finding} WHERE list_contains($values, {key}) ORDER BY v"  # noqa: S608
    made: list[Any] = session.engine.fetch(sql, {"values": list(values)}).column("v").to_pylist()
    return made


def _rows_with(session: Session, of: Table, column: str, values: Sequence[Any]) -> tuple[list[Row], int]:
    kinds = {"text": str, "int64": int}
    fit = [v for v in values if isinstance(v, kinds.get(of.column(column).type, object))]
    if not fit:
        return [], 0
    where = f"WHERE list_contains($values, {column})"
    count = session.engine.fetch(f"SELECT count(*) AS n FROM {of.name} {where}", {"values": fit})  # noqa: S608
    order = ", ".join(of.names)
    sql = f"SELECT * FROM {of.name} {where} ORDER BY {order} LIMIT {ROWS_SHOWN}"  # noqa: S608
    return session.engine.fetch(sql, {"values": fit}).to_pylist(), int(count.column("n")[0].as_py())


__all__ = ["Concluded", "Source", "rows_of", "source_rows", "why"]
