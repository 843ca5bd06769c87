"""Which rows of requests become files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from unspoof.case.requesting import write_requests
from unspoof.errors import BadRequest


def _row(txid: str, *, is_dust: bool) -> dict[str, Any]:
    texts = (
        "service",
        "service_name",
        "jurisdiction",
        "address",
        "tag_source",
        "because",
        "case_reference",
        "tag_on",
        "class",
    )
    known = {"legal_entity": None, "direction": "withdrawal from", "place": 0, "value_sat": 546 if is_dust else 50_000}
    more = {"height": 7, "block_at": dt.datetime(2021, 9, 11), "tag_level": 50, "hops": 2, "disputed_with": None}  # noqa: DTZ001
    return {**dict.fromkeys(texts, "made up"), **known, **more, "txid": txid, "is_dust": is_dust}


def test_no_letter_asks_about_dust(tmp_path: Path) -> None:
    """Spreadsheet and letter hold the other output alone; where there is nothing else, no file is written."""
    dust, other = _row("ab" * 32, is_dust=True), _row("cd" * 32, is_dust=False)
    files = write_requests([other, dust], "GB", tmp_path / "some")

    assert [path.suffix for path in files] == [".csv", ".txt"]
    assert all("cd" * 32 in text and "ab" * 32 not in text for text in (path.read_text("utf-8") for path in files))
    with pytest.raises(BadRequest, match="nothing to ask"):
        write_requests([dust], "GB", tmp_path / "none")
