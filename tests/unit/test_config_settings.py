"""Settings: precedence, bounds, and what a broken case.toml says."""

from __future__ import annotations

import pytest

from unspoof.config import SETTINGS, load_case_settings
from unspoof.errors import BadCase

FACTS = '[case]\nreference = "R 1"\nhome = "gb"\ncurrency = "gbp"\n'


def test_defaults_carry_their_reason() -> None:
    """A setting that the case does not state has its default and the reason for it."""
    made = load_case_settings(FACTS, environment={})

    assert made.home == "GB"
    assert made["long_call_s"] == 60
    assert made.chosen["long_call_s"].origin == "default"
    assert "Metropolitan" in made.chosen["long_call_s"].reason


def test_the_case_overrides_the_default_and_the_environment_overrides_the_case() -> None:
    """Default < case.toml < environment, and the origin says which."""
    text = FACTS + '[settings]\nlong_call_s = {value = 300, reason = "as the NCA counted"}\n'

    assert load_case_settings(text, environment={}).chosen["long_call_s"].reason == "as the NCA counted"
    made = load_case_settings(text, environment={"UNSPOOF_LONG_CALL_S": "120"})
    assert made["long_call_s"] == 120
    assert made.chosen["long_call_s"].origin == "UNSPOOF_LONG_CALL_S"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("long_call_s = -1", "below 0"),
        ("long_call_s = 99999999", "above 86400"),
        ('long_call_s = "60"', "must be int"),
        ("long_call_s = true", "must be int"),
        ("suspect_home_only = 1", "must be bool"),
        ("long_call = 60", "unknown setting 'long_call'"),
        ("long_call_s = {reason = 'x'}", "must be int"),
    ],
)
def test_a_wrong_setting_is_named(line: str, says: str) -> None:
    """A value out of bounds, of another type, or of an unknown name is refused with its name."""
    with pytest.raises(BadCase, match=says):
        load_case_settings(f"{FACTS}[settings]\n{line}\n", environment={})


@pytest.mark.parametrize("text", ["", "[case]\nreference='x'\n", "not toml", FACTS.replace("R 1", "")])
def test_a_case_toml_without_its_facts_is_refused(text: str) -> None:
    """Reference, home and currency must stand there."""
    with pytest.raises(BadCase):
        load_case_settings(text, environment={})


def test_a_wrong_environment_variable_is_named() -> None:
    """The message names the variable, since the file is right."""
    with pytest.raises(BadCase, match="UNSPOOF_LONG_CALL_S"):
        load_case_settings(FACTS, environment={"UNSPOOF_LONG_CALL_S": "soon"})


def test_every_setting_says_what_and_why() -> None:
    """Help and reason are never empty, and names are unique."""
    assert all(s.help and s.reason for s in SETTINGS)
    assert len({s.name for s in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("table", ["settings", "machine", "spark"])
def test_a_whole_number_beyond_all_bounds_is_refused(table: str) -> None:
    """Written in hexadecimal it passes Python's reader of TOML, and could not even be named in the error."""
    text = f"[case]\nreference = 'OP-1'\nhome = 'GB'\ncurrency = 'GBP'\n[{table}]\nlong_call_s = 0x{'f' * 4000}\n"
    with pytest.raises(BadCase, match="beyond 64 bits"):
        load_case_settings(text, environment={})
