"""Making a seizure: the same bytes each time, the files that were promised, clear errors."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest

from unspoof.errors import BadRequest
from unspoof.synth import Seizure, make


def prints(folder: Path) -> dict[str, str]:
    """Return the hash of every file by its path in the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    """Two makings with the same arguments are equal to the byte in every file; another seed changes the dump."""
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    make(first, calls=1_500, seed=5)
    make(second, calls=1_500, seed=5)
    make(other, calls=1_500, seed=6)

    assert prints(first) == prints(second)
    assert prints(first)["shop/magnusbilling.sql"] != prints(other)["shop/magnusbilling.sql"]


def test_files_are_there(middling: Seizure) -> None:
    """A seizure has the dump, the chain with its tags, reports, the partner's list and format, brands, commands, truth."""
    assert sorted(prints(middling.folder)) == [
        "HOWTO.txt",
        "brands.csv",
        "chain/actors.yaml",
        "chain/prices.csv",
        "chain/tags.yaml",
        "chain/transactions.jsonl",
        "reports/action_fraud.csv",
        "reports/partner.csv",
        "reports/partner.toml",
        "shop/magnusbilling.sql",
        "truth/account_wallets.csv",
        "truth/coinjoins.csv",
        "truth/crews.csv",
        "truth/figures.json",
        "truth/flows.csv",
        "truth/partner_calls.csv",
        "truth/payments_chain.csv",
        "truth/people.csv",
        "truth/report_calls.csv",
        "truth/services.csv",
        "truth/shared.csv",
        "truth/suspects.csv",
        "truth/wallets.csv",
    ]
    assert [file.path.name for file in middling.files] == [
        "magnusbilling.sql",
        "action_fraud.csv",
        "transactions.jsonl",
    ]
    assert [file.zone for file in middling.files] == ["", "Europe/London", ""]
    assert middling.partner is not None
    assert middling.partner.format == middling.folder / "reports" / "partner.toml"


def test_howto_names_every_file(middling: Seizure) -> None:
    """HOWTO.txt adds each file once, by a path relative to the folder."""
    text = (middling.folder / "HOWTO.txt").read_text(encoding="utf-8")

    assert text.count("unspoof add case shop/magnusbilling.sql --acquired stored-copy") == 1
    assert text.count("unspoof add case reports/action_fraud.csv --zone Europe/London --acquired voluntary") == 1
    assert text.count("unspoof add case reports/partner.csv --format reports/partner.toml") == 1
    assert str(middling.folder) not in text


def test_partner_format_names_the_headings(middling: Seizure) -> None:
    """Every column that the partner's format maps is a heading of the partner's file."""
    assert middling.partner is not None
    assert middling.partner.format is not None
    mapped = tomllib.loads(middling.partner.format.read_text(encoding="utf-8"))["table"]["reports"].values()
    names = [cell if isinstance(cell, str) else cell["column"] for cell in mapped]
    flat = [name for cell in names for name in (cell if isinstance(cell, list) else [cell])]
    headings = middling.partner.path.read_text(encoding="utf-8").split("\n")[0].replace('"', "").split(";")

    assert set(flat) <= set(headings)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_packed_dump_holds_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """A packed dump unpacks to the plain one."""
    plain = make(tmp_path / "plain", calls=1_000, seed=1).files[0].path.read_bytes()
    packed = make(tmp_path / "packed", calls=1_000, seed=1, compress=suffix).files[0].path

    assert packed.name == f"magnusbilling.sql.{suffix}"
    if suffix == "gz":
        assert gzip.decompress(packed.read_bytes()) == plain
    else:
        with pa.input_stream(str(packed), compression="zstd") as stream:
            assert stream.read() == plain


@pytest.mark.parametrize("home", ["AU", "FR", "IE", "NL", "SE", "US"])
def test_other_homes(tmp_path: Path, home: str) -> None:
    """Each country that can be home gets reports in its own zone."""
    seizure = make(tmp_path / "case", calls=1_000, seed=2, home=home)
    sheet = seizure.files[1].path.read_text(encoding="utf-8")

    assert seizure.home == home
    assert "/" in seizure.files[1].zone
    assert sheet.count("NFRC") == 60


def test_no_reports(tmp_path: Path) -> None:
    """A seizure without reports has a sheet of headings alone."""
    seizure = make(tmp_path / "case", calls=1_000, seed=2, reports=0)

    assert seizure.files[1].path.read_text(encoding="utf-8").count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"calls": 999, "seed": 1}, "calls = 999 is not between 1000 and 100000000"),
        ({"calls": 1_000, "seed": -1}, "seed = -1 is not between 0 and 9223372036854775807"),
        ({"calls": 1_000, "seed": 1, "accounts": 19}, "accounts = 19 is not between 20 and 1000"),
        ({"calls": 1_000, "seed": 1, "reports": -1}, "reports = -1 is not between 0 and 1000000"),
        ({"calls": 1_000, "seed": 1, "home": "XX"}, "'XX' cannot be home"),
        ({"calls": 1_000, "seed": 1, "compress": "rar"}, "unknown compression 'rar'"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: dict[str, object], problem: str) -> None:
    """An argument out of range is refused by name, and nothing is written."""
    with pytest.raises(BadRequest) as caught:
        make(tmp_path / "case", **arguments)  # type: ignore[arg-type]

    assert caught.value.problem == problem
    assert not (tmp_path / "case").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds something is refused, and stays as it was."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(BadRequest, match="there is something already"):
        make(tmp_path, calls=1_000, seed=1)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_memory_is_bounded_by_the_batch(tmp_path: Path) -> None:
    """Four times the calls take less than twice the memory."""
    code = (
        "import sys,resource;from pathlib import Path;from unspoof.synth import make;"
        "make(Path(sys.argv[1]),calls=int(sys.argv[2]),seed=1);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    used = [
        int(subprocess.run([sys.executable, "-c", code, tmp_path / size, size], capture_output=True, check=True).stdout)
        for size in ("100000", "400000")
    ]

    assert used[1] < 2 * used[0]
