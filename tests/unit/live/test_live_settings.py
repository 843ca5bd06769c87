"""live.toml: what is known is checked, what is not is refused, and strangers are not served by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from unspoof.errors import BadRequest
from unspoof.live.limits import limits_of
from unspoof.live.settings import SETTINGS, load_live_settings

HOOK = '[webhooks.desk]\nurl = "https://desk.example.org/a"\nsecret_file = "s"\n'


def test_an_empty_file_is_the_defaults() -> None:
    """Every setting has a default that passes its own check."""
    settings = load_live_settings("")

    assert all(settings.values[s.table, s.name] == s.default for s in SETTINGS if s.name != "state")
    assert settings.text("service", "state") == str(Path("unspoof-live").absolute())
    assert settings.address() == ("127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nrate_s = 5", r"\[limits\]: unknown setting 'rate_s'"),
        ("[servce]", "unknown setting 'servce'"),
        ('[limits]\nrate = "5"', r"\[limits\] rate: must be int, not '5'"),
        ("[limits]\nrate = true", r"\[limits\] rate: must be int, not True"),
        ("[limits]\nbody_bytes = 1", "1 is not between 1024 and 16777216"),
        ('[answers]\nfalse = "drop"', "'drop' is not known"),
        ('[answers.rules]\nset-apart = "drop"', "'drop' is not known"),
        ('[answers]\nlabel_false = "a\\r\\nX-Injected: b"', "printable ASCII"),
        ('[sources."a b"]', "no name of letters"),
        ('[sources.a]\naddresses = ["192.0.2.1/24"]', "has host bits set"),
        ('[sources.a]\nabroad = "yes"', "abroad must be true or false"),
        ('[webhooks.a]\nurl = "ftp://x"\nsecret_file = "s"', "http or https"),
        ('[webhooks.a]\nurl = "https://x"', "secret_file is missing"),
        (HOOK + "attempts = 0", "0 is not between 1 and 86400"),
        (HOOK + "colour = 1", "unknown setting 'colour'"),
        ('[service]\nlisten = "localhost:80"', "numeric address"),
        ('[service]\nlisten = "127.0.0.1:99999"', "no port 99999"),
        ('[access]\ntls_key = "k"', "go together"),
        ("a = " + "[" * 2000, "not TOML"),
        ("[limits]\nrate = 0x" + "f" * 4000, "not TOML: a whole number is beyond 64 bits"),
        ('[access]\ntokens = "a\\u0000b"', r"\[access\] tokens: must be printable text"),
        (HOOK.replace('"s"', '"s\\u0000"'), "secret_file must be printable text"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    """Each mistake is refused with its place."""
    with pytest.raises(BadRequest, match=said):
        load_live_settings(text)


def test_strangers_are_served_only_when_that_is_said() -> None:
    """An address that others can reach needs tokens, or the word that it is open."""
    with pytest.raises(BadRequest, match="can be reached from elsewhere"):
        load_live_settings('[service]\nlisten = "0.0.0.0:80"')

    assert load_live_settings('[service]\nlisten = "0.0.0.0:80"\n[access]\nopen = true')
    assert load_live_settings('[service]\nlisten = "[::1]:80"').address() == ("::1", 80)


def test_the_command_line_overrides_the_file_and_is_checked_too() -> None:
    """What is stated at the prompt wins; what is not stated leaves the file as it is."""
    settings = load_live_settings("[service]\nworkers = 3", given={"workers": 2, "home": None})

    assert settings.number("service", "workers") == 2
    assert settings.text("service", "home") == "GB"
    with pytest.raises(BadRequest, match="can be reached"):
        load_live_settings("", given={"listen": "192.0.2.1:80"})


def test_files_are_beside_the_configuration(tmp_path: Path) -> None:
    """Relative paths in the file are relative to it, so that a service can be started from anywhere."""
    settings = load_live_settings(HOOK + '[service]\ntrust = "t"', folder=tmp_path)

    assert settings.text("service", "trust") == str(tmp_path / "t")
    assert settings.webhooks[0].secret_file == tmp_path / "s"


def test_settings_of_rules_are_those_of_a_case() -> None:
    """[rules] takes the settings that rules read, within their bounds, and nothing else; sources give the brands."""
    text = '[rules]\nsource_brands_many = 5\n[sources.a]\nbrand = "Northgate Bank"'
    limits = limits_of(load_live_settings(text))

    assert limits.source_brands_many == 5
    assert dict(limits.brand_sources) == {"a": "Northgate Bank"}
    for wrong in ("long_call_s = 5", "source_brands_many = 1", 'source_brands_many = "5"'):
        with pytest.raises(BadRequest):
            limits_of(load_live_settings(f"[rules]\n{wrong}"))


def test_a_refusal_does_not_repeat_a_whole_file() -> None:
    """A value of any length is named by its first characters."""
    with pytest.raises(BadRequest) as refused:
        load_live_settings(f'[limits]\nrate = "{"x" * 100_000}"')

    assert "[limits] rate: must be int, not 'xxx" in str(refused.value)
    assert len(str(refused.value)) < 1_000
