"""Read one sealed file into the normal form: container, system, mapping, Parquet; it seals and commits nothing."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unspoof.errors import BadExhibit, NoZone, UnknownFormat, UnspoofError
from unspoof.ingest.container import Block, Container, Options, Survey
from unspoof.ingest.containers import CONTAINERS, LINES
from unspoof.ingest.mapping import Mapped, Mapper, Reading
from unspoof.ingest.recognise import recognise
from unspoof.ingest.streams import open_unpacked
from unspoof.ingest.system import System, shipped_systems
from unspoof.model.arrow import schema
from unspoof.model.tables import QUARANTINE

HEAD_BYTES = 65_536
ROW_GROUP = 250_000
_SURE = ("blocks", "capture", "xlsx", "parquet", "mysqldump", "undo")
"""Containers whose sign no other file carries."""
_OWN_NAMES = frozenset({"call_ref", "hop_ref", "payment_ref", "report_ref"})
"""Columns in which nearly every row has a text of its own."""


@dataclass(frozen=True)
class Recognised:
    """A file whose container and system are known."""

    container: Container
    system: System
    survey: Survey


@dataclass
class Tally:
    """Rows of one table of the normal form: read = kept + refused, always."""

    read: int = 0
    kept: int = 0
    refused: int = 0
    passed_over: int = 0
    """Rows that the system's `where` says are no rows of this table."""


@dataclass
class ReadResult:
    """What reading one exhibit gave."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Final path in the case -> path below the staging folder."""
    faults: list[str] = field(default_factory=list)
    """Faults of the file as a whole: cut off, damaged packing."""
    unmapped: tuple[str, ...] = ()
    """Tables of the source that the system does not read."""
    absent: tuple[str, ...] = ()
    """What the system maps and the file does not have."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason of refusal -> rows."""


def look(path: Path, system: System | None = None, encoding: str = "") -> Recognised:
    """Find out what a file is.

    Args:
        path: any file, packed or not.
        system: the system that the user names; without it every shipped one is tried.
        encoding: the character set that the user states; it wins over what the system says.

    Raises:
        BadExhibit: it is empty or cannot have the shape it seems to have.
        BadMapping: the character set is unknown.
        UnknownFormat: no system knows it.

    """
    try:
        return _look(path, system, encoding)
    except UnspoofError as error:
        error.where = error.where or path.name
        raise


def _look(path: Path, system: System | None, encoding: str) -> Recognised:
    with open_unpacked(path) as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise BadExhibit("the file is empty, or nothing can be unpacked from it", where=path.name)
    nearest: UnknownFormat | None = None
    for container, tried in _candidates(head, system):
        try:
            return _try(path, container, tried, encoding)
        except UnknownFormat as error:
            nearest = nearest or error
    if system is not None:
        raise _other_shape(path, head, system)
    if nearest is not None:
        raise UnknownFormat(nearest.problem, where=path.name, hint=nearest.hint)
    raise UnknownFormat(
        "no reader knows this shape of file",
        where=path.name,
        hint="Describe it in a TOML file (docs/systems.md) and pass it with --format FILE.",
    )


def _other_shape(path: Path, head: bytes, system: System) -> UnknownFormat:
    shape = next((c.name for c in CONTAINERS if c.sniff(head)), "unknown")
    hint = f'If the columns are the same, write container = "{shape}" in the TOML file.'
    problem = f"the shape of the file is {shape}, and format {system.name} describes {' or '.join(system.containers)}"
    return UnknownFormat(problem, where=path.name, hint=hint)


def _candidates(head: bytes, system: System | None) -> Iterator[tuple[Container, System | None]]:
    """Yield containers to try, with the system where it is known beforehand; the first that fits is taken."""
    if system is not None:
        yield from ((container, system) for container in _told(head, system))
        return
    yield from ((LINES, known) for known in shipped_systems() if _is_log_of(known, head))
    yield from ((container, None) for container in CONTAINERS if container.sniff(head))


def _told(head: bytes, system: System) -> list[Container]:
    """Return which of a named system's containers to try: what a file surely is decides, then what the user says.

    A dump can be read as delimited text too, and would give nothing but refusals. Of text with a rare delimiter or in
    one column nothing but the user's word says what it is.
    """
    sniffed = [c for c in CONTAINERS if c.sniff(head)]
    if sniffed and sniffed[0].name in _SURE:
        return [c for c in sniffed[:1] if c.name in system.containers]
    ordered = sniffed + [c for c in CONTAINERS if c not in sniffed and c.name not in _SURE]
    return [c for c in (*ordered, *(c for c in CONTAINERS if c not in ordered)) if c.name in system.containers]


def _is_log_of(system: System, head: bytes) -> bool:
    """Say whether lines of `head` match a system's pattern; a log has other lines too, so one is enough."""
    if LINES.name not in system.containers or not system.options.pattern:
        return False
    lines = head.decode("utf-8", "replace").splitlines()[:200]
    return any(re.search(system.options.pattern, line[:4096]) for line in lines)


def with_encoding(options: Options, encoding: str) -> Options:
    """Return what a container is told, with the character set that the user states for one exhibit."""
    return replace(options, encoding=encoding) if encoding else options


def _try(path: Path, container: Container, system: System | None, encoding: str) -> Recognised:
    with open_unpacked(path) as stream:
        survey = container.survey(stream, with_encoding(system.options if system else Options(), encoding))
    if system is not None:
        return Recognised(container, system, survey)
    found = recognise(container.name, survey, shipped_systems(), _first_rows(path, container, survey))
    if found.options != Options():
        with open_unpacked(path) as stream:
            survey = container.survey(stream, with_encoding(found.options, encoding))
    return Recognised(container, found, survey)


def _first_rows(path: Path, container: Container, survey: Survey) -> pa.Table | None:
    """Return a few rows of a text without a header; elsewhere names of columns tell enough."""
    if len(survey.tables) != 1 or survey.options.header is not False:
        return None
    table = survey.tables[0]
    with open_unpacked(path) as stream:
        block = next(iter(container.blocks(stream, survey)), None)
    batches = block.read({table.name: [column.name for column in table.columns]}) if block else []
    return batches[0].cells.slice(0, 50) if batches else None


class _Writers:
    """Parquet files of one exhibit, opened when the first row comes and closed together.

    They are written beside the reading, one row group at a time in the order in which rows came: cutting a file into
    blocks is one thread's work too, and taking turns with it would leave a core idle.
    """

    def __init__(self, exhibit: int, staged: Path) -> None:
        self._exhibit = exhibit
        self._staged = staged
        self._open: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self.files: dict[str, str] = {}

    def add(self, folder: str, rows: pa.Table) -> None:
        """Take rows for `folder/exhibit=N/part-0.parquet`; they are written a row group at a time."""
        if rows.num_rows == 0:
            return
        waiting = self._waiting.setdefault(folder, [])
        waiting.append(rows)
        if sum(part.num_rows for part in waiting) < ROW_GROUP:
            return
        whole = pa.concat_tables(waiting)
        full = whole.num_rows - whole.num_rows % ROW_GROUP
        self._waiting[folder] = [whole.slice(full)]
        self._write(folder, whole.slice(0, full))

    def _write(self, folder: str, rows: pa.Table) -> None:
        """Let rows be written once those before them are, so that little is on its way."""
        self._settle()
        if folder not in self._open:
            name = f"{folder}/exhibit={self._exhibit}/part-0.parquet"
            target = self._staged / name
            target.parent.mkdir(parents=True)
            self._open[folder] = _writer(target, rows.schema)
            self.files[name] = name
        self._writing = self._thread.submit(self._open[folder].write_table, rows, ROW_GROUP)

    def _settle(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def close(self) -> None:
        """Write what waits and finish every file."""
        for folder, waiting in self._waiting.items():
            rows = pa.concat_tables(waiting)
            if rows.num_rows:
                self._write(folder, rows)
        self._settle()
        self._thread.shutdown()
        for writer in self._open.values():
            writer.close()


def _writer(target: Path, columns: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file whose columns that rarely repeat are not looked through for repetitions."""
    rising = [name for name in ("locator", columns.names[0]) if columns.field(name).type == pa.int64()]
    rarely = {*rising, *_OWN_NAMES, *(field.name for field in columns if pa.types.is_timestamp(field.type))}
    return pq.ParquetWriter(
        target,
        columns,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in columns.names if name not in rarely],
        column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
    )


def demand_zone(name: str, mapper: Mapper) -> None:
    """Raise NoZone if the file holds local times and nobody has said in which zone."""
    if columns := mapper.needs_zone():
        raise NoZone(
            f"{', '.join(columns)}: local times without a zone",
            where=name,
            hint="State the zone of the machine that wrote them, e.g. --zone Europe/London. It is recorded.",
        )


def read_exhibit(
    path: Path, found: Recognised, reading: Reading, staged: Path, progress: Callable[[int], None]
) -> ReadResult:
    """Read a sealed file into `staged/tables/NAME/exhibit=N/` and `staged/quarantine/exhibit=N/`.

    Blocks are read and mapped on all cores and written in the order of the file, so the same file gives the same bytes.

    Args:
        path: the sealed file.
        found: what `look` said of it.
        reading: exhibit number, zone, home and what else the mapping needs.
        staged: an empty folder.
        progress: told how many rows have been read so far.

    Raises:
        NoZone: the system maps local times and no zone is known.
    """
    mapper = Mapper(found.system, found.survey, reading)
    demand_zone(path.name, mapper)
    writers, result = _Writers(reading.exhibit, staged), ReadResult(faults=list(found.survey.faults))
    result.tallies = {name: Tally() for _, name in mapper.tables}
    with open_unpacked(path) as stream:
        for mapped in _in_order(found.container.blocks(stream, found.survey), mapper):
            _take(mapped, writers, result)
            progress(sum(tally.read for tally in result.tallies.values()))
        if fault := getattr(stream, "fault", None):
            result.faults.append(str(fault))
    writers.close()
    result.files = writers.files
    result.unmapped = tuple(t.name for t in found.survey.tables if t.name not in mapper.wanted and t.name)
    result.absent = mapper.absent
    return result


def _in_order(blocks: Iterator[Block], mapper: Mapper) -> Iterator[Mapped]:
    """Read and map blocks on all cores; yield what they gave in the order of the file."""

    def work(block: Block) -> list[Mapped]:
        return [mapped for batch in block.read(mapper.wanted) for mapped in mapper.map(batch)]

    cores = os.cpu_count() or 1
    waiting: deque[Future[list[Mapped]]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        for block in blocks:
            waiting.append(pool.submit(work, block))
            if len(waiting) > cores:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _take(mapped: Mapped, writers: _Writers, result: ReadResult) -> None:
    tally = result.tallies.setdefault(mapped.table.name, Tally())
    kept, refused = mapped.rows.num_rows, mapped.refused.num_rows
    if mapped.read != kept + refused:
        raise AssertionError(f"{mapped.table.name}: {mapped.read} rows read, {kept} kept and {refused} refused")
    tally.read += mapped.read
    tally.kept += kept
    tally.refused += refused
    tally.passed_over += mapped.passed_over
    writers.add(f"tables/{mapped.table.name}", mapped.rows.cast(schema(mapped.table)))
    writers.add("quarantine", mapped.refused.cast(schema(QUARANTINE)))
    for reason in mapped.refused.column("reason").value_counts().to_pylist() if refused else []:
        result.reasons[reason["values"]] = result.reasons.get(reason["values"], 0) + int(reason["counts"])


__all__ = ["ReadResult", "Recognised", "Tally", "demand_zone", "look", "read_exhibit", "with_encoding"]
