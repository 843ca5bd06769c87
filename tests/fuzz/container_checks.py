"""What must hold of whatever a container reads from any bytes; no target itself."""

from __future__ import annotations

import copy
import io
from typing import Any

from unspoof.errors import UnspoofError
from unspoof.ingest.container import Batch, Container, Options, Survey

_MOST_FETCHED = 8


def check_container(container: Container, data: bytes, options: Options, *, small: Container | None = None) -> None:
    """Read bytes with a container and assert its promises.

    Every row and refusal has a place, in the stream, in order and without overlap; the place leads back to the bytes;
    reading again, without cells and in small blocks gives the same rows and refusals.

    Args:
        container: of the shape that the bytes may have.
        data: anything.
        options: what a system says of the container.
        small: the same container cutting small blocks; none where it cannot.

    """
    assert container.sniff(data[:65_536]) in (True, False)
    try:
        survey = container.survey(io.BytesIO(data), options)
        batches = _read(container, data, survey)
    except UnspoofError:
        return
    assert len({table.name for table in survey.tables}) == len(survey.tables), "two tables of one name"
    _check_places(batches, data)
    _check_fetch(container, batches, data)
    found = _told(batches)
    assert found == _told(_read(container, data, container.survey(io.BytesIO(data), options))), "another second reading"
    assert _counted(batches) == _counted(_read(container, data, survey, cells=False)), "other rows without their cells"
    if small is not None:
        again = small.survey(io.BytesIO(data), options)
        assert found == _told(_read(small, data, again)), "other rows in small blocks"


def smaller(container: Container, size: int) -> Container:
    """Return the same container with blocks of `size` bytes or rows."""
    made = copy.copy(container)
    for name in ("block_size", "block_rows"):
        if hasattr(made, name):
            setattr(made, name, size)
    return made


def _read(container: Container, data: bytes, survey: Survey, *, cells: bool = True) -> list[Batch]:
    wanted = {table.name: [c.name for c in table.columns] if cells else [] for table in survey.tables}
    return [batch for block in container.blocks(io.BytesIO(data), survey) for batch in block.read(wanted)]


def _told(batches: list[Batch]) -> dict[str, Any]:
    """Return all rows and refusals by table, whatever batches they came in."""
    found: dict[str, Any] = {}
    for batch in batches:
        batch.cells.validate(full=True)
        rows, refused = found.setdefault(batch.table.name, ([], []))
        places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
        rows += [(*place, batch.encoding, row) for place, row in zip(places, batch.cells.to_pylist(), strict=True)]
        refused += [(part.locator, part.locator_size, part.reason) for part in batch.refused]
    return found


def _counted(batches: list[Batch]) -> list[tuple[Any, ...]]:
    return [
        (b.table.name, b.cells.num_rows, b.locator.to_pylist(), b.locator_size.to_pylist(), b.refused) for b in batches
    ]


def _check_places(batches: list[Batch], data: bytes) -> None:
    ends: dict[str, int] = {}
    for batch in batches:
        rows = list(zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True))
        assert len(rows) == batch.cells.num_rows, "a row without a place"
        for at, size in sorted(rows + [(part.locator, part.locator_size) for part in batch.refused]):
            assert at >= ends.get(batch.table.name, 0), "two rows share bytes"
            assert size >= 0, "a row of negative size"
            assert size == 0 or at + size <= len(data), "a row behind the end"
            ends[batch.table.name] = at + max(size, int(size == 0 and not batch.refused))


def _check_fetch(container: Container, batches: list[Batch], data: bytes) -> None:
    places = [
        (batch.table.name, at, size)
        for batch in batches
        for at, size in zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
    ]
    for name, at, size in places[:_MOST_FETCHED]:
        fetched = container.fetch(io.BytesIO(data), at, size, name)
        assert size == 0 or fetched == data[at : at + size], "the place leads to other bytes"


__all__ = ["check_container", "smaller"]
