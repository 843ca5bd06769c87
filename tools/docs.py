"""Write the pages of docs/ that follow from the code: settings, commands, tables. `--check` compares instead."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from unspoof.cli import COMMANDS, cli
from unspoof.config import MACHINE_SETTINGS, SETTINGS
from unspoof.live.settings import SETTINGS as LIVE_SETTINGS
from unspoof.live.settings import WEBHOOK_KEYS
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES
from unspoof.model.tables import NORMAL_FORM, QUARANTINE, Table
from unspoof.screen.limits import LIMIT_SETTINGS

DOCS = Path(__file__).parent.parent / "docs"


def settings_page() -> str:
    """Every setting with unit, default, bounds, meaning and the reason for the default."""
    lines = [
        "# Settings of a case",
        "",
        "They stand in `case.toml` under `[settings]`, each bare (`long_call_s = 60`) or with the reason that will be",
        'asked for (`long_call_s = {value = 60, reason = "..."}`). `UNSPOOF_` and the name in capitals overrides the',
        "file. Every figure and finding records the values it used.",
        "",
        "| setting | default | unit | bounds | meaning | why this default |",
        "|---|---|---|---|---|---|",
    ]
    for s in SETTINGS:
        bounds = "" if s.least is None else f"{s.least} to {s.most}" if s.most is not None else f"from {s.least}"
        default = str(s.default).lower() if isinstance(s.default, bool) else s.default
        lines.append(f"| `{s.name}` | {default} | {s.unit} | {bounds} | {s.help} | {s.reason} |")
    lines += [
        "",
        "# Settings of the machine",
        "",
        "No result depends on them: findings are the same bytes on every engine and in whatever memory. They stand in",
        "`case.toml` under the table named; a variable of the environment overrides the file, and `--engine` both.",
        "",
        "| table | setting | variable | default | meaning | example |",
        "|---|---|---|---|---|---|",
    ]
    for m in MACHINE_SETTINGS:
        default = f"`{m.default}`" if m.default != "" else "none"
        lines.append(f"| `[{m.table}]` | `{m.name}` | `{m.variable}` | {default} | {m.help} | `{m.example}` |")
    lines += [
        "",
        "`[spark.conf]` hands Spark settings of its own, whole names in quotes, which override ours:",
        '`"spark.executor.memory" = "16g"`. [scale.md](scale.md) says which matter on a cluster.',
        "",
        "Outside a case: `UNSPOOF_REFERENCE_DIR` is where reference tables for all cases lie; `UNSPOOF_WHO` is the name that",
        "the custody log writes (default: user and host).",
    ]
    return "\n".join(lines) + "\n"


def _usage(command: click.Command, path: str) -> list[str]:
    context = click.Context(command, info_name=path, max_content_width=100)
    lines = [f"## {path}", "", "```text", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            if sub is not None:
                lines += _usage(sub, f"{path} {name}")
    return lines


def commands_page() -> str:
    """The help text of every command."""
    lines = ["# Commands", "", "Exit codes: 0 done, 1 found wrong (a verification that failed), 2 bad input.", ""]
    lines += ["```text", cli.get_help(click.Context(cli, info_name="unspoof", max_content_width=100)), "```", ""]
    for command in COMMANDS:
        lines += _usage(command, f"unspoof {command.name}")
    return "\n".join(lines).rstrip() + "\n"


def tables_page() -> str:
    """Every table of the normal form and of the reference facts, column by column."""
    lines = ["# The normal form", "", "From `src/unspoof/model/tables.py`, which is the authority.", ""]
    for table in (*NORMAL_FORM, QUARANTINE):
        lines += _columns(table)
    lines += [
        "# Reference facts",
        "",
        "From `src/unspoof/model/reference_tables.py`; see [reference.md](reference.md).",
        "",
    ]
    for table in ALL_REFERENCE_TABLES:
        lines += _columns(table)
    return "\n".join(lines).rstrip() + "\n"


def _columns(table: Table) -> list[str]:
    lines = [f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}.", ""]
    lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| `{c.name}` | {c.type} | {c.unit} | {c.meaning} |" for c in table.columns]
    return [*lines, ""]


def live_page() -> str:
    """Every setting of live.toml."""
    lines = [
        "# Settings of the live service",
        "",
        "They stand in a `live.toml`, each in its table; what is not known is refused. Relative paths are relative to the file.",
        "[live.md](live.md) says what they are for.",
        "",
        "| table | setting | default | unit | bounds or choices | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for s in LIVE_SETTINGS:
        bounds = f"{s.least} to {s.most}" if s.least is not None else ", ".join(s.choices)
        default = str(s.default).lower() if isinstance(s.default, bool) else s.default
        shown = f"`{default}`" if default != "" else "none"
        lines.append(f"| `[{s.table}]` | `{s.name}` | {shown} | {s.unit} | {bounds} | {s.help} |")
    lines += [
        "",
        "`[answers.rules]` gives an action by the name of a rule ([screening.md](screening.md)), in place of its level's.",
        "`[rules]` takes the settings of a case that rules read, with the same names and bounds ([settings.md](settings.md)):",
        f"{', '.join(f'`{name}`' for name in LIMIT_SETTINGS)}.",
        "",
        "`[sources.NAME]`: where calls come from. `addresses`, a list of networks in which `srcIp` is sought, the narrowest",
        "first; a request may name the source itself. `abroad`, whether its calls enter from another country. `brand`, whose",
        "own line it is.",
        "",
        "`[webhooks.NAME]`: a receiver of alerts. `allow_networks`, a list of networks that are not public and may be",
        "connected to.",
        "",
        "| setting of a webhook | default | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {default or 'none'} | {help_} |" for name, (default, help_) in WEBHOOK_KEYS.items()]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "live-settings.md": live_page,
    "commands.md": commands_page,
    "tables.md": tables_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that differ."""
    stale = []
    for name, make in PAGES.items():
        page, path = make(), DOCS / name
        if "--check" not in arguments:
            path.write_text(page, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != page:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run: python tools/docs.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
