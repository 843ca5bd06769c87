"""How many calls a second the live service answers, and how fast: `python benchmarks/live.py [--workers N] [--seconds S]`.

Calls come from another process on loopback. Half are screened alone, half carry a token of their own, signed beforehand and
never sent twice; one in a hundred shows a drama number and makes an alert that is put on the disk. The highest rate is what 32
connections of wrk get through that ask again as soon as they are answered. At half of it calls come open loop: each has its
moment, and its time counts from that moment, so that a service that falls behind shows it. The machine is shared with the
load generator and whatever else runs: CPU times of the service are shown beside the rates. How late the generator began calls
is in their times and shown beside them: that much is not the service's doing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from live_kit import CALLED, DRAMA, LiveService, Signer, a_possible_number, live_service

CONNECTIONS = 64


def question(path: str, value: object) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def questions(signer: Signer, count: int, at: int, start: int) -> list[bytes]:
    """Make calls, each with a number and, for every second one, a token of its own."""
    found, base = [], int(a_possible_number())
    for place in range(start, start + count):
        number = DRAMA if place % 100 == 99 else str(base + place % 10_000)
        call = {
            "from": {"tn": f"+{number}"},
            "to": {"tn": [CALLED]},
            "time": at,
            "callId": str(place),
            "srcIp": "192.0.2.1",
        }
        if place % 2:
            call["identity"] = [signer.identity(number, CALLED, at, origid=f"123e4567-e89b-12d3-a456-{place:012x}")]
        found.append(question("/stir/v1/verification", {"verificationRequest": call}))
    return found


class Line(asyncio.Protocol):
    """One connection: it carries one call at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.came, self.whole = b"", 0
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self.transport = transport  # type: ignore[assignment]

    def ask(self, data: bytes) -> asyncio.Future[None]:
        """Send a call; return what is done when its answer is whole."""
        assert self.transport is not None
        self.came, self.whole, self.answered = b"", 0, asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self.answered

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer in."""
        self.came += data
        if not self.whole and (end := self.came.find(b"\r\n\r\n")) >= 0:
            head = self.came[:end].lower()
            assert head.startswith(b"http/1.1 200"), head
            self.whole = end + 4 + int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        if self.whole and len(self.came) >= self.whole:
            self.answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the call that waits."""
        if not self.answered.done():
            self.answered.set_exception(exc or ConnectionError("the service hung up"))


async def one_call(idle: asyncio.Queue[Line], data: bytes, moment: float) -> tuple[float, float]:
    """Ask over a connection that nobody uses; return the time from the call's moment to the end of its answer.

    With it comes how late the generator itself was to begin, which is part of that time.
    """
    late = time.perf_counter() - moment
    line = await idle.get()
    await line.ask(data)
    took = time.perf_counter() - moment
    idle.put_nowait(line)
    return took, late


async def load(port: int, calls: list[bytes], rate: float) -> list[tuple[float, float]]:
    """Send calls at a rate; return each one's time in seconds, and how late it was begun."""
    idle: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait((await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port))[1])
    began, running = time.perf_counter() + 0.2, []
    for place, data in enumerate(calls):
        moment = began + place / rate
        pause = moment - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        running.append(asyncio.ensure_future(one_call(idle, data, moment)))
    return list(await asyncio.gather(*running))


def cpu_of(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def waited_by(pids: list[int]) -> float:
    """Return the seconds that processes were ready to run and had no core: what others on the machine take from them."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks) / 1e9


class Half(NamedTuple):
    """What a run at a given rate showed; times in seconds, in order."""

    times: list[float]
    late: list[float]
    """How late the generator began each call."""
    served: float
    """CPU seconds of the service."""
    asked: float
    """And of the generator."""


def run(live: LiveService, signer: Signer, rate: float, seconds: float, start: int) -> Half:
    at = int(time.time())
    calls = questions(signer, int(rate * seconds), at, start)
    pids = live.children("worker")
    before, mine = cpu_of(pids), resource.getrusage(resource.RUSAGE_SELF)
    # The generator's collector would hold calls back, and then let many go at once: it rests meanwhile.
    gc.collect()
    gc.freeze()
    gc.disable()
    pairs = uvloop.run(load(int(urlsplit(live.url).port or 0), calls, rate))
    gc.enable()
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - mine.ru_utime - mine.ru_stime
    return Half(sorted(took for took, _ in pairs), sorted(late for _, late in pairs), cpu_of(pids) - before, spent)


def at(times: list[float], share: float) -> float:
    return 1000 * times[min(int(len(times) * share), len(times) - 1)]


def saturate(live: LiveService, bodies: list[bytes], folder: Path, seconds: float) -> tuple[float, float]:
    """Let wrk ask as fast as it is answered; return calls a second and the service's CPU seconds a call."""
    (folder / "bodies").write_bytes(b"\n".join(data.partition(b"\r\n\r\n")[2] for data in bodies))
    (folder / "calls.lua").write_text(
        "local bodies, at = {}, 0\n"
        f"for line in io.lines('{folder}/bodies') do bodies[#bodies + 1] = line end\n"
        "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n"
        "request = function() at = at + 1; return wrk.format(nil, nil, nil, bodies[at]) end\n"
    )
    pids = live.children("worker")
    before = cpu_of(pids)
    command = [
        "wrk",
        "-t1",
        "-c32",
        f"-d{int(seconds)}s",
        "-s",
        str(folder / "calls.lua"),
        f"{live.url}/stir/v1/verification",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in ([0-9.]+)s", said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    count = int(found[1])
    assert count < len(bodies), "more calls were answered than were made: repeat with --most higher"
    return count / float(found[2]), (cpu_of(pids) - before) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--most", type=int, default=8000, help="calls a second to have at hand for each worker")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="unspoof-live-"))
    signer, config = Signer(folder / "trust"), '[service]\ntrust = "trust"\n[limits]\nrate = 0\n'
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.2f}; {options.workers} workers", flush=True)
    with live_service(folder, config, workers=options.workers) as live:
        run(live, signer, 200, 2, 10_000_000)
        bodies = questions(signer, options.most * options.workers * options.seconds, int(time.time()), 20_000_000)
        rate, cpu = saturate(live, bodies, folder, options.seconds)
        print(
            f"highest rate: {rate:.0f}/s, {1e6 * cpu:.0f} us of the service's CPU a call: {1 / cpu:.0f}/s per core",
            flush=True,
        )
        pids = live.children("worker")
        waited, own = waited_by(pids), waited_by([os.getpid()])
        half = run(live, signer, rate / 2, 2 * options.seconds, 30_000_000)
        times, late = half.times, half.late
        print(
            f"at {rate / 2:.0f}/s: p50 {at(times, 0.5):.2f}, p99 {at(times, 0.99):.2f}, p99.9 {at(times, 0.999):.2f}, "
            f"max {at(times, 1):.2f} ms, of which the load generator's own lateness: p99 {at(late, 0.99):.2f}, "
            f"max {at(late, 1):.2f} ms; CPU: service {half.served:.1f} s, load generator {half.asked:.1f} s; "
            f"ready and without a core: service {waited_by(pids) - waited:.2f} s, load generator "
            f"{waited_by([os.getpid()]) - own:.2f} s; load after {os.getloadavg()[0]:.2f}"
        )


if __name__ == "__main__":
    main()
