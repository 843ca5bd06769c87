"""What every container reader is: bytes of a known shape in, Arrow columns of the source's own cells out.

A container knows a file's shape and nothing of what its columns mean; that is a system's business. Reading has two
halves so that the second can run on several cores: `blocks` cuts the stream at row boundaries, cheaply and in order;
`Block.read` turns one block into columns and touches nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pyarrow as pa


@dataclass(frozen=True)
class SourceColumn:
    """One column of a source table."""

    name: str
    declared: str = ""
    """Type as the container declares it, lower case: 'timestamp', 'varchar(40)'; empty where it does not."""
    zone: str = ""
    """'UTC' where the container itself fixes the zone of this column's times (see mysqldump); else empty."""
    worked_out: bool = False
    """The cell does not stand in the row's bytes as text: a packet's time and addresses, a call's outcome."""


@dataclass(frozen=True)
class SourceTable:
    """One table of a source: a dump's table, a sheet, or the one unnamed table of a text file."""

    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...] = ()
    """Columns of the declared primary key, if any."""


@dataclass(frozen=True)
class Refused:
    """One stretch of bytes that could not be read as a row."""

    table: str
    locator: int
    locator_size: int
    reason: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Batch:
    """Rows of one source table.

    `cells` has one `binary` or `string` column per wanted source column (NULL where the source has none), in the
    encoding of the source: a system decodes. A container whose shape has numbers as numbers may give `int64`; the digits
    count as the cell's text. `locator` and `locator_size` lead to each row's bytes in the unpacked
    stream. Rows refused are not in `cells`; rows read = len(cells) + len(refused).
    """

    table: SourceTable
    cells: pa.Table
    locator: pa.Int64Array
    locator_size: pa.Int32Array
    refused: tuple[Refused, ...] = ()
    encoding: str = "utf-8"


class Block(Protocol):
    """A stretch of the stream that starts and ends at row boundaries; picklable is not needed, thread-safe is."""

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows of the wanted tables, each with its wanted columns; other tables are skipped.

        Args:
            wanted: source table name -> source column names; a column that the table lacks is left out.

        """
        ...


@dataclass(frozen=True)
class Options:
    """What a system's [source] section, or sniffing, says of a container."""

    delimiter: str = ""
    quote: str = '"'
    escape: str = ""
    encoding: str = ""
    header: bool | None = None
    columns: tuple[str, ...] = ()
    sheet: str = ""
    pattern: str = ""
    """For text lines (container 'lines'): a pattern with named groups, one group a column."""
    comment: str = ""
    beside: tuple[str, ...] = ()
    """Paths of sealed files that this one is read with, where it cannot be understood alone (undo data); set by the case."""


@dataclass(frozen=True)
class Survey:
    """What a first look at a stream found: its tables, and the options that reading needs."""

    tables: tuple[SourceTable, ...]
    options: Options = field(default_factory=Options)
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    """What is wrong with the file as a whole although it can be read: the mark of its end is not there."""
    """Facts for the custody log: character set, zone that the header states, server version."""


class Container(Protocol):
    """A shape of file. One file of code, one line in CONTAINERS."""

    @property
    def name(self) -> str:
        """How systems name this container."""
        ...

    def sniff(self, head: bytes) -> bool:
        """Say whether a stream that begins with `head` (unpacked, up to 64 KiB) may have this shape."""
        ...

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the tables and columns; raises BadExhibit if the stream cannot have this shape at all."""
        ...

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[Block]:
        """Cut the stream into blocks, in order, each some 4 to 16 MiB."""
        ...

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the very bytes of one row."""
        ...


__all__ = ["Batch", "Block", "Container", "Options", "Refused", "SourceColumn", "SourceTable", "Survey"]
