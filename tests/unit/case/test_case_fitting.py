"""Which engine fits: the rule, with disk, memory and time lacking one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unspoof.case.fitting import MOST_RUN_S, Load, Need, Room, advise, bytes_of, needs
from unspoof.case.growth import DISK_PER_TABLES, FINDINGS_PER_TABLES
from unspoof.errors import BadRequest

GB = 10**9
ROOM = Room(cores=2, memory_bytes=16 * GB, memory_limit_bytes=3 * GB, disk_free_bytes=100 * GB)
LOAD = Load(calls=10_000_000, tables_bytes=360_000_000, findings_bytes=0)


def _duck(load: Load, room: Room) -> Need:
    return next(need for need in needs(load, room) if need.engine == "duckdb")


def test_duckdb_fits_where_there_is_room() -> None:
    """Ten million calls and ordinary room: DuckDB, and the sentence says by how much Spark is slower on one machine."""
    found = needs(LOAD, ROOM)
    said = advise(LOAD, found)

    assert found[0].engine == "duckdb"
    assert found[0].fits
    assert (said.engine, said.fits) == ("duckdb", True)
    assert said.slower > 1
    assert said.slower_at > 0


def test_findings_and_what_spills_must_fit_the_disk() -> None:
    """Room is asked for the tables' bytes times the measured factor, beside the new findings, and not a byte less."""
    load = Load(calls=200_000_000, tables_bytes=10 * GB, findings_bytes=0)
    room = replace(ROOM, memory_bytes=64 * GB, memory_limit_bytes=20 * GB)
    asked = int(10 * GB * DISK_PER_TABLES["duckdb"]) + int(10 * GB * FINDINGS_PER_TABLES)

    enough, short = (_duck(load, replace(room, disk_free_bytes=asked - less)) for less in (0, 1))

    assert enough.fits
    assert [(lack.what, lack.needed, lack.there) for lack in short.lacks] == [("disk", asked, asked - 1)]


def test_nothing_is_spilled_where_memory_is_enough() -> None:
    """A case that was seen to fit its memory asks for no room to spill to."""
    assert _duck(LOAD, ROOM).spill_bytes == 0


def test_standing_findings_are_the_measure_of_new_ones() -> None:
    """A case that was run before needs as much again, as the old stand until the new are there."""
    assert _duck(replace(LOAD, findings_bytes=GB), ROOM).findings_bytes == GB
    assert _duck(LOAD, ROOM).findings_bytes == int(LOAD.tables_bytes * FINDINGS_PER_TABLES)


def test_too_low_a_limit_is_mended_by_raising_it() -> None:
    """Where the machine has memory that DuckDB may not use, the advice is to let it, not another engine."""
    load = replace(LOAD, calls=100_000_000, tables_bytes=4 * GB)
    room = replace(ROOM, memory_bytes=64 * GB, memory_limit_bytes=GB)
    said = advise(load, needs(load, room))

    assert [lack.what for lack in _duck(load, room).lacks] == ["memory limit"]
    assert (said.engine, said.fits) == ("duckdb", False)
    assert "UNSPOOF_MEMORY_LIMIT" in said.because[1]


def test_spark_is_for_what_one_machine_cannot_hold() -> None:
    """Without the disk for it DuckDB does not fit, and Spark is named beside the simpler way: a larger machine."""
    room = replace(ROOM, disk_free_bytes=1_000_000)
    said = advise(LOAD, needs(LOAD, room))

    assert (said.engine, said.fits) == ("spark", False)
    assert "disk" in said.because[0]
    assert "larger machine" in said.because[1]


def test_a_run_that_does_not_end_overnight_does_not_fit() -> None:
    """Time has a limit of its own, whatever room there is."""
    load = Load(calls=10**12, tables_bytes=GB, findings_bytes=0)
    need = _duck(load, Room(2, 10**18, 10**17, 10**18))

    assert need.run_s > MOST_RUN_S
    assert [lack.what for lack in need.lacks] == ["time"]
    assert need.where == "beyond"


@pytest.mark.parametrize(
    ("text", "size"), [("3GB", 3 * GB), ("2GiB", 2 << 30), ("512 MiB", 512 << 20), ("1TB", 10**12)]
)
def test_amounts_are_read_as_they_are_meant(text: str, size: int) -> None:
    """GB are thousands, GiB are 1,024s."""
    assert bytes_of(text, "--memory") == size


@pytest.mark.parametrize("text", ["3", "GB", "3 gb", "-1GB", "3GB more", "", "1e9GB"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """A mistyped amount is named, with an example."""
    with pytest.raises(BadRequest, match="For example 8GB"):
        bytes_of(text, "--disk")
