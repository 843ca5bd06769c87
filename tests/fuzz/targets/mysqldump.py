"""SQL dumps through their container."""

from __future__ import annotations

from fuzz.container_checks import check_container
from fuzz.target import Target, chosen, sample, with_choice
from unspoof.ingest.container import Options
from unspoof.ingest.containers.mysqldump import MYSQLDUMP, MySqlDump

_WAYS = (Options(), Options(encoding="cp1252"))
_SEEDS = (
    *sample("containers/mysqldump/shop.sql"),
    b"SET NAMES latin1;\nINSERT INTO t VALUES (1,'a'),(2,NULL),(3,0xAB);\nINSERT INTO t VALUES (1,'a''b');\n",
    b"USE `d`;\nCREATE TABLE t (a int, b varchar(2), PRIMARY KEY (a));\nREPLACE INTO d.t (b) VALUES ('x'),('y;');",
    b"DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET a = 1; END ;;\nDELIMITER ;\n",
    b"INSERT INTO t SELECT * FROM u;\nINSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a=1;\nINSERT INTO t VALUES (2\n",
)


def feed(data: bytes) -> None:
    """Read a dump as its container does, whole and piece by piece."""
    options, dump = chosen(data, _WAYS)
    check_container(MYSQLDUMP, dump, options, small=MySqlDump(chunk=61))


TARGET = Target(
    "mysqldump",
    "a choice of character set, then an SQL dump",
    feed,
    with_choice(0, _SEEDS),
    words=(
        b"INSERT INTO `t` VALUES ", b"CREATE TABLE ", b"DELIMITER ", b"SET NAMES ", b"SET TIME_ZONE=", b"/*!40101 ",
        b"*/", b"-- ", b"NULL", b"0x", b"_binary ", b"),(", b"\\'", b"''", b"USE ", b"ON DUPLICATE KEY ", b"PRIMARY KEY",
        b"_utf8mb4", b"b'01'", b"REPLACE ", b"big5", b"UNLOCK TABLES;",
    ),
)  # fmt: skip

__all__ = ["TARGET"]
