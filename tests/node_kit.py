"""A real node on a chain of its own (Debian's litecoind, a descendant of Bitcoin Core 0.21, regtest); for tests."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

DAEMON = shutil.which("litecoind")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Node:
    """A running node with a wallet that has coin."""

    port: int
    cookie: Path

    @property
    def url(self) -> str:
        """Where it answers JSON-RPC."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, *parameters: Any) -> Any:
        """Return the result of a call; numbers with decimals as text."""
        return json.loads(self.raw(method, *parameters), parse_float=str)["result"]

    def raw(self, method: str, *parameters: Any) -> bytes:
        """Return the node's answer to a call as it is."""
        asked = json.dumps({"id": 1, "method": method, "params": parameters}).encode()
        secret = base64.b64encode(self.cookie.read_bytes().strip()).decode()
        request = Request(self.url, asked, {"Authorization": f"Basic {secret}", "Content-Type": "application/json"})
        with build_opener(ProxyHandler({})).open(request, timeout=60) as reply:
            return bytes(reply.read())

    def mine(self, blocks: int) -> list[str]:
        """Mine blocks and return their hashes."""
        made: list[str] = self.call("generatetoaddress", blocks, self.call("getnewaddress"))
        return made


@contextmanager
def running_node(folder: Path, *options: str) -> Iterator[Node]:
    """Run a node that has 101 blocks, so that its first coin can be spent."""
    assert DAEMON is not None
    port = free_port()
    command = [
        DAEMON, "-regtest", f"-datadir={folder}", f"-rpcport={port}", "-listen=0", "-server", "-fallbackfee=0.001",
        "-printtoconsole=0", "-dnsseed=0", "-upnp=0", *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    node = Node(port, folder / "regtest" / ".cookie")
    try:
        _wait(node, process)
        node.call("createwallet", "w")
        node.mine(101)
        yield node
    finally:
        process.terminate()
        process.wait(60)


def _wait(node: Node, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the node ended"
        try:
            node.call("getblockcount")
        except (OSError, HTTPError, URLError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the node did not begin to answer")
