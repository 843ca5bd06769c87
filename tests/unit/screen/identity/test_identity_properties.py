"""No bytes stop the readers, and no change of a signed header verifies but those that are named here."""

from __future__ import annotations

import base64
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.model.identity import FAULTS, CertificateOrigin, SignedMessage
from unspoof.parse.call_party import canonical_number, normal_uri, number_of
from unspoof.parse.identity_header import read_identity, split_identities
from unspoof.parse.jws import NotBase64Url, decode_part, encode_part
from unspoof.parse.passport import Passport, read_passport
from unspoof.parse.passport_claims import read_claims
from unspoof.parse.strict_json import NotStrictJson, read_object
from unspoof.parse.tn_auth_list import NotATnAuthList, read_tn_auth_list
from unspoof.screen.identity import IdentityPolicy, Obtained, SignedCall, TrustStore, Verifier
from unspoof.screen.identity.certificates import BadCertificate, read_bundle
from unspoof.screen.identity.checks import der_signature
from vectors.passport.passport_maker import (
    BY_NAME,
    DEST,
    INTER,
    LEAF,
    ORDER,
    ORIG,
    ROOT,
    URL,
    T,
    claims,
    identity,
    jose,
    pem,
    tidy,
    token,
    trust_files,
)

VERIFIER = Verifier(TrustStore.from_pem(pem(ROOT).encode()))
BUNDLE = Obtained(pem(LEAF, INTER).encode(), CertificateOrigin("made"))
HEADER = identity()
SAID = SignedMessage(ORIG, (), (DEST,))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["tn", "uri", "auth", "nam", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ["iat", "orig", "dest", "attest", "origid", "div", "opt", "rcd", "rcdi", "crn", "rph", "x"]


@settings(deadline=None)
@given(st.text(max_size=300) | st.text(alphabet='eyJ.;=<>",: \r\ninfoalgppt', max_size=300))
def test_any_text_is_a_header_with_a_verdict(text: str) -> None:
    """Whatever stands in the header, there is a verdict with a known fault, never an exception."""
    verdict = VERIFIER.verify([text], T, SAID, BUNDLE)

    assert verdict.verdict != "verified"
    assert verdict.fault in FAULTS


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from([None, "shaken", "div", "div-o", "rcd", "rph"]))
def test_any_claims_are_read(payload: dict[str, object], ppt: str | None) -> None:
    """Claims of any shape give claims or problems, and a verdict when they are signed."""
    read_claims(payload, ppt)
    header = identity(token(jose(ppt), tidy(payload)), ppt=ppt)

    assert VERIFIER.verify([header], T, SAID, BUNDLE).verdict in ("verified", "failed")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    """The readers of JSON, of number lists and of certificates raise their own error or nothing."""
    for read, error in (
        (read_object, NotStrictJson),
        (read_tn_auth_list, NotATnAuthList),
        (read_bundle, BadCertificate),
    ):
        try:
            read(data)
        except error:
            continue


@given(st.text(max_size=80))
def test_any_text_is_a_party_or_none(text: str) -> None:
    """Numbers and URIs come back in one form, which reading again leaves as it is."""
    number, uri = canonical_number(text), normal_uri(text)
    number_of(text)

    assert number is None or canonical_number(number) == number
    assert uri is None or len(uri) <= 600


@given(st.binary(max_size=60), st.text(max_size=40))
def test_base64url_has_one_text_for_bytes(data: bytes, text: str) -> None:
    """What is read is written back as the same text: one signature has one form."""
    assert decode_part(encode_part(data)) == data
    with suppress(NotBase64Url):
        assert encode_part(decode_part(text)) == text


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(HEADER) - 1), st.characters(max_codepoint=0x17F))
def test_no_changed_character_verifies(place: int, put: str) -> None:
    """With another character in any place, a header verifies only if its token and address are what they were.

    Names of parameters and blanks around them are signed by nobody: `0lg=ES256` is an unknown parameter, and alg has its default.
    """
    changed = HEADER[:place] + put + HEADER[place + 1 :]
    found, signed = read_identity(changed), read_identity(HEADER)

    if VERIFIER.verify([changed], T, SAID, BUNDLE).verdict == "verified":
        assert (signed.token, signed.info) == (found.token, found.info)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, HEADER.index(";") * 6 - 1))
def test_no_changed_bit_of_the_token_verifies(bit: int) -> None:
    """One bit of the token's bytes turned over is found, wherever it is."""
    place, shift = divmod(bit, 6)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if HEADER[place] not in alphabet:
        return
    changed = HEADER[:place] + alphabet[alphabet.index(HEADER[place]) ^ (1 << shift)] + HEADER[place + 1 :]

    assert VERIFIER.verify([changed], T, SAID, BUNDLE).verdict == "failed"


@given(st.binary(min_size=64, max_size=64) | st.binary(max_size=32).map(lambda b: b.rjust(64, b"\0")))
def test_a_signature_is_written_as_the_library_writes_it(raw: bytes) -> None:
    """Both numbers as DER are the same bytes as cryptography's own."""
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    assert encode_dss_signature(r, s) == der_signature(raw)


def test_the_one_twin_of_a_signature_verifies() -> None:
    """R with n - s is the same statement by the same key: the only other signature that verifies."""
    third = HEADER.split(";")[0].split(".")[2]
    raw = base64.urlsafe_b64decode(third + "==")
    twin = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    header = HEADER.replace(third, encode_part(twin))

    assert header != HEADER
    assert VERIFIER.verify([header], T, SAID, BUNDLE).verdict == "verified"


PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "attest": st.sampled_from(["A", "B", "C", "D", 1]),
        "dest": st.sampled_from(
            [{"tn": [DEST]}, {"tn": []}, {"tn": [DEST, ORIG]}, {"uri": ["sip:a@example.org"]}, DEST]
        ),
        "iat": st.sampled_from([T, 0, -1, 10**12, 1.5, str(T), True]),
        "orig": st.sampled_from([{"tn": ORIG}, {"tn": "+44"}, {"tn": ""}, {"uri": "x"}, ORIG]),
        "origid": st.sampled_from(["123e4567-e89b-42d3-a456-426655440000", "x", "", 5]),
        "x": st.just(1),
    },
)


@settings(deadline=None)
@given(PLAIN)
def test_the_short_way_reads_as_the_long_way(changed: dict[str, object]) -> None:
    """A token read the short way says what it says when it is read the long way."""
    payload = {**claims(), **changed}
    short = read_passport(read_identity(identity(token(jose(), payload))))
    long = read_claims(payload, "shaken")

    assert isinstance(short, Passport)
    assert short.claims is not None
    for name in ("iat", "orig", "dest", "attest", "origid", "div", "opt"):
        assert getattr(short.claims, name) == getattr(long, name), name
    assert list(short.claims.problems) == list(long.problems)
    assert list(short.claims.oddities) == list(long.oddities)


SAYS = st.sampled_from(
    [
        "",
        ORIG,
        f"sip:+{ORIG}@h",
        f"tel:+{ORIG}",
        f"tel:+{DEST}",
        f"sip:+{DEST}@h;user=phone",
        "sip:anonymous@h",
        "<",
        DEST,
    ]
)
MESSAGES = st.none() | st.builds(
    SignedMessage,
    st.none() | SAYS,
    st.lists(SAYS, max_size=2).map(tuple),
    st.lists(SAYS, max_size=2).map(tuple),
    st.sampled_from([None, None, "Sun, 22 Nov 2026 15:32:49 GMT", "Mon, 22 Nov 2026 15:32:49 GMT", "soon"]),
)
USUAL = "SHAKEN 709J"
VERIFIERS = [
    VERIFIER,
    Verifier(TrustStore.from_pem(b"".join(trust_files().values())), IdentityPolicy(strict=True)),
    Verifier(TrustStore.from_pem(pem(LEAF).encode()), IdentityPolicy(freshness_s=0)),
    Verifier(),
]


@settings(deadline=None)
@given(
    st.sampled_from(VERIFIERS),
    PLAIN | st.just({}),
    st.sampled_from(
        [{}, {}, {"ppt": "div"}, {"alg": "ES384"}, {"x": "y"}, {"x5u": "http://certificates.example.org/c"}]
    ),
    st.sampled_from([f"info=<{URL}>;alg=ES256;ppt=shaken"] * 3 + [f"info=<{URL}>;alg=ES256", f"info=<{URL[:-1]}>"]),
    st.sampled_from([T, T, T - 61, T + 60, T + 61, T + 10**9]),
    MESSAGES | st.just(SAID),
    st.sampled_from([USUAL] * 8 + [*BY_NAME, ""]),
    st.sampled_from(["", "", "A", "-", "AA"]),
)
def test_a_call_is_judged_alike_in_one_go_and_check_by_check(
    verifier: Verifier,
    changed: dict[str, object],
    named: dict[str, str],
    parameters: str,
    at: int,
    message: SignedMessage | None,
    signer: str,
    cut: str,
) -> None:
    """A blank after it keeps a header from the short way, and changes nothing of its verdict, alone or among many."""
    bundle = Obtained(pem(BY_NAME[signer], INTER).encode(), BUNDLE.origin) if signer else None
    signed = token(jose(**named), {**claims(), **changed}, signer or USUAL)
    header = f"{signed[: len(signed) - len(cut)]}{cut};{parameters}"
    long = verifier.verify([f"{header} "], at, message, bundle)

    assert verifier.verify([header], at, message, bundle) == long
    assert list(verifier.verify_many([SignedCall((header,), at, message, bundle)])) == [long]


@given(
    st.text(alphabet="sipteluser:+4420;@=%<>. ", max_size=24)
    | st.from_regex(r"(sips?:|tel:)?\+?[0-9]{1,16}(;x)?(@h)?", fullmatch=True)
)
def test_a_number_is_the_same_read_either_way(text: str) -> None:
    """A blank before it keeps a text from the short way, and changes nothing."""
    assert number_of(text) == number_of(f" {text}")


@given(st.lists(st.text(alphabet='ab<>",;= ', max_size=12), max_size=4))
def test_a_list_of_headers_is_cut_without_loss(parts: list[str]) -> None:
    """Cutting a list loses nothing but the commas and blanks between."""
    text = ",".join(parts)
    cut = "".join(split_identities(text))

    assert sorted(cut.replace(" ", "").replace(",", "")) == sorted(text.replace(" ", "").replace(",", ""))


@given(
    st.sampled_from(
        [f"sip:+{ORIG}@h", f"tel:+{ORIG}", f"sip:+{ORIG}@h@e", f"sip:+{ORIG}1@h", f"sip:+{ORIG};a@h", f" sip:+{ORIG}@h"]
    ),
    st.text(max_size=4),
)
def test_a_quick_look_sees_the_same_number(text: str, more: str) -> None:
    """What From says is compared as if it were taken apart, whatever follows it."""
    verdict = VERIFIER.verify([HEADER], T, SignedMessage(text + more, (), (DEST,)), BUNDLE)

    assert (number_of(text + more) == ORIG) == (verdict.verdict == "verified")
