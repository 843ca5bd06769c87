"""Every setting of a case once: name, type, default, why. Precedence: default < case.toml < UNSPOOF_NAME < flag.

A setting of a case stands in case.toml under [settings], bare or with the reason that a court will ask for:

    long_call_s = 60
    suspect_min_spend_minor = {value = 10000, reason = "selection rule of 4 October"}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unspoof.config.money_settings import MONEY_SETTINGS
from unspoof.config.setting import Setting, SettingValue
from unspoof.config.toml_text import read_toml
from unspoof.errors import BadCase


@dataclass(frozen=True)
class Chosen:
    """A setting's value in one case, where it comes from and why."""

    value: SettingValue
    origin: str
    reason: str


_PER_DAY = 86_400

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "long_call_s",
        60,
        "s",
        "talk time above which a call is 'long'",
        "the Metropolitan Police counted calls of more than one minute in Operation Elaborate",
        0,
        _PER_DAY,
    ),
    # selection of suspects
    Setting(
        "suspect_min_spend_minor",
        10_000,
        "minor unit",
        "a suspect's completed payments must be at least this",
        "the Metropolitan Police took users who spent at least 100 pounds",
        0,
    ),
    Setting(
        "suspect_min_calls",
        0,
        "calls",
        "a suspect must have made at least this many calls",
        "no such rule by default; Dutch police used more than 100 outgoing calls",
        0,
    ),
    Setting(
        "suspect_home_only",
        True,
        "",
        "only users of the home country are selected",
        "users elsewhere are passed to their own police",
    ),
    # reports to calls
    Setting(
        "link_window_s",
        10_800,
        "s",
        "how far a stated time may be from the call",
        "reports are minutes to hours off; wider windows add rivals faster than truth",
        0,
        30 * _PER_DAY,
    ),
    Setting(
        "link_exact_window_s",
        3 * _PER_DAY,
        "s",
        "how far a stated time may be from a call to exactly the victim's number",
        "victims name the wrong day; a whole number leaves few rivals, and a far call scores low",
        0,
        90 * _PER_DAY,
    ),
    Setting(
        "link_unstated_s",
        90 * _PER_DAY,
        "s",
        "how long before the report the call is sought where no time is stated",
        "judgement: most victims report within weeks; the score falls with the length of the search",
        3600,
        3650 * _PER_DAY,
    ),
    Setting(
        "link_prior_ppm",
        500_000,
        "millionths",
        "share of the reports first taken to concern a call that is in the records at all",
        "even odds, with the weight of twenty reports; the reports themselves then correct it",
        1,
        999_999,
    ),
    Setting(
        "link_max_calls",
        10_000,
        "calls",
        "a number called more often than this is linked to no report",
        "such a number is a test line or a switchboard, not a person; and it bounds the work",
        1,
        1_000_000,
    ),
    Setting(
        "link_min_score_ppm",
        500_000,
        "millionths",
        "least probability of a report-call link",
        "a link is stated only where it is likelier than not",
        0,
        1_000_000,
    ),
    # accounts to accounts
    Setting(
        "account_max_holders",
        20,
        "accounts",
        "a thing held by more accounts than this links nobody",
        "a VPN exit or a bank's number is shared by strangers",
        2,
        10_000,
    ),
    Setting(
        "account_max_number_holders",
        5,
        "accounts",
        "a shown or called number used by more accounts than this links nobody",
        "numbers are shared by chance far more often than log-in addresses; it also bounds the pairs",
        2,
        100,
    ),
    Setting(
        "account_repeat_days",
        3,
        "days",
        "days on which both accounts used an address before it counts as repeated",
        "one evening behind the same router is no acquaintance",
        1,
        366,
    ),
    Setting(
        "call_leg_window_s",
        5,
        "s",
        "longest time between the beginnings of two legs of one call",
        "a switch that makes a second leg makes it at once; a look-up on the way takes seconds at most",
        1,
        60,
    ),
    Setting(
        "call_leg_min_score_ppm",
        900_000,
        "millionths",
        "least probability of a call-legs link",
        "a wrong link makes one call of two",
        0,
        1_000_000,
    ),
    Setting(
        "account_min_score_ppm",
        900_000,
        "millionths",
        "least probability of an account-account link",
        "a wrong merge joins two people's calls in one name",
        0,
        1_000_000,
    ),
    # screening of presented numbers
    Setting(
        "abroad_trunks",
        "",
        "",
        "trunks or addresses, as the records name them, that bring calls from other countries' networks; semicolon list",
        "none are known until the case names them; without them no call counts as from abroad",
    ),
    Setting(
        "brand_sources",
        "",
        "",
        "whose a source is: semicolon list of source=brand; a call's source is its account, else its trunk, else its address",
        "none are known until the case names them; the brand is spelt as in the directory",
    ),
    Setting(
        "unallocated_before_days",
        1_096,
        "days",
        "how long before the day of the numbering table a number without provider counts as unallocated for certain",
        "judgement: a block once given is hardly ever taken back, so what is free now was most likely free three years ago",
        0,
        36_525,
    ),
    Setting(
        "unallocated_after_days",
        366,
        "days",
        "how long after the day of the numbering table a number without provider counts as unallocated for certain",
        "judgement: blocks are given out every week, so that a table of more than a year ago proves little",
        0,
        36_525,
    ),
    Setting(
        "source_brands_many",
        3,
        "brands",
        "from how many brands shown by one source on one UTC day its calls are doubtful",
        "judgement: a firm shows its own number, a call centre those of a client or two",
        2,
        1_000,
    ),
    Setting(
        "callback_window_s",
        7 * _PER_DAY,
        "s",
        "how long after a doubtful call a call to the number that it showed counts as ringing back",
        "judgement: people ring back within days; it also bounds what a live service remembers",
        0,
        90 * _PER_DAY,
    ),
    Setting(
        "uk_mobile_check_from",
        0,
        "yyyymmdd",
        "UTC day from which a UK mobile number from abroad needs a roaming check; 0 for never",
        "Ofcom consulted on it from 29 July 2025, and no decision that puts it in force is known",
        0,
        99_991_231,
    ),
    Setting(
        "identity_freshness_s",
        60,
        "s",
        "how far from the time of the call a signature may have been made, before it and after it",
        "RFC 8224 recommends a minute; the time is that of the capture, so clocks of capture and signer must agree",
        0,
        31_622_400,
    ),
    # weights of the parts of a suspect's score, in points at the part's full measure
    Setting(
        "suspect_points_spend",
        20,
        "points",
        "weight of money paid to the service",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting("suspect_points_calls", 10, "points", "weight of calls made", "judgement; review per case", 0, 1000),
    Setting("suspect_points_long", 20, "points", "weight of long calls", "judgement; review per case", 0, 1000),
    Setting(
        "suspect_points_people",
        15,
        "points",
        "weight of people reached by long calls",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "suspect_points_reports",
        15,
        "points",
        "weight of linked reports",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "suspect_points_losses",
        10,
        "points",
        "weight of losses in linked reports",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "suspect_points_recency",
        5,
        "points",
        "weight of recent activity",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "suspect_points_home",
        5,
        "points",
        "weight of calls to the home country",
        "judgement; review per case",
        0,
        1000,
    ),
    # weights of the parts of a victim's place in the order of warning
    Setting("victim_points_long", 30, "points", "weight of long calls received", "judgement; review per case", 0, 1000),
    Setting(
        "victim_points_longest",
        20,
        "points",
        "weight of the longest call",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "victim_points_brand",
        15,
        "points",
        "weight of a known brand's number shown in a long call",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting(
        "victim_points_suspect",
        20,
        "points",
        "weight of a call by a selected suspect",
        "judgement; review per case",
        0,
        1000,
    ),
    Setting("victim_points_report", 10, "points", "weight of a linked report", "judgement; review per case", 0, 1000),
    Setting(
        "victim_points_home",
        5,
        "points",
        "weight of a number of the home country",
        "judgement; review per case",
        0,
        1000,
    ),
    *MONEY_SETTINGS,
)

TABLES = ("case", "settings", "machine", "spark", "chain")
"""Tables of a case.toml; the last three are the machine's (config/machine.py)."""

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class CaseSettings:
    """What case.toml says: the case's own facts and every setting with its origin and reason."""

    reference: str
    home: str
    currency: str
    chosen: Mapping[str, Chosen]

    def __getitem__(self, name: str) -> SettingValue:
        """Return a setting's value; KeyError if there is no such setting."""
        return self.chosen[name].value


def _checked(setting: Setting, value: object, where: str) -> SettingValue:
    wanted = type(setting.default)
    if type(value) is not wanted:
        raise BadCase(f"{setting.name} must be {wanted.__name__}, not {value!r}", where=where)
    if isinstance(value, int) and not isinstance(value, bool):
        if setting.least is not None and value < setting.least:
            raise BadCase(f"{setting.name} = {value} is below {setting.least}", where=where)
        if setting.most is not None and value > setting.most:
            raise BadCase(f"{setting.name} = {value} is above {setting.most}", where=where)
    assert isinstance(value, int | bool | str)  # noqa: S101  narrowed by the check of the type above
    return value


def _from_environment(setting: Setting, text: str) -> SettingValue:
    where = f"UNSPOOF_{setting.name.upper()}"
    if isinstance(setting.default, bool):
        if text.lower() not in {"true", "false", "1", "0"}:
            raise BadCase(f"{text!r} is neither true nor false", where=where)
        return text.lower() in {"true", "1"}
    if isinstance(setting.default, int):
        try:
            return _checked(setting, int(text), where)
        except ValueError:
            raise BadCase(f"{text!r} is not a whole number", where=where) from None
    return text


def _choose(setting: Setting, stated: Mapping[str, Any], environment: Mapping[str, str], where: str) -> Chosen:
    chosen = Chosen(setting.default, "default", setting.reason)
    if setting.name in stated:
        given = stated[setting.name]
        value, reason = (given.get("value"), given.get("reason")) if isinstance(given, dict) else (given, None)
        chosen = Chosen(_checked(setting, value, where), "case.toml", str(reason or "no reason stated in case.toml"))
    variable = f"UNSPOOF_{setting.name.upper()}"
    if variable in environment:
        chosen = Chosen(_from_environment(setting, environment[variable]), variable, f"set by {variable}")
    return chosen


def load_case_settings(
    text: str, where: str = "case.toml", environment: Mapping[str, str] = os.environ
) -> CaseSettings:
    """Read a case.toml.

    Args:
        text: the file's text.
        where: its name for error messages.
        environment: variables named UNSPOOF_ and a setting's name in capitals override the file.

    Raises:
        BadCase: it is no TOML, lacks [case] reference, home or currency, or names an unknown setting or table.

    """
    try:
        document = read_toml(text)
    except ValueError as error:
        raise BadCase(f"not TOML: {error}", where=where) from None
    for name in document:
        if name not in TABLES:
            raise BadCase(f"unknown table [{name}]", where=where, hint=f"Known: {', '.join(TABLES)}.")
    facts, stated = document.get("case", {}), document.get("settings", {})
    if not isinstance(facts, dict) or not isinstance(stated, dict):
        raise BadCase("[case] and [settings] must be tables", where=where)
    for key in ("reference", "home", "currency"):
        if not isinstance(facts.get(key), str) or not facts[key]:
            raise BadCase(f"[case] {key} is missing", where=where, hint="Make the case with 'unspoof new'.")
    for name in stated:
        if name not in BY_NAME:
            raise BadCase(f"unknown setting {name!r}", where=where, hint="docs/settings.md lists all of them.")
    chosen = {s.name: _choose(s, stated, environment, where) for s in SETTINGS}
    return CaseSettings(facts["reference"], facts["home"].upper(), facts["currency"].upper(), chosen)


__all__ = [
    "BY_NAME",
    "SETTINGS",
    "CaseSettings",
    "Chosen",
    "Setting",
    "SettingValue",
    "load_case_settings",
]
