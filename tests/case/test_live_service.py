"""The live service as processes: nothing acknowledged is lost whoever is killed; new facts are taken in as it runs."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from live_kit import CALLED, DRAMA, LiveService, Signer, a_possible_number, free_port, live_service, until
from unspoof.engine.outbox import Outbox
from unspoof.reference import ReferenceStore

pytestmark = pytest.mark.slow
_LOADED_S = 120.0
"""Two workers load one after the other, for some seconds each; beside a whole test run it takes ten times as long."""
SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class Receiver:
    """A receiver of alerts that checks each signature and keeps what it took."""

    port: int
    taken: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    status: int = 200
    pause_s: float = 0.0


@contextmanager
def a_receiver(port: int = 0) -> Iterator[Receiver]:
    """Listen for alerts on loopback until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seconds, _, digest = self.headers["Unspoof-Signature"].partition(",v1=")
            good = hmac.new(SECRET, f"{seconds[2:]}.".encode() + body, hashlib.sha256).hexdigest()
            name = self.headers["Unspoof-Event"]
            if not hmac.compare_digest(good, digest) or abs(time.time() - int(seconds[2:])) > 60:
                receiver.wrong.append("signature")
            if json.loads(body)["id"] != name:
                receiver.wrong.append("id")
            receiver.attempts.append(name)
            time.sleep(receiver.pause_s)
            if receiver.status == 200:
                receiver.taken.append(name)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _hook(folder: Path, port: int, **more: int) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "desk.secret").write_bytes(SECRET + b"\n")
    extra = "".join(f"{name} = {value}\n" for name, value in more.items())
    return (
        f'[webhooks.desk]\nurl = "http://127.0.0.1:{port}/alerts"\nsecret_file = "desk.secret"\n'
        f'allow_networks = ["127.0.0.0/8"]\nfirst_delay_s = 1\nmost_delay_s = 1\n{extra}'
    )


def _call(port: int, number: int) -> str | None:
    """Ask about one false call over a connection of its own; return the alert's id, None if no answer came."""
    body = {"from": {"tn": f"+{DRAMA}"}, "to": {"tn": [CALLED]}, "time": int(time.time()), "callId": str(number)}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(
            "POST",
            "/stir/v1/verification",
            json.dumps({"verificationRequest": body}),
            {"Content-Type": "application/json"},
        )
        answer = json.loads(connection.getresponse().read())["verificationResponse"]
        assert answer["recorded"] is True
        return str(answer["alert"])
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_nothing_that_was_acknowledged_is_lost_whoever_is_killed(tmp_path: Path) -> None:
    """Workers and the dispatcher are killed again and again under load: every alert that an answer named is in the outbox and
    reaches the receiver; calls that got no answer are few, and the service goes on.
    """
    with a_receiver() as receiver, live_service(tmp_path, _hook(tmp_path, receiver.port), workers=2) as live:
        port = int(urlsplit(live.url).port or 0)
        stop = threading.Event()
        answers: list[str | None] = []

        def calling(first: int) -> None:
            number = first
            while not stop.is_set():
                answers.append(_call(port, number))
                number += 4

        callers = [threading.Thread(target=calling, args=(first,)) for first in range(4)]
        for caller in callers:
            caller.start()
        try:
            for module in ("worker", "dispatcher", "worker", "dispatcher", "worker"):
                time.sleep(1.0)
                os.kill(live.children(module)[0], signal.SIGKILL)
                # One of the two workers is always there to answer.
                until(lambda: live.metric("unspoof_workers") == 2 and live.children("dispatcher"), 30)
        finally:
            stop.set()
            for caller in callers:
                caller.join()
        named = [alert for alert in answers if alert is not None]
        until(lambda: set(named) <= set(receiver.taken), 120)

        kept = Outbox(live.outbox)
        assert len(named) > 200
        # A killed worker takes the calls that it had in hand with it, at most one of each caller's.
        assert answers.count(None) <= 5 * len(callers)
        assert len(named) == len(set(named))
        assert {f"{kept.name}-{event.number}" for event in kept.after(0, 10**6)} >= set(named)
        assert receiver.wrong == []
        assert live.metric("unspoof_worker_restarts_total") == 5
        assert live.metric('unspoof_alerts_total{result="recorded"}') >= len(named)


def test_a_power_cut_of_the_whole_service_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Everything is killed at once; started again, the service delivers what it had acknowledged and nobody has."""
    with a_receiver() as receiver:
        receiver.status = 503
        with live_service(tmp_path, _hook(tmp_path, receiver.port), workers=1) as live:
            named = [live.verify(f"+{DRAMA}")["alert"] for _ in range(20)]
            for pid in live.everybody():
                os.kill(pid, signal.SIGKILL)
            live.process.wait()
        receiver.status = 200
        with live_service(tmp_path, _hook(tmp_path, receiver.port), workers=1):
            until(lambda: set(named) <= set(receiver.taken), 30)

        assert receiver.wrong == []


def test_a_receiver_that_fails_is_tried_again_and_then_given_up_visibly(tmp_path: Path) -> None:
    """An alert that cannot be delivered is tried as often as is set, then listed, counted, and delivered when asked for."""
    with a_receiver() as receiver, live_service(tmp_path, _hook(tmp_path, receiver.port, attempts=2)) as live:
        receiver.status = 500
        alert = live.verify(f"+{DRAMA}")["alert"]
        until(lambda: live.metric('unspoof_deliveries{state="dead"}') == 1, 20)
        assert receiver.attempts == [alert, alert]
        (row,) = live.get("/v1/findings/undelivered").json["undelivered"]
        assert (row["id"], row["receiver"], row["attempts"], row["last_error"]) == (alert, "desk", 2, "answered 500")

        receiver.status = 200
        assert live.post("/v1/findings/undelivered/retry", {}).json == {"waiting": 1}
        until(lambda: receiver.taken == [alert], 10)
        until(lambda: live.metric('unspoof_deliveries{state="delivered"}') == 1)


def test_addresses_that_are_not_public_need_leave(tmp_path: Path) -> None:
    """Without allow_networks nothing is sent to loopback; the reason is listed and no connection is made."""
    with a_receiver() as receiver:
        config = _hook(tmp_path, receiver.port, attempts=1).replace('allow_networks = ["127.0.0.0/8"]\n', "")
        with live_service(tmp_path, config) as live:
            live.verify(f"+{DRAMA}")
            until(lambda: live.metric('unspoof_deliveries{state="dead"}') == 1, 20)
            (row,) = live.get("/v1/findings/undelivered").json["undelivered"]

        assert "not public" in row["last_error"]
        assert receiver.attempts == []


def test_a_receiver_that_trickles_is_cut_off(tmp_path: Path) -> None:
    """A receiver that never ends its answer holds the dispatcher no longer than the time that is set."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = _hook(tmp_path, listener.getsockname()[1], attempts=1, timeout_s=2)

        def trickle() -> None:
            found, _ = listener.accept()
            with found:
                found.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(100):
                    time.sleep(0.2)
                    try:
                        found.sendall(b"X-A: b\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        with live_service(tmp_path, config) as live:
            began = time.monotonic()
            live.verify(f"+{DRAMA}")
            until(lambda: live.metric('unspoof_deliveries{state="dead"}') == 1, 20)

            assert time.monotonic() - began < 8


def _events(live: LiveService, count: int, **headers: str) -> list[dict[str, Any]]:
    """Read events of the stream until there are `count`."""
    parts = urlsplit(live.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    found: list[dict[str, Any]] = []
    try:
        connection.request("GET", "/v1/findings/stream", headers={n.replace("_", "-"): v for n, v in headers.items()})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        while len(found) < count:
            line = answer.fp.readline().decode().rstrip("\n")
            if not line and "data" in event:
                found.append(event)
                event = {}
            elif ": " in line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = json.loads(value) if name == "data" else value
    finally:
        connection.close()
    return found


def test_the_stream_tells_what_any_worker_found_and_goes_on_where_a_reader_left_off(tmp_path: Path) -> None:
    """A reader sees alerts of all workers as they come, in order; back again with the last id, it misses none."""
    with live_service(tmp_path, workers=2) as live, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_events, live, 10)
        until(lambda: live.metric("unspoof_stream_readers") == 1)
        began = time.monotonic()
        named = [live.verify(f"+{DRAMA}")["alert"] for _ in range(10)]
        events = reading.result(timeout=15)
        assert time.monotonic() - began < 5
        assert [event["id"] for event in events] == named
        assert events[0]["data"]["message"].endswith("is ringing a customer now.")
        assert events[0]["data"]["call"]["presented"] == f"+{DRAMA}"

        again = _events(live, 6, Last_Event_ID=named[3])
        assert [event["id"] for event in again] == named[4:]
        # An id of another outbox says nothing of this one: everything is sent.
        assert [event["id"] for event in _events(live, 10, Last_Event_ID="abcdef012345-9")] == named


def test_what_one_worker_saw_the_others_know_and_a_restart_does_not_forget(tmp_path: Path) -> None:
    """A number that was shown by a false call and is rung back is found by whichever worker takes that call, later too."""
    number = a_possible_number()
    with live_service(tmp_path, workers=2) as live:
        # The drama number is shown to `number`, which then rings the drama number.
        live.verify(f"+{DRAMA}", number)
        time.sleep(1.0)
        for _ in range(6):
            assert _rules(live.verify(f"+{number}", f"+{DRAMA}")) == {"called-back"}
    with live_service(tmp_path, workers=1) as live:
        assert _rules(live.verify(f"+{number}", f"+{DRAMA}")) == {"called-back"}


def _rules(answer: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in answer["screening"]["findings"]}


def _load_dno(folder: Path, number: str) -> None:
    table = folder / "dno.csv"
    table.write_text(f"number,owner,source,from\n+{number},Northgate Bank,its letter,2020-01-01\n", "utf-8")
    ReferenceStore(folder / "reference").update("dno", table, "GB")


def test_new_facts_are_taken_in_without_losing_a_call(tmp_path: Path) -> None:
    """A table that is loaded while calls come is used by every worker soon after; a damaged one leaves the old in force."""
    number = a_possible_number()
    reference = str(tmp_path / "reference")
    config = "[service]\nreload_s = 1\n"
    with live_service(tmp_path, config, workers=2, UNSPOOF_REFERENCE_DIR=reference) as live:
        assert _rules(live.verify(f"+{number}")) == set()
        stop, failures = threading.Event(), []

        def calling() -> None:
            while not stop.wait(0.01):
                try:
                    live.verify(f"+{number}")
                except Exception as error:
                    failures.append(error)

        caller = threading.Thread(target=calling)
        caller.start()
        try:
            _load_dno(tmp_path, number)
            until(lambda: all(_rules(live.verify(f"+{number}")) == {"do-not-originate"} for _ in range(6)), _LOADED_S)
        finally:
            stop.set()
            caller.join()
        assert failures == []
        assert any(row["table"] == "dno" for row in live.get("/health").json["reference"])

        pointer = tmp_path / "reference" / "dno" / "current"
        pointer.write_text("f" * 64)
        until(lambda: live.metric("unspoof_workers_stale") == 2, _LOADED_S)
        assert _rules(live.verify(f"+{number}")) == {"do-not-originate"}
        health = live.get("/health")
        assert (health.status, health.json["ok"]) == (200, False)
        assert "dno" in health.json["reload_fault"]

        shutil.rmtree(tmp_path / "reference" / "dno")
        live.process.send_signal(signal.SIGHUP)
        until(lambda: live.metric("unspoof_workers_stale") == 0, _LOADED_S)
        until(lambda: all(_rules(live.verify(f"+{number}")) == set() for _ in range(6)), _LOADED_S)


def test_a_reload_that_takes_long_costs_no_worker(tmp_path: Path) -> None:
    """While newer facts cannot be read yet - a slow disk, a busy machine - workers answer, and none is taken for hanging."""
    config = "[service]\nreload_s = 1\nhang_s = 5\n"
    with live_service(tmp_path, config, workers=2, UNSPOOF_REFERENCE_DIR=str(tmp_path / "reference")) as live:
        number, before = f"+{a_possible_number()}", live.children("unspoof.live.worker")
        slow = tmp_path / "reference" / "dno" / "current"
        slow.parent.mkdir(parents=True)
        os.mkfifo(slow)  # whoever reads it waits until somebody writes
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                assert _rules(live.verify(number)) == set()
                time.sleep(0.1)
            assert sorted(live.children("unspoof.live.worker")) == sorted(before)
            assert live.metric("unspoof_worker_restarts_total") == 0
        finally:
            writer = os.open(slow, os.O_RDWR | os.O_NONBLOCK)
            slow.unlink()
            os.close(writer)


def test_trust_is_taken_in_too(tmp_path: Path) -> None:
    """A certificate that is put into the trusted folder is used soon after."""
    Signer(tmp_path / "trust")
    other = Signer(tmp_path / "other")
    number = a_possible_number()
    with live_service(tmp_path, '[service]\ntrust = "trust"\nreload_s = 1\n') as live:
        identity = other.identity(number, CALLED)
        assert live.verify(f"+{number}", identity=identity)["verstat"] != "TN-Validation-Passed"
        for file in (tmp_path / "other").iterdir():
            shutil.copy(file, tmp_path / "trust" / f"other-{file.name}")
        until(lambda: live.verify(f"+{number}", identity=identity)["verstat"] == "TN-Validation-Passed", _LOADED_S)


def test_a_stop_lets_requests_finish(tmp_path: Path) -> None:
    """SIGTERM while a body is still coming in: that request is answered, then every process ends with 0 and the port is free."""
    with live_service(tmp_path, workers=2) as live:
        parts = urlsplit(live.url)
        body = json.dumps({"presented": DRAMA, "time": 1795361569}).encode()
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as half:
            head = f"POST /v1/screen HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            half.sendall(head.encode() + body[:5])
            time.sleep(0.3)
            children = live.everybody()[1:]
            live.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            half.sendall(body[5:])
            answer = half.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert live.process.wait(20) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in children)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((parts.hostname, parts.port), timeout=1)


def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    """A worker that is stopped in its tracks is killed after the time that is set, and another takes its place."""
    with live_service(tmp_path, "[service]\nhang_s = 2\n") as live:
        (worker,) = live.children("worker")
        os.kill(worker, signal.SIGSTOP)
        until(lambda: live.children("worker") not in ([worker], []), 20)
        until(lambda: live.verify(f"+{DRAMA}")["action"] == "refuse", 20)


def test_a_supervisor_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    """No worker listens on after its supervisor is gone."""
    with live_service(tmp_path, workers=2) as live:
        children = live.everybody()[1:]
        live.process.kill()
        live.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), 15)


def test_slow_and_endless_requests_are_cut_off(tmp_path: Path) -> None:
    """A body that does not come, and headers without end, hold no connection for long; others are answered meanwhile."""
    with live_service(tmp_path, "[limits]\nbody_s = 1\n") as live:
        parts = urlsplit(live.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as slow:
            slow.sendall(
                b"POST /v1/screen HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
            )
            assert live.verify(f"+{DRAMA}")["action"] == "refuse"
            assert b"408" in slow.recv(4096).split(b"\r\n")[0]
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as endless:
            endless.sendall(b"GET /health HTTP/1.1\r\n")
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                _fill(endless)
        assert live.get("/health").status == 200


def _fill(connection: socket.socket) -> None:
    for _ in range(1000):
        connection.sendall(b"X-Filler: " + b"a" * 4000 + b"\r\n")
        time.sleep(0.001)


def _failing(folder: Path, config: str, *more: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "live.toml").write_text(config)
    command = [
        sys.executable,
        "-m",
        "unspoof",
        "live",
        "--config",
        str(folder / "live.toml"),
        "--listen",
        "127.0.0.1:0",
        *more,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    """A wrong setting, missing trust, a port that is taken and a state folder in use are one message and exit code 2."""
    assert "unknown setting 'colour'" in _failing(tmp_path / "a", "[service]\ncolour = 1\n")
    assert "there is no such folder" in _failing(tmp_path / "b", '[service]\ntrust = "nowhere"\n')
    assert "cannot be read" in _failing(
        tmp_path / "c", '[webhooks.x]\nurl = "https://x.example.org"\nsecret_file = "no"\n'
    )
    port = free_port()
    with live_service(tmp_path / "d", port=port):
        taken = _failing(tmp_path / "e", "", "--listen", f"127.0.0.1:{port}", "--workers", "2")
        assert "Address already in use" in taken
        assert "is in use by another live service" in _failing(tmp_path / "d", "")
