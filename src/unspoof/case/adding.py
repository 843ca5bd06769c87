"""Seal a file and read it into the case; an interrupted or repeated `add` completes without doing anything twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

import unspoof
from unspoof.case.beside import found_beside, with_beside
from unspoof.config import CaseSettings
from unspoof.errors import BadRequest
from unspoof.evidence import Vault
from unspoof.evidence.disk import telling
from unspoof.evidence.seal import open_source
from unspoof.ingest.mapping import Mapper, Reading
from unspoof.ingest.reader import ReadResult, Recognised, demand_zone, look, read_exhibit
from unspoof.ingest.system import System, load_system, shipped_systems
from unspoof.model.evidence import Acquisition, Exhibit
from unspoof.parse.numbers import normalise
from unspoof.reference import load_number_ranges

REASONS_KEPT = 20
"""So many reasons of refusal stand in the custody log, the most frequent ones; the quarantine table has them all."""


@dataclass(frozen=True)
class Stated:
    """What the investigator states of a file."""

    format: str = ""
    zone: str = ""
    home: str = ""
    currency: str = ""
    service: str = ""
    acquired: Acquisition = Acquisition.STORED_COPY
    basis: str = ""
    restrictions: tuple[str, ...] = ()
    again: bool = False
    """Read a sealed exhibit once more, as this time it is stated otherwise."""
    encoding: str = ""
    """Character set of the text, where it is not UTF-8 and the format does not say."""


@dataclass(frozen=True)
class Added:
    """What `add` did with one file."""

    exhibit: Exhibit
    format: str
    tables: Mapping[str, Mapping[str, int]]
    reasons: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """What the format maps and the file does not have."""
    notes: tuple[str, ...] = ()
    """What was found out of the file: its character set, its maker."""
    already: bool = False
    """The same bytes were sealed and read before; nothing was done."""
    zone: str = ""


def named_system(name: str) -> System:
    """Return a shipped system by its name, or load the TOML file at that path.

    Raises:
        BadRequest: neither a shipped system nor a file.
        BadMapping: the file is no valid system.
    """
    for system in shipped_systems():
        if system.name == name:
            return system
    path = Path(name)
    if path.is_file():
        try:
            return load_system(path.read_text("utf-8"), path.name)
        except UnicodeDecodeError:
            raise BadRequest("not UTF-8 text", where=path.name) from None
    known = ", ".join(system.name for system in shipped_systems())
    raise BadRequest(f"{name!r} is neither a file nor a known format", where="--format", hint=f"Known: {known}.")


def checked_zone(zone: str) -> str:
    """Return a zone's name if it exists in the IANA database; BadRequest if not."""
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(
            f"{zone!r} is no time zone", where="--zone", hint="Use an IANA name such as Europe/London or UTC."
        ) from None
    return zone


def add_file(
    vault: Vault, settings: CaseSettings, source: Path, stated: Stated, progress: Callable[[int], None]
) -> Added:
    """Seal one file and read it; the vault must be locked.

    Args:
        vault: the case's store.
        settings: the case's settings: home country and currency where none are stated.
        source: the file.
        stated: how it was acquired and how it is to be read.
        progress: told how many rows have been read so far.

    Raises:
        BadExhibit, UnknownFormat, NoZone, BadMapping, BadRequest: nothing was sealed.
    """
    checked_zone(stated.zone)
    with open_source(source):  # says what is wrong with a folder, a pipe, a file that may not be read
        pass
    found = look(source, named_system(stated.format) if stated.format else None, stated.encoding)
    facts = _facts(found, settings, stated)
    _check_places(found.system, facts)
    demand_zone(source.name, Mapper(found.system, found.survey, reading_of(vault, facts, 0)))
    exhibit, _ = vault.seal(
        source, acquired=stated.acquired, basis=stated.basis, restrictions=stated.restrictions, extra={}
    )
    if (known := _read_before(vault, exhibit)) is not None and not stated.again:
        return known
    facts["beside"] = found_beside(vault, found.container.name, exhibit.name)
    found = replace(found, survey=with_beside(vault, found.survey, facts["beside"]))
    staged = vault.stage()
    with telling(vault.folder):  # a disk that is full
        result = read_exhibit(
            vault.exhibit_path(exhibit.number), found, reading_of(vault, facts, exhibit.number), staged, progress
        )
    body = {"exhibit": exhibit.number, **facts, **_counts(result)}
    removed = [p for p in _files_of_exhibit(vault, exhibit) if p not in result.files]
    (staged / "mapping.toml").write_text(found.system.text, "utf-8")
    vault.commit("exhibit-read", body, staged, {**result.files, facts["mapping"]: "mapping.toml"}, removed)
    return _added(exhibit, body)


def _check_places(system: System, facts: Mapping[str, Any]) -> None:
    """Refuse a currency that is no code, and any home country without a numbering plan, before a file is sealed."""
    if not re.fullmatch("[A-Z]{3}", facts["currency"]):
        raise BadRequest(f"{facts['currency']!r} is no three-letter currency code", where="--currency", hint="As GBP.")
    ranges = load_number_ranges()
    own = {spec.home for one in system.tables for filled in one.fields for spec in filled.specs}
    for place, homes in (("--home", {facts["home"]}), (f"system {system.name}", {system.home, *own} - {""})):
        for home in sorted(homes):
            try:
                normalise(pa.array([""], pa.string()), ranges, home)
            except BadRequest as error:
                raise BadRequest(error.problem, where=place, hint=error.hint) from None


def _facts(found: Recognised, settings: CaseSettings, stated: Stated) -> dict[str, Any]:
    return {
        "format": found.system.name,
        "container": found.container.name,
        "mapping": f"reference/mapping-{found.system.sha256[:12]}.toml",
        "unspoof": unspoof.__version__,
        "zone": found.system.zone or stated.zone,
        "home": (stated.home or settings.home).upper(),
        "currency": (stated.currency or settings.currency).upper(),
        "service": stated.service or found.system.service,
        "encoding": stated.encoding,
        "notes": list(found.survey.notes),
    }


def reading_of(vault: Vault, facts: Mapping[str, Any], exhibit: int) -> Reading:
    """Return how an exhibit is read, from what the custody log says of it."""
    ranges = load_number_ranges()
    return Reading(
        exhibit=exhibit,
        zone=facts["zone"],
        home=facts["home"],
        currency=facts["currency"],
        service=facts["service"],
        key=vault.key,
        numbers=lambda raw, home: normalise(raw, ranges, home),
    )


def _counts(result: ReadResult) -> dict[str, Any]:
    return {
        "tables": {
            name: {"read": t.read, "kept": t.kept, "refused": t.refused, "passed_over": t.passed_over}
            for name, t in sorted(result.tallies.items())
        },
        "reasons": dict(sorted(result.reasons.items(), key=lambda r: (-r[1], r[0]))[:REASONS_KEPT]),
        "faults": result.faults,
        "unmapped": list(result.unmapped),
        "absent": list(result.absent),
    }


def _read_before(vault: Vault, exhibit: Exhibit) -> Added | None:
    for event in reversed(vault.events("exhibit-read")):
        if event.body["exhibit"] == exhibit.number:
            return _added(exhibit, event.body, already=True)
    return None


def _files_of_exhibit(vault: Vault, exhibit: Exhibit) -> list[str]:
    part = f"/exhibit={exhibit.number}/"
    return [path for path in sorted(vault.files()) if part in path]


def _added(exhibit: Exhibit, body: Mapping[str, Any], *, already: bool = False) -> Added:
    return Added(
        exhibit,
        str(body["format"]),
        body["tables"],
        body["reasons"],
        tuple(body["faults"]),
        tuple(body["unmapped"]),
        tuple(body.get("absent", ())),
        tuple(body["notes"]),
        already,
        str(body["zone"]),
    )


__all__ = ["Added", "Stated", "add_file", "checked_zone", "named_system", "reading_of"]
