"""Which sealed files another one is read with: undo data with the block files added before; it reads none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unspoof.evidence import Vault
from unspoof.ingest.container import Survey

_READ_WITH = {"undo": "blocks"}
"""Container -> container of the files that it needs."""
_NUMBER = re.compile(r"(?:blk|rev)(\d+)\.dat")


def found_beside(vault: Vault, container: str, name: str) -> list[int]:
    """Return the exhibits, read so far, that a file of this container is read with.

    Args:
        vault: the case's store.
        container: of the file.
        name: of the file as it was handed over. Bitcoin Core keeps undo data of blkNNNNN.dat in revNNNNN.dat: files with
            other numbers are left out; a file without such a name is read with every one.
    """
    wanted = _READ_WITH.get(container)
    newest: dict[int, Mapping[str, Any]] = {}
    for event in vault.events("exhibit-read"):
        body: Mapping[str, Any] = event.body
        newest[int(body["exhibit"])] = body
    number = _number(name)
    return [
        exhibit
        for exhibit in sorted(newest)
        if newest[exhibit]["container"] == wanted and _fits(number, _number(vault.exhibit(exhibit).name))
    ]


def with_beside(vault: Vault, survey: Survey, exhibits: Sequence[int]) -> Survey:
    """Return a survey that tells the container where those exhibits lie."""
    paths = tuple(str(vault.exhibit_path(exhibit)) for exhibit in exhibits)
    return replace(survey, options=replace(survey.options, beside=paths)) if paths else survey


def _number(name: str) -> str:
    found = _NUMBER.search(name)
    return found[1] if found else ""


def _fits(one: str, other: str) -> bool:
    return not one or not other or one == other


__all__ = ["found_beside", "with_beside"]
