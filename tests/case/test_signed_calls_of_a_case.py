"""A capture of signed calls, from sealing to figures."""

import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sip_packets import START_US, ethernet, ipv4, pcap, sip, udp
from unspoof.case import Case
from unspoof.cli import cli
from vectors.passport.passport_maker import INTER, LEAF, ROOT, URL, claims, identity, jose, pem, token

CALLER = "+442079460001"
T = START_US // 1_000_000


def _invite(name: str, header: str | None) -> bytes:
    extra = [f"Identity: {header}"] if header else []
    return sip(sender=f"<sip:{CALLER}@192.0.2.4>;tag={name}", call_id=f"{name}@192.0.2.4", extra=extra)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return a case with four calls: a good signature, a bad one, a stale one and none."""
    folder = tmp_path_factory.mktemp("signed")
    good = identity(token(jose(), claims(iat=T)))
    messages = [
        _invite("good", good),
        _invite("bad", identity(token(jose(), claims(iat=T), "some other key"))),
        _invite("stale", identity(token(jose(), claims(iat=T - 61)))),
        _invite("plain", None),
    ]
    frames = [ethernet(ipv4(udp(message))) for message in messages]
    (folder / "calls.pcap").write_bytes(pcap(frames))
    (folder / "root.pem").write_text(pem(ROOT))
    had = {"url": URL, "certificate_pem": pem(LEAF, INTER), "obtained_at": "2026-11-22T15:00:00Z"}
    (folder / "had.jsonl").write_text(json.dumps(had) + "\n")
    for arguments in (
        ["new", str(folder / "case"), "--reference", "S/1"],
        ["add", str(folder / "case"), str(folder / "calls.pcap")],
        ["reference", "update", "trust", str(folder / "root.pem"), "--case", str(folder / "case")],
        ["reference", "update", "certificates", str(folder / "had.jsonl"), "--case", str(folder / "case")],
        ["run", str(folder / "case")],
    ):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, (arguments, done.output)
    return Case(folder / "case")


def test_each_call_is_judged_at_the_time_of_its_capture(judged: Case) -> None:
    """One call is verified; the others fail by their own faults, and the one without a signature is in no row."""
    rows = pq.read_table(judged.folder / "findings/verified_signals/rows.parquet").to_pylist()
    said = {row["call_ref"].partition("@")[0]: (row["verdict"], row["fault"], row["sip_code"]) for row in rows}
    assert said == {
        "good": ("verified", None, None),
        "bad": ("failed", "bad-signature", 438),
        "stale": ("failed", "stale", 403),
    }


def test_every_check_stands_in_the_finding(judged: Case) -> None:
    """A failed freshness does not hide that the signature itself holds."""
    rows = pq.read_table(judged.folder / "findings/verified_signals/rows.parquet").to_pylist()
    stale = next(row for row in rows if row["fault"] == "stale")
    results = {check["check"]: check["result"] for check in json.loads(stale["checks"])}
    assert (results["freshness"], results["signature"], results["chain"]) == ("fail", "pass", "pass")
    assert stale["failed_checks"] == "freshness"
    assert stale["signer"] == "CN=SHAKEN 709J"


def test_figures_count_signed_and_verified_calls(judged: Case) -> None:
    """Three of four calls were signed, one signature holds, and the definition says what became of the others."""
    figures = {row["key"]: row for row in json.loads((judged.folder / "outputs/figures.json").read_text())["figures"]}
    assert (figures["calls.total"]["value"], figures["calls.signed"]["value"], figures["calls.verified"]["value"]) == (
        4,
        3,
        1,
    )
    assert "Not verified: 2 failed, 0 could not be verified." in figures["calls.verified"]["definition"]


def test_why_a_call_shows_its_signature(judged: Case) -> None:
    """`why` of a call says what became of its signature."""
    good = CliRunner().invoke(cli, ["why", str(judged.folder), "good@192.0.2.4"])
    assert good.exit_code == 0, good.output
    assert "signed_calls" in good.output
    assert "verified" in good.output


def test_verify_works_the_findings_out_again(judged: Case) -> None:
    """`verify` runs the verification of signatures anew and finds the same bytes."""
    done = CliRunner().invoke(cli, ["verify", str(judged.folder)])
    assert done.exit_code == 0, done.output
