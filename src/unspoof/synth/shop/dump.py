"""Writes a database dump in the exact form of mysqldump: header, tables, statements of about a megabyte, escapes.

It knows nothing of what the rows mean. The form is that of MariaDB's mysqldump 10.19 (Distrib 10.11); a test restores a
dump into a real server, dumps that with the real program, and demands the same bytes.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.shop.schema import TableSchema

_STATEMENT = 1_046_528
"""Bytes of an INSERT that mysqldump does not pass unless a single row does (its default net_buffer_length)."""

_HEADER = """\
-- MariaDB dump 10.19  Distrib {version}, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: {database}
-- ------------------------------------------------------
-- Server version\t{version}

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
"""

_TABLE = """\

--
-- Table structure for table `{table}`
--

DROP TABLE IF EXISTS `{table}`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
{create}/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `{table}`
--

LOCK TABLES `{table}` WRITE;
/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;
"""

_END_TABLE = """\
/*!40000 ALTER TABLE `{table}` ENABLE KEYS */;
UNLOCK TABLES;
"""

_TRAILER = """\
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on {completed}
"""

_ESCAPES = (("\\", "\\\\"), ("\0", "\\0"), ("\n", "\\n"), ("\r", "\\r"), ("'", "\\'"), ('"', '\\"'), ("\x1a", "\\Z"))


def quoted(texts: pa.StringArray) -> pa.StringArray:
    """Return texts as mysqldump writes them: escaped, in single quotes; NULL where there is none."""
    for plain, escaped in _ESCAPES:
        texts = pc.replace_substring(texts, plain, escaped)
    return pc.coalesce(pc.binary_join_element_wise("'", texts, "'", ""), pa.scalar("NULL"))


class RowSink:
    """Takes rows of one table and writes them as INSERT statements of the size that mysqldump makes."""

    def __init__(self, out: pa.NativeFile, table: str) -> None:
        self._out = out
        self._insert = f"INSERT INTO `{table}` VALUES\n".encode()
        # mysqldump counts the statement's head without its line break, plus 4, and 2 bytes beside each row.
        self._head = len(self._insert) - 1 + 4
        self._used = 0

    def write(self, rows: pa.StringArray) -> None:
        """Append rows, each a text in parentheses, in order."""
        if len(rows) == 0:
            return
        lines = pc.binary_join_element_wise(rows, ",\n", "")
        offsets = np.frombuffer(lines.buffers()[1], np.int32, len(lines) + 1, lines.offset * 4)
        body = memoryview(lines.buffers()[2])
        done = 0
        while done < len(lines):
            room = _STATEMENT - self._used if self._used else _STATEMENT - self._head
            # Two bytes beside each row, as many as ",\n" takes, so offsets count what mysqldump counts.
            last = int(np.searchsorted(offsets, int(offsets[done]) + room, side="left")) - 1
            if last <= done and self._used:
                self._close()
                continue
            last = max(last, done + 1)
            self._out.write(b",\n" if self._used else self._insert)
            self._out.write(body[int(offsets[done]) : int(offsets[last]) - 2])
            self._used = (self._used or self._head) + int(offsets[last]) - int(offsets[done])
            done = last

    def _close(self) -> None:
        if self._used:
            self._out.write(b";\n")
        self._used = 0

    def __enter__(self) -> RowSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


class DumpWriter:
    """Writes one dump, table by table; a context manager that writes header and trailer."""

    def __init__(self, out: pa.NativeFile, *, database: str, version: str, completed: str) -> None:
        self._out = out
        self._completed = completed
        self._text(_HEADER.format(database=database, version=version))

    def _text(self, text: str) -> None:
        self._out.write(text.encode())

    def head(self, schema: TableSchema, next_id: int) -> None:
        """Write what stands before a table's rows; `next_id` is its AUTO_INCREMENT counter."""
        self._text(_TABLE.format(table=schema.name, create=schema.create(next_id)))

    def tail(self, schema: TableSchema) -> None:
        """Write what stands behind a table's rows."""
        self._text(_END_TABLE.format(table=schema.name))

    def table(self, schema: TableSchema, rows: pa.StringArray, next_id: int = 0) -> None:
        """Write a whole table; `next_id` as for `head`, where the ids are not simply 1, 2, ..."""
        self.head(schema, next_id or len(rows) + 1)
        with RowSink(self._out, schema.name) as sink:
            sink.write(rows)
        self.tail(schema)

    def __enter__(self) -> DumpWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._text(_TRAILER.format(completed=self._completed))


__all__ = ["DumpWriter", "RowSink", "quoted"]
