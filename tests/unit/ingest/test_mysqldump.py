"""A dump as a whole: what it is recognised by, what its tables are, and that every row leads back to its bytes."""

from __future__ import annotations

import gzip
import io
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadExhibit, UnspoofError
from unspoof.ingest.container import Batch, Options, SourceColumn, Survey
from unspoof.ingest.containers.mysqldump import MYSQLDUMP, MySqlDump
from unspoof.ingest.streams import open_unpacked

HEAD = b"""/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
-- Server version\t10.11.6-MariaDB

/*!40101 SET NAMES latin1 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
"""
CREATE = b"""DROP TABLE IF EXISTS `calls`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `calls` (
  `id` bigint(11) unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s (a, key)',
  `e` enum('a','b,)') DEFAULT 'a',
  `at` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `local` datetime DEFAULT NULL,
  `twice` int(11) GENERATED ALWAYS AS (`id` * (2 + 1)) VIRTUAL,
  PRIMARY KEY (`id`,`e`(3)),
  KEY `k` (`at`),
  CONSTRAINT `c` CHECK (`id` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4
/*!50100 PARTITION BY HASH (`id`) PARTITIONS 2 */;
"""
TAIL = b"/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n-- Dump completed on 2026-11-22\n"
LOCK = b"LOCK TABLES `calls` WRITE;\n/*!40000 ALTER TABLE `calls` DISABLE KEYS */;\n"


def survey_of(dump: bytes, options: Options | None = None) -> Survey:
    """Return the survey of a dump in memory."""
    return MYSQLDUMP.survey(io.BytesIO(dump), options or Options())


def batches_of(dump: bytes, chunk: int = 8 << 20) -> list[Batch]:
    """Read every table and column of a dump."""
    container, survey = MySqlDump(chunk), survey_of(dump)
    wanted = {table.name: [column.name for column in table.columns] for table in survey.tables}
    return [batch for block in container.blocks(io.BytesIO(dump), survey) for batch in block.read(wanted)]


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (HEAD, True),
        (CREATE, True),
        (b"\xef\xbb\xbf-- MySQL dump 8.4\n", True),
        (b"INSERT INTO t VALUES (1);", True),
        (b"mysqldump: [Warning] Using a password\n-- MySQL dump 10.13\n", True),
        (b"-- phpMyAdmin SQL Dump\n-- version 5.2.1\n", True),
        (b"--\n-- PostgreSQL database dump\n--\nSET x = 0;\nCREATE TABLE t (a int);\n", False),
        (b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (a int);\nINSERT INTO t VALUES(1);\n", False),
        (b'id,text\n1,"\nINSERT INTO t VALUES (1)"\n', False),
        (b'<?xml version="1.0"?>\n<mysqldump>\n', False),
        (b"1\ttext\n2\t\\N\n", False),
        (b"", False),
        (b"\x1f\x8b\x08", False),
    ],
)
def test_a_dump_is_recognised_by_its_head(head: bytes, is_one: bool) -> None:
    """Dumps of other databases and texts that only mention SQL are somebody else's."""
    assert MYSQLDUMP.sniff(head) is is_one


def test_a_survey_tells_tables_columns_key_zone_and_where_the_dump_comes_from() -> None:
    """TIMESTAMP is UTC as the header says, DATETIME has no zone."""
    found = survey_of(HEAD + CREATE + LOCK + b"INSERT INTO `calls` VALUES (1,'a','x','y',3);\nUNLOCK TABLES;\n" + TAIL)

    assert found.tables[0].name == "calls"
    assert found.tables[0].columns == (
        SourceColumn("id", "bigint(11) unsigned"),
        SourceColumn("e", "enum('a','b,)')"),
        SourceColumn("at", "timestamp", "UTC"),
        SourceColumn("local", "datetime"),
        SourceColumn("twice", "int(11)"),
    )
    assert found.tables[0].key == ("id", "e")
    assert found.notes == (
        "made by: MariaDB dump 10.19  Distrib 10.11.6-MariaDB",
        "server version: 10.11.6-MariaDB",
        "character set: latin1",
        "time zone of TIMESTAMP columns: +00:00",
    )


def test_no_zone_is_claimed_where_rows_came_under_another() -> None:
    """Two dumps in one file, one without the header, leave the zone open."""
    rows = b"INSERT INTO calls VALUES (1,'a','x','y',3);\n"

    found = survey_of(HEAD + CREATE + rows + TAIL + rows)

    assert [column.zone for column in found.tables[0].columns] == [""] * 5


def test_the_encoding_is_that_of_the_dump_or_of_the_table() -> None:
    """SET NAMES binary leaves the bytes as each table has them; an option overrides all."""
    table = b"CREATE TABLE t (a text) DEFAULT CHARSET=latin2;\nINSERT INTO t VALUES ('x');\n"

    assert [batch.encoding for batch in batches_of(b"SET NAMES koi8r;\n" + table)] == ["koi8_r"]
    assert [batch.encoding for batch in batches_of(b"SET NAMES binary;\n" + table)] == ["iso8859_2"]
    assert [batch.encoding for batch in batches_of(table)] == ["utf-8"]
    survey = survey_of(table, Options(encoding="cp866"))
    blocks = MYSQLDUMP.blocks(io.BytesIO(table), survey)
    assert [batch.encoding for block in blocks for batch in block.read({"t": ["a"]})] == ["cp866"]


def test_tables_without_create_have_the_columns_of_their_inserts() -> None:
    """A column list gives names; else they are numbered; else a later CREATE TABLE gives them."""
    dump = (
        b"INSERT INTO a (x, `y z`) VALUES (1,2);\nINSERT INTO a (y, x) VALUES (3,4);\nINSERT INTO b VALUES (5,'6');\n"
    )
    late = b"INSERT INTO c VALUES (7,8);\nCREATE TABLE c (p int, q int, PRIMARY KEY (q));\n"

    found = survey_of(dump + late)

    assert [(t.name, [c.name for c in t.columns], t.key) for t in found.tables] == [
        ("a", ["x", "y z", "y"], ()),
        ("b", ["c1", "c2"], ()),
        ("c", ["p", "q"], ("q",)),
    ]
    assert [batch.cells.to_pylist() for batch in batches_of(dump + late)] == [
        [{"x": b"1", "y z": b"2", "y": None}, {"x": b"4", "y z": None, "y": b"3"}],
        [{"c1": b"5", "c2": b"6"}],
        [{"p": b"7", "q": b"8"}],
    ]


def test_tables_of_one_name_in_two_databases_stay_apart() -> None:
    """They carry the database in their names, and columns follow the right definition."""
    dump = (
        b"USE `one`;\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nUSE `two`;\nCREATE TABLE t (b int, c int);\n"
        b"INSERT INTO t VALUES (2,3);\nINSERT INTO `one`.`t` VALUES (4);\n"
        b"CREATE TABLE u (d int);\nINSERT INTO u VALUES (5);\n"
    )

    found = {batch.table.name: batch.cells.to_pylist() for batch in batches_of(dump)}

    assert found == {"one.t": [{"a": b"1"}, {"a": b"4"}], "two.t": [{"b": b"2", "c": b"3"}], "u": [{"d": b"5"}]}


def test_only_wanted_tables_and_columns_are_read_and_rows_are_counted_all_the_same() -> None:
    """Unknown columns are left out; without any column the rows still count."""
    dump = b"INSERT INTO a (x,y) VALUES (1,2),(3,4),(5);\nINSERT INTO b (z) VALUES (9);\n"
    block = next(MYSQLDUMP.blocks(io.BytesIO(dump), survey_of(dump)))

    assert [b.cells.to_pylist() for b in block.read({"a": ["y", "nope"]})] == [[{"y": b"2"}, {"y": b"4"}]]
    assert block.read({}) == []
    bare = block.read({"a": []})[0]
    assert (bare.cells.num_rows, len(bare.locator), len(bare.refused)) == (2, 2, 1)


def big_dump(rows: int) -> bytes:
    """Return a dump of several statements with text that looks like rows in it."""
    rng = random.Random(7)
    texts = ["plain", "it\\'s", "),(", ");\\n", "a\\\\", "x, y", "", "NULL", "\\%", "0x41"]
    lines = [f"({n},'{rng.choice(texts)}',{rng.choice(['NULL', '1.5', '-2'])})" for n in range(rows)]
    parts = [",".join(lines[at : at + 700]) for at in range(0, rows, 700)]
    return HEAD + b"".join(f"INSERT INTO `t` VALUES {part};\n".encode() for part in parts) + TAIL


@pytest.mark.parametrize("chunk", [1 << 12, 1 << 16, 8 << 20])
def test_blocks_hold_every_row_once_and_lead_to_its_bytes(tmp_path: Path, chunk: int) -> None:
    """Whatever the block size, and read by two threads from a packed file."""
    dump, path = big_dump(9000), tmp_path / "dump.sql.gz"
    path.write_bytes(gzip.compress(dump, 1))
    container, survey = MySqlDump(chunk), survey_of(dump)

    with open_unpacked(path) as stream, ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda block: block.read({"t": ["c1", "c2", "c3"]}), list(container.blocks(stream, survey)))
        batches = [batch for result in results for batch in result]

    numbers = [int(cell) for batch in batches for cell in batch.cells.column("c1").to_pylist()]
    assert numbers == list(range(9000))
    assert not any(batch.refused for batch in batches)
    for batch in batches[:: max(1, len(batches) // 5)]:
        place, size = batch.locator[0].as_py(), batch.locator_size[0].as_py()
        with open_unpacked(path) as stream:
            row = container.fetch(stream, place, size, "t")
        assert row == dump[place : place + size]
        assert row.startswith(b"(" + batch.cells.column("c1")[0].as_py() + b",'")


def test_a_packed_dump_that_is_cut_off_gives_its_rows_and_a_note(tmp_path: Path) -> None:
    """The rows before the cut are read; the survey says that the file is not whole."""
    dump, path = big_dump(3000), tmp_path / "dump.sql.gz"
    path.write_bytes(gzip.compress(dump)[:-2000])

    with open_unpacked(path) as stream:
        survey = MYSQLDUMP.survey(stream, Options())
    with open_unpacked(path) as stream:
        batches = [b for block in MYSQLDUMP.blocks(stream, survey) for b in block.read({"t": ["c1"]})]

    count = sum(batch.cells.num_rows for batch in batches)
    assert 1000 < count < 3000
    assert sum(len(batch.refused) for batch in batches) <= 1
    assert survey.notes[-1:] == ("the packed file is damaged or cut off: gzip: the file ends inside the packed data",)
    assert survey.faults == ("no line '-- Dump completed' at the end: the dump is cut off, or was not finished",)


def test_a_file_without_tables_is_no_dump() -> None:
    """The error says what was missing."""
    with pytest.raises(BadExhibit, match="no CREATE TABLE and no INSERT in it"):
        survey_of(b"-- MySQL dump 10.13\nSET NAMES utf8;\n")


SCRAPS = [
    HEAD,
    CREATE,
    LOCK,
    b"INSERT INTO calls VALUES (1,'",
    b"');\n",
    b"CREATE TABLE `",
    b"(a int",
    b"DELIMITER ;;\n",
]
SCRAPS += [b"DELIMITER '\n", b"/*!5", b"*/", b"--", b"\n", b"'"]


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(SCRAPS), max_size=8).map(b"".join)))
def test_junk_ends_in_our_own_errors_only(junk: bytes) -> None:
    """Sniffing, surveying and reading any bytes never raise anything else."""
    MYSQLDUMP.sniff(junk)
    try:
        batches_of(junk, 50)
    except UnspoofError:
        return
