"""Identity headers and the tokens in them: nothing raises, and what is said to be signed is what stands there."""

from __future__ import annotations

from fuzz.target import Target, chosen, text_of, with_choice
from unspoof.parse.identity_header import IdentityHeader, read_identity, split_identities
from unspoof.parse.jws import encode_part
from unspoof.parse.passport import Passport, read_passport
from unspoof.parse.passport_claims import Claims

_JOSE = b'{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://192.0.2.3/c.pem"}'
_CLAIMS = (
    b'{"attest":"A","dest":{"tn":["441632960002"]},"iat":1443208345,"orig":{"tn":"441632960001"},'
    b'"origid":"123e4567-e89b-12d3-a456-426655440000"}'
)
_CUT = b"\n"
_WAYS = ("header", "token")


def _token(data: bytes) -> str:
    """Return a header whose token is made of three lines: header, payload, signature."""
    jose, _, rest = data.partition(_CUT)
    claims, _, signature = rest.partition(_CUT)
    token = ".".join(encode_part(part) for part in (jose, claims, signature))
    return f"{token};info=<https://192.0.2.3/c.pem>;alg=ES256;ppt=shaken"


def _check(header: IdentityHeader, made: Passport) -> None:
    assert all(problem.fault and problem.detail for problem in made.problems)
    assert made.signature is None or isinstance(made.signature, bytes)
    if made.signing_input is not None and not made.compact and header.token.isascii():
        assert header.token.encode().startswith(made.signing_input + b"."), "other bytes than those that were signed"
    if made.claims is not None:
        assert all(isinstance(text, str) for text in made.claims.problems)
        assert made.claims.iat is None or made.claims.iat >= 0
        assert all(party.value for party in made.claims.dest)


def _said(made: object) -> object:
    """Return what was read, to compare: tokens and claims are themselves compared by identity."""
    if isinstance(made, Passport | Claims):
        return {name: _said(getattr(made, name)) for name in type(made).__mro__[-2].__annotations__}
    return list(made) if isinstance(made, tuple | list) else made


def feed(data: bytes) -> None:
    """Read the bytes as headers, or as the three parts of a token."""
    way, rest = chosen(data, _WAYS)
    text = text_of(rest) if way == "header" else _token(rest[:9000])
    parts = split_identities(text)
    assert sum(map(len, parts)) <= len(text)
    for part in (text, *parts[:4]):
        header = read_identity(part)
        assert header == read_identity(part)
        made = read_passport(header)
        _check(header, made)
        assert _said(read_passport(header)) == _said(made), "another answer the second time"


def _seeds() -> tuple[bytes, ...]:
    header = _token(_CUT.join((_JOSE, _CLAIMS, bytes(range(64))))).encode()
    div = b'{"dest":{"tn":["441632960003"]},"div":{"tn":"441632960002"},"iat":1443208345,"orig":{"uri":"sip:a@192.0.2.1"}}'
    rcd = b'{"crn":"x","dest":{"uri":["sip:b@192.0.2.1"]},"iat":1,"orig":{"tn":"1"},'
    rcd += b'"rcd":{"nam":"N"},"rcdi":{"/nam":"sha256-A"}}'  # codespell:ignore
    return (
        *with_choice(
            0, (header, b"Identity: " + header + b", " + header, b"..AAAA;info=<x>;alg=ES256", b"a.b.c;info=")
        ),
        *with_choice(1, (_CUT.join((_JOSE, _CLAIMS, bytes(range(64)))),)),
        *with_choice(1, (_CUT.join((_JOSE.replace(b"shaken", b"div"), div, bytes(64))),)),
        *with_choice(1, (_CUT.join((_JOSE.replace(b"shaken", b"rcd"), rcd, b"short")),)),
        *with_choice(1, (_CUT.join((_JOSE.replace(b"shaken", b"rph"), b'{"rph":{"auth":["ets.0"]}}', bytes(64))),)),
    )


TARGET = Target(
    "passport",
    "a choice, then Identity headers, or the header, payload and signature of a token, one a line",
    feed,
    _seeds(),
    words=(
        b'"alg":', b'"ppt":', b'"typ":', b'"x5u":', b'"attest":"', b'"orig":{"tn":"', b'"dest":{"tn":["', b'"uri":["', b'"iat":',
        b'"origid":"', b'"div":{', b'"rcdi":{"/', b"sha256-", b'"rph":{"auth":["', b'"opt":"', b'"crn":',
        b'"rcd":{"nam":',  # codespell:ignore
        b";info=<", b";alg=ES256", b";ppt=", b'"shaken"', b"..", b"\\u0000", b"1e999", b"-1", b"~1", b"~0",
    ),
)  # fmt: skip

__all__ = ["TARGET"]
