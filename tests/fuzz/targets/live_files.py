"""Files that the live service is started with: live.toml, and the list of tokens."""

from __future__ import annotations

import hashlib
import tempfile
from ipaddress import ip_address
from pathlib import Path

from fuzz.target import Target, chosen, short, text_of, with_choice
from unspoof.errors import BadRequest
from unspoof.live.access import OPEN_PATHS, Access
from unspoof.live.limits import limits_of
from unspoof.live.settings import ACTIONS, SETTINGS, LiveSettings, load_live_settings

_WAYS = ("settings", "tokens")
_FOLDER = Path("/srv")
_HOST = "192.0.2.9"


def _check(made: LiveSettings) -> None:
    for setting in SETTINGS:
        value = made.values[setting.table, setting.name]
        assert type(value) is type(setting.default)
        assert not isinstance(value, str) or "\0" not in value, "a path that no system can open"
        assert not setting.choices or value in setting.choices
        if isinstance(value, int) and setting.least is not None and setting.most is not None:
            assert setting.least <= value <= setting.most
    host, port = made.address()
    assert 0 <= port < 65_536
    guarded = made.text("access", "tokens") or made.values["access", "open"]
    assert guarded or ip_address(host).is_loopback, "strangers are served, and nobody said so"
    assert set(made.rules.values()) <= set(ACTIONS)
    assert all(hook.url.startswith(("https://", "http://")) and hook.attempts > 0 for hook in made.webhooks)
    assert all("\0" not in str(hook.secret_file) for hook in made.webhooks), "a path that no system can open"
    try:
        assert limits_of(made) is not None
    except BadRequest as error:
        short(error)


def _tokens(data: bytes) -> None:
    """Read a list of tokens; only a token whose hash stands in it opens anything."""
    with tempfile.TemporaryDirectory(prefix="unspoof-fuzz-") as folder:
        file = Path(folder) / "tokens"
        file.write_bytes(data)
        try:
            made = Access.from_file(str(file))
        except BadRequest as error:
            short(error)
            said = str(error).replace(str(file), "").encode()
            assert not any(word in said for word in data.split() if len(word) == 64), "an error tells a hash"
            return
    for token in (b"first", b"second", b""):
        listed = hashlib.sha256(token).hexdigest().encode() in data
        client = made.client("/x", b"Bearer " + token, _HOST)
        assert client is None or (listed and 0 < len(client) <= 64), "a token that is not listed opens"
    assert made.client("/x", b"Basic first", _HOST) is None
    assert made.client("/x", b"", _HOST) is None
    assert made.client(OPEN_PATHS[0], b"", _HOST) == _HOST


def feed(data: bytes) -> None:
    """Read the bytes as either file."""
    way, rest = chosen(data, _WAYS)
    if way == "tokens":
        _tokens(rest)
        return
    try:
        made = load_live_settings(text_of(rest), folder=_FOLDER)
    except BadRequest as error:
        short(error, 2_000)
        return
    _check(made)
    assert load_live_settings(text_of(rest), folder=_FOLDER) == made


_EVERY = (
    b'[service]\nlisten = "[::1]:0"\nworkers = 2\nhome = "GB"\ntrust = "t"\n[answers]\nfalse = "label"\n'
    b'label_false = "No"\n[answers.rules]\ndrama = "label"\n[sources.transit-1]\naddresses = ["192.0.2.0/24", "2001:db8::/32"]\n'
    b'abroad = true\nbrand = "B"\n[webhooks.desk]\nurl = "https://desk.example.org/a"\nsecret_file = "s"\nattempts = 3\n'
    b'allow_networks = ["192.0.2.0/24"]\n[rules]\nsource_brands_many = 4\n'
)
_HASHES = [hashlib.sha256(token).hexdigest().encode() for token in (b"first", b"second", b"")]

TARGET = Target(
    "live_files",
    "a choice, then a live.toml or a list of tokens",
    feed,
    (
        *with_choice(
            0,
            (
                _EVERY,
                b"",
                b'[service]\nlisten = "192.0.2.1:80"\n[access]\nopen = true\ntokens = "t"',
                b"[limits]\nrate = -1",
            ),
        ),
        *with_choice(
            0, (b"[limits]\nrate = 0x" + b"f" * 3_800, b'[access]\ntokens = "a\\u0000b"', b"a = " + b"[" * 500)
        ),
        *with_choice(
            1,
            (
                b"# tokens\nswitch " + _HASHES[0] + b"\n\ndesk\t" + _HASHES[1] + b"\r\n",
                b"",
                b"a b\n",
                b"a " + _HASHES[2],
            ),
        ),
    ),
    words=(
        b"[service]\n",
        b"listen = ",
        b"[access]\n",
        b"tokens = ",
        b"open = true\n",
        b"[webhooks.a]\n",
        b"url = ",
        b"secret_file = ",
        b"[sources.a]\n",
        b"addresses = [",
        b"[answers.rules]\n",
        b"[rules]\n",
        b"[identity]\n",
        b"[alerts]\n",
        b"0x" + b"f" * 200,
        b"\\u0000",
        b"inf",
        b"1979-05-27",
        b'"0.0.0.0:1"',
        b'"[::]:1"',
        b"brand_sources = ",
        *_HASHES,
        b"\x0b",
        b"\x00",
    ),
)

__all__ = ["TARGET"]
