"""Block and undo files in a case: sealed, read without a zone, tied to each other, and read again to the same bytes."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest
from click.testing import CliRunner

from block_kit import framed, made_up_chain, made_up_undo, mixed
from unspoof.case import Case
from unspoof.cli import cli

KEY = bytes.fromhex("0102a3f405b6c7e8")


def run(*words: object) -> str:
    """Run a command and return what it printed."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with a block file, packed, and its undo file, mixed with a key."""
    folder = tmp_path_factory.mktemp("chain")
    blocks, undo = folder / "blk00000.dat.bz2", folder / "rev00000.dat"
    blocks.write_bytes(bz2.compress(framed(made_up_chain())))
    undo.write_bytes(mixed(made_up_undo(), KEY))
    run("new", folder / "case", "--reference", "R 1")
    run("add", folder / "case", blocks, undo, "--basis", "warrant 1")
    return folder / "case"


def test_inputs_have_their_values_from_undo_data(case: Path) -> None:
    """16 parts of the blocks and 3 of the undo data, of the same inputs; none refused."""
    rows = Case(case).query(
        "SELECT b.txid, b.place, b.value_sat AS before, u.value_sat, u.address, u.oddities, b.height, u.height AS undo_height "
        "FROM transactions b JOIN transactions u ON u.txid = b.txid AND u.place = b.place AND u.side = b.side "
        "WHERE b.exhibit = 1 AND u.exhibit = 2 ORDER BY b.height, b.place"
    ).to_pylist()  # fmt: skip
    counts = (
        Case(case)
        .query("SELECT exhibit, count(*) AS n FROM transactions GROUP BY exhibit ORDER BY exhibit")
        .to_pylist()
    )

    assert [row["n"] for row in counts] == [16, 3]
    assert [(row["before"], row["value_sat"]) for row in rows] == [
        (None, 5_000_000_000), (None, 3_000_000_000), (None, 1_999_990_000),
    ]  # fmt: skip
    assert [(row["height"], row["undo_height"], row["oddities"]) for row in rows] == [
        (2, 2, "undo-data"), (3, 3, "undo-data"), (3, 3, "undo-data"),
    ]  # fmt: skip


def test_columns_are_those_of_the_normal_form(case: Path) -> None:
    """Numbers are numbers, times are UTC, and each part has an id of its own."""
    rows = Case(case).query("SELECT * FROM transactions WHERE exhibit = 1 ORDER BY locator").to_pylist()

    assert len({row["part_id"] for row in rows}) == 16
    assert [row["is_coinbase"] for row in rows[:4]] == [True, True, True, True]
    assert rows[1]["value_sat"] == 5_000_000_000
    assert rows[1]["block_at"].isoformat() == "2023-11-14T22:23:20"
    assert {row["proof"] for row in rows} == {"block"}


def test_reading_again_gives_the_same_tables(case: Path) -> None:
    """The undo file is read again with the block file that it was read with."""
    opened = Case(case)

    assert opened.verify(deep=True) == []
    bodies = [event.body for event in opened.vault.events("exhibit-read")]
    assert [body["beside"] for body in bodies] == [[], [1]]
    assert bodies[1]["notes"] == [f"undo data of regtest, mixed with the key {KEY.hex()}"]


def test_undo_data_added_first_are_taken_in_when_they_are_read_again(tmp_path: Path) -> None:
    """Alone they are refused, with the way out; --again finds the block file; another number is not its file."""
    undo, blocks, other = tmp_path / "rev00007.dat", tmp_path / "blk00007.dat", tmp_path / "blk00008.dat"
    undo.write_bytes(made_up_undo())
    blocks.write_bytes(framed(made_up_chain()))
    other.write_bytes(framed(made_up_chain()[:1]))
    run("new", tmp_path / "case", "--reference", "R 1")
    said = run("add", tmp_path / "case", undo, "--basis", "warrant 1")
    run("add", tmp_path / "case", other, blocks, "--basis", "warrant 1")
    run("add", tmp_path / "case", undo, "--again", "--basis", "warrant 1")

    assert "add its block file first" in said
    opened = Case(tmp_path / "case")
    assert opened.vault.events("exhibit-read")[-1].body["beside"] == [3]
    assert opened.query("SELECT count(*) AS n FROM transactions WHERE exhibit = 1").to_pylist() == [{"n": 3}]
    assert opened.verify(deep=True) == []
