"""How many calls a second the live service answers, and how fast: `python benchmarks/live.py [--workers N] [--seconds S]`.

Calls come from one process on loopback over 64 keep-alive connections, one call at a time on each, open loop: each call has
its moment, and its time counts from that moment, so that a service that falls behind shows it. Half are screened alone, half
carry a token of their own, signed beforehand and never sent twice; one in a hundred shows a drama number and makes an alert
that is put on the disk. The highest rate is sought that holds for the time stated: every call answered with 200, 99 of 100
within a quarter of a second and all within one. Then the times at half of that rate are measured. The load generator shares
the machine; both CPU times are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

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


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def one_call(idle: asyncio.Queue[Connection], data: bytes, moment: float) -> float:
    """Ask over a connection that nobody uses; return the time from the call's moment to the end of its answer."""
    reader, writer = await idle.get()
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    assert head.startswith(b"HTTP/1.1 200"), head
    idle.put_nowait((reader, writer))
    return time.perf_counter() - moment


async def load(port: int, calls: list[bytes], rate: float) -> list[float]:
    """Send calls at a rate; return each one's time in seconds."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    began, running = time.perf_counter() + 0.2, []
    for place, data in enumerate(calls):
        moment = began + place / rate
        pause = moment - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        running.append(asyncio.ensure_future(one_call(idle, data, moment)))
    times = await asyncio.gather(*running)
    while not idle.empty():
        idle.get_nowait()[1].close()
    return list(times)


def cpu_of(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def run(live: LiveService, signer: Signer, rate: float, seconds: float, start: int) -> tuple[list[float], float, float]:
    at = int(time.time())
    calls = questions(signer, int(rate * seconds), at, start)
    pids = live.children("worker")
    before, mine = cpu_of(pids), resource.getrusage(resource.RUSAGE_SELF)
    times = asyncio.run(load(int(urlsplit(live.url).port or 0), calls, rate))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return sorted(times), cpu_of(pids) - before, after.ru_utime + after.ru_stime - mine.ru_utime - mine.ru_stime


def at(times: list[float], share: float) -> float:
    return 1000 * times[min(int(len(times) * share), len(times) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--first", type=float, default=500.0, help="calls a second to begin with")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="unspoof-live-"))
    signer, config = Signer(folder / "trust"), '[service]\ntrust = "trust"\n[limits]\nrate = 0\n'
    print(
        f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.2f}; {options.workers} workers; {CONNECTIONS} connections"
    )
    with live_service(folder, config, workers=options.workers) as live:
        run(live, signer, 200, 2, 10_000_000)
        good, rate, step, start = 0.0, options.first, options.first / 2, 0
        while rate >= 20 and step >= options.first / 10:
            start += 1_000_000
            times, served, asked = run(live, signer, rate, options.seconds, start)
            held = times[-1] < 1.0 and at(times, 0.99) < 250
            print(
                f"{rate:8.0f}/s {'held' if held else 'fell behind':11s} p50 {at(times, 0.5):7.2f} p99 {at(times, 0.99):8.2f} "
                f"max {at(times, 1):8.2f} ms   service {served:5.2f} s CPU, load {asked:5.2f} s CPU"
            )
            if held:
                good, rate = rate, rate + step
            else:
                step /= 2
                rate = good + step if good else rate / 2
        half, served, asked = run(live, signer, good / 2, 2 * options.seconds, 5_000_000)
        print(
            f"highest rate that held: {good:.0f}/s; at half of it p50 {at(half, 0.5):.2f}, p99 {at(half, 0.99):.2f}, "
            f"p99.9 {at(half, 0.999):.2f} ms; service {1e6 * served / len(half):.0f} us CPU a call"
        )


if __name__ == "__main__":
    main()
