"""A capture in a case: sealed, read without a zone, counted, and led back to the packets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from unspoof.case import Case
from unspoof.cli import cli

VECTORS = Path(__file__).parents[1] / "vectors" / "captures"
Row = dict[str, object]


def run(*words: object) -> str:
    """Run a command and return what it printed."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a case with our own capture, packed, and a file of HEP datagrams."""
    folder = tmp_path_factory.mktemp("captures")
    packed = folder / "switch.pcapng.gz"
    packed.write_bytes(gzip.compress((VECTORS / "kam.pcapng").read_bytes(), mtime=0))
    run("new", folder / "case", "--reference", "R 1")
    run("add", folder / "case", packed, VECTORS / "hep3.bin", "--basis", "warrant 1")
    run("run", folder / "case")
    return folder / "case"


def test_calls_and_messages_are_counted(case: Path) -> None:
    """15 and 6 calls, 87 and 63 messages, none refused, without a word about zones."""
    opened = Case(case)
    counts = opened.query(
        "SELECT exhibit, count(*) AS n, count(*) FILTER (WHERE outcome = 'answered') AS answered FROM calls "
        "GROUP BY exhibit ORDER BY exhibit"
    ).to_pylist()
    signals = opened.query("SELECT exhibit, count(*) AS n FROM signals GROUP BY exhibit ORDER BY exhibit").to_pylist()

    assert [(row["n"], row["answered"]) for row in counts] == [(15, 3), (6, 3)]
    assert [row["n"] for row in signals] == [87, 63]


def test_every_column_of_a_signal_is_filled_where_the_message_has_it(case: Path) -> None:
    """An INVITE of the capture gives number, assertion, identity, date, addresses and moment to the microsecond."""
    (row,) = (
        Case(case)
        .query(
            "SELECT * FROM signals WHERE exhibit = 1 AND method = 'INVITE' AND status IS NULL ORDER BY locator LIMIT 1"
        )
        .to_pylist()
    )

    assert row["at"].isoformat() == "2026-11-22T15:46:03.216698"
    assert row["date_at"].isoformat() == "2026-11-22T15:00:00"
    assert (row["presented_e164"], row["called_e164"], row["asserted_e164"]) == (
        442079460000,
        447700900123,
        442079460000,
    )
    assert row["asserted_raw"] == "<sip:+442079460000@127.0.0.1\\;user=phone>"
    assert row["identity"].startswith("eyJ")
    assert (row["transport"], row["source_ip"], row["source_port"], row["destination_port"]) == (
        "udp", "127.0.0.1", 15070, 15060,
    )  # fmt: skip
    assert (row["cseq"], row["request_uri"], row["oddities"]) == (
        1, "sip:447700900123@127.0.0.1:15060", "date-weekday-wrong",
    )  # fmt: skip


def test_a_row_leads_to_its_packet(case: Path) -> None:
    """`source` shows the octets of the packet, of a message and of a call alike, out of the packed file too."""
    for table in ("signals", "calls"):
        shown = json.loads(run("source", case, table, "1-10750@127.0.0.1", "--json"))
        assert "INVITE sip:447700900123@127.0.0.1:15060 SIP/2.0" in shown["bytes"]
        assert shown["locator"] == "bytes 264-1351 of the unpacked file"


def test_why_tells_of_a_message(case: Path) -> None:
    """A message can be asked for by its id, and a call by its Call-ID."""
    (row,) = Case(case).query("SELECT min(signal_id) AS n FROM signals").to_pylist()

    assert "INVITE" in run("why", case, row["n"])
    assert "answered" in run("why", case, "1-10755@127.0.0.1")


def test_calls_of_one_sender_are_no_legs(case: Path) -> None:
    """Calls that a load generator sends a third of a second apart to one number are several calls."""
    assert Case(case).links("call-legs") == []


def test_a_capture_without_sip_says_so(tmp_path: Path) -> None:
    """A capture of other traffic is kept, and its reader told that it holds no SIP."""
    head = (VECTORS / "kam.pcapng").read_bytes()[:264]
    (tmp_path / "empty.pcapng").write_bytes(head)
    run("new", tmp_path / "case", "--reference", "R 1")

    assert "holds no SIP message" in run("add", tmp_path / "case", tmp_path / "empty.pcapng")
