"""Every setting of the live service once, and how a live.toml is read; nothing is started here.

A live.toml has tables of these settings, one table for each source of calls, and one for each receiver of alerts:

    [service]
    listen = "127.0.0.1:8080"
    [answers.rules]
    drama = "label"
    [sources.transit-1]
    addresses = ["192.0.2.0/24"]
    abroad = true
    [webhooks.desk]
    url = "https://desk.example.org/alerts"
    secret_file = "desk.secret"

What is not known is refused, so that a misspelt limit does not silently fail to hold.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unspoof.config.toml_text import read_toml
from unspoof.errors import BadRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Value = bool | int | str
_MOST_SAID = 400

ACTIONS = ("allow", "label", "refuse")
"""What the answer advises, weakest first. The switch does it or not: the service itself touches no call."""
LEVELS_OF_ALERT = ("notice", "doubtful", "false", "none")


@dataclass(frozen=True)
class LiveSetting:
    """One setting of live.toml."""

    table: str
    name: str
    default: Value
    unit: str
    help: str
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()


def _action(name: str, default: str, help_: str) -> LiveSetting:
    return LiveSetting("answers", name, default, "", help_, choices=ACTIONS)


SETTINGS: tuple[LiveSetting, ...] = (
    LiveSetting("service", "listen", "127.0.0.1:8080", "", "address and port; port 0 takes any free one"),
    LiveSetting("service", "workers", 1, "processes", "processes that answer; one a core", 1, 256),
    LiveSetting("service", "home", "GB", "", "ISO 3166 code of the country in whose way national numbers are read"),
    LiveSetting("service", "trust", "", "", "folder of PEM files whose certificates are trusted; empty: none is"),
    LiveSetting(
        "service",
        "certificates",
        "",
        "",
        "folder of certificates by address (docs/signed-calls.md); empty: trusted ones alone",
    ),
    LiveSetting("service", "state", "unspoof-live", "", "folder for the outbox and the counters; on a local disk"),
    LiveSetting(
        "service",
        "reload_s",
        5,
        "s",
        "how often reference data and trust are looked at for changes; 0: on SIGHUP",
        0,
        3600,
    ),
    LiveSetting(
        "service", "grace_s", 10, "s", "how long requests may take to finish when the service is stopped", 1, 600
    ),
    LiveSetting(
        "service", "hang_s", 15, "s", "a worker that has not stirred for this long is killed and replaced", 2, 600
    ),
    LiveSetting("identity", "freshness_s", 60, "s", "how far a token's iat may be from the call", 0, 31_622_400),
    LiveSetting("identity", "strict", False, "", "whether oddities are faults"),
    LiveSetting(
        "identity", "fetch", False, "", "fetch certificates that are not at hand; needs [service] certificates"
    ),
    LiveSetting("identity", "fetch_wait_ms", 500, "ms", "how long a call waits for its certificate", 0, 5000),
    LiveSetting("limits", "body_bytes", 65_536, "bytes", "largest request body", 1024, 16_777_216),
    LiveSetting("limits", "body_s", 5, "s", "how long a client may take to send a request", 1, 60),
    LiveSetting("limits", "numbers", 1000, "numbers", "most numbers in one request for screening", 1, 100_000),
    LiveSetting("limits", "identities", 8, "headers", "most Identity headers of one call", 1, 64),
    LiveSetting("limits", "rate", 1000, "requests/s", "lasting rate of one client; 0: no limit", 0, 1_000_000),
    LiveSetting(
        "limits", "burst", 2000, "requests", "requests that one client may send at once above the rate", 1, 1_000_000
    ),
    LiveSetting("limits", "connections", 1000, "connections", "most connections of one worker", 1, 100_000),
    LiveSetting("limits", "streams", 16, "connections", "most readers of the stream of findings, a worker", 0, 10_000),
    LiveSetting(
        "access", "tokens", "", "", "file of 'NAME SHA256-OF-THE-TOKEN' lines; with it, every request needs a token"
    ),
    LiveSetting("access", "open", False, "", "allow listening on an address that is not loopback without tokens"),
    LiveSetting("access", "tls_certificate", "", "", "PEM file; with tls_key, the service speaks HTTPS alone"),
    LiveSetting("access", "tls_key", "", "", "PEM file"),
    _action("plausible", "allow", "what is advised where nothing speaks against the number"),
    _action("doubtful", "label", "what is advised where the number is doubtful"),
    _action("false", "refuse", "what is advised where the number cannot be the caller's"),
    _action("failed", "label", "what is advised where a signature is there and fails"),
    _action("unverifiable", "allow", "what is advised where a signature is there and cannot be judged"),
    _action("unsigned", "allow", "what is advised where no signature is there"),
    LiveSetting("answers", "refuse_code", 608, "", "SIP status that is advised with 'refuse' (RFC 8688)", 400, 699),
    LiveSetting("answers", "label_doubtful", "Caller number in doubt", "", "words for a number in doubt"),
    LiveSetting("answers", "label_false", "Caller number is false", "", "words for a false number"),
    LiveSetting("answers", "label_failed", "Caller signature is false", "", "words for a signature that fails"),
    LiveSetting(
        "answers",
        "time_window_s",
        0,
        "s",
        "refuse to verify where 'time' is further than this from now; 0: any",
        0,
        86_400,
    ),
    LiveSetting(
        "alerts", "level", "doubtful", "", "least level of a finding that makes an alert", choices=LEVELS_OF_ALERT
    ),
    LiveSetting(
        "alerts",
        "brands",
        "any",
        "",
        "which calls that show a brand's number from elsewhere make an alert: any; known: only where sources of that brand "
        "are named; none",
        choices=("any", "known", "none"),
    ),
    LiveSetting("alerts", "failed", True, "", "whether a signature that fails makes an alert"),
    LiveSetting("alerts", "wait_ms", 500, "ms", "how long an answer waits for its alert to be on the disk", 0, 10_000),
    LiveSetting(
        "alerts", "pending", 10_000, "alerts", "most alerts of one worker that wait for the disk", 1, 1_000_000
    ),
    LiveSetting("alerts", "retention_days", 30, "days", "how long an alert that everybody has is kept", 1, 3650),
    LiveSetting(
        "alerts",
        "most",
        1_000_000,
        "alerts",
        "most alerts kept; beyond, the oldest that everybody has go early",
        100,
        10**9,
    ),
    LiveSetting("alerts", "heartbeat_s", 15, "s", "how often a silent stream says that it is alive", 1, 300),
)
_TABLES = tuple(dict.fromkeys(setting.table for setting in SETTINGS))

WEBHOOK_KEYS: Mapping[str, tuple[Value, str]] = {
    "url": ("", "where alerts are sent; https, or http to a network of allow_networks"),
    "secret_file": ("", "file whose content, without white space at the ends, signs each request"),
    "timeout_s": (10, "how long one attempt may take"),
    "attempts": (20, "attempts before an alert is given up; with the delays below about a day"),
    "first_delay_s": (2, "delay after the first failure; it doubles with each"),
    "most_delay_s": (7200, "longest delay between attempts"),
}
"""Settings of one [webhooks.NAME] with default and meaning; allow_networks is a list of networks beside them."""


@dataclass(frozen=True)
class Source:
    """What is known of where calls come from."""

    name: str
    networks: tuple[Network, ...] = ()
    """Addresses (srcIp of the request) that are this source."""
    abroad: bool | None = None
    """Whether its calls enter from another country."""
    brand: str | None = None
    """The brand whose own line this is."""


@dataclass(frozen=True)
class Webhook:
    """One receiver of alerts."""

    name: str
    url: str
    secret_file: Path
    timeout_s: int
    attempts: int
    first_delay_s: int
    most_delay_s: int
    allow_networks: tuple[Network, ...] = ()
    """Networks that are not public and yet may be connected to."""


@dataclass(frozen=True)
class LiveSettings:
    """A live.toml, checked."""

    values: Mapping[tuple[str, str], Value]
    rules: Mapping[str, str] = field(default_factory=dict)
    """Action by name of rule, in place of what the level of its finding says."""
    sources: tuple[Source, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    judging: Mapping[str, Value] = field(default_factory=dict)
    """Settings of a case that rules read ([rules])."""

    def number(self, table: str, name: str) -> int:
        """Return a whole number."""
        value = self.values[table, name]
        assert isinstance(value, int)  # noqa: S101  by its default's type
        return value

    def text(self, table: str, name: str) -> str:
        """Return a text."""
        return str(self.values[table, name])

    def address(self) -> tuple[str, int]:
        """Return the host and port to listen on."""
        host, _, port = self.text("service", "listen").rpartition(":")
        return host.strip("[]"), int(port)


def _bad(problem: str, where: str, hint: str = "") -> BadRequest:
    return BadRequest(problem[:_MOST_SAID], where=where[:_MOST_SAID], hint=hint)


def _checked(setting: LiveSetting, value: object, where: str) -> Value:
    place = f"{where} [{setting.table}] {setting.name}"
    if type(value) is not type(setting.default):
        raise _bad(f"must be {type(setting.default).__name__}, not {value!r}", place)
    if isinstance(value, int) and not isinstance(value, bool):
        _in_bounds(value, setting.least, setting.most, place)
    if setting.choices and value not in setting.choices:
        raise _bad(f"{value!r} is not known", place, f"Known: {', '.join(setting.choices)}.")
    if setting.name.startswith("label_") and not re.fullmatch(r"[ -~]{0,80}", str(value)):
        raise _bad("must be up to 80 printable ASCII characters, as it goes into a SIP header", place)
    if isinstance(value, str) and not value.isprintable():
        raise _bad("must be printable text", place)
    assert isinstance(value, bool | int | str)  # noqa: S101  by the type of the default
    return value


def _in_bounds(value: int, least: int | None, most: int | None, place: str) -> None:
    if (least is not None and value < least) or (most is not None and value > most):
        raise _bad(f"{value} is not between {least} and {most}", place)


def _networks(given: object, place: str) -> tuple[Network, ...]:
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise _bad('must be a list of networks such as "192.0.2.0/24"', place)
    try:
        return tuple(ipaddress.ip_network(text) for text in given)
    except ValueError as error:
        raise _bad(str(error), place) from None


def _only(given: Mapping[str, object], known: tuple[str, ...], place: str) -> None:
    for name in given:
        if name not in known:
            raise _bad(f"unknown setting {name!r}", place, f"Known: {', '.join(known)}.")


def _source(name: str, given: Mapping[str, Any], where: str) -> Source:
    place = f"{where} [sources.{name}]"
    _only(given, ("addresses", "abroad", "brand"), place)
    abroad, brand = given.get("abroad"), given.get("brand")
    if abroad is not None and not isinstance(abroad, bool):
        raise _bad("abroad must be true or false", place)
    if brand is not None and (not isinstance(brand, str) or not brand):
        raise _bad("brand must be a name", place)
    return Source(name, _networks(given.get("addresses", []), place), abroad, brand)


def _webhook(name: str, given: Mapping[str, Any], where: str, folder: Path) -> Webhook:
    place = f"{where} [webhooks.{name}]"
    _only(given, (*WEBHOOK_KEYS, "allow_networks"), place)
    values = {key: given.get(key, default) for key, (default, _) in WEBHOOK_KEYS.items()}
    for key, (default, _) in WEBHOOK_KEYS.items():
        if type(values[key]) is not type(default):
            raise _bad(f"{key} must be {type(default).__name__}", place)
        if isinstance(default, int):
            _in_bounds(values[key], 1, 86_400, f"{place} {key}")
    if not re.fullmatch(r"https?://[!-~]+", values["url"]):
        raise _bad("url must be an http or https address", place)
    if not values["secret_file"].isprintable():
        raise _bad("secret_file must be printable text", place)
    if not values["secret_file"]:
        raise _bad("secret_file is missing", place, "Make one: head -c 32 /dev/urandom | base64 > desk.secret")
    networks = _networks(given.get("allow_networks", []), place)
    return Webhook(name, **{**values, "secret_file": folder / values["secret_file"]}, allow_networks=networks)


def _tables(document: Mapping[str, Any], name: str, where: str) -> dict[str, Mapping[str, Any]]:
    given = document.get(name, {})
    if not isinstance(given, dict) or not all(isinstance(value, dict) for value in given.values()):
        raise _bad(f"[{name}] must hold tables", where)
    for key in given:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", key):
            raise _bad(f"{key!r} is no name of letters, digits, '.', '_' and '-'", f"{where} [{name}]")
    return given


def _rules(document: Mapping[str, Any], where: str) -> dict[str, str]:
    given = document.get("answers", {})
    rules = given.get("rules", {}) if isinstance(given, dict) else {}
    if not isinstance(rules, dict):
        raise _bad("[answers.rules] must be a table", where)
    for rule, action in rules.items():
        if action not in ACTIONS:
            raise _bad(f"{action!r} is not known", f"{where} [answers.rules] {rule}", f"Known: {', '.join(ACTIONS)}.")
    return rules


def _values(document: Mapping[str, Any], where: str) -> dict[tuple[str, str], Value]:
    values = {(setting.table, setting.name): setting.default for setting in SETTINGS}
    for setting in SETTINGS:
        given = document.get(setting.table, {})
        if not isinstance(given, dict):
            raise _bad(f"[{setting.table}] must be a table", where)
        names = tuple(s.name for s in SETTINGS if s.table == setting.table)
        _only(given, (*names, "rules") if setting.table == "answers" else names, f"{where} [{setting.table}]")
        if setting.name in given:
            values[setting.table, setting.name] = _checked(setting, given[setting.name], where)
    return values


def load_live_settings(
    text: str, where: str = "live.toml", folder: Path = Path(), given: Mapping[str, Value | None] | None = None
) -> LiveSettings:
    """Read a live.toml.

    Args:
        text: the file's text; empty for the defaults.
        where: its name for error messages.
        folder: what relative paths in it are relative to.
        given: settings of [service] that the command line states, which override the file; None is not stated.

    Raises:
        BadRequest: it is no TOML, or a setting is unknown, of the wrong kind or out of bounds; the message names it.

    """
    try:
        document = read_toml(text)
    except ValueError as error:
        raise _bad(f"not TOML: {error}", where) from None
    _only(document, (*_TABLES, "sources", "webhooks", "rules"), where)
    values = _values(document, where)
    for table, name in (
        ("service", "trust"),
        ("service", "certificates"),
        ("service", "state"),
        *(("access", n) for n in _FILES),
    ):
        if values[table, name]:
            values[table, name] = str((folder / str(values[table, name])).absolute())
    for name, value in (given or {}).items():
        if value is not None:
            setting = next(s for s in SETTINGS if (s.table, s.name) == ("service", name))
            values["service", name] = _checked(setting, value, "command line")
    settings = LiveSettings(
        values,
        _rules(document, where),
        tuple(_source(name, table, where) for name, table in _tables(document, "sources", where).items()),
        tuple(_webhook(name, table, where, folder) for name, table in _tables(document, "webhooks", where).items()),
        _judging(document, where),
    )
    _safe(settings, where)
    return settings


_FILES = ("tokens", "tls_certificate", "tls_key")


def _judging(document: Mapping[str, Any], where: str) -> dict[str, Value]:
    given = document.get("rules", {})
    if not isinstance(given, dict) or not all(isinstance(value, bool | int | str) for value in given.values()):
        raise _bad("[rules] must be a table of settings", where)
    return given


def _safe(settings: LiveSettings, where: str) -> None:
    """Refuse to serve strangers by mistake."""
    try:
        host, port = settings.address()
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise _bad("listen must be ADDRESS:PORT with a numeric address, [ADDRESS]:PORT for IPv6", where) from None
    if not 0 <= port <= 65_535:
        raise _bad(f"there is no port {port}", where)
    if settings.values["identity", "fetch"] and not settings.text("service", "certificates"):
        raise _bad("fetch needs a folder to keep certificates in", f"{where} [identity]", "Set [service] certificates.")
    if bool(settings.text("access", "tls_certificate")) != bool(settings.text("access", "tls_key")):
        raise _bad("tls_certificate and tls_key go together", f"{where} [access]")
    if not loopback and not settings.text("access", "tokens") and not settings.values["access", "open"]:
        raise _bad(
            f"{host} can be reached from elsewhere, and no tokens are set",
            f"{where} [service] listen",
            "Set [access] tokens, or open = true where the network itself keeps strangers out.",
        )


__all__ = [
    "ACTIONS",
    "LEVELS_OF_ALERT",
    "SETTINGS",
    "WEBHOOK_KEYS",
    "LiveSetting",
    "LiveSettings",
    "Network",
    "Source",
    "Value",
    "Webhook",
    "load_live_settings",
]
