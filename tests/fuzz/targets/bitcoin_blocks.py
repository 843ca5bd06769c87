"""Block files of any shape through their container: plain, mixed with a key, bare, and with junk between blocks."""

from __future__ import annotations

from block_kit import framed, made_up_chain, mixed
from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen, with_choice
from unspoof.ingest.container import Options
from unspoof.ingest.containers.blocks import BLOCK_FILES

WAYS = ("raw", "mixed", "behind")
_KEY = bytes.fromhex("0102a3f405b6c7e8")
_CHAIN = made_up_chain()


def file_of(way: str, data: bytes) -> bytes:
    """Return a file: the bytes, the bytes mixed with a key, or the bytes between two sound blocks."""
    if way == "mixed":
        return mixed(data, _KEY)
    return data if way == "raw" else framed(_CHAIN[:1]) + data + framed(_CHAIN[1:2])


def feed(data: bytes) -> None:
    """Read a file as its container does."""
    check_container(BLOCK_FILES, file_of(*chosen(data, WAYS)), Options(), small=smaller(BLOCK_FILES, 100))


TARGET = Target(
    "bitcoin_blocks",
    "a choice, then a file of blocks, or what stands between two",
    feed,
    (
        *with_choice(0, (framed(_CHAIN), b"".join(_CHAIN), framed(_CHAIN)[:-9], framed(_CHAIN[:1]) + bytes(100))),
        *with_choice(1, (framed(_CHAIN), framed(_CHAIN[:1]))),
        *with_choice(
            2, (b"junk", bytes(70), b"\xfa\xbf\xb5\xda", framed(_CHAIN[2:])[:100], b"\xfa\xbf\xb5\xda\xff\0\0\0" * 9)
        ),
    ),
    words=(b"\xfa\xbf\xb5\xda", b"\xf9\xbe\xb4\xd9", bytes(8), b"\xff\xff\xff\xff"),
    most=2048,
)

__all__ = ["TARGET"]
