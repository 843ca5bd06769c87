"""What every container must do, asked of each of them on its own samples and on junk.

A container has samples in tests/samples/containers/NAME/: a file, beside it FILE.golden.json with what must be read,
and, where reading needs them, FILE.options.json. `UPDATE_GOLDEN=1 pytest tests/contract/test_containers.py` writes the
golden files anew; look at the difference before it is committed.
"""

from __future__ import annotations

import copy
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unspoof.ingest.containers as package
from unspoof.errors import UnspoofError
from unspoof.ingest.container import Batch, Container, Options
from unspoof.ingest.containers import CONTAINERS

SAMPLES = Path(__file__).parent.parent / "samples" / "containers"
KINDS = [pytest.param(container, id=container.name) for container in CONTAINERS]


def samples_of(container: Container) -> list[Path]:
    """Return the samples of a container."""
    files = sorted((SAMPLES / container.name).glob("*"))
    return [file for file in files if not file.name.endswith((".golden.json", ".options.json", ".md"))]


CASES = [pytest.param(c, file, id=f"{c.name}-{file.name}") for c in CONTAINERS for file in samples_of(c)]


def options_of(file: Path) -> Options:
    """Return the options stated beside a sample."""
    stated = file.with_name(f"{file.name}.options.json")
    values = json.loads(stated.read_text()) if stated.exists() else {}
    return Options(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def batches_of(container: Container, data: bytes, options: Options, columns: bool = True) -> list[Batch]:
    """Read everything, or only where the rows are."""
    survey = container.survey(io.BytesIO(data), options)
    wanted = {t.name: [c.name for c in t.columns] if columns else [] for t in survey.tables}
    return [batch for block in container.blocks(io.BytesIO(data), survey) for batch in block.read(wanted)]


def cells_of(batch: Batch) -> list[dict[str, str | None]]:
    """Return the rows of a batch as text."""

    def text(cell: object) -> str | None:
        return (
            cell.decode(batch.encoding, "replace") if isinstance(cell, bytes) else None if cell is None else str(cell)
        )

    return [{key: text(cell) for key, cell in row.items()} for row in batch.cells.to_pylist()]


def read_all(container: Container, data: bytes, options: Options) -> dict[str, Any]:
    """Return every row and refusal by table, in order."""
    found: dict[str, Any] = {}
    for batch in batches_of(container, data, options):
        table = found.setdefault(batch.table.name, {"rows": [], "refused": []})
        places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
        rows = zip(places, cells_of(batch), strict=True)
        table["rows"] += [[at, size, row] for (at, size), row in rows]
        table["refused"] += [[part.locator, part.locator_size, part.reason] for part in batch.refused]
    return found


def smaller(container: Container, size: int) -> Container:
    """Return the same container with small blocks."""
    small = copy.copy(container)
    for name in ("block_size", "block_rows"):
        if hasattr(small, name):
            setattr(small, name, size)
    return small


@pytest.mark.parametrize("container", KINDS)
def test_every_container_has_a_sample(container: Container) -> None:
    """A container without a sample is not tested."""
    assert samples_of(container)


def test_every_file_is_in_the_tuple() -> None:
    """A container that nobody registered would never be tried."""
    files = {file.stem for file in Path(package.__file__).parent.glob("*.py")} - {"__init__"}

    assert {type(container).__module__.rsplit(".", 1)[1] for container in CONTAINERS} == files


@pytest.mark.parametrize(("container", "file"), CASES)
def test_the_first_container_that_sniffs_a_sample_is_its_own(container: Container, file: Path) -> None:
    """Samples are recognised by their first bytes, unless a pattern has to say what they are."""
    head = file.read_bytes()[: 1 << 16]
    first = next((other for other in CONTAINERS if other.sniff(head)), None)

    if options_of(file) == Options():
        assert first is container


@pytest.mark.parametrize(("container", "file"), CASES)
def test_a_sample_gives_its_golden_rows(container: Container, file: Path) -> None:
    """Rows, cells, places and reasons are exactly those that were looked at."""
    survey = container.survey(io.BytesIO(file.read_bytes()), options_of(file))
    actual = {"notes": list(survey.notes), "tables": read_all(container, file.read_bytes(), options_of(file))}
    golden = file.with_name(f"{file.name}.golden.json")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(actual, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    assert json.loads(golden.read_text(encoding="utf-8")) == actual


@pytest.mark.parametrize(("container", "file"), CASES)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_small_blocks_give_the_same_rows(container: Container, file: Path, size: int) -> None:
    """How a stream is cut into blocks shows nowhere in what is read."""
    data, options = file.read_bytes(), options_of(file)

    assert read_all(smaller(container, size), data, options) == read_all(container, data, options)


@pytest.mark.parametrize(("container", "file"), CASES)
def test_every_row_leads_back_to_its_bytes(container: Container, file: Path) -> None:
    """What `fetch` gives for a row holds what its cells say."""
    data, options = file.read_bytes(), options_of(file)
    survey = container.survey(io.BytesIO(data), options)
    encoding = survey.options.encoding or "utf-8"
    said = {c.name for t in survey.tables for c in t.columns if not c.worked_out}

    for name, table in read_all(container, data, options).items():
        for at, size, row in table["rows"]:
            fetched = container.fetch(io.BytesIO(data), at, size, name)
            # around the text of a packet stand octets that are none
            text = fetched.decode(encoding, "replace")
            cells = [cell for column, cell in row.items() if cell and column in said]

            assert size in (0, len(fetched))
            # a workbook keeps days and times as numbers, so that only some of a row's cells stand there as text
            words = [all(word in text for word in re.findall(r"[^\W_]+", cell)) for cell in cells]
            assert any(words) if size == 0 else all(words)


@pytest.mark.parametrize(("container", "file"), CASES)
def test_rows_are_counted_without_their_cells(container: Container, file: Path) -> None:
    """Asking for no column gives the same rows and refusals; asking for no table gives nothing."""
    data, options = file.read_bytes(), options_of(file)
    full, bare = batches_of(container, data, options), batches_of(container, data, options, columns=False)
    survey = container.survey(io.BytesIO(data), options)

    assert [(b.cells.num_rows, b.locator, b.locator_size, b.refused) for b in bare] == [
        (b.cells.num_rows, b.locator, b.locator_size, b.refused) for b in full
    ]
    assert [batch for block in container.blocks(io.BytesIO(data), survey) for batch in block.read({})] == []


def check_places(container: Container, data: bytes, options: Options) -> None:
    """Check that what is read lies in the stream, in order and without overlap, each row with a place."""
    try:
        batches = batches_of(container, data, options)
    except UnspoofError:
        return
    ends: dict[str, int] = {}
    for batch in batches:
        rows = list(zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True))
        assert len(rows) == batch.cells.num_rows
        for at, size in sorted(rows + [(part.locator, part.locator_size) for part in batch.refused]):
            assert at >= ends.get(batch.table.name, 0)
            assert size == 0 or at + size <= len(data)
            ends[batch.table.name] = at + max(size, int(size == 0 and not batch.refused))


@pytest.mark.parametrize("container", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=300))
def test_junk_is_refused_and_never_crashes(container: Container, junk: bytes) -> None:
    """Any bytes give rows, refusals or an UnspoofError."""
    for data in (junk, *(file.read_bytes()[:40] + junk for file in samples_of(container))):
        assert container.sniff(data) in (True, False)
        check_places(container, data, Options(pattern="(?P<a>.)" if container.name == "lines" else ""))


@pytest.mark.parametrize(("container", "file"), CASES)
@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1), change=st.binary(max_size=4))
def test_damage_is_refused_and_never_crashes(container: Container, file: Path, place: float, change: bytes) -> None:
    """A sample with a few bytes changed gives rows, refusals or an UnspoofError."""
    data = file.read_bytes()
    at = int(place * len(data))

    check_places(container, data[:at] + change + data[at + len(change) :], options_of(file))


def test_what_a_lost_bracket_leaves_behind_is_refused_once() -> None:
    """Elements behind a bracket that is never closed, and the end that lacks, are one refusal and not two."""
    data = b'{"page": 0, "calls": [{"a": "1"}, {"a": "2"}}, "total": 3'
    jsonl = next(c for c in CONTAINERS if c.name == "jsonl")

    check_places(jsonl, data, Options())
    check_places(jsonl, (SAMPLES / "jsonl/page.json").read_bytes().replace(b'ge": ', b'ge"\x00}', 1), Options())


@pytest.mark.parametrize(("container", "file"), CASES)
def test_a_file_that_is_cut_off_never_crashes(container: Container, file: Path) -> None:
    """Each beginning of a sample gives rows, refusals or an UnspoofError."""
    data = file.read_bytes()

    for size in range(0, len(data), 1 + len(data) // 500):
        check_places(container, data[:size], options_of(file))
