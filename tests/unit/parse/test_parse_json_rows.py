"""JSON objects as rows, and where they stand in a document."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.json_rows import DEEPEST, NotARow, find_elements, find_list, read_object


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('{"a":1.50,"b":1e3,"c":-0}', {"a": "1.50", "b": "1e3", "c": "-0"}),
        ('{"a":{"b":{"c":"x"}},"d":{}}', {"a.b.c": "x", "d": "{}"}),
        ('{"a":[1.0,{"b":[null,true,"\\u00eb"]}]}', {"a": '[1.0,{"b":[null,true,"ë"]}]'}),
        ('{"t":true,"f":false,"n":null}', {"t": "true", "f": "false", "n": None}),
        ('{"a":12345678901234567890123456789}', {"a": "12345678901234567890123456789"}),
        ('{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        ("{}", {}),
        (' {"a":""} ', {"a": ""}),
    ],
)
def test_an_object_is_a_row_of_text(text: str, row: dict[str, str | None]) -> None:
    """Numbers stay as written, objects are flattened, lists stay JSON."""
    assert read_object(text) == row


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":1', "not JSON at character 6"),
        ("", "not JSON at character 0"),
        ("[1]", "no JSON object"),
        ("3", "no JSON object"),
        ('{"a":1,"a":2}', "a key that occurs twice"),
        ('{"a.b":1,"a":{"b":2}}', "a key that occurs twice"),
        ('{"a":NaN}', "NaN is no JSON"),
        ('{"a":-Infinity}', "-Infinity is no JSON"),
        ('{"a":"\\ud800"}', "half a surrogate pair in a text"),
        ('{"\\ud800":1}', "half a surrogate pair in a text"),
        ('{"a":1}{"b":2}', "not JSON at character 7"),
        ('{"a":' + "[" * 100_000 + "}", f"more than {DEEPEST} objects and lists within each other"),
        ('{"a":' * DEEPEST + '{"b":1}' + "}" * DEEPEST, f"more than {DEEPEST} objects and lists within each other"),
    ],
)
def test_what_is_no_row_is_refused_with_the_reason(text: str, reason: str) -> None:
    """Each refusal says what is wrong; nothing overflows the stack."""
    with pytest.raises(NotARow) as caught:
        read_object(text)

    assert str(caught.value) == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(['"', "\\", '\\"', "[{", "}]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=3), max_size=6), st.sampled_from([None, 1]))
def test_elements_of_a_list_are_found_whatever_they_hold(items: list[dict[str, object]], indent: int | None) -> None:
    """Brackets, quotes and backslashes within texts move no boundary."""
    raw = json.dumps(items, indent=indent).encode()[1:]
    spans = find_elements(raw, 1)

    assert [json.loads(raw[a:b]) for a, b in zip(spans.starts, spans.ends, strict=True)] == items
    assert (spans.strays, spans.closed) == ((), len(raw) - 1)


def test_what_stands_between_elements_is_found() -> None:
    """Numbers, texts and words between objects are strays, one for each gap."""
    spans = find_elements(b'{"a":1}, 5, "x", {"b":2} junk {"c":3}', 1)

    assert spans.strays == ((9, 15), (25, 29))
    assert spans.closed == -1


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b'[{"a":1}]', (1, "")),
        (b'{"page":0,"calls":[{"a":1},{"a":2},{"a":3}]}', (19, "calls")),
        (b'{"tags":["x"],"data":{"calls": [{"a":1},{"a":2},{"a":3},{"a":4},{"a":5},{"a":6},{"a":7}]}}', (32, "calls")),
        (b'{"id":1,"name":"a long name","legs":[{"a":1}]}', None),
        (b'{"a":"[{"}', None),
    ],
)
def test_the_list_that_a_document_is_about_is_found(head: bytes, found: tuple[int, str] | None) -> None:
    """A list of objects that fills the document is its list of rows; a record's own short list is not."""
    assert find_list(head) == found


@pytest.mark.parametrize("piece", [b"[]", b"[{", b'"', b"\\", b'{"a":', b"[[", b"}]", b'\\"'])
def test_hostile_documents_are_looked_at_once(piece: bytes) -> None:
    """A megabyte of brackets, quotes or backslashes takes no more time than one of records."""
    raw = piece * (1_000_000 // len(piece))
    started = time.perf_counter()
    find_list(raw)
    find_elements(raw, 1)
    with pytest.raises(NotARow):
        read_object(raw.decode())

    assert time.perf_counter() - started < 10
