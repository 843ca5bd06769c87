"""The capture reader against tshark on the same captures, in one run.

    python benchmarks/captures.py --calls 8000 --rounds 3

Three captures are written for it, none of them a copy of one packet: `signalling` holds calls of seven messages each over UDP
(INVITE of 1.4 kB with Identity, 100, 180, 200 with SDP, ACK, BYE, 200), each call with its own Call-ID, tags and numbers;
`mixed` has nine RTP packets for each of those messages; `streams` the same signalling over TCP in segments of 1,400 octets.
`signals` is the way from the file to Arrow columns of the normal form's signals and calls; `cells` stops at the source's
own columns; `messages` at the scanned messages. tshark writes ten fields (`-T fields`). CPU seconds of one process with one
thread at work; medians of rounds that alternate, and medians of the ratios within a round. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import sip_packets as made
from unspoof.ingest.container import Options
from unspoof.ingest.containers.capture import CAPTURE
from unspoof.ingest.mapping import Mapper, Reading
from unspoof.ingest.system import shipped_systems
from unspoof.parse.capture import sip_messages
from unspoof.parse.numbers import normalise
from unspoof.reference import load_number_ranges

TOKEN = "eyJhbGciOiJFUzI1NiIs" * 6 + "." + "eyJhdHRlc3QiOiJBIiwi" * 13 + "." + "c2lnbmF0dXJl" * 7
EXTRA = (
    "Max-Forwards: 69",
    "Contact: <sip:+442079460000@192.0.2.4:5060>",
    "User-Agent: PBX 13.1",
    "Date: Sun, 22 Nov 2026 15:46:00 GMT",
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH",
    "Supported: replaces, timer",
    "P-Asserted-Identity: <sip:+442079460000@192.0.2.4;user=phone>",
    f"Identity: {TOKEN};info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=shaken",
    "Content-Type: application/sdp",
)
FIELDS = (
    "frame.time_epoch", "ip.src", "udp.srcport", "ip.dst", "udp.dstport", "sip.Method", "sip.Status-Code",
    "sip.Call-ID", "sip.from.user", "sip.to.user",
)  # fmt: skip


def calls(count: int) -> Iterator[list[tuple[bool, bytes]]]:
    """Yield the messages of each call."""
    for i in range(count):
        shown, called = f"+44{1632960000 + i % 1000}", f"+44{7700900000 + i % 1000}"
        yield made.call(i, called=called, shown=shown, extra=EXTRA)


def mixed(frames: list[bytes]) -> list[bytes]:
    """Return frames with nine RTP packets before each."""
    voice = [
        made.ethernet(made.ipv4(made.udp(struct.pack(">BBHII", 0x80, 0, n, n * 160, 7) + bytes([n]) * 160, 6004, 6006)))
        for n in range(9)
    ]
    return [one for frame in frames for one in (*voice, frame)]


def streams(count: int) -> list[bytes]:
    """Return the signalling over TCP: one connection for each direction and hundred calls."""
    frames, sent = [], {True: 1, False: 1}
    for i, messages in enumerate(calls(count)):
        for out, message in messages:
            ends = ("192.0.2.4", "198.51.100.7") if out else ("198.51.100.7", "192.0.2.4")
            ports = (20_000 + i // 100, 5060) if out else (5060, 20_000 + i // 100)
            for at in range(0, len(message), 1_400):
                piece = message[at : at + 1_400]
                frames.append(made.ethernet(made.ipv4(made.tcp(piece, sent[out], 24, *ports), *ends, protocol=6)))
                sent[out] += len(piece)
    return frames


def to_messages(path: Path) -> int:
    """Scan every message."""
    with path.open("rb") as stream:
        return sum(1 for _ in sip_messages(iter(lambda: stream.read(1 << 20), b"")))


def to_cells(path: Path) -> int:
    """Go on to the source's own columns."""
    survey = CAPTURE.survey(io.BytesIO(path.read_bytes()[:100_000]), Options())
    wanted = {table.name: [column.name for column in table.columns] for table in survey.tables}
    with path.open("rb") as stream:
        blocks = CAPTURE.blocks(stream, survey)
        return sum(batch.cells.num_rows for block in blocks for batch in block.read(wanted)[:1])


def to_signals(path: Path) -> int:
    """Go on to signals and calls of the normal form."""
    system = next(one for one in shipped_systems() if one.name == "sip-capture")
    survey = CAPTURE.survey(io.BytesIO(path.read_bytes()[:100_000]), Options())
    ranges = load_number_ranges()
    reading = Reading(1, "", "GB", "GBP", "", b"key", lambda raw, home: normalise(raw, ranges, home))
    mapper = Mapper(system, survey, reading)
    with path.open("rb") as stream:
        read = (batch for block in CAPTURE.blocks(stream, survey) for batch in block.read(mapper.wanted))
        return sum(len(mapped.rows) for batch in read for mapped in mapper.map(batch) if mapped.table.name == "signals")


def tshark(path: Path) -> int:
    """Let tshark write its fields."""
    command = [shutil.which("tshark") or "tshark", "-n", "-r", str(path), "-T", "fields"]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, check=True)
    return sum(1 for line in done.stdout.splitlines() if b"@192.0.2.4" in line)


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a piece of work, those of its processes too."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    work()
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))


WAYS: dict[str, Callable[[Path], int]] = {
    "messages": to_messages,
    "cells": to_cells,
    "signals": to_signals,
    "tshark": tshark,
}


def measure(path: Path, packets: int, wanted: int, rounds: int) -> None:
    """Print one line for each way."""
    ways = {name: way for name, way in WAYS.items() if name != "tshark" or shutil.which("tshark")}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found: list[int] = []
            taken[name].append(cpu(lambda way=way, found=found: found.append(way(path))))
            if found != [wanted] and name != "tshark":
                raise SystemExit(f"{name} gave {found} messages, and {wanted} were written")
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        ratio = ""
        if "tshark" in taken:
            ratio = f"{statistics.median(t / s for s, t in zip(seconds, taken['tshark'], strict=True)):.1f}"
        print(f"| {path.stem} | {name} | {packets:,} | {middle:.2f} | {packets / middle:,.0f} | {ratio} |", flush=True)


def main() -> None:
    """Write the captures and print the table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--calls", type=int, default=8_000)
    words.add_argument("--rounds", type=int, default=3)
    asked = words.parse_args()
    wanted = asked.calls * 7
    started = time.strftime("%d %B %Y")
    load = os.getloadavg()[0]
    print(f"{started}, load {load:.1f} on {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| capture | way | packets | CPU s | packets a CPU second | times tshark |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        frames = [frame for messages in calls(asked.calls) for frame in made.frames_of(messages)]
        for name, packets in (("signalling", frames), ("mixed", mixed(frames)), ("streams", streams(asked.calls))):
            path = Path(folder) / f"{name}.pcap"
            path.write_bytes(made.pcap(packets))
            measure(path, len(packets), wanted, asked.rounds)


if __name__ == "__main__":
    main()
