"""Proofs of transactions in a case: out of block files, of what was fetched, and of nothing; and rows led to their bytes."""

from __future__ import annotations

import bz2
import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chain_kit import BLOCK_170, FIRST_PAYMENT, block_170, esplora, send
from regtest_chain import make_chain
from unspoof.case import Case
from unspoof.cli import cli
from unspoof.errors import UnspoofError

TESTS = Path(__file__).parents[1]
BLOCKS = TESTS / "vectors" / "bitcoin" / "blocks1-255.bz2"
SAMPLES = TESTS / "samples" / "containers"
ETL_ONLY = "0b6461de422c46a221db99608fcbe0326e4f2325ebf2a47c9faf660ed61ee6a4"
"""In the sample of bitcoin-etl's shape, without a block."""


def called(*words: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, [str(word) for word in words])


def run(*words: object) -> str:
    """Run a command that must do well and return what it printed."""
    done = called(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


def new_case(folder: Path, *files: Path) -> Path:
    """Make a case of these files."""
    run("new", folder / "case", "--reference", "R 1")
    if files:
        run("add", folder / "case", *files, "--basis", "warrant 1")
    return folder / "case"


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with the first 255 blocks of the main network, packed, and made-up regtest blocks that are mixed."""
    folder = tmp_path_factory.mktemp("proofs")
    return new_case(folder, BLOCKS, SAMPLES / "blocks" / "blk-mixed.dat")


def checked_by_the_page(file: Path) -> str:
    """Check a written proof with the program that docs/proofs.md prints, in a Python without unspoof."""
    page = (TESTS.parent / "docs" / "proofs.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    done = subprocess.run([sys.executable, "-I", "-c", program, str(file)], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_block_file_proves_its_transactions(blocks: Path, tmp_path: Path) -> None:
    """The first payment ever made is proven out of its block, and the page's own program agrees."""
    out = tmp_path / "proof.json"
    printed = run("prove", blocks, FIRST_PAYMENT.upper(), "--out", out)
    (proof,) = json.loads(out.read_text())["proofs"]

    assert "proven: it is in the block named" in printed
    assert f"block {BLOCK_170}" in printed
    assert {check["result"] for check in proof["checks"]} == {"holds"}
    assert (proof["exhibit"]["basis"], proof["branch"]["place"]) == ("warrant 1", 1)
    assert checked_by_the_page(out) == f"{FIRST_PAYMENT} is in block {BLOCK_170}\n"
    for step in proof["branch"]["steps"]:
        assert all(part in printed for part in step.values())


def test_the_locator_leads_to_the_block_in_the_file(blocks: Path) -> None:
    """The bytes that the proof names, of the unpacked file, begin with the header that it prints."""
    (proof,) = json.loads(run("prove", blocks, FIRST_PAYMENT, "--json"))["proofs"]
    start, end = map(int, re.findall("[0-9]+", proof["locator"])[:2])

    assert proof["locator"].endswith(" of the unpacked file")
    block = bz2.decompress(BLOCKS.read_bytes())[start : end + 1]
    assert block[:80].hex() == proof["header"]["bytes"]
    assert bytes.fromhex(proof["transaction"]["bytes"]) in block


def test_a_mixed_file_of_an_easy_network_is_proven_with_a_caution(blocks: Path, tmp_path: Path) -> None:
    """A regtest block proves what it holds, with its own height, and it is said that anybody could make such a block."""
    (row,) = (
        Case(blocks)
        .query("SELECT DISTINCT txid FROM transactions WHERE height = 3 AND tx_place = 1 AND exhibit = 2")
        .to_pylist()
    )
    txid, out = row["txid"], tmp_path / "proof.json"
    found = json.loads(run("prove", blocks, txid, "--json", "--out", out))

    assert (found["verdict"], found["to_fetch"]) == ("proven", [])
    assert "anybody could make one like it" in found["cautions"][0]
    assert found["proofs"][0]["not_proven"] == []
    assert "height" in found["proofs"][0]["checks"][-1]["because"]
    assert checked_by_the_page(out).startswith(txid)


def test_the_engines_own_blocks_are_proven(tmp_path: Path) -> None:
    """Of a chain that Bitcoin Core's engine made, mixed with a key, the last transactions are proven in the engine's blocks."""
    chain = make_chain(tmp_path / "chain", mixed=True)
    case = new_case(tmp_path, chain.blocks, chain.undo)
    for txid in chain.txids[-6:]:
        found = json.loads(run("prove", case, txid, "--json"))
        (block,) = found["blocks"]
        assert block in chain.hashes
        assert all(one["exhibit"]["container"] == "undo" for one in found["without_proof"])


def fetched(folder: Path, *words: object, fault: Any = None) -> Path:
    """Make a case of what a server told of the first payment."""
    case = new_case(folder)
    with esplora(fault) as server:
        run("fetch", case, "--from", f"esplora:{server.url}", "--txid", FIRST_PAYMENT, "--hops", 0, *words)
    return case


def test_sealed_answers_prove_a_transaction(tmp_path: Path) -> None:
    """The answers are named with what was asked and when, and the page's own program agrees with the proof."""
    case = fetched(tmp_path)
    printed = run("prove", case, FIRST_PAYMENT, "--out", tmp_path / "proof.json")
    found = json.loads((tmp_path / "proof.json").read_text())

    assert [answer["holds"] for answer in found["proofs"][0]["answers"]] == ["transactions", "proof", "header"]
    assert f"/tx/{FIRST_PAYMENT}/merkle-proof, received 20" in printed
    assert found["proofs"][0]["not_proven"] == ["the height: it stands as the exhibit tells it"]
    assert checked_by_the_page(tmp_path / "proof.json") == f"{FIRST_PAYMENT} is in block {BLOCK_170}\n"


def lying(handler: BaseHTTPRequestHandler) -> bool:
    """Answer every question for a branch with one that leads elsewhere."""
    if not handler.path.endswith("/merkle-proof"):
        return False
    send(handler, 200, json.dumps({"block_height": 170, "merkle": ["ab" * 32], "pos": 1}).encode())
    return True


def without_header(handler: BaseHTTPRequestHandler) -> bool:
    """Know no headers."""
    if not handler.path.endswith("/header"):
        return False
    send(handler, 404, b"no")
    return True


def test_a_branch_that_leads_elsewhere_fails(tmp_path: Path) -> None:
    """The command exits 1, names the check and both roots, and still prints the steps."""
    case = fetched(tmp_path, fault=lying)
    done = called("prove", case, FIRST_PAYMENT)

    assert done.exit_code == 1
    assert "fails: a proof of it fails" in done.output
    assert "fails     branch   the branch leads to the root" in done.output
    assert called("prove", case, FIRST_PAYMENT, "--json").exit_code == 1


def test_a_branch_without_header_proves_nothing(tmp_path: Path) -> None:
    """What the branch leads to is said, and that no header says which block it is."""
    done = called("prove", fetched(tmp_path, fault=without_header), FIRST_PAYMENT)

    assert done.exit_code == 0
    assert "not proven: nothing in this case proves it" in done.output
    assert f"unspoof fetch CASE --txid {FIRST_PAYMENT} --proofs --hops 0" in done.output


def test_a_sealed_file_that_was_changed_fails(tmp_path: Path) -> None:
    """One letter in the sealed answers is enough, whatever it is of."""
    case = fetched(tmp_path)
    (sealed,) = (case / "exhibits").rglob("*.jsonl")
    sealed.chmod(0o600)
    sealed.write_bytes(sealed.read_bytes().replace(b"GET /api/tx", b"GET /api/xt", 1))
    done = called("prove", case, FIRST_PAYMENT)

    assert done.exit_code == 1
    assert "fails     exhibit  the sealed file no longer has the SHA-256" in done.output


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with transactions in bitcoin-etl's shape and in a CSV file, and no block."""
    folder = tmp_path_factory.mktemp("tables")
    return new_case(folder, SAMPLES / "coin-json" / "etl.jsonl", SAMPLES / "coin-csv" / "transactions.csv")


def test_without_block_data_nothing_proves_it(tables: Path) -> None:
    """It is said plainly, with what to fetch: the transaction again, or its block by hash."""
    found = json.loads(run("prove", tables, ETL_ONLY, "--json"))
    held = {one["exhibit"]["name"] for one in found["proofs"] + found["without_proof"]}

    assert (found["verdict"], found["says"], found["blocks"]) == ("not proven", "nothing in this case proves it", [])
    assert "etl.jsonl" in held
    assert ETL_ONLY in found["to_fetch"][0]
    assert found["proofs"][0]["stated"]["block_hash"] in found["to_fetch"][-1]


def test_what_no_exhibit_holds_is_bad_input(tables: Path) -> None:
    """Exit 2 for a transaction that is not there, said so where another spends it, and for what is no txid."""
    (row,) = (
        Case(tables)
        .query("SELECT min(spent_txid) AS t FROM transactions WHERE spent_txid NOT IN (SELECT txid FROM transactions)")
        .to_pylist()
    )
    said = [called("prove", tables, asked).exception for asked in (row["t"], "ab" * 32, "x'); --")]

    assert all(isinstance(one, UnspoofError) and one.exit_code == 2 for one in said)
    for one, words in zip(
        said, ("rows of transactions name it", "does not hold the transaction", "is no txid"), strict=True
    ):
        assert words in str(one)


def test_fetch_asks_again_for_what_is_not_proven(tmp_path: Path) -> None:
    """A transaction held without a proof is not asked for, unless proofs are; once proven it is not asked for again."""
    told = tmp_path / "held.json"
    told.write_text(json.dumps(block_170()[1]))
    case = new_case(tmp_path, told)
    assert json.loads(run("prove", case, FIRST_PAYMENT, "--json"))["verdict"] == "not proven"
    with esplora() as server:
        asked = ("fetch", case, "--from", f"esplora:{server.url}", "--txid", FIRST_PAYMENT, "--hops", 0, "--json")
        counts = [json.loads(run(*asked, *more))["fetched"] for more in ((), ("--proofs",), ("--proofs",))]

    assert counts == [0, 1, 0]
    assert json.loads(run("prove", case, FIRST_PAYMENT, "--json"))["verdict"] == "proven"


def test_a_row_of_a_block_file_leads_to_its_bytes(blocks: Path) -> None:
    """Bytes are shown as hex; of a mixed file also as they were before, and these are the output that the row tells."""
    (row,) = (
        Case(blocks)
        .query("SELECT part_id, value_sat FROM transactions WHERE exhibit = 2 AND height = 1 AND side = 'output'")
        .to_pylist()
    )
    shown = json.loads(run("source", blocks, "transactions", row["part_id"], "--json"))
    plain = bytes.fromhex(shown["unmixed_hex"])

    assert int.from_bytes(plain[:8], "little") == row["value_sat"]
    assert shown["hex"] != shown["unmixed_hex"]
    assert shown["unmixed_hex"] in run("source", blocks, "transactions", row["part_id"])
    first = json.loads(run("source", blocks, "transactions", FIRST_PAYMENT, "--json"))
    values = [int.from_bytes(bytes.fromhex(one["hex"])[:8], "little") for one in first["others"]]
    assert values == [10 * 10**8, 40 * 10**8]


def test_a_row_of_json_leads_to_its_bytes(tables: Path, tmp_path: Path) -> None:
    """A line of bitcoin-etl and a sealed answer show the JSON of the very input or output."""
    shown = json.loads(run("source", tables, "transactions", ETL_ONLY, "--json"))
    parts = [shown, *shown["others"]]
    etl = [one for one in parts if one["exhibit"]["name"] == "etl.jsonl" and one["row"]["side"] == "output"]
    assert [json.loads(one["bytes"])["value"] for one in etl] == [one["row"]["value_sat"] for one in etl]
    assert etl

    shown = json.loads(run("source", fetched(tmp_path), "transactions", FIRST_PAYMENT, "--json"))
    for one in [shown, *shown["others"]]:
        part = json.loads(json.loads(f'"{one["bytes"]}"'))
        assert one["row"]["side"] == ("output" if "value" in part else "input")
        assert part.get("value") == one["row"]["value_sat"]
