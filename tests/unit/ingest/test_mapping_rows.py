"""Rows of the normal form from source cells."""

from __future__ import annotations

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_tools import batch, column, mapped, reading, source

from unspoof.errors import BadMapping
from unspoof.ingest.container import Batch, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.mapping import Mapper
from unspoof.ingest.mapping_cells import decode
from unspoof.ingest.mapping_fields import account_id
from unspoof.ingest.system import load_system, shipped_systems
from unspoof.model.arrow import schema
from unspoof.model.tables import QUARANTINE

CALLS = '[table.calls]\ncalled_raw = "to"\nstarted_at = "at"\n'


def test_a_row_leads_back_to_its_bytes() -> None:
    """The id of a row is exhibit times 2**40 plus its locator, and the locator stands beside it."""
    result = mapped(CALLS, {"to": ["1", "2"], "at": ["2022-01-01", "2022-01-02"]})

    assert column(result, "call_id") == [2 * 2**40, 2 * 2**40 + 100]
    assert column(result, "locator") == [0, 100]


def test_a_bad_row_is_refused_and_no_other() -> None:
    """An impossible date refuses its row with column, value and reason; rows read are rows kept and refused."""
    result = mapped(CALLS, {"to": ["1", "2", "3"], "at": ["2022-01-01", "2022-02-31", "2022-01-03"]})
    (line,) = result.refused.to_pylist()

    assert column(result, "called_raw") == ["1", "3"]
    assert (line["column"], line["value"], line["table"], line["locator"]) == ("at", "2022-02-31", "calls", 100)
    assert "not a moment" in line["reason"]
    assert result.read == 3


def test_numbers_belong_to_the_rows_that_are_kept() -> None:
    """What is worked out of a number stands in the row of that number, refused rows or not."""
    result = mapped(CALLS, {"to": ["1", "2", None, ""], "at": ["2022-02-31", "2022-01-02", "", ""]})

    assert column(result, "called_e164") == [2, None, None]
    assert column(result, "called_raw") == ["2", None, ""]


def test_raw_numbers_are_kept_to_the_blank() -> None:
    """A presented number keeps its blanks; every other text loses those around it."""
    toml = '[table.calls]\npresented_raw = "n"\ncause = "n"\n'
    result = mapped(toml, {"n": [" 0207 ", "\t", None]})

    assert column(result, "presented_raw") == [" 0207 ", "\t", None]
    assert column(result, "cause") == ["0207", None, None]


@pytest.mark.parametrize(
    ("encoding", "cell", "text"),
    [
        ("utf-8", "Zoë".encode(), "Zoë"),
        ("latin-1", b"Zo\xeb", "Zoë"),
        ("cp1252", b"\x80 5", "€ 5"),
        ("utf-16-le", "Zoë".encode("utf-16-le"), "Zoë"),
    ],
)
def test_cells_are_decoded_from_the_source_s_encoding(encoding: str, cell: bytes, text: str) -> None:
    """A text comes out the same from every encoding."""
    plain = "plain".encode(encoding)
    decoded, broken = decode(pa.array([cell, None, plain, cell], pa.binary()), encoding)

    assert [text, None, "plain", text] == decoded.to_pylist()
    assert not broken.any()


def test_bytes_that_are_no_text_refuse_their_row() -> None:
    """Undecodable bytes in a mapped column refuse the row and are shown escaped; columns not mapped do not count."""
    cells = {"to": [b"1", b"\xff\xfe2", b"3"], "at": [b"2022-01-01"] * 3, "other": [b"\xff"] * 3}
    result = mapped(CALLS, cells)
    (line,) = result.refused.to_pylist()

    assert column(result, "called_raw") == ["1", "3"]
    assert line["value"] == "\\xff\\xfe2"
    assert "no text in utf-8" in line["reason"]


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.binary(max_size=8)), max_size=20), st.sampled_from(["utf-8", "ascii", "cp1252"])
)
def test_decoding_equals_python_s(cells: list[bytes | None], encoding: str) -> None:
    """Each cell is what Python decodes it to, or broken where Python cannot."""
    decoded, broken = decode(pa.array(cells, pa.binary()), encoding)
    for cell, text, wrong in zip(cells, decoded.to_pylist(), broken, strict=True):
        try:
            expected = None if cell is None else cell.decode(encoding)
        except UnicodeDecodeError:
            assert wrong
        else:
            assert (text, bool(wrong)) == (expected, False)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"a": "10:00:00", "d": "60", "o": "1"}, ("10:00:00", "10:00:00", "10:01:00", 60, "answered")),
        ({"a": "10:00:00", "e": "10:00:59.9", "o": "1"}, ("10:00:00", "10:00:00", "10:00:59.900000", 59, "answered")),
        ({"s": "09:59:50", "a": "10:00:00", "d": "60"}, ("09:59:50", "10:00:00", "10:01:00", 60, "answered")),
        ({"s": "09:59:50", "d": "60"}, ("09:59:50", None, None, 60, "answered")),
        ({"s": "09:59:50"}, ("09:59:50", None, None, None, "unknown")),
        ({"a": "10:00:00", "d": "0"}, ("10:00:00", "10:00:00", "10:00:00", 0, "unknown")),
        ({"a": "10:00:00", "d": "0", "o": "2"}, ("10:00:00", None, None, 0, "busy")),
        ({"a": "10:00:00", "o": "2"}, ("10:00:00", None, None, None, "busy")),
        ({"e": "10:00:00", "o": "9"}, ("10:00:00", None, "10:00:00", None, "unknown")),
        ({}, (None, None, None, None, "unknown")),
    ],
)
def test_a_call_is_completed(cells: dict[str, str], expected: tuple[object, ...]) -> None:
    """First moment, answer, end, talk and outcome of a call follow from what the source gives."""
    toml = """
    [table.calls]
    started_at = "s"
    answered_at = "a"
    ended_at = "e"
    duration_s = "d"
    outcome = {column = "o", map = {"1" = "answered", "2" = "busy"}}
    """
    row = {name: [cells.get(name)] for name in "saedo"}
    row = {n: [f"2022-01-01 {v[0]}" if v[0] and n in "sae" else v[0]] for n, v in row.items()}
    result = mapped(toml, row)
    times = [str(column(result, name)[0]).replace("2022-01-01T", "") for name in ("at", "answered_at", "ended_at")]

    assert [str(value) for value in expected[:3]] == times
    assert expected[3:] == (column(result, "duration_s")[0], column(result, "outcome")[0])


def test_a_time_less_its_seconds() -> None:
    """`minus` takes a column of seconds off a time, `when` picks the rows, and a list is tried from left to right."""
    toml = """
    [table.calls]
    answered_at = [
        {column = "stop", minus = "real", when = {real = {not = ["", "0"]}}},
        "start",
    ]
    """
    cells = {
        "stop": ["2022-01-01 10:02:00"] * 3 + ["2022-13-01 10:00:00"],
        "real": ["100", "0", None, "1"],
        "start": ["2022-01-01 10:00:00"] * 4,
    }
    result = mapped(toml, cells)

    assert column(result, "answered_at") == ["2022-01-01T10:00:20", "2022-01-01T10:00:00", "2022-01-01T10:00:00"]
    assert [line["column"] for line in result.refused.to_pylist()] == ["stop"]


def test_seconds_that_are_none_refuse_the_row() -> None:
    """A text that is no length, in a column to add, refuses its row."""
    result = mapped(
        '[table.calls]\nended_at = {column = "a", plus = "s"}\n', {"a": ["2022-01-01 10:00:00"], "s": ["x"]}
    )

    assert [(line["column"], line["value"]) for line in result.refused.to_pylist()] == [("s", "x")]


@pytest.mark.parametrize(
    ("date", "time", "first", "last"),
    [
        ("01/07/2022", "10:30", "2022-07-01T09:30:00", "2022-07-01T09:30:00"),
        ("01/07/2022", None, "2022-06-30T23:00:00", "2022-07-01T22:59:59.999999"),
        ("30/10/2022", None, "2022-10-29T23:00:00", "2022-10-30T23:59:59.999999"),
        (None, None, "None", "None"),
    ],
)
def test_a_date_without_a_time_is_the_whole_day(date: str | None, time: str | None, first: str, last: str) -> None:
    """A mere date lasts from midnight to midnight in the zone, 25 hours in autumn; one with a time is a moment."""
    toml = """
    [table.reports]
    incident_from = {column = ["Date", "Time"], format = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}
    """
    result = mapped(toml, {"Date": [date], "Time": [time]}, reading=reading("Europe/London"))

    assert [first, last] == [str(column(result, name)[0]) for name in ("incident_from", "incident_to")]


def test_zones_come_from_the_container_then_the_system_then_the_exhibit() -> None:
    """What the container knows wins over what the system says, and that over what is stated."""
    cells = {"at": ["2022-07-01 12:00:00"], "to": ["1"]}
    system = '[source]\nname = "t"\ncontainer = "delimited"\nzone = "Asia/Tokyo"\n'

    assert column(mapped(CALLS, cells, utc=["at"], reading=reading("Europe/London")), "at") == ["2022-07-01T12:00:00"]
    assert column(mapped(system + CALLS, cells, reading=reading("Europe/London")), "at") == ["2022-07-01T03:00:00"]
    assert column(mapped(CALLS, cells, reading=reading("Europe/London")), "at") == ["2022-07-01T11:00:00"]
    zoned = CALLS.replace('"at"', '{column = "at", zone = "America/New_York"}')
    assert column(mapped(system + zoned, cells), "at") == ["2022-07-01T16:00:00"]


def test_a_zone_is_asked_for_only_where_it_is_needed() -> None:
    """Columns of local times are named; epochs, stated offsets and columns of a known zone are not."""
    toml = """
    [source]
    name = "t"
    container = "delimited"
    [table.calls]
    started_at = "local"
    answered_at = {column = "epoch", format = "epoch"}
    ended_at = {column = "offset", format = "iso-offset"}
    [table.logins]
    at = "known"
    """
    table = source({name: [] for name in ("local", "epoch", "offset", "known")}, utc=["known"])

    assert Mapper(load_system(toml, "t"), Survey((table,)), reading("")).needs_zone() == ["local"]
    assert Mapper(load_system(toml, "t"), Survey((table,)), reading("UTC")).needs_zone() == []


def test_a_local_time_without_a_zone_is_never_guessed() -> None:
    """Rows of local times are refused where no zone is known; a stated offset needs none."""
    result = mapped(
        CALLS, {"to": ["1", "2"], "at": ["2022-01-01 10:00:00", "2022-01-01T10:00:00Z"]}, reading=reading("")
    )

    assert column(result, "called_raw") == ["2"]
    assert "no zone" in result.refused.to_pylist()[0]["reason"]


def test_oddities_are_listed() -> None:
    """What is odd about a row's times and amounts stands in `oddities`, behind what the system maps there."""
    toml = """
    [table.payments]
    at = "at"
    amount_minor = {column = "sum", format = "major"}
    oddities = {column = "kind", map = {"gift" = "gift", "*" = ""}}
    """
    cells = {"at": ["2022-10-30 01:30:00", "2022-01-01"], "sum": ["£1.234", "5"], "kind": ["gift", "sale"]}
    result = mapped(toml, cells, reading=reading("Europe/London"))

    assert column(result, "oddities") == ["gift;amount-ambiguous;time-repeated-hour", "date-only"]


def test_rows_that_do_not_count_are_passed_over_and_counted() -> None:
    """`where` leaves rows out before they can be refused, and says how many."""
    toml = CALLS + 'where = {kind = ["voice", ""], note = {not_pattern = "test"}}\n'
    cells = {
        "to": ["1", "2", "3", "4"],
        "at": ["2022-01-01", "impossible", "2022-01-01", "2022-01-01"],
        "kind": ["voice", "sms", None, "voice"],
        "note": ["", "", None, "a test call"],
    }
    result = mapped(toml, cells)

    assert column(result, "called_raw") == ["1", "3"]
    assert (result.read, result.passed_over, len(result.refused)) == (2, 2, 0)


def test_a_container_s_own_refusals_are_counted_once() -> None:
    """Rows that the container refused stand in the quarantine of the first table, a secret's value masked."""
    before = [
        Refused("", 900, 7, "a quote is not closed", "to", "12"),
        Refused("", 950, 7, "torn", "password", "hunter2"),
    ]
    result = mapped(CALLS, {"to": ["1"], "at": ["2022-01-01"]}, refused=before)

    assert (result.read, len(result.rows), len(result.refused)) == (3, 1, 2)
    assert result.refused.column("value").to_pylist() == ["12", "•••"]


def test_secrets_leave_as_keyed_prints_only() -> None:
    """Equal passwords give equal prints, which are the HMAC of the very bytes; none is in a row or a refusal."""
    toml = '[table.accounts]\naccount_ref = "id"\nsecret_print = "password"\ncreated_at = "made"\n'
    cells = {
        "id": ["1", "2", "3", "4", None],
        "password": ["hunter2", "hunter2", "", b"\xffraw", "hunter3"],
        "made": ["2022-01-01"] * 3 + ["2022-02-31", "2022-01-01"],
    }
    result = mapped(toml, cells)
    expected = hmac.new(b"key", b"hunter2", hashlib.sha256).hexdigest()[:32]

    assert [expected, expected, None] == column(result, "secret_print")
    assert "hunter" not in str(result.rows.to_pylist()) + str(result.refused.to_pylist())


def test_an_account_without_its_key_is_refused() -> None:
    """A row of accounts that has no account_ref cannot be kept."""
    result = mapped('[table.accounts]\naccount_ref = "id"\n', {"id": ["7", "", None]})

    assert (len(result.rows), len(result.refused)) == (1, 2)


def test_an_account_is_the_same_in_every_exhibit_of_its_service() -> None:
    """The id depends on service and reference alone: 53 bits of BLAKE2b; a stated service wins over the system's."""
    toml = '[table.logins]\naccount_ref = "id"\n'
    expected = int.from_bytes(hashlib.blake2b(b"test\x007", digest_size=8).digest(), "big") >> 11

    assert [expected, None] == column(mapped(toml, {"id": ["7", None]}), "account_id")
    assert [account_id("shop", "7")] == column(
        mapped(toml, {"id": ["7"]}, reading=reading(service="shop")), "account_id"
    )
    assert expected < 2**53


@pytest.mark.parametrize(
    ("ref", "key", "declared", "expected"),
    [
        ('"id"', "", ["id"], True),
        ('"id"', 'key = "id"\n', [], True),
        ('"id"', "", [], False),
        ('"id"', "", ["id", "day"], False),
        ('"uniqueid"', "", ["id"], False),
        ('{column = "id", pattern = "([0-9])"}', "", ["id"], False),
    ],
)
def test_a_reference_is_a_key_only_if_it_is_the_whole_key(
    ref: str, key: str, declared: list[str], expected: bool
) -> None:
    """`ref_is_key` holds where call_ref is the one column of the row key, unchanged."""
    toml = f"[table.calls]\n{key}call_ref = {ref}\n"
    result = mapped(toml, {"id": ["1"], "uniqueid": ["1"], "day": ["1"]}, key=declared)

    assert [expected] == column(result, "ref_is_key")


def test_amounts_are_in_the_currency_of_their_row() -> None:
    """A mapped currency decides the minor unit; where it is missing, the exhibit's; a conflicting amount is refused."""
    toml = '[table.payments]\namount_minor = {column = "sum", format = "major"}\ncurrency = "cur"\n'
    cells = {"sum": ["12.50", "1234", "€5", "7", "€5"], "cur": ["usd", "JPY", "EUR", None, "GBP"]}
    result = mapped(toml, cells)

    assert column(result, "amount_minor") == [1250, 1234, 500, 700]
    assert column(result, "currency") == ["USD", "JPY", "EUR", "GBP"]
    assert result.refused.column("value").to_pylist() == ["€5"]


def test_bitcoin_is_counted_in_satoshi() -> None:
    """`value_sat` has eight digits whatever the currency of the row."""
    toml = '[table.payments]\nvalue_sat = {column = "btc", format = "major"}\n'

    assert column(mapped(toml, {"btc": ["0.12345678"]}), "value_sat") == [12345678]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("", "completed"),
        ('status = {column = "s", map = {"1" = "completed"}}\n', "unknown"),
        ('status = {value = "failed"}\n', "failed"),
    ],
)
def test_a_payment_counts_unless_its_system_says_otherwise(status: str, expected: str) -> None:
    """Without a mapped status the rows that `where` keeps are completed; a value that the map lacks is unknown."""
    assert [expected] == column(mapped("[table.payments]\npayment_ref = 's'\n" + status, {"s": ["9"]}), "status")


def test_texts_that_stand_for_nothing_become_null() -> None:
    """`nulls` of a system are no value, in raw numbers too."""
    toml = """
    [source]
    name = "t"
    container = "delimited"
    nulls = ["None"]
    [table.hops]
    previous = "p"
    presented_raw = "n"
    """
    result = mapped(toml, {"p": ["None", "3"], "n": ["None", "1"]})

    assert column(result, "previous") == [None, "3"]
    assert column(result, "presented_raw") == [None, "1"]


def test_rows_of_constants_are_rows() -> None:
    """A mapping that reads no column at all still gives a row for each row of the source."""
    table = source({})
    system = load_system('[source]\nname="t"\ncontainer="delimited"\n[table.hops]\ncarrier = {value = "c"}\n', "t")
    empty = Batch(table, pa.table({}), pa.array([0, 9], pa.int64()), pa.array([9, 9], pa.int32()))
    (result,) = Mapper(system, Survey((table,)), reading()).map(empty)

    assert column(result, "carrier") == ["c", "c"]
    assert result.read == 2


def test_an_empty_batch_gives_empty_tables() -> None:
    """No rows give no rows, in the right schema."""
    result = mapped(CALLS, {"to": [], "at": []})

    assert result.rows.schema == schema(result.table)
    assert result.refused.schema == schema(QUARANTINE)
    assert result.read == 0


def test_a_file_that_lacks_a_column_is_told_which() -> None:
    """A mapped column that the file lacks is an error that names it and what there is, unless it is optional."""
    toml = '[source]\nname = "t"\ncontainer = "delimited"\n'
    table = source({"to": [], "when": []})
    with pytest.raises(BadMapping, match=r"lacks column at\nIt has: to, when"):
        Mapper(load_system(toml + CALLS, "t"), Survey((table,)), reading())

    assert Mapper(load_system(toml + CALLS + 'optional = ["at"]\n', "t"), Survey((table,)), reading()).wanted == {
        "": frozenset({"to"})
    }


def test_a_file_without_the_tables_is_told_what_there_is() -> None:
    """A system none of whose tables is in the file says what it maps and what it found."""
    toml = '[source]\nname = "t"\ncontainer = "mysqldump"\n[table.calls]\nfrom = "cdr"\ncause = "x"\n'
    with pytest.raises(BadMapping, match=r"none of the tables that are mapped \(cdr\)\nIt has: users"):
        Mapper(load_system(toml, "t"), Survey((source({"x": []}, "users"),)), reading())


def test_names_are_compared_as_people_write_them() -> None:
    """Case and blanks of headings do not matter, and the container is asked for the file's own names."""
    toml = '[source]\nname = "t"\ncontainer = "delimited"\n[table.reports]\nfrom = "R"\nreport_ref = "Crime Ref"\n'
    table = source({" CRIME  ref": ["1"]}, "r")
    mapper = Mapper(load_system(toml, "t"), Survey((table,)), reading())

    assert mapper.wanted == {"r": frozenset({" CRIME  ref"})}
    assert mapper.tables == (("r", "reports"),)


def test_a_table_without_a_name_is_read_once() -> None:
    """A CSV that fits several of a system's tables stands for the first of them: no row is mapped twice."""
    toml = """
    [source]
    name = "t"
    container = "delimited"
    [[table.calls]]
    from = "acc"
    cause = "a"
    [[table.calls]]
    from = "missed"
    cause = "a"
    [[table.logins]]
    from = "acc"
    ip = "a"
    """
    table = source({"a": ["1"]})
    mapper = Mapper(load_system(toml, "t"), Survey((table,)), reading())

    assert mapper.tables == (("", "calls"), ("", "logins"))


def test_two_threads_map_as_one_does() -> None:
    """A mapper keeps nothing between batches: many at once give what one after the other gives."""
    cells = {"to": [str(i) for i in range(500)], "at": ["2022-01-01 10:00:00"] * 499 + ["x"]}
    table = source(cells)
    system = load_system('[source]\nname = "t"\ncontainer = "delimited"\n' + CALLS, "t")
    mapper = Mapper(system, Survey((table,)), reading())
    one = batch(table, cells)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(mapper.map, [one] * 8))

    assert all(result[0].rows == results[0][0].rows for result in results)
    assert results[0][0].read == 500


ODD = [b"0", b"-1", b"1e308", b"9" * 30, b"2022-02-30", b"2022-01-01 10:00:00", b"\xf0\x9f\x98\x80", b"\\", b"'"]
HOSTILE = st.one_of(st.none(), st.binary(max_size=12), st.sampled_from(ODD))


@pytest.mark.parametrize("system", shipped_systems(), ids=lambda system: system.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_bytes_break_a_shipped_system(system: object, data: st.DataObject) -> None:
    """Whatever bytes the cells hold, every row is kept or refused, with the schema of its table, and nothing raises."""
    one = data.draw(st.sampled_from(system.tables))  # type: ignore[attr-defined]
    names = sorted({n for other in system.tables if other.source == one.source for n in other.needs})  # type: ignore[attr-defined]
    rows = data.draw(st.integers(0, 3))
    cells = {name: data.draw(st.lists(HOSTILE, min_size=rows, max_size=rows)) for name in names}
    table = SourceTable(one.source, tuple(SourceColumn(name) for name in names))
    columns = pa.table({name: pa.array(values, pa.binary()) for name, values in cells.items()})
    whole = Batch(table, columns, pa.array(range(rows), pa.int64()), pa.array([1] * rows, pa.int32()))
    results = Mapper(system, Survey((table,)), reading()).map(whole)  # type: ignore[arg-type]
    for result in results:
        result.rows.validate(full=True)
        assert result.rows.schema == schema(result.table)
        assert result.read == len(result.rows) + len(result.refused)
    for name in {result.table.name for result in results}:
        found = [(result.read, result.passed_over) for result in results if result.table.name == name]
        assert sum(read for read, _ in found) <= rows * len(found)
        assert sum(read + over for read, over in found) == rows or len(found) > 1
        assert sum(over for _, over in found) <= rows <= sum(read + over for read, over in found)
