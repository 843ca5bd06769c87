"""Shown numbers that stand in the directory of brands, on DuckDB; numbers are drama numbers."""

import datetime as dt
from typing import Any

import pyarrow as pa

from unspoof.config import load_case_settings
from unspoof.engine import DuckEngine
from unspoof.link.presented_brands import FIND_PRESENTED_BRANDS, PRESENTED_BRANDS
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import CALLS, REPORTS

SETTINGS = load_case_settings('[case]\nreference = "R"\nhome = "GB"\ncurrency = "GBP"\n', environment={})
SPRING = dt.datetime(2021, 3, 1)  # noqa: DTZ001  times are zoneless UTC here
SUMMER = dt.datetime(2021, 6, 1)  # noqa: DTZ001


def brand(first: int, last: int, name: str, **changed: Any) -> dict[str, Any]:
    """Make a row of the directory."""
    made = {"number_from": first, "number_to": last, "brand": name, "sector": "bank", "source": "its web page"}
    return made | {"valid_from": None, "valid_to": None} | changed


def shown(calls: list[int | None], reports: list[int | None], brands: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Run the step and return its rows."""
    engine = DuckEngine(threads=1)
    for table, column, values in ((CALLS, "presented_e164", calls), (REPORTS, "presented_stated_e164", reports)):
        rows = [{column: value} for value in values]
        types = pa.schema([field.with_nullable(True) for field in schema(table)])
        engine.view_arrow(table.name, pa.Table.from_pylist(rows, types))
    engine.view_arrow("brands", pa.Table.from_pylist(brands, schema(BRANDS)))
    found = engine.run(FIND_PRESENTED_BRANDS, SETTINGS)
    assert found.schema == schema(PRESENTED_BRANDS)
    return [(row["presented_e164"], row["brand"], row["valid_from"], row["valid_to"]) for row in found.to_pylist()]


def test_each_shown_number_is_found_once() -> None:
    """A number shown in many calls and stated in reports gives one row; numbers of no brand give none."""
    directory = [brand(442079460001, 442079460001, "Northgate Bank")]
    found = shown([442079460001, 442079460001, 442079460002, None], [442079460001, None], directory)

    assert found == [(442079460001, "Northgate Bank", None, None)]


def test_a_range_holds_its_ends() -> None:
    """The first and last numbers of a range belong to it, their neighbours do not; reports count as calls do."""
    directory = [brand(442079460100, 442079460199, "Northgate Bank")]
    found = shown([442079460099, 442079460100], [442079460199, 442079460200], directory)

    assert [row[0] for row in found] == [442079460100, 442079460199]


def test_owners_of_different_times_are_both_found() -> None:
    """A number that changed hands has a row for each owner with its time; the call's own time decides later."""
    directory = [
        brand(442079460001, 442079460001, "Northgate Bank", valid_to=SPRING),
        brand(442079460000, 442079460009, "Southgate Bank", valid_from=SUMMER),
    ]

    assert shown([442079460001], [], directory) == [
        (442079460001, "Northgate Bank", None, SPRING),
        (442079460001, "Southgate Bank", SUMMER, None),
    ]


def test_without_a_directory_nothing_is_found() -> None:
    """An empty directory gives an empty finding of the right types."""
    assert shown([442079460001], [442079460002], []) == []
