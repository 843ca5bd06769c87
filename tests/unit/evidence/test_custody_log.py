"""The log: its one spelling, its chain, and what an interrupted append may leave."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof import __version__
from unspoof.errors import BadCase
from unspoof.evidence.custody import Chain, acting_person, append, canonical, mend_tail, parse_chain, read_chain

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def log_of(path: Path, bodies: list[dict[str, object]]) -> bytes:
    """Write a log with one event a body and return its bytes."""
    for body in bodies:
        append(path, read_chain(path) if path.exists() else parse_chain(b""), "noted", body)  # type: ignore[arg-type]
    return path.read_bytes()


@pytest.fixture
def log(tmp_path: Path) -> bytes:
    """Three events."""
    files = {"findings/a.parquet": {"sha256": "0" * 64, "size": 3}}
    return log_of(tmp_path / "custody.jsonl", [{"n": 1, "text": 'é"\\\n{['}, {"files": files}, {"n": 3}])


def first_fault(data: bytes) -> str:
    """Return the first fault of a log, or nothing."""
    return next((fault.problem for fault in parse_chain(data).faults if fault.kind == "fault"), "")


def test_event_has_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event says its number, the hash before it, when, who, what, and by which version."""
    monkeypatch.setenv("UNSPOOF_WHO", "DC 4711")
    first, second = (json.loads(line) for line in log_of(tmp_path / "log", [{}, {"a": 1}]).splitlines())

    assert [first["seq"], first["prev"], first["who"], first["unspoof"]] == [1, "", "DC 4711", __version__]
    assert [second["seq"], second["prev"], second["body"]] == [2, first["hash"], {"a": 1}]
    assert len(second["at"]) == len("2026-01-01T00:00:00.000000Z")
    assert second["at"].endswith("Z")


def test_person_is_user_at_host_unless_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without UNSPOOF_WHO the machine says who it is; with it, control characters are written out."""
    monkeypatch.delenv("UNSPOOF_WHO", raising=False)
    assert "@" in acting_person()

    monkeypatch.setenv("UNSPOOF_WHO", "DC\x1b[31m 4711")
    assert acting_person() == "DC\\x1b[31m 4711"


@settings(max_examples=60)
@given(st.dictionaries(st.text(), JSONS, max_size=4))
def test_canonical_has_one_spelling(body: dict[str, object]) -> None:
    """What is written can be read and spells the same again, in plain ASCII on one line."""
    written = canonical(body)

    assert canonical(json.loads(written)) == written
    assert written.isascii()
    assert b"\n" not in written


@given(data=st.data())
def test_any_changed_byte_is_named(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever one byte of the log becomes, the first fault names the line that it stood in."""
    log = log_of(tmp_path_factory.mktemp("log") / "log", [{"n": 1}, {"files": {}}, {"text": "é{"}])
    place = data.draw(st.integers(0, len(log) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != log[place]))
    changed = log[:place] + bytes([byte]) + log[place + 1 :]

    assert first_fault(changed).startswith(f"line {log[:place].count(10) + 1}: ")


def test_added_and_taken_lines_are_named(log: bytes) -> None:
    """A line that is doubled, dropped, swapped or followed by bytes that are no event is a fault."""
    one, two, three = log.splitlines(keepends=True)

    assert first_fault(one + one + two + three).startswith("line 2: it does not follow")
    assert first_fault(one + three).startswith("line 2: it does not follow")
    assert first_fault(two + three).startswith("line 1: it does not follow")
    assert first_fault(one + three + two).startswith("line 2: it does not follow")
    assert first_fault(log + b"\n").startswith("line 4: it is no JSON")
    assert first_fault(log + b" ").startswith("line 4: it does not end in a newline")
    assert first_fault(log + b"\x00\x00").startswith("line 4: it does not end in a newline")


def test_rewritten_event_breaks_the_chain(log: bytes) -> None:
    """An event rewritten with a right hash of its own does not fit the line after it."""
    one, two, three = log.splitlines(keepends=True)
    other = parse_chain(one).events[0]
    rewritten = json.loads(one) | {"who": "somebody else"}
    del rewritten["hash"]
    rewritten["hash"] = hashlib.sha256(canonical(rewritten)).hexdigest()
    assert other.hash != rewritten["hash"]

    assert first_fault(canonical(rewritten) + b"\n" + two + three).startswith("line 2: it does not follow")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"a":1,"a":1}', "a key stands twice"),
        (b'{"a":NaN}', "NaN is no JSON"),
        (b'{ "a":1}', "it is not spelt as unspoof spells it"),
        (b'{"a":"\\u0041"}', "it is not spelt as unspoof spells it"),
        (b'{"a":1}', "it lacks a field of an event or has one too many"),
        (b"[1]", "it is not spelt as unspoof spells it"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' + b"9" * 5000 + b"}", "Exceeds the limit"),
        (b"\xff", "it holds a byte that is no ASCII"),
        (b"", "it is no JSON"),
    ],
)
def test_line_that_is_no_event_says_why(line: bytes, problem: str) -> None:
    """A line that unspoof would not write is refused with what is wrong."""
    assert first_fault(line + b"\n").startswith(f"line 1: {problem}")


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "case.toml", "work/a", "tables/../../x", "tables//x", "tables/\x1b"]
)
def test_path_that_leaves_the_case_is_a_fault(log: bytes, path: str) -> None:
    """A log cannot name a file outside the folders of a case, even with a right hash."""
    event = {**json.loads(log.splitlines()[0]), "body": {"files": {path: {"sha256": "0" * 64, "size": 1}}}}
    del event["hash"]
    event["hash"] = hashlib.sha256(canonical(event)).hexdigest()
    chain = parse_chain(canonical(event) + b"\n")

    assert chain.events == ()
    assert "path" in chain.faults[0].problem


def test_every_cut_of_the_last_line_is_a_notice(log: bytes) -> None:
    """Wherever an append is interrupted, what it leaves is set apart from damage and the events before it hold."""
    start = log.rstrip(b"\n").rindex(b"\n") + 1
    for cut in range(start + 1, len(log)):
        chain = parse_chain(log[:cut])
        assert chain.is_sound
        assert [fault.kind for fault in chain.faults] == ["notice"]
        assert (len(chain.events), chain.tail) == (2, log[start:cut])
        assert chain.tail_is_event == (cut == len(log) - 1)


def test_mended_tail_leaves_whole_lines(log: bytes, tmp_path: Path) -> None:
    """Mending ends a whole event's line and cuts off the beginning of one."""
    path = tmp_path / "custody.jsonl"
    for cut, left in ((len(log) - 1, log), (len(log) - 2, b"".join(log.splitlines(keepends=True)[:2]))):
        path.write_bytes(log[:cut])
        mend_tail(path, read_chain(path))

        assert path.read_bytes() == left


@pytest.mark.parametrize(
    "body", [{"a": float("nan")}, {"a": b"x"}, {1: "a", "b": 2}, {"a": {10: 1, 9: 2}}, {"a": 10**5000}]
)
def test_body_that_cannot_be_read_back_is_never_written(tmp_path: Path, body: dict[str, object]) -> None:
    """An event that the check would call wrong does not reach the log."""
    with pytest.raises((TypeError, ValueError)):
        append(tmp_path / "log", parse_chain(b""), "noted", body)  # type: ignore[arg-type]

    assert not (tmp_path / "log").exists()


def test_append_refuses_a_log_that_grew(log: bytes, tmp_path: Path) -> None:
    """Nothing is added to a log that something else has written to meanwhile."""
    path = tmp_path / "custody.jsonl"
    stale = Chain(parse_chain(log).events[:2], (), len(b"".join(log.splitlines(keepends=True)[:2])), b"", False)

    with pytest.raises(BadCase, match="was written to by something else"):
        append(path, stale, "noted", {})
    assert path.read_bytes() == log


def test_line_can_be_checked_as_the_page_says(log: bytes) -> None:
    """The few lines of docs/evidence.md prove a line's hash without unspoof, and refuse a changed one."""
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
    code = compile(page.split("```python\n")[1].split("```")[0], "evidence.md", "exec")
    for line in log.splitlines():
        exec(code, {"line": line})
        with pytest.raises(AssertionError):
            exec(code, {"line": line.replace(b"noted", b"voted")})
