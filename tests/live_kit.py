"""A live service, its callers' keys and their tokens for tests: real processes on loopback, everything made at run time."""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from unspoof.reference import default_folder
from unspoof.reference.number_book import NumberBook

DRAMA = "447700900123"
CALLED = "442079460000"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def a_possible_number() -> str:
    """Return a number that somebody could have, chosen at run time from the allocated blocks, with nothing said against it."""
    book = NumberBook.current("GB", default_folder())
    at = datetime.datetime(2023, 6, 1)  # noqa: DTZ001
    for number in range(441612000000, 441620000000, 7919):
        facts = book.facts(f"+{number}", at)
        if facts.allocated and facts.range_use is None and facts.brand is None and facts.dno_owner is None:
            return str(number)
    raise AssertionError("no allocated number was found")


@dataclass
class Answer:
    """What the service answered."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class LiveService:
    """A running `unspoof live`."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], url: str) -> None:
        self.folder, self.process, self.url = folder, process, url

    @property
    def errors(self) -> str:
        """What it has said on standard error."""
        return (self.folder / "stderr.txt").read_text("utf-8", "replace")

    @property
    def outbox(self) -> Path:
        """Its outbox."""
        return self.folder / "unspoof-live" / "outbox.db"

    def post(self, path: str, value: object, **headers: str) -> Answer:
        """Send JSON, or bytes as they are."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self._ask(path, data, {"Content-Type": "application/json", **headers})

    def get(self, path: str, **headers: str) -> Answer:
        """Ask without a body."""
        return self._ask(path, None, headers)

    def _ask(self, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=data, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), dict(error.headers))

    def verify(self, presented: str, called: str = CALLED, **more: Any) -> dict[str, Any]:
        """Ask about a call; return the inner answer."""
        call = {"from": {"tn": presented}, "to": {"tn": [called]}, "time": int(time.time()), **more}
        answer = self.post("/stir/v1/verification", {"verificationRequest": call})
        assert answer.status == 200, answer.body
        return dict(answer.json["verificationResponse"])

    def metric(self, line: str) -> float:
        """Return one number of /metrics by its name with labels."""
        for found in self.get("/metrics").body.decode().splitlines():
            if found.startswith(f"{line} "):
                return float(found.rpartition(" ")[2])
        raise AssertionError(line)

    def children(self, module: str) -> list[int]:
        """Return the processes that it started, by the module that they run."""
        found = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                        found.append(int(pid))
        return found

    def everybody(self) -> list[int]:
        """Return all its processes, itself first."""
        return [self.process.pid, *self.children("unspoof.live")]

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to every process of it."""
        for pid in self.everybody():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextlib.contextmanager
def live_service(
    folder: Path, config: str = "", *, workers: int = 1, port: int = 0, **environment: str
) -> Iterator[LiveService]:
    """Run the service with a live.toml until the block ends; none of its processes is left."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "live.toml").write_text(config, "utf-8")
    with (folder / "stderr.txt").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "unspoof", "live", "--config", str(folder / "live.toml"),
             "--listen", f"127.0.0.1:{port}", "--workers", str(workers)],
            stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **environment}, start_new_session=True,
        )  # fmt: skip
    assert process.stdout is not None
    service = None
    try:
        ready = select.select([process.stdout], [], [], 60)[0]
        line = process.stdout.readline().decode() if ready else ""
        assert line.startswith("unspoof live answers on http"), (line, (folder / "stderr.txt").read_text())
        service = LiveService(folder, process, line.split()[-1])
        yield service
    finally:
        for pid in service.everybody() if service and process.poll() is None else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()


def until(what: Any, seconds: float = 15.0) -> None:
    """Wait until something holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """An authority and a signer under it, made now, and the tokens that it signs."""

    url = "https://cert.example.org/signer.pem"

    def __init__(self, folder: Path) -> None:
        """Make keys and certificates, and leave what is to be trusted in a folder."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        root_key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        span = (now - datetime.timedelta(days=1), now + datetime.timedelta(days=30))
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test STI-CA")])
        public = serialization.Encoding.PEM
        root = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(root_key.public_key())
            .serial_number(1).not_valid_before(span[0]).not_valid_after(span[1])
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
            .sign(root_key, hashes.SHA256())
        )  # fmt: skip
        spc = bytes.fromhex("3008A006160437303 94A".replace(" ", ""))
        oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")
        leaf = (
            x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SHAKEN 709J")]))
            .issuer_name(name).public_key(self.key.public_key()).serial_number(2)
            .not_valid_before(span[0]).not_valid_after(span[1])
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(True, *([False] * 8)), critical=True)
            .add_extension(x509.UnrecognizedExtension(oid, spc), critical=False)
            .sign(root_key, hashes.SHA256())
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pem").write_bytes(root.public_bytes(public))
        (folder / "leaf.pem").write_bytes(leaf.public_bytes(public))

    def identity(self, orig: str, dest: str, iat: int | None = None, **more: Any) -> str:
        """Return a signed Identity header."""
        ppt = "div" if "div" in more else "shaken"
        head = {"alg": "ES256", "ppt": ppt, "typ": "passport", "x5u": self.url}
        shaken = {} if "div" in more else {"attest": "A", "origid": "123e4567-e89b-12d3-a456-426655440000"}
        claims = {
            "dest": {"tn": [dest]},
            "iat": int(time.time()) if iat is None else iat,
            "orig": {"tn": orig},
            **shaken,
            **more,
        }
        signed = ".".join(
            b64(json.dumps(part, separators=(",", ":"), sort_keys=True).encode()) for part in (head, claims)
        )
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        token = f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        return f"{token};info=<{self.url}>;alg=ES256;ppt={ppt}"
