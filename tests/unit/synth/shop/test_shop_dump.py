"""The dump's form: columns as MagnusBilling declares them, escapes and statements as mysqldump writes them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_dump import columns, read, rows

from unspoof.synth.shop.dump import DumpWriter, RowSink, quoted
from unspoof.synth.shop.schema import SHOP, TableSchema

# Copied from MagnusBilling 7, script/database.sql, commit 0872f723: names and types in order.
PKG_CDR = (
    "id bigint(11), id_user int(11), id_plan int(11), id_trunk int(11), id_server int(11), id_prefix int(11), "
    "id_campaign int(11), callerid varchar(40), uniqueid varchar(30), starttime timestamp, sessiontime int(11), "
    "calledstation varchar(30), sessionbill float, sipiax int(11), src varchar(40), buycost decimal(15,6), "
    "real_sessiontime int(11), terminatecauseid int(1), agent_bill decimal(15,6)"
)
PKG_CDR_FAILED = (
    "id bigint(11), id_user int(11), id_plan int(11), id_trunk int(11), id_prefix int(11), id_server int(11), "
    "sessionid varchar(40), uniqueid varchar(30), starttime timestamp, calledstation varchar(30), sipiax int(11), "
    "src varchar(40), callerid varchar(40), terminatecauseid int(1), hangupcause int(11)"
)
PKG_REFILL = (
    "id int(11), id_user int(11), date timestamp, credit decimal(15,5), description mediumtext, refill_type "
    "tinyint(4), payment tinyint(1), invoice_number varchar(50), image varchar(100)"
)
PKG_CRYPTOCURRENCY = (
    "id int(11), id_user int(11), status tinyint(1), currency varchar(50), amountCrypto decimal(15,8), "
    "amount decimal(15,8), date timestamp"
)
PKG_LOG = (
    "id int(11), id_user int(11), id_log_actions int(11), description mediumtext, username varchar(50), date "
    "timestamp, ip varchar(50)"
)
COUNTS = {"pkg_method_pay": 40, "pkg_plan": 13, "pkg_sip": 87, "pkg_trunk": 46, "pkg_user": 74}
SMALL = TableSchema("t", (("id", "int(11)"), ("s", "varchar(200)")), ())


@pytest.mark.parametrize(
    ("table", "declared"),
    [
        ("pkg_cdr", PKG_CDR),
        ("pkg_cdr_failed", PKG_CDR_FAILED),
        ("pkg_refill", PKG_REFILL),
        ("pkg_cryptocurrency", PKG_CRYPTOCURRENCY),
        ("pkg_log", PKG_LOG),
    ],
)
def test_columns_are_magnusbillings(small_dump: Path, table: str, declared: str) -> None:
    """Names, order and types of the dump's columns are those of the product."""
    found = columns(small_dump.read_text(encoding="utf-8"))[table]

    assert ", ".join(f"{name} {kind}" for name, kind in found) == declared


def test_wide_tables_have_all_columns(small_dump: Path) -> None:
    """The wide tables have as many columns as the product's, and the secret ones among them."""
    found = columns(small_dump.read_text(encoding="utf-8"))

    assert {table: len(found[table]) for table in COUNTS} == COUNTS
    assert ("password", "varchar(100)") in found["pkg_user"]
    assert ("session-timers", "enum('accept','refuse','originate')") in found["pkg_sip"]
    assert ("client_secret", "varchar(500)") in found["pkg_method_pay"]


def test_tables_stand_in_order_of_name(small_dump: Path) -> None:
    """The real mysqldump writes tables in the order of their names, and so does this."""
    found = list(columns(small_dump.read_text(encoding="utf-8")))

    assert found == sorted(found) == list(SHOP)


def test_texts_fit_their_columns(small_dump: Path) -> None:
    """No text is longer than its column declares, which a strict server would refuse."""
    text = small_dump.read_text(encoding="utf-8")
    declared = columns(text)
    long = [
        (table, name)
        for table, listed in rows(text).items()
        for name, kind in declared[table]
        if (size := re.fullmatch(r"(?:var)?char\((\d+)\)", kind))
        for row in listed
        if len(row[name] or "") > int(size[1])
    ]

    assert long == []


def test_usernames_are_unique(small_dump: Path) -> None:
    """No two accounts have one name."""
    names = [row["username"] for row in read(small_dump)["pkg_user"]]

    assert len(set(names)) == len(names)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=20)), min_size=1))
def test_quoting_is_undone_by_unescaping(texts: list[str | None]) -> None:
    """What is quoted reads back as it was, whatever it holds."""
    literals = quoted(pa.array(texts, pa.string())).to_pylist()
    meaning = {"n": "\n", "r": "\r", "0": "\0", "Z": "\x1a"}
    back = [
        None
        if literal == "NULL"
        else re.sub(r"\\(.)", lambda m: meaning.get(m[1], m[1]), literal[1:-1], flags=re.DOTALL)
        for literal in literals
    ]

    assert back == texts


def test_escapes_are_mysqldumps() -> None:
    """The seven characters that mysqldump escapes are escaped as it does, and a tab is not."""
    literal = quoted(pa.array(["\\ ' \" \n \r \0 \x1a \t é \U0001f600"])).to_pylist()

    assert literal == ["'\\\\ \\' \\\" \\n \\r \\0 \\Z \t é \U0001f600'"]


def _dumped(batches: list[list[str]]) -> str:
    out = io.BytesIO()
    stream = pa.PythonFile(out, "w")
    with DumpWriter(stream, database="d", version="v", completed="c") as dump:
        dump.head(SMALL, 1)
        with RowSink(stream, "t") as sink:
            for batch in batches:
                sink.write(pa.array(batch, pa.string()))
        dump.tail(SMALL)
    stream.flush()
    return out.getvalue().decode()


def test_batches_leave_no_trace() -> None:
    """How rows were batched cannot be seen in the dump; statements stay below a megabyte."""
    listed = [f"({n},'{'x' * (n % 150)}')" for n in range(30_000)]
    whole = _dumped([listed])
    pieces = _dumped([listed[:1], [], listed[1:9_000], listed[9_000:]])
    statements = re.findall(r"INSERT INTO `t` VALUES\n.*?;\n", whole, re.DOTALL)

    assert whole == pieces
    assert len(statements) == 3
    assert max(map(len, statements)) < 1_046_528
    assert sum(statement.count("\n(") for statement in statements) == 30_000


def test_a_row_longer_than_a_statement_has_one_of_its_own() -> None:
    """A row beyond the limit is still written whole."""
    text = _dumped([["(1,'a')", f"(2,'{'y' * 1_100_000}')", "(3,'b')"]])

    assert text.count("INSERT INTO") == 3
    assert [row["id"] for row in rows(text)["t"]] == ["1", "2", "3"]


def test_a_table_without_rows_has_no_statement() -> None:
    """No INSERT is written for an empty table, as by mysqldump."""
    assert "INSERT" not in _dumped([[]])
