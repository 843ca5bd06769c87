"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

case_argument = click.argument("case", type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
engine_option = click.option(
    "--engine",
    default="",
    metavar="NAME",
    help="duckdb, or spark at the master of case.toml; both give the same bytes. [default: as the machine is set]",
)
csv_option = click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the rows to this CSV file; - for standard output.",
)


def top_option(default: int) -> Callable[[Command], Command]:
    """Return the --top option with a default; 0 means all."""
    return click.option(
        "--top", type=click.IntRange(min=0), default=default, show_default=True, help="How many rows; 0 for all."
    )


__all__ = ["case_argument", "csv_option", "engine_option", "json_option", "top_option"]
