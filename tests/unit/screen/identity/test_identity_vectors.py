"""Signed calls, published and made: each gets the verdict that its source or maker states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unspoof.case import IdentityOptions, verify_identities
from unspoof.model.identity import CHECKS, FAULTS, SIP_CODES
from vectors.passport.passport_vectors_made import MADE, files

VECTORS = Path(__file__).parents[3] / "vectors/passport"
LINES = [json.loads(line) for line in (VECTORS / "made.jsonl").read_text("utf-8").splitlines()]


def _verdict(asked: dict[str, Any], folder: Path, trust: Path = VECTORS / "trust", **options: Any) -> dict[str, Any]:
    file = folder / "asked.jsonl"
    file.write_text(json.dumps(asked) + "\n", encoding="utf-8")
    (row,) = verify_identities(file, IdentityOptions(trust=trust, **options))
    return row


@pytest.mark.parametrize("vector", LINES, ids=lambda v: v["id"])
def test_a_made_call_gets_its_verdict(vector: dict[str, Any], tmp_path: Path) -> None:
    """Verdict, fault, code and the result of the signature are those that the maker states."""
    row = _verdict(vector["line"], tmp_path)
    results = {check["check"]: check["result"] for check in row["checks"]}
    fault = vector["expect"]["fault"]

    found = {"verdict": row["verdict"], "fault": row["fault"], "signature": results["signature"]}
    assert vector["expect"] == found, row["checks"]
    assert row["sip_code"] == (SIP_CODES[fault] if fault else None)
    assert [check["check"] for check in row["checks"]] == list(CHECKS)


def test_every_fault_has_a_made_call() -> None:
    """No fault is without an example."""
    assert set(FAULTS) <= {expect[1] for _, expect in MADE.values()}


def test_the_made_files_are_those_of_their_maker() -> None:
    """Running the maker again gives the same bytes."""
    for name, data in files().items():
        assert (VECTORS / name).read_bytes() == data, name
