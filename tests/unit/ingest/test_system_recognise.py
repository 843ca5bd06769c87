"""Which system a file belongs to."""

from __future__ import annotations

import pyarrow as pa
import pytest

from unspoof.errors import UnknownFormat
from unspoof.ingest.container import SourceColumn, SourceTable, Survey
from unspoof.ingest.recognise import recognise
from unspoof.ingest.system import System, load_system, shipped_systems


def survey(*columns: str, name: str = "") -> Survey:
    """Return a survey of one table."""
    return Survey((SourceTable(name, tuple(SourceColumn(column) for column in columns)),))


def system(name: str, recognise_by: str, fields: str = "cause = 'a'") -> System:
    """Return a small system."""
    toml = f'[source]\nname = "{name}"\ncontainer = "delimited"\n[recognise]\n{recognise_by}\n[table.calls]\n{fields}\n'
    return load_system(toml, name)


def test_the_system_that_asks_for_most_is_taken() -> None:
    """Of several that fit, the most specific one wins, in whatever order they come."""
    wide = system("wide", 'columns = ["a"]')
    narrow = system("narrow", 'columns = ["a", "b"]')

    assert recognise("delimited", survey("a", "b"), [wide, narrow]) is narrow
    assert recognise("delimited", survey("a", "b"), [narrow, wide]) is narrow
    assert recognise("delimited", survey("a", "c"), [narrow, wide]) is wide


def test_equals_are_not_chosen_between() -> None:
    """Where two fit equally well, the user is asked."""
    both = [system("one", 'columns = ["a"]'), system("two", 'columns = ["A "]')]
    with pytest.raises(UnknownFormat, match=r"may be of any of these: one, two\nSay which with --format NAME"):
        recognise("delimited", survey("a"), both)


def test_the_nearest_is_named_with_what_it_lacks() -> None:
    """Where none fits, the message names the nearest system and what the file lacks for it."""
    with pytest.raises(UnknownFormat, match=r"the nearest is sinch, which lacks column Reason"):
        recognise("delimited", survey("CallId", "CallTime", "AnswerTime", "From", "To", "Result"), shipped_systems())


def test_nothing_like_it_is_said_so() -> None:
    """A file that shares nothing with any system gets no far-fetched guess."""
    with pytest.raises(UnknownFormat, match=r"no known system writes a jsonl file like this one"):
        recognise("jsonl", survey("x", "y"), shipped_systems())


def test_a_system_without_recognise_is_never_taken_by_itself() -> None:
    """A system that says nothing of how to know it must be named."""
    nameless = load_system('[source]\nname="n"\ncontainer="delimited"\n[table.calls]\ncause="a"\n', "n")
    with pytest.raises(UnknownFormat):
        recognise("delimited", survey("a"), [nameless])


def test_a_mapped_column_that_is_missing_is_no_match() -> None:
    """A file that has the tell-tale columns but not the mapped ones is not taken."""
    with pytest.raises(UnknownFormat, match="a table with the mapped columns"):
        recognise("delimited", survey("b"), [system("s", 'columns = ["b"]', "cause = 'a'")])


ASTERISK = [
    *("shop", "0207", "0770", "ctx", "", "SIP/1", "SIP/2", "Dial", "x"),
    *("2022-03-27 00:59:00", "", "2022-03-27 02:01:00", "11", "0", "NO ANSWER", "DOC"),
]


def test_a_file_without_a_header_is_known_by_its_values() -> None:
    """Asterisk's CSV is told by the number of its columns and what they hold; one odd row is enough to doubt it."""
    head = pa.table({str(i): [value.encode(), value.encode()] for i, value in enumerate(ASTERISK)})
    odd = head.set_column(12, "12", pa.array([b"11", b"eleven"]))

    assert recognise("delimited", survey(*ASTERISK), shipped_systems(), head).name == "asterisk-cdr-csv"
    assert recognise("delimited", survey(*ASTERISK), shipped_systems()).name == "asterisk-cdr-csv"
    with pytest.raises(UnknownFormat, match=r"asterisk-cdr-csv, which lacks values like \\d\+ in column 13"):
        recognise("delimited", survey(*ASTERISK), shipped_systems(), odd)


def test_lines_of_a_log_are_known_by_what_stands_in_them() -> None:
    """A Kamailio log is told by its lines however a first look has cut them."""
    line = b" 1(2) NOTICE: ACC: transaction answered: timestamp=1795362339;time_exten=967265;method=INVITE"
    head = pa.table({"line": [line, line]})

    assert recognise("delimited", survey("line"), shipped_systems(), head).name == "kamailio-acc-log"
