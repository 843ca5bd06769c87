"""Records in files: keys found and proved, padding, damage, and that nothing is lost without a word."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from block_kit import REGTEST, framed, made_up_chain, made_up_undo, mixed, real
from unspoof.errors import BadExhibit
from unspoof.ingest.record_feed import BLOCKS, UNDO, Group, bare_groups, layout_of, record_groups
from unspoof.parse.bitcoin.framing import Shape, unmixed

CHAIN = made_up_chain()
KEY = bytes.fromhex("0102a3f405b6c7e8")


def records(data: bytes, shape: Shape = BLOCKS, size: int = 1 << 20) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Return the records of a file, and the stretches that are none."""
    groups = list(record_groups(io.BytesIO(data), shape, size))
    return _told(groups)


def _told(groups: list[Group]) -> tuple[list[bytes], list[tuple[int, int]]]:
    found = [group.data[at:end] for group in groups for at, end in group.records]
    return found, [(part.start, part.end) for group in groups for part in group.lost]


@pytest.mark.parametrize("key", [KEY, b"\xff" * 8, b"\0\0\0\0\0\0\0\1", b"\1\0\0\0\0\0\0\0"])
@pytest.mark.parametrize("padding", [0, 3, 5000])
def test_a_key_is_found_and_padding_of_the_disk_passed_over(key: bytes, padding: int) -> None:
    """The disk's zeros behind the records were never mixed; half of a key may be zeros."""
    data = mixed(framed(CHAIN), key) + bytes(padding)
    layout = layout_of(data, BLOCKS)

    assert layout is not None
    assert (layout.key, layout.network.name) == (key, "regtest")
    assert records(data) == (CHAIN, [])


def test_a_key_is_found_of_one_block_and_of_undo_data() -> None:
    """A file with a single block ends where its size leads; undo data are known by their sizes too."""
    one, undo = layout_of(mixed(framed(CHAIN[:1]), KEY), BLOCKS), layout_of(mixed(made_up_undo(), KEY), UNDO)

    assert (one and one.key, undo and undo.key) == (KEY, KEY)
    assert records(mixed(made_up_undo(), KEY), UNDO)[0] == records(made_up_undo(), UNDO)[0]


def test_a_key_is_found_of_real_blocks() -> None:
    """Main network, a block of 1.2 MB: a key is taken only if the merkle root fits under it."""
    blocks = [real("block574200.raw"), real("block482683.raw")]
    data = mixed(framed(blocks, b"\xf9\xbe\xb4\xd9"), KEY)
    layout = layout_of(data, BLOCKS)

    assert layout is not None
    assert (layout.key, layout.network.name) == (KEY, "mainnet")
    assert records(data) == (blocks, [])


def test_where_no_key_fits_nothing_is_read() -> None:
    """A changed bit in the first block, and no key can be proved."""
    data = bytearray(mixed(framed(CHAIN), KEY))
    data[150] ^= 1

    with pytest.raises(BadExhibit):
        records(bytes(data))
    assert layout_of(b"", BLOCKS) is None
    assert layout_of(bytes(5000), BLOCKS) is None


def test_a_size_that_leads_nowhere_hides_no_record_behind_it() -> None:
    """The first record says that it is longer than it is: the second is found all the same."""
    data = REGTEST + (len(CHAIN[0]) + 250).to_bytes(4, "little") + CHAIN[0] + framed(CHAIN[1:])

    assert records(data) == (CHAIN[1:], [(0, 8 + len(CHAIN[0]))])


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from([framed([one]) for one in CHAIN]), st.binary(max_size=40), st.just(bytes(20)))),
    st.integers(1, 400),
)
def test_every_byte_is_in_a_record_or_lost_or_padding(parts: list[bytes], size: int) -> None:
    """Whatever stands between records is reported once, in order, and small reads show nowhere."""
    data = framed(CHAIN[:1]) + b"".join(parts)
    groups = list(record_groups(io.BytesIO(data), BLOCKS))
    assert _told(list(record_groups(io.BytesIO(data), BLOCKS, size))) == _told(groups)

    covered = np.zeros(len(data), np.int64)
    for group in groups:
        for at, end in group.records:
            covered[group.offset + at - 8 : group.offset + end] += 1
        for part in group.lost:
            covered[part.start : part.end] += 1
    assert covered.max() == 1
    assert not np.frombuffer(data, np.uint8)[covered == 0].any()


def test_bare_blocks_follow_each_other_and_the_rest_is_lost() -> None:
    """Three blocks, then something else."""
    data = b"".join(CHAIN)

    assert _told(list(bare_groups(io.BytesIO(data)))) == (CHAIN, [])
    assert _told(list(bare_groups(io.BytesIO(data + b"drama"), 7))) == (CHAIN, [(len(data), len(data) + 5)])
    assert _told(list(bare_groups(io.BytesIO(data[:-1])))) == (CHAIN[:2], [(len(data) - len(CHAIN[2]), len(data) - 1)])


@given(st.binary(max_size=100), st.integers(0, 20))
def test_mixing_twice_gives_the_bytes_back(data: bytes, offset: int) -> None:
    """Wherever in the file they stand."""
    assert unmixed(bytes(offset) + data, 0, KEY)[offset:].tobytes() == unmixed(data, offset, KEY).tobytes()
    assert unmixed(unmixed(data, offset, KEY).tobytes(), offset, KEY).tobytes() == data
