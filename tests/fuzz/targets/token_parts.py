"""The small grammars of signed calls: base64url, strict JSON, numbers and URIs of parties, the Date header."""

from __future__ import annotations

import base64
import json
from email.utils import parsedate_to_datetime

from fuzz.target import Target, chosen, text_of, with_choice
from unspoof.parse.call_party import canonical_number, normal_uri, number_of
from unspoof.parse.jws import NotBase64Url, decode_part, encode_part
from unspoof.parse.sip_headers import read_date
from unspoof.parse.strict_json import NotStrictJson, deterministic, read_object

_WAYS = ("base64", "json", "party", "date")


def _base64(data: bytes) -> None:
    text = text_of(data)
    assert decode_part(encode_part(data)) == data
    try:
        made = decode_part(text)
    except NotBase64Url:
        return
    assert encode_part(made) == text, "two texts of the same bytes"
    assert base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) == made


def _json(data: bytes) -> None:
    try:
        made = read_object(data)
    except NotStrictJson:
        return
    assert made == json.loads(data)
    if b"Infinity" in deterministic(made):
        return  # 1e400 is JSON and no number of a double
    assert read_object(deterministic(made)) == made, "the deterministic form means something else"
    assert deterministic(read_object(deterministic(made))) == deterministic(made)


def _party(data: bytes) -> None:
    text = text_of(data)
    number = canonical_number(text)
    assert number is None or (canonical_number(number) == number and 1 <= len(number) <= 15 and number.isascii())
    uri = normal_uri(text)
    assert uri is None or isinstance(normal_uri(uri), str | None)
    named = number_of(text)
    assert named is None or canonical_number(named) == named


_YEAR_1000_US = -30_610_224_000_000_000


def _date(data: bytes) -> None:
    at_us, odd = read_date(data)
    assert at_us is not None or odd
    if at_us is not None and not odd and at_us >= _YEAR_1000_US:  # the mail reader takes year 10 for 2010
        try:
            known = int(parsedate_to_datetime(data.decode("ascii")).timestamp())
        except ValueError:
            return  # what this reader forgives, the mail reader may not
        assert at_us == known * 1_000_000, "another time than the mail reader's"


def feed(data: bytes) -> None:
    """Read the bytes by the grammar that the first chooses."""
    way, rest = chosen(data, _WAYS)
    {"base64": _base64, "json": _json, "party": _party, "date": _date}[way](rest)


TARGET = Target(
    "token_parts",
    "a choice of grammar, then a text in it",
    feed,
    (
        *with_choice(0, (b"eyJhIjoxfQ", b"AA", b"AB==", b"_-8")),
        *with_choice(1, (b'{"a":1,"b":[1.5,{"c":null}],"d":"\\u00e9"}', b'{"a":1,"a":2}', b'{"a":1e400}', b"[" * 99)),
        *with_choice(2, (b"+44 (1632) 960-001", b"sip:+441632960001;x=y@192.0.2.1:5060;user=phone", b"tel:+441632960001;ext=1")),
        *with_choice(2, (b"SIPS:A%20b:secret@[2001:DB8::1]", b"https://192.0.2.1/", b"*#12")),
        *with_choice(3, (b"Sat, 13 Nov 2010 23:29:00 GMT", b"Sun, 13 Nov 2010 23:29:00 GMT", b"Thu, 31 Feb 2010 24:00:60 GMT")),
    ),
    words=(b"GMT", b"UTC", b"sip:", b"tel:", b"\\ud800", b"1e999", b"NaN", b"==", b" Nov ", b"Sat, ", b"%00", b"@", b"0001"),
    most=600,
)  # fmt: skip

__all__ = ["TARGET"]
