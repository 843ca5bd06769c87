"""The normal form is consistent with itself."""

from __future__ import annotations

import pytest

from unspoof.model.arrow import schema
from unspoof.model.evidence import exhibit_of, row_id
from unspoof.model.tables import NORMAL_FORM, table


@pytest.mark.parametrize("of", NORMAL_FORM, ids=lambda t: t.name)
def test_every_row_leads_back_to_its_bytes(of: object) -> None:
    """Each table ends with locator and locator_size and begins with its id."""
    names = of.names  # type: ignore[attr-defined]

    assert names[-2:] == ("locator", "locator_size")
    assert names[0].endswith("_id")
    assert len(set(names)) == len(names)
    assert schema(of).names == list(names)  # type: ignore[arg-type]


def test_units_stand_in_names() -> None:
    """Durations end in _s, money in _minor or _sat, times in _at, _from or _to."""
    for of in NORMAL_FORM:
        for column in of.columns:
            if column.type == "timestamp":
                assert column.name == "at" or column.name.endswith(("_at", "_from", "_to")), column.name
            if column.unit == "s":
                assert column.name.endswith("_s"), column.name
            if "minor" in column.unit:
                assert column.name.endswith("_minor"), column.name


def test_an_id_tells_its_exhibit() -> None:
    """The exhibit number comes out of an id again, and the first 8,191 exhibits stay below 2**53."""
    assert exhibit_of(row_id(3, 123)) == 3
    assert row_id(8191, 2**40 - 1) < 2**53
    assert table("calls").column("duration_s").unit == "s"
