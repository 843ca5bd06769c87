"""JSON as a container: lines, lists and documents."""

from __future__ import annotations

import io
import json

import pytest

from unspoof.errors import BadExhibit
from unspoof.ingest.container import Options
from unspoof.ingest.containers.jsonl import Jsonl

Found = tuple[list[tuple[bytes, dict[str, str | None]]], list[tuple[bytes, str]]]


def read(data: bytes, block_size: int = 8 << 20, extra: tuple[str, ...] = ()) -> Found:
    """Return each row's bytes and cells, and each refusal's bytes and reason."""
    container = Jsonl(block_size)
    survey = container.survey(io.BytesIO(data), Options())
    wanted = {"": [*(column.name for column in survey.tables[0].columns), *extra]}
    rows, refused = [], []
    for block in container.blocks(io.BytesIO(data), survey):
        for batch in block.read(wanted):
            places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
            rows += [(data[at : at + n], row) for (at, n), row in zip(places, batch.cells.to_pylist(), strict=True)]
            refused += [(data[r.locator : r.locator + r.locator_size], r.reason) for r in batch.refused]
    return rows, refused


@pytest.mark.parametrize("shape", ["[%s]", '{"n": 3, "calls": [%s], "next": null}'])
def test_a_document_above_one_block_is_read_piece_by_piece(shape: str) -> None:
    """Megabytes of elements come whole, with their places, however the stream is cut."""
    objects = [json.dumps({"id": i, "name": 'a "]}" name \\', "legs": [{"n": i}]}) for i in range(40_000)]
    data = (shape % ", ".join(objects)).encode()
    rows, refused = read(data, block_size=100_000)

    assert len(data) > 2 << 20
    assert [raw.decode() for raw, _ in rows] == objects
    assert refused == []
    assert [row["id"] for _, row in rows[:2]] == ["0", "1"]


def test_a_document_that_is_cut_off_says_so() -> None:
    """Cut within an object or between two: the loss is one counted refusal, also if no byte of it is there."""
    reason = "the document is cut off, or a bracket is not closed"

    assert read(b'[{"a":1},{"a":2},{"a"')[1] == [(b',{"a"', reason)]
    assert read(b'[{"a":1},{"a":2}')[1] == [(b"", reason)]


def test_what_follows_a_list_is_refused_unless_it_closes_the_document() -> None:
    """A second list is no silent loss; a last page mark is none at all."""
    follows = b'"numbers":[{"b":1}]}'
    data = b'{"calls":[{"a":1},{"a":2},{"a":3},{"a":4},{"a":5}],' + follows

    assert read(data)[1] == [(b"," + follows, "what follows the list is not read")]
    assert read(b'[{"a":1}] and more')[1] == [(b"and more", "what follows the list is not read")]
    assert read(b'[{"a":1}]\n')[1] == []


def test_objects_over_several_lines_are_read_one_behind_the_other() -> None:
    """Written for people, without a list around them."""
    rows, refused = read(b'{\n "a": 1\n}\n{\n "a": 2\n}\n')

    assert [row for _, row in rows] == [{"a": "1"}, {"a": "2"}]
    assert refused == []


def test_keys_that_come_late_are_read_if_wanted() -> None:
    """A key that no row has is a column of NULL."""
    rows, _ = read(b'{"a":1}\n{"b":2}\n', extra=("z",))

    assert [row for _, row in rows] == [{"a": "1", "b": None, "z": None}, {"a": None, "b": "2", "z": None}]


def test_a_bad_line_is_refused_alone() -> None:
    """Damage in a line ends with the line, and says what it is."""
    rows, refused = read(b'{"a":1}\n{"a":\n{"a":"\xff"}\n' + b'{"a":' + b"[" * 5000 + b'\n{"a":3}\n')

    assert [row["a"] for _, row in rows] == ["1", "3"]
    assert [reason for _, reason in refused] == [
        "not JSON at character 5",
        "not utf-8",
        "more than 64 objects and lists within each other",
    ]


def test_lines_in_utf16_lead_to_their_bytes() -> None:
    """The place of a line is that of its bytes as stored."""
    rows, _ = read('{"a":"Zoë"}\n{"a":"x"}'.encode("utf-16"))

    assert [(raw.decode("utf-16-le"), row) for raw, row in rows] == [
        ('{"a":"Zoë"}', {"a": "Zoë"}),
        ('{"a":"x"}', {"a": "x"}),
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"words\n", "no JSON object at the start of the file"),
        (b"[1,2]", "no JSON object at the start of the file"),
        ('[\n{"a":1}]'.encode("utf-16"), "one JSON document in utf-16-le"),
    ],
)
def test_what_holds_no_object_is_refused_whole(data: bytes, problem: str) -> None:
    """The message says what is wrong with the file."""
    with pytest.raises(BadExhibit) as caught:
        read(data)

    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"a":1}', True),
        (b'\xef\xbb\xbf \n[ {"a"', True),
        ('{"a":1}'.encode("utf-16"), True),
        (b"[]", True),
        (b"[2026-11-22] log,line", False),
        (b"{x}", False),
        (b"a,b", False),
        (b"", False),
    ],
)
def test_sniffing_takes_what_begins_as_objects_do(head: bytes, expected: bool) -> None:
    """A bracket alone is not enough: logs begin with them too."""
    assert Jsonl().sniff(head) is expected
