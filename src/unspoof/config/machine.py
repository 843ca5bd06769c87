"""Settings of the machine that works a case: which engine, how much memory, where a cluster is; no result depends on them.

They stand in case.toml beside the case's own settings, or in the environment, which wins:

    [machine]
    engine = "spark"
    memory_limit = "8GB"

    [spark]
    master = "spark://10.1.2.3:7077"
    store = "s3a://bucket/case-7"

    [spark.conf]
    "spark.executor.memory" = "16g"
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unspoof.config.toml_text import read_toml
from unspoof.errors import BadCase

MachineValue = int | str


@dataclass(frozen=True)
class MachineSetting:
    """One setting of the machine."""

    table: str
    """The table of case.toml that it stands in."""
    name: str
    variable: str
    """The environment variable that overrides the file."""
    default: MachineValue
    help: str
    form: str
    """A regular expression that the whole text must match."""
    example: str
    is_secret: bool = False
    """It stands in no message."""


MACHINE_SETTINGS: tuple[MachineSetting, ...] = (
    MachineSetting(
        "machine",
        "engine",
        "UNSPOOF_ENGINE",
        "duckdb",
        "the engine that works steps out: duckdb, or spark for a case that outgrows one machine",
        "[a-z]{1,20}",
        "duckdb",
    ),
    MachineSetting(
        "machine",
        "memory_limit",
        "UNSPOOF_MEMORY_LIMIT",
        "3GB",
        "what DuckDB may use before it spills to the case's disk; the default keeps 10 million calls below 6 GiB in all",
        "[0-9]{1,6} ?(MB|MiB|GB|GiB)",
        "4GB",
    ),
    MachineSetting(
        "spark",
        "master",
        "UNSPOOF_SPARK_MASTER",
        "local[*]",
        "Spark's master: local[N] for N cores of this machine, spark://HOST:PORT, yarn, or k8s://URL",
        r"local(\[[0-9*]{1,4}\])?|spark://[^\s]{1,400}|yarn|k8s://[^\s]{1,400}",
        "spark://10.1.2.3:7077",
    ),
    MachineSetting(
        "spark",
        "store",
        "UNSPOOF_SPARK_STORE",
        "",
        "folder that Spark's workers read and write, where they cannot see the case's own; a path or a URL",
        r"|/.{0,1000}|[a-z][a-z0-9]{0,9}://.{1,1000}",
        "s3a://bucket/case-7",
    ),
    MachineSetting(
        "spark",
        "wait_s",
        "UNSPOOF_SPARK_WAIT_S",
        120,
        "seconds to wait for the cluster to begin work before giving up",
        "[0-9]{1,5}",
        "120",
    ),
    MachineSetting(
        "chain",
        "source",
        "UNSPOOF_CHAIN_SOURCE",
        "",
        "which node or server `fetch` asks where --from names none; nothing is asked of any network without one of them",
        r"|(esplora|rpc):https?://[^\s]{1,400}",
        "esplora:https://chain.example.org/api",
    ),
    MachineSetting(
        "chain",
        "proxy",
        "UNSPOOF_CHAIN_PROXY",
        "",
        "HTTP proxy through which `fetch` reaches it; no other setting of the machine's is heeded",
        r"|http://[^\s]{1,400}",
        "http://10.1.2.3:3128",
    ),
    MachineSetting(
        "chain",
        "cookie",
        "UNSPOOF_CHAIN_COOKIE",
        "",
        "the cookie file of a Bitcoin Core node, which it writes anew at each start",
        r"|[^\0\n]{1,1000}",
        "/var/lib/bitcoind/.cookie",
    ),
    MachineSetting(
        "chain",
        "user",
        "UNSPOOF_CHAIN_USER",
        "",
        "user name at a node without a cookie file",
        r"|[^\s:]{1,200}",
        "case7",
    ),
    MachineSetting(
        "chain",
        "password",
        "UNSPOOF_CHAIN_PASSWORD",
        "",
        "its password; better in the environment than in case.toml, which is copied with the case",
        r"|[^\0\n]{1,200}",
        "a long one",
        is_secret=True,
    ),
)


@dataclass(frozen=True)
class Machine:
    """What works the case; see MACHINE_SETTINGS for what each field means."""

    engine: str = "duckdb"
    memory_limit: str = "3GB"
    spark_master: str = "local[*]"
    spark_store: str = ""
    spark_wait_s: int = 120
    spark_conf: tuple[tuple[str, str], ...] = ()
    """Further settings of Spark's own, which override ours."""
    chain_source: str = ""
    chain_proxy: str = ""
    chain_cookie: str = ""
    chain_user: str = ""
    chain_password: str = field(default="", repr=False)


def _checked(setting: MachineSetting, value: object, where: str) -> MachineValue:
    shown = "•••" if setting.is_secret else repr(value)
    if type(value) is not type(setting.default):
        wanted = type(setting.default).__name__
        raise BadCase(f"{setting.name} must be {wanted}, not {shown}", where=where)
    if not re.fullmatch(setting.form, str(value)):
        raise BadCase(f"{shown} is no {setting.name}", where=where, hint=f"For example {setting.example}.")
    return int(str(value)) if isinstance(setting.default, int) else str(value)


def _choose(setting: MachineSetting, stated: Mapping[str, Any], environment: Mapping[str, str]) -> MachineValue:
    text = environment.get(setting.variable)
    if text is not None:
        if isinstance(setting.default, int) and not text.isdecimal():
            raise BadCase(f"{text!r} is not a whole number", where=setting.variable)
        value: object = int(text) if isinstance(setting.default, int) else text
        return _checked(setting, value, setting.variable)
    if setting.name in stated:
        return _checked(setting, stated[setting.name], f"case.toml [{setting.table}]")
    return setting.default


def _table(document: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    stated = document.get(table, {})
    known = {setting.name for setting in MACHINE_SETTINGS if setting.table == table}
    known |= {"conf"} if table == "spark" else set()
    if not isinstance(stated, dict):
        raise BadCase(f"[{table}] must be a table", where="case.toml")
    for name in stated:
        if name not in known:
            raise BadCase(f"unknown setting {name!r} in [{table}]", where="case.toml", hint="See docs/settings.md.")
    return stated


def _spark_conf(stated: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    conf = stated.get("conf", {})
    if not isinstance(conf, dict):
        raise BadCase("[spark.conf] must be a table", where="case.toml")
    for name, value in conf.items():
        # A dot outside quotes nests in TOML, so that the name would be cut in two without a word.
        if not name.startswith("spark.") or not isinstance(value, str | int):
            hint = 'Write the whole name in quotes: "spark.executor.memory" = "16g".'
            raise BadCase(f"{name!r} is no setting of Spark's with a value", where="case.toml [spark.conf]", hint=hint)
    return tuple((name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in conf.items())


def load_machine(text: str, environment: Mapping[str, str] = os.environ) -> Machine:
    """Read the machine's settings from a case.toml and the environment.

    Args:
        text: the file's text; it was read as a case's settings before, so that it is TOML.
        environment: the variables of MACHINE_SETTINGS override the file.

    Raises:
        BadCase: a setting is unknown, or its value is none.

    """
    document = read_toml(text)
    stated = {table: _table(document, table) for table in ("machine", "spark", "chain")}
    chosen = {(s.table, s.name): _choose(s, stated[s.table], environment) for s in MACHINE_SETTINGS}
    return Machine(
        engine=str(chosen["machine", "engine"]),
        memory_limit=str(chosen["machine", "memory_limit"]),
        spark_master=str(chosen["spark", "master"]),
        spark_store=str(chosen["spark", "store"]),
        spark_wait_s=int(chosen["spark", "wait_s"]),
        spark_conf=_spark_conf(stated["spark"]),
        **{f"chain_{name}": str(value) for (table, name), value in chosen.items() if table == "chain"},
    )


__all__ = ["MACHINE_SETTINGS", "Machine", "MachineSetting", "load_machine"]
