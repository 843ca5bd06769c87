"""What every system that ships with unspoof must do with its own sample rows; single formats are tested apart."""

from __future__ import annotations

import csv
import json
import os
import re
import tomllib
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pytest

from unspoof.ingest.container import Batch, Options, SourceColumn, SourceTable, Survey
from unspoof.ingest.mapping import Mapped, Mapper, Reading
from unspoof.ingest.recognise import recognise
from unspoof.ingest.system import System, shipped_systems
from unspoof.model.arrow import schema
from unspoof.model.tables import OUTCOMES, PAYMENT_STATUSES, QUARANTINE

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples" / "systems"
KEY = b"the key of a made-up case"
SYSTEMS = pytest.mark.parametrize("system", shipped_systems(), ids=lambda system: system.name)


def no_numbers(raw: pa.StringArray, home: str) -> pa.Table:
    """Read no number at all: what numbers mean is tested elsewhere."""
    rows = len(raw)
    columns = [pa.nulls(rows, pa.int64()), pa.nulls(rows, pa.string()), pa.nulls(rows, pa.string())]
    return pa.table(columns, names=["e164", "country", "kind"])


def _cells(system: System, path: Path) -> tuple[list[str], list[list[str | None]]]:
    """Return the columns and rows of one sample file; NULL is written as in a MySQL export."""
    if system.options.pattern:
        pattern = re.compile(system.options.pattern)
        found = [pattern.search(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return list(pattern.groupindex), [list(line.groups()) for line in found if line]
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=system.options.delimiter or ","))
    columns = list(system.options.columns[: len(rows[0])]) if system.options.header is False else rows.pop(0)
    return columns, [[None if cell == "\\N" else cell for cell in row] for row in rows]


def _batches(system: System) -> tuple[Survey, list[Batch], dict[str, object]]:
    folder = SAMPLES / system.name
    stated = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
    batches = []
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.log")]):
        name = "" if path.stem == "rows" else path.stem
        columns, rows = _cells(system, path)
        utc = stated.get("utc", {}).get(name, [])
        table = SourceTable(
            name,
            tuple(SourceColumn(column, zone="UTC" if column in utc else "") for column in columns),
            tuple(stated.get("key", {}).get(name, [])),
        )
        cells = {
            column: pa.array([None if row[i] is None else row[i].encode() for row in rows], pa.binary())
            for i, column in enumerate(columns)
        }
        locator = pa.array([100 * (i + 1) for i in range(len(rows))], pa.int64())
        batches.append(Batch(table, pa.table(cells), locator, pa.array([90] * len(rows), pa.int32())))
    return Survey(tuple(batch.table for batch in batches), Options()), batches, stated


def _mapper(system: System) -> Mapper:
    survey, _, stated = _batches(system)
    reading = Reading(3, str(stated["zone"]), "GB", str(stated["currency"]), "", KEY, no_numbers)
    return Mapper(system, survey, reading)


def _map(system: System) -> list[Mapped]:
    mapper = _mapper(system)
    _, batches, _ = _batches(system)
    wanted = mapper.wanted
    cut = [
        Batch(
            b.table,
            b.cells.select([c for c in b.cells.column_names if c in wanted[b.table.name]]),
            b.locator,
            b.locator_size,
        )
        for b in batches
        if b.table.name in wanted
    ]
    return [mapped for batch in cut for mapped in mapper.map(batch)]


def _plain(rows: pa.Table) -> list[dict[str, object]]:
    """Return rows without what is empty, moments as ISO texts."""
    return [
        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items() if v is not None}
        for row in rows.to_pylist()
    ]


def _result(mapped: list[Mapped]) -> list[dict[str, object]]:
    return [
        {
            "table": one.table.name,
            "read": one.read,
            "passed_over": one.passed_over,
            "rows": _plain(one.rows),
            "refused": _plain(one.refused),
        }
        for one in mapped
    ]


@SYSTEMS
def test_sample_rows_are_mapped_to_the_golden_ones(system: System) -> None:
    """The mapped rows of a system's sample equal its golden file, to the microsecond and the penny."""
    golden = SAMPLES / system.name / "golden.json"
    actual = _result(_map(system))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(actual, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    assert json.loads(golden.read_text(encoding="utf-8")) == actual


@SYSTEMS
def test_rows_have_the_schema_of_their_table_and_are_all_counted(system: System) -> None:
    """Rows fit the normal form, closed columns hold what is allowed, and every row is kept, refused or passed over."""
    _, batches, _ = _batches(system)
    pairs = set(_mapper(system).tables)
    of_table = {batch.table.name: len(batch.cells) for batch in batches}
    results = _map(system)
    assert sum(one.read + one.passed_over for one in results) == sum(of_table[source] for source, _ in pairs)
    for one in results:
        assert one.rows.schema == schema(one.table)
        assert one.refused.schema == schema(QUARANTINE)
        one.rows.validate(full=True)
        assert one.read == len(one.rows) + len(one.refused)
        for name, allowed in (("outcome", OUTCOMES), ("status", PAYMENT_STATUSES)):
            if name in one.rows.column_names and one.table.name in ("calls", "payments"):
                assert set(one.rows.column(name).to_pylist()) <= set(allowed)


@SYSTEMS
def test_times_are_utc_and_within_the_years_we_accept(system: System) -> None:
    """Every moment is a zoneless timestamp, no call ends before it was answered, and none lies outside 1970 to 2100."""
    for one in _map(system):
        for row in one.rows.to_pylist():
            times = {k: v for k, v in row.items() if hasattr(v, "isoformat")}
            assert all(1970 <= moment.year <= 2100 and moment.tzinfo is None for moment in times.values())
            assert all(moment.replace(tzinfo=UTC).timestamp() > 0 for moment in times.values())
            if times.get("answered_at") and times.get("ended_at"):
                assert times["answered_at"] <= times["ended_at"]


@SYSTEMS
def test_no_secret_of_the_sample_reaches_a_row(system: System) -> None:
    """No clear text of a secret column stands in a mapped or a refused row."""
    _, batches, stated = _batches(system)
    secrets = set(stated.get("secrets", []))
    for batch in batches:
        for name in (name for name in batch.cells.column_names if system.is_secret(name)):
            secrets |= {(value or b"").decode() for value in batch.cells.column(name).to_pylist()}
    text = json.dumps(_result(_map(system)), ensure_ascii=False)

    assert [secret for secret in sorted(secrets) if len(secret) >= 4 and secret in text] == []


@SYSTEMS
def test_a_sample_is_recognised_as_its_own_system(system: System) -> None:
    """Among all systems that ship, a sample belongs to its own and to no other."""
    survey, batches, _ = _batches(system)
    head = batches[0].cells
    if system.options.pattern:
        lines = (SAMPLES / system.name / "rows.log").read_text(encoding="utf-8").splitlines()
        head = pa.table({"line": lines})

    assert recognise(system.containers[0], survey, shipped_systems(), head).name == system.name


@SYSTEMS
def test_the_documentation_names_every_system(system: System) -> None:
    """Each system stands in docs/systems.md."""
    assert f"`{system.name}`" in (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")


@SYSTEMS
def test_no_secret_word_is_waved_through_without_need(system: System) -> None:
    """A column listed as harmless is one that the words would otherwise refuse, and the file says why."""
    for name in system.harmless:
        assert any(word in name for word in ("pass", "pwd", "secret", "token", "key", "pin", "cvv", "otp", "digits"))
