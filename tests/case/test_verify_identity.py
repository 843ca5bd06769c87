"""`unspoof verify-identity`, from a file on disk to lines and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unspoof.case.identities import time_of
from vectors.passport.passport_maker import DEST, INTER, LEAF, ORIG, ROOT, T, claims, identity, jose, line, pem, token


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unspoof", "verify-identity", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def _rows(*arguments: object) -> list[dict[str, Any]]:
    return [json.loads(row) for row in _run(*arguments, "--json").stdout.splitlines()]


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """A folder with the root."""
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "root.pem").write_text(pem(ROOT))
    return folder


def _file(folder: Path, *lines: object) -> Path:
    file = folder / "calls.jsonl"
    texts = [text if isinstance(text, str) else json.dumps(text) for text in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def test_every_line_gets_its_verdict_in_order(tmp_path: Path, trust: Path) -> None:
    """Lines that are no JSON, empty or too odd have a verdict too, and none is lost."""
    odd = [
        "nonsense",
        "",
        "[]",
        '{"at": 5}',
        '{"identity": [1], "at": 5}',
        '{"identity": "x", "at": true}',
        "{",
        "9" * 5000,
    ]
    file = _file(tmp_path, line(identity()), *odd, line(identity(), at=T + 61))
    rows = _rows(file, "--trust", trust)
    faults = [row["fault"] for row in rows]

    assert list(range(1, 11)) == [row["line"] for row in rows]
    assert [None, *["malformed"] * 3, "no-identity", *["malformed"] * 4, "stale"] == faults


def test_the_shape_is_the_same_for_every_line(tmp_path: Path, trust: Path) -> None:
    """Keys and checks are there whatever was found."""
    rows = _rows(_file(tmp_path, line(identity()), "nonsense", {"at": 5}), "--trust", trust)
    keys = {"line", "verdict", "fault", "sip_code", "verstat", "attestation", "orig", "dest", "iat", "at", "certificate",
            "checks", "oddities", "headers"}  # fmt: skip

    assert all(set(row) == keys for row in rows)
    assert all(len(row["checks"]) == 11 for row in rows)
    assert rows[0]["certificate"]["spc"] == "709J"
    assert (rows[0]["orig"], rows[0]["dest"], rows[0]["attestation"]) == (ORIG, [DEST], "A")


def test_exit_codes_tell_failed_from_bad_input(tmp_path: Path, trust: Path) -> None:
    """0 where nothing failed, 1 where a verdict failed, 2 where the input cannot be judged."""
    good = _file(tmp_path, line(identity()), line(identity(), None))
    assert _run(good, "--trust", trust).returncode == 0
    bad = _file(tmp_path, line(identity(), at=T + 900))
    assert _run(bad, "--trust", trust).returncode == 1
    timeless = _file(tmp_path, {"identity": identity()})
    done = _run(timeless, "--trust", trust)
    assert (done.returncode, done.stdout) == (2, "")
    assert "never now" in done.stderr
    assert _run(timeless, "--trust", trust, "--at", T).returncode == 0
    assert _run(timeless, "--trust", trust, "--at", "soon").returncode == 2
    assert _run(tmp_path / "none.jsonl").returncode == 2
    assert _run(good, "--trust", tmp_path / "none").returncode == 2


def test_freshness_and_strictness_are_options(tmp_path: Path, trust: Path) -> None:
    """A longer freshness takes a later call; strict refuses a quoted parameter."""
    file = _file(tmp_path, line(identity(ppt='"shaken"'), at=T + 100))

    assert _rows(file, "--trust", trust)[0]["fault"] == "stale"
    assert _rows(file, "--trust", trust, "--freshness", 100)[0]["verdict"] == "verified"
    assert _rows(file, "--trust", trust, "--freshness", 100, "--strict")[0]["fault"] == "malformed"


def test_words_can_be_read_out_and_steer_no_terminal(tmp_path: Path, trust: Path) -> None:
    """Without --json every check is a sentence; characters from the token do not reach the terminal as commands."""
    nasty = identity(token(jose(), claims(dest={"uri": ["x:\x1b[31m"]}, orig={"uri": "y:\x1b[0m"})))
    done = _run(_file(tmp_path, line(nasty), line(identity())), "--trust", trust)

    assert "\x1b" not in done.stdout
    assert "signature  holds" in done.stdout
    assert "2 signed calls: 1 verified, 1 failed, 0 unverifiable" in done.stderr


def test_a_token_of_a_megabyte_is_refused_quickly(tmp_path: Path, trust: Path) -> None:
    """Size is bounded before anything is read."""
    rows = _rows(_file(tmp_path, line(identity("eyJ" + "A" * 1_000_000)), line("," * 1_000_000)), "--trust", trust)

    assert [row["fault"] for row in rows] == ["malformed", "malformed"]


def test_a_sip_log_is_read_with_the_times_that_it_states(tmp_path: Path, trust: Path) -> None:
    """Messages in a text file are judged at the stamped time with a zone, else by their Date header."""
    invite = (
        f"INVITE sip:+{DEST}@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2\nFrom: <sip:+{ORIG}@192.0.2.2>;tag=1\n"
        f"To: <sip:+{DEST}@192.0.2.1>\nCall-ID: {{}}\nCSeq: 1 INVITE\nIdentity: {identity()}\n{{}}Content-Length: 0\n\n"
    ).replace("\n", "\r\n")
    log = tmp_path / "sip.log"
    stamped = "U 2026-11-22T15:33:00.5Z 192.0.2.2:5060 -> 192.0.2.1:5060\r\n" + invite.format("a", "")
    dated = invite.format("b", "Date: Sun, 22 Nov 2026 16:00:00 GMT\r\n")
    log.write_text(stamped + "\r\n" + dated, encoding="utf-8", newline="")
    (trust / "leaf.pem").write_text(pem(LEAF, INTER))
    rows = _rows(log, "--trust", trust)

    assert [(r["call_id"], r["verdict"], r["fault"]) for r in rows] == [
        ("a", "verified", None),
        ("b", "failed", "stale"),
    ]
    assert rows[0]["at"] == T + 11


@pytest.mark.parametrize(
    ("value", "at"),
    [(T, T), (T + 0.9, T), (str(T), T), ("2026-11-22T15:32:49Z", T), ("2026-11-22T16:32:49+01:00", T), ("2026-11-22 15:32:49", T),
     (True, None), (-1, None), (10**30, None), (float("nan"), None), ("yesterday", None), ("", None), ([], None),
     ("9999-12-31T23:59:59-12:00", None)],
)  # fmt: skip
def test_times_are_read_or_refused(value: object, at: int | None) -> None:
    """Seconds and ISO 8601 are times; without a zone UTC is meant."""
    assert time_of(value) == at


@pytest.mark.parametrize(("capture", "count"), [("kam.pcapng", 13), ("hep3.bin", 9)])
def test_a_copied_token_is_told_from_a_good_one(capture: str, count: int, tmp_path: Path) -> None:
    """Every INVITE of our own captures carries one token that was signed for another call: it fails, its signature holds."""
    vectors = Path(__file__).parents[1] / "vectors"
    (tmp_path / "leaf.pem").write_bytes((vectors / "passport/kamailio/leaf.pem").read_bytes())
    rows = _rows(vectors / "captures" / capture, "--trust", tmp_path)
    results = [{check["check"]: check["result"] for check in row["checks"]} for row in rows]

    assert count == len(rows)
    assert {("failed", "claims-mismatch", 438)} == {(r["verdict"], r["fault"], r["sip_code"]) for r in rows}
    assert {("fail", "fail", "pass", "pass")} == {
        (r["orig-dest"], r["freshness"], r["signature"], r["chain"]) for r in results
    }
    assert all("date-weekday-wrong" in row["oddities"] for row in rows)


@pytest.mark.parametrize("name", ["orig", "dest", "pai"])
def test_parties_within_parties_are_refused(tmp_path: Path, trust: Path, name: str) -> None:
    """A line of brackets gets its verdict as any other, and the lines after it theirs."""
    nested = '{"identity": "x", "at": 5, "%s": %s1%s}'
    deep = [nested % (name, "[" * n, "]" * n) for n in (4, 5, 600)] + [nested % (name, '{"tn":' * 400, "}" * 400)]
    rows = _rows(_file(tmp_path, *deep, line(identity())), "--trust", trust)

    details = [row["checks"][0]["detail"] for row in rows]
    assert [f"{name} is nested too deep" == detail for detail in details] == [False, True, True, True, False]
    assert rows[-1]["verdict"] == "verified"
