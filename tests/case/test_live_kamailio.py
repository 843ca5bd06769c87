"""A real Kamailio asks a real service about each INVITE of a real sipp, with the configuration that ships; all on loopback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from live_kit import CALLED, DRAMA, LiveService, Signer, a_possible_number, free_port, live_service, until

CONFIG = Path(__file__).parent.parent.parent / "examples" / "kamailio" / "kamailio.cfg"
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # where Debian puts servers
_KAMAILIO = shutil.which("kamailio", path=_PATH) or ""
_MISSING = [name for name, at in (("kamailio", _KAMAILIO), ("sipp", shutil.which("sipp"))) if not at]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)} (Debian: kamailio, sip-tester)"),
]

_INVITE = """INVITE sip:{ruri}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{presented}@127.0.0.1>;tag=[pid]T[call_number]
To: <sip:{called}@127.0.0.1>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
{more}Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
"""
_ACK = """ACK sip:{ruri}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{presented}@127.0.0.1>;tag=[pid]T[call_number]
To: <sip:{called}@127.0.0.1>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

"""


@dataclass
class Called:
    """A telephone that rings: it answers INVITEs and keeps them."""

    port: int
    invites: list[str] = field(default_factory=list)


@dataclass
class Switch:
    """A running Kamailio with a caller before it and a telephone behind it."""

    folder: Path
    port: int
    log: Path
    telephone: Path

    def call(self, presented: str, expected: int, *, called: str = CALLED, ruri: str = "", more: str = "") -> float:
        """Place one call with sipp; return how long the final answer took. AssertionError if it is another answer."""
        ruri = ruri or called
        values = {"presented": presented, "called": called, "ruri": ruri, "more": more}
        scenario = self.folder / f"call-{time.monotonic_ns()}.xml"
        # A dialogue that was relayed is acknowledged end to end; a refusal ends in the transaction.
        scenario.write_text(
            '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="call">\n'
            f"<send><![CDATA[\n{_INVITE.format(**values)}]]></send>\n"
            '<recv response="100" optional="true"/><recv response="180" optional="true"/>\n'
            f'<recv response="{expected}"/>\n'
            f"<send><![CDATA[\n{_ACK.format(**values)}]]></send>\n</scenario>\n",
            "latin-1",
        )
        began = time.monotonic()
        done = subprocess.run(
            ["sipp", f"127.0.0.1:{self.port}", "-sf", str(scenario), "-m", "1", "-i", "127.0.0.1",
             "-p", str(free_port(socket.SOCK_DGRAM)), "-nostdin", "-timeout", "10", "-timeout_error"],
            cwd=self.folder, capture_output=True, text=True, errors="replace", timeout=60,
            env={**os.environ, "TERM": "dumb"},
        )  # fmt: skip
        took = time.monotonic() - began
        assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr[-500:]}\n{self.log.read_text()[-2000:]}"
        return took

    def rang(self) -> list[str]:
        """Return the INVITEs that reached the telephone, in order, each once."""
        text = self.telephone.read_text("latin-1") if self.telephone.exists() else ""
        found: dict[str, str] = {}
        for message in re.split(r"-{20,}[^\n]*\n", text):
            if "INVITE sip:" in message and "SIP/2.0 200" not in message:
                whole = message[message.index("INVITE sip:") :]
                call = re.search(r"^Call-ID: *(\S+)", whole, re.MULTILINE)
                if call:
                    found.setdefault(call[1], whole)
        return list(found.values())

    def last(self) -> str:
        """Return the last INVITE that reached the telephone."""
        until(self.rang, 5)
        return self.rang()[-1]


@contextmanager
def a_switch(folder: Path, url: str) -> Iterator[Switch]:
    """Run Kamailio with the configuration that ships, other ports put in, and sipp behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    port, behind = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    text = CONFIG.read_text("utf-8")
    for old, new in (
        ("udp:127.0.0.1:5060", f"udp:127.0.0.1:{port}"),
        ("sip:127.0.0.1:5070", f"sip:127.0.0.1:{behind}"),
        ("http://127.0.0.1:8080", url),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "kamailio.cfg").write_text(text, "utf-8")
    log, messages = folder / "kamailio.log", folder / "telephone.log"
    with log.open("wb") as said:
        kamailio = subprocess.Popen(
            [_KAMAILIO, "-f", "kamailio.cfg", "-DD", "-E", "-m", "64", "-M", "8", "-w", str(folder), "-Y", str(folder)],
            cwd=folder, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    telephone = subprocess.Popen(
        ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(behind), "-nostdin", "-trace_msg", "-message_file", str(messages)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    try:
        until(lambda: _answers(port) or kamailio.poll() is not None, 20)
        assert kamailio.poll() is None, log.read_text()
        yield Switch(folder, port, log, messages)
    finally:
        for process in (telephone, kamailio):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # Kamailio's children are in its own process group; none may outlive the test.
        with suppress(ProcessLookupError):
            os.killpg(kamailio.pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.3)
        asker.bind(("127.0.0.1", 0))
        here = asker.getsockname()[1]
        asker.sendto(
            f"OPTIONS sip:x@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bKping\r\n"
            "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: ping@127.0.0.1\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n".encode(),
            ("127.0.0.1", port),
        )
        try:
            return asker.recv(4096).startswith(b"SIP/2.0 483")
        except TimeoutError:
            return False


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """An authority with a signer, trusted by the service."""
    return Signer(tmp_path_factory.mktemp("service") / "trust")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Iterator[LiveService]:
    """A service that trusts the signer."""
    folder = tmp_path_factory.getbasetemp() / "service0"
    with live_service(folder, '[service]\ntrust = "trust"\n[answers]\nunsigned = "allow"\n', workers=2) as live:
        yield live


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory, service: LiveService) -> Iterator[Switch]:
    """A switch that asks the service."""
    with a_switch(tmp_path_factory.mktemp("switch"), service.url) as found:
        yield found


def test_a_false_number_is_refused(switch: Switch, service: LiveService) -> None:
    """A call that shows a number of the drama ranges gets 608 and rings nowhere; the alert is kept."""
    rang, kept = len(switch.rang()), service.metric("unspoof_outbox_events")

    switch.call(DRAMA, 608)

    assert len(switch.rang()) == rang
    assert service.metric("unspoof_outbox_events") == kept + 1


def test_a_possible_number_rings(switch: Switch) -> None:
    """A call of which nothing is known but its number goes through, and says that nothing was validated."""
    switch.call(a_possible_number(), 200)

    assert "X-Verstat: No-TN-Validation" in switch.last()
    assert "X-Caller-Warning" not in switch.last()


def test_a_signed_call_rings_as_passed(switch: Switch, signer: Signer) -> None:
    """A call with a good signature over its numbers goes through with the word for it, its Identity header whole."""
    number = a_possible_number()
    identity = signer.identity(number, CALLED)

    switch.call(f"+{number}", 200, more=f"Identity: {identity}\n")

    assert "X-Verstat: TN-Validation-Passed" in switch.last()
    assert identity in switch.last()


def test_a_signature_over_other_numbers_is_labelled(switch: Switch, signer: Signer) -> None:
    """A token that was made for another call does not pass: the call rings with a warning that the caller cannot write."""
    number = a_possible_number()
    forged = "X-Verstat: TN-Validation-Passed\nX-Caller-Warning: none\n"

    switch.call(f"+{number}", 200, more=f"Identity: {signer.identity(number, '442079460001')}\n{forged}")

    assert "X-Verstat: TN-Validation-Failed" in switch.last()
    assert "TN-Validation-Passed" not in switch.last()
    assert "X-Caller-Warning: Caller signature is false" in switch.last()


def test_every_identity_header_is_asked_about(switch: Switch, signer: Signer) -> None:
    """A diverted call passes by its two tokens together; with the first alone it could not."""
    number, first, second = a_possible_number(), CALLED, "442079460001"
    shaken, div = signer.identity(number, first), signer.identity(number, second, div={"tn": first})

    switch.call(f"+{number}", 200, called=second, more=f"Identity: {shaken}\nIdentity: {div}\n")
    assert "X-Verstat: TN-Validation-Passed" in switch.last()

    switch.call(f"+{number}", 200, called=second, more=f"Identity: {shaken}\n")
    assert "X-Verstat: TN-Validation-Failed" in switch.last()


@pytest.mark.parametrize(
    "presented",
    [f"{DRAMA};x='", f"{DRAMA}';--", "\xe9\xe8447700900123", f"{DRAMA}%22%7d"],
    ids=["apostrophe-parameter", "apostrophe", "latin-1", "escaped"],
)
def test_no_caller_gets_through_by_breaking_the_question(switch: Switch, service: LiveService, presented: str) -> None:
    """Whatever a caller writes into From, the service is asked: the call is refused or labelled, and nobody stops asking."""
    asked = service.metric('unspoof_requests_total{code="200"}')
    try:
        switch.call(presented, 608)
    except AssertionError:
        switch.call(presented, 200)
        assert "X-Caller-Warning" in switch.last()

    assert service.metric('unspoof_requests_total{code="200"}') > asked
    assert "gave no answer" not in switch.log.read_text()


def test_a_dead_or_silent_service_lets_calls_through_in_time(tmp_path: Path, signer: Signer) -> None:
    """With the service down, and with it stopped in its tracks, calls ring within a bound; back again, it is asked again."""
    number = a_possible_number()
    port = free_port()
    with a_switch(tmp_path / "switch", f"http://127.0.0.1:{port}") as switch:
        assert switch.call(DRAMA, 200) < 2.5
        assert "X-Verstat: No-TN-Validation" in switch.last()
        # Nobody asks for a while: the next call does not wait at all.
        assert switch.call(number, 200) < 1.0
        with live_service(tmp_path / "service", port=port) as live:
            until(lambda: _refused(switch), 20)
            live.tell(signal.SIGSTOP)
            try:
                took = [switch.call(DRAMA, 200) for _ in range(6)]
            finally:
                live.tell(signal.SIGCONT)
            # One call waits for the time that the configuration allows; those after it do not.
            assert max(took) < 3.0
            assert sorted(took)[len(took) // 2] < 1.0
            until(lambda: _refused(switch), 20)
        assert switch.call(DRAMA, 200) < 3.0


def _refused(switch: Switch) -> bool:
    try:
        switch.call(DRAMA, 608)
    except AssertionError:
        time.sleep(0.5)
        return False
    return True
