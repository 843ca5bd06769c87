"""Packed files come out as they went in, and damaged ones give all they can and say what is wrong."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadExhibit, BadRequest
from unspoof.ingest.streams import Unpacked, fault_of, open_unpacked, read_at, unpack_kind

TEXT = b"".join(b"INSERT INTO t VALUES (%d,'%d');\n" % (n, random.Random(n).randrange(10**9)) for n in range(60_000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
    "plain": bytes,
}


@pytest.fixture(params=sorted(PACKERS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each way of packing."""
    return str(request.param)


def test_what_was_packed_comes_out(tmp_path: Path, kind: str) -> None:
    """The kind is known by the first bytes, and two members one after the other are one stream."""
    path = tmp_path / "file"
    path.write_bytes(PACKERS[kind](TEXT) + PACKERS[kind](b"more"))

    with open_unpacked(path) as stream:
        parts = [stream.read(1), stream.read(2_000_000), stream.read(1_000_000), stream.read()]
        assert (unpack_kind(path.read_bytes()[:10]), fault_of(stream)) == (kind, None)
        assert b"".join(parts) == TEXT + b"more"
        assert [len(part) for part in parts[:2]] == [1, min(2_000_000, len(TEXT) + 3)]
        assert stream.read(5) == b""


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_file_cut_off_gives_what_could_be_unpacked_and_says_so(tmp_path: Path, kind: str, share: float) -> None:
    """What comes out is a prefix of what went in, and long where the format allows it."""
    path, packed = tmp_path / "file", PACKERS[kind](TEXT)
    path.write_bytes(packed[: int(len(packed) * share)])

    with open_unpacked(path) as stream:
        found = stream.read()

        assert TEXT.startswith(found)
        assert (fault_of(stream) is None) == (kind == "plain")
        if kind in ("gzip", "plain"):
            assert len(found) >= len(TEXT) * share * 0.95


def test_nothing_is_lost_at_a_fault_that_the_decoder_could_still_give(tmp_path: Path) -> None:
    """A gzip file without its check sum gives every byte."""
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(TEXT)[:-3])

    with open_unpacked(path) as stream:
        assert stream.read() == TEXT
        assert fault_of(stream) == "gzip: the file ends inside the packed data"


def test_a_wrong_check_sum_is_reported(tmp_path: Path) -> None:
    """All bytes come out, and the fault is not hidden."""
    path, packed = tmp_path / "file", bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    path.write_bytes(bytes(packed))

    with open_unpacked(path) as stream:
        assert stream.read() == TEXT
        assert "incorrect data check" in str(fault_of(stream))


def test_other_bytes_after_the_packed_ones_are_reported(tmp_path: Path) -> None:
    """NUL bytes are padding, anything else a fault."""
    path = tmp_path / "file"
    for rest, fault in ((b"\0" * 512, None), (b"rest", "gzip: other bytes follow the packed data")):
        path.write_bytes(gzip.compress(b"x") + rest)
        with open_unpacked(path) as stream:
            assert (stream.read(), fault_of(stream)) == (b"x", fault)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b""]),
    st.binary(max_size=200),
)
def test_any_bytes_end_in_a_stream_that_ends(
    tmp_path_factory: pytest.TempPathFactory, magic: bytes, junk: bytes
) -> None:
    """Junk behind a magic number never raises."""
    path = tmp_path_factory.getbasetemp() / "junk"
    path.write_bytes(magic + junk)

    with open_unpacked(path) as stream:
        stream.read()
        assert stream.read(1) == b""


def test_a_bomb_is_unpacked_no_further_than_it_is_read(tmp_path: Path) -> None:
    """Reading a little of a file that holds 256 MiB of nothing unpacks a little."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(256 << 20), 1))

    with open_unpacked(path) as stream:
        assert isinstance(stream, Unpacked)
        assert stream.read(1000) == bytes(1000)
        assert stream._made <= 1 << 20


def test_bytes_at_an_offset(tmp_path: Path, kind: str) -> None:
    """The same offset gives the same bytes however the file is packed; what is not there is refused."""
    path = tmp_path / "file"
    path.write_bytes(PACKERS[kind](TEXT))

    with open_unpacked(path) as stream:
        assert read_at(stream, 1_500_000, 50) == TEXT[1_500_000:1_500_050]
        with pytest.raises(BadRequest, match="ends before byte"):
            read_at(stream, len(TEXT), 1)
        with pytest.raises(BadRequest, match=r"already past|no bytes stand"):
            read_at(stream, -1 if kind == "plain" else 0, 1)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message names the file and no folder."""
    with pytest.raises(BadExhibit) as caught:
        open_unpacked(tmp_path / "missing.gz")

    assert str(caught.value) == "missing.gz: No such file or directory  [bad-exhibit]"
