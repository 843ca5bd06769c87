"""unspoof status."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from unspoof.case import Case, Lack, Measured, Need, Status
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import safe, say_json

_NAMES = {"duckdb": "DuckDB", "spark": "Spark"}


@click.command()
@case_argument
@click.option("--memory", default="", metavar="SIZE", help="What if DuckDB might use so much memory? As 8GB.")
@click.option("--disk", default="", metavar="SIZE", help="What if so much disk were free? As 2TB.")
@json_option
def status(case: Path, memory: str, disk: str, as_json: bool) -> None:
    r"""Say how big a case is, whether its findings are up to date, and what a run would need.

    Nothing is run. Times, memory and disk are estimates from runs that were measured, which are shown beside them.

    \b
    Keys of --json (sizes in bytes, times in seconds, shares in millionths):
      case             its folder
      tables           table, rows, bytes, files, exhibits; one entry a table
      refused_rows     rows in quarantine
      exhibits         sealed, bytes, unread (number, name)
      findings         state (none, current, behind), stand, planned, bytes,
                       again (those that a run would work out), newer_reference
      largest_account  account_id, account_ref, calls, share_ppm; or null
      room             cores, memory_bytes, memory_limit_bytes, disk_free_bytes
      needs            engine, fits, lacks (what, needed, there), run_s, cpu_s,
                       cores, memory_bytes, spill_bytes, findings_bytes, where
                       (measured, below, between, beyond), is_provisional,
                       measured (engine, calls, cores, memory_limit, run_s,
                       cpu_s, peak_mib, spilled_mib, source), measured_without
                       (parts of a run that they lack); one entry an engine
      advice           engine, fits, because, slower, slower_at
      next             the command that comes next
    \b
    Examples:
      unspoof status CASE
      unspoof status CASE --memory 8GB --disk 500GB
      unspoof status CASE --json
    Next: unspoof run CASE
    """
    found = Case(case).status(memory=memory, disk=disk)
    if as_json:
        say_json(_document(case, found))
        return
    for line in _lines(case, found):
        click.echo(line)


def _document(case: Path, found: Status) -> dict[str, Any]:
    made = {"case": str(case), **asdict(found)}
    made["exhibits"]["unread"] = [{"number": e.number, "name": e.name} for e in found.exhibits.unread]
    made["findings"]["state"] = found.findings.state
    return made


def _lines(case: Path, found: Status) -> Iterator[str]:
    yield f"Case {safe(str(case))}"
    yield ""
    yield f"  {'table':<10} {'rows':>15} {'bytes':>10} {'files':>7} {'exhibits':>9}"
    for t in found.tables:
        yield f"  {t.table:<10} {t.rows:>15,} {_size(t.bytes):>10} {t.files:>7,} {t.exhibits:>9,}"
    yield ""
    sealed = found.exhibits
    refused = f"{found.refused_rows:,} of their rows refused"
    yield from _wrapped("Exhibits", f"{sealed.sealed:,} sealed, {_size(sealed.bytes)}; {refused}.")
    for exhibit in sealed.unread:
        yield from _wrapped("", f"NOT READ: {safe(exhibit.label)}; add the same file again.")
    yield from _wrapped("Findings", _findings(found))
    if found.largest_account is not None:
        most = found.largest_account
        share = f"{most.share_ppm / 10_000:.1f}" if most.share_ppm >= 500 else "less than 0.1"
        ref = f"{safe(most.account_ref)}, " if most.account_ref else ""
        text = f"the account with the most calls ({ref}account_id {most.account_id}) made {share} per cent of them,"
        yield from _wrapped("Uneven?", f"{text} {most.calls:,}.")
    yield ""
    if found.tables[0].rows:
        yield from _needs(found)
    else:
        yield "What a run would need is known once the case holds calls."
    yield ""
    yield f"Next: {safe(found.next)}"


def _wrapped(head: str, text: str) -> list[str]:
    """Return a paragraph beside its heading, 80 columns wide; a number is never parted from its unit."""
    held = re.sub(r"(?<=[0-9]) (?=[kMGT]?B\b|s\b|min\b|h\b|M\b)", "\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(held, 80, initial_indent=f"{head:<11}", subsequent_indent=" " * 11, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _findings(found: Status) -> str:
    state = found.findings
    if state.state == "none":
        return "none yet."
    stand = f"{state.stand} stand, {_size(state.bytes)};"
    if state.state == "current":
        return f"{stand} up to date: a run would change nothing."
    names = (
        f" Newer reference facts would be taken: {', '.join(state.newer_reference)}." if state.newer_reference else ""
    )
    return (
        f"{stand} NOT UP TO DATE: exhibits, settings, reference facts or versions have changed. A run would work out "
        f"{len(state.again)} of {state.planned}.{names}"
    )


def _needs(found: Status) -> Iterator[str]:
    calls, room = found.tables[0].rows, found.room
    yield f"What a run of everything would need with {calls:,} calls; estimates"
    yield f"  {'':<24}" + "".join(f"{_NAMES[n.engine] + _provisional(n):>24}" for n in found.needs)
    rows: list[tuple[str, list[str]]] = [
        (f"time on {found.needs[0].cores} cores", [f"about {_time(n.run_s)}" for n in found.needs]),
        ("memory, all processes", [_size(n.memory_bytes) for n in found.needs]),
        ("disk for spilling", [f"up to {_size(n.spill_bytes)}" if n.spill_bytes else "none" for n in found.needs]),
        ("disk for findings", [_size(n.findings_bytes) for n in found.needs]),
        ("fits here", ["yes" if n.fits else "no" for n in found.needs]),
    ]
    for name, cells in rows:
        yield f"  {name:<24}" + "".join(f"{cell:>24}" for cell in cells)
    yield ""
    memory = f"{_size(room.memory_bytes)} of memory, of which DuckDB may use {_size(room.memory_limit_bytes)}"
    free = f"{_size(room.disk_free_bytes)} of disk free beside the case"
    yield from _wrapped("Here", f"{room.cores} cores; {memory}; {free}.")
    for need in found.needs:
        yield from _wrapped("Measured", _measured(need, calls))
    if without := found.needs[0].measured_without:
        lacks = f"all of it was measured WITHOUT {' and '.join(without)}, which a run does: it takes longer, and more memory."
        yield from _wrapped("Too little", lacks)
    yield ""
    advice = found.advice
    said = [_NAMES[advice.engine], *advice.because]
    for need in found.needs:
        for lack in need.lacks:
            amounts = f"needs {_amount(lack, lack.needed)}, has {_amount(lack, lack.there)}"
            said.append(f"{_NAMES[need.engine]} lacks {lack.what}: {amounts}")
    if advice.slower:
        said.append(
            f"On one machine Spark took {advice.slower:.1f} times as long as DuckDB at {advice.slower_at:,} calls:"
            " it is for a cluster, when one machine is not enough"
        )
    yield from _wrapped("Engine", " ".join(f"{text[0].upper()}{text[1:]}." for text in said))


def _measured(need: Need, calls: int) -> str:
    said = {
        "measured": "as measured",
        "between": "between what was measured",
        "below": "below what was measured",
        "beyond": "BEYOND what was measured, by the growth between the two largest sizes: it may be quite otherwise",
    }
    points = ", ".join(_point(p) for p in need.measured)
    at = f"at {calls:,} calls about {_time(need.run_s)}, {said[need.where]}"
    return f"{_NAMES[need.engine]}{_provisional(need)}: {points} on {need.cores} cores; {at}."


def _point(point: Measured) -> str:
    size = f"{point.calls // 10**6:,} M" if point.calls >= 10**6 else f"{point.calls / 10**6:.1f} M"
    return f"{size} {point.run_s:,.1f} s"


def _provisional(need: Need) -> str:
    return " (provisional)" if need.is_provisional else ""


def _amount(lack: Lack, value: int) -> str:
    return _time(value) if lack.what == "time" else _size(value)


def _size(size: int) -> str:
    """Return bytes as people say them: 1,500 -> '1.5 kB'."""
    for unit, one in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size} B"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


__all__ = ["status"]
