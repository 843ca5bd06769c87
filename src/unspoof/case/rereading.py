"""Read every exhibit again as the custody log says it was read, and compare the tables; nothing of the case is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unspoof.case.adding import reading_of
from unspoof.case.beside import with_beside
from unspoof.evidence import Vault
from unspoof.evidence.disk import digest
from unspoof.ingest.containers import CONTAINERS
from unspoof.ingest.reader import Recognised, read_exhibit, with_encoding
from unspoof.ingest.streams import open_unpacked
from unspoof.ingest.system import load_system
from unspoof.model.evidence import Fault


def read_again(vault: Vault, progress: Callable[[str], None]) -> list[Fault]:
    """Return every table file that does not follow from its exhibit, byte for byte.

    Limits: an exhibit that another version of unspoof, Arrow or the numbering plan read may give other bytes for equal
    rows; the fault then names the version that read it.
    """
    found: list[Fault] = []
    newest: dict[int, Mapping[str, Any]] = {}
    for event in vault.events("exhibit-read"):
        body: Mapping[str, Any] = event.body
        newest[int(body["exhibit"])] = body
    with vault.scratch() as scratch:
        for number in sorted(newest):
            exhibit = vault.exhibit(number)
            progress(f"reading {exhibit.label} again")
            found += _compare(vault, newest[number], scratch)
    return found


def _compare(vault: Vault, facts: Mapping[str, Any], scratch: Path) -> list[Fault]:
    number = int(facts["exhibit"])
    folder = scratch / f"exhibit-{number}"
    folder.mkdir()
    path = vault.exhibit_path(number)
    system = load_system((vault.folder / facts["mapping"]).read_text("utf-8"), facts["mapping"])
    container = next(c for c in CONTAINERS if c.name == facts["container"])
    with open_unpacked(path) as stream:
        survey = container.survey(stream, with_encoding(system.options, facts.get("encoding", "")))
    survey = with_beside(vault, survey, facts.get("beside", ()))
    result = read_exhibit(
        path, Recognised(container, system, survey), reading_of(vault, facts, number), folder, lambda _: None
    )
    standing = {p: r.sha256 for p, r in vault.files().items() if f"/exhibit={number}/" in p}
    again = {final: digest(folder / staged).sha256 for final, staged in result.files.items()}
    shutil.rmtree(folder)
    said = f"reading exhibit {number} again (it was read by unspoof {facts['unspoof']}) gives other rows"
    return [Fault(p, said) for p in sorted(standing.keys() | again.keys()) if standing.get(p) != again.get(p)]


__all__ = ["read_again"]
