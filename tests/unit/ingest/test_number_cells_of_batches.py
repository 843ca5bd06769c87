"""Columns that a container gives as numbers are read as their digits would be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspoof.ingest.container import Batch, SourceColumn, SourceTable
from unspoof.ingest.mapping_cells import Cells
from unspoof.ingest.mapping_fields import Zones, moments, wholes
from unspoof.ingest.system import Spec

TABLE = SourceTable("t", (SourceColumn("n"),))
COUNTS = st.lists(
    st.none() | st.integers(0, 2**63 - 1) | st.integers(0, 5_000_000_000_000_000) | st.integers(0, 70_000)
)


def cells(values: list[int | None], kind: pa.DataType) -> Cells:
    """Return the cells of a batch of one column."""
    column = pa.array(values, pa.int64()).cast(kind)
    places = pa.array(range(len(values)), pa.int64())
    return Cells(Batch(TABLE, pa.table({"n": column}), places, places.cast(pa.int32())), ())


@given(COUNTS, st.sampled_from(["s", "ms", "us", "ns"]))
def test_epochs_are_the_same_as_numbers_and_as_digits(values: list[int | None], unit: str) -> None:
    """Moments, what is known and what is refused agree for every unit and any number."""
    spec = Spec(columns=("n",), formats=("epoch",), unit=unit)
    told = [moments(spec, cells(values, kind), Zones({}, "UTC")) for kind in (pa.int64(), pa.string())]

    assert told[0].arrow().to_pylist() == told[1].arrow().to_pylist()
    assert [(f.reason, f.rows.tolist()) for f in told[0].faults] == [
        (f.reason, f.rows.tolist()) for f in told[1].faults
    ]


@pytest.mark.parametrize("most", [2**31 - 1, 10**18])
@given(values=COUNTS)
def test_wholes_are_the_same_as_numbers_and_as_digits(most: int, values: list[int | None]) -> None:
    """Whole numbers agree, with those that are too large."""
    spec = Spec(columns=("n",))
    told = [wholes(spec, cells(values, kind), most) for kind in (pa.int64(), pa.string())]

    assert told[0].arrow().to_pylist() == told[1].arrow().to_pylist()
    assert [f.rows.tolist() for f in told[0].faults] == [f.rows.tolist() for f in told[1].faults]
    assert np.array_equal(told[0].known, told[1].known)
