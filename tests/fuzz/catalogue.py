"""Every fuzz target; a file of targets/ that is not in TARGETS fails the build."""

from __future__ import annotations

from fuzz.target import Target
from fuzz.targets import (
    brands,
    capture,
    capture_container,
    case_toml,
    charsets,
    countries,
    custody,
    delimited,
    durations,
    exhibit,
    json_rows,
    jsonl,
    lines,
    lists,
    money,
    mysqldump,
    number_one,
    numbers,
    passport,
    reference_tables,
    sip_address,
    sip_framing,
    sip_message,
    sql_lint,
    sqldump_cutter,
    streams,
    system_toml,
    times,
    tn_auth_list,
    token_parts,
    xlsx,
    xlsx_rows,
    zones,
)

TARGETS: tuple[Target, ...] = (
    # files as they are seized
    exhibit.TARGET,
    streams.TARGET,
    mysqldump.TARGET,
    sqldump_cutter.TARGET,
    delimited.TARGET,
    jsonl.TARGET,
    json_rows.TARGET,
    lines.TARGET,
    xlsx.TARGET,
    xlsx_rows.TARGET,
    capture.TARGET,
    capture_container.TARGET,
    sip_framing.TARGET,
    sip_message.TARGET,
    sip_address.TARGET,
    # signed calls
    passport.TARGET,
    token_parts.TARGET,
    tn_auth_list.TARGET,
    # cells
    charsets.TARGET,
    countries.TARGET,
    durations.TARGET,
    money.TARGET,
    numbers.TARGET,
    number_one.TARGET,
    times.TARGET,
    zones.TARGET,
    # what users write, and what lies in a case
    brands.TARGET,
    reference_tables.TARGET,
    case_toml.TARGET,
    custody.TARGET,
    lists.TARGET,
    sql_lint.TARGET,
    system_toml.TARGET,
)

BY_NAME = {target.name: target for target in TARGETS}

__all__ = ["BY_NAME", "TARGETS"]
