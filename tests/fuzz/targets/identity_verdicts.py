"""Verdicts on Identity headers, with keys at hand: nothing is verified but what those keys have signed, for that call."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from fuzz.target import Target, text_of
from unspoof.model.identity import CHECKS, FAULTS, CertificateOrigin, HeaderVerdict, SignedMessage
from unspoof.parse.identity_header import read_identity
from unspoof.parse.passport import read_passport
from unspoof.screen.identity import IdentityPolicy, Obtained, TrustStore, Verifier
from unspoof.screen.identity.verify import SignedCall
from vectors.passport.passport_maker import (
    DEST,
    INTER,
    ITSELF,
    LAST,
    LEAF,
    LISTS,
    NEXT,
    ORIG,
    ORIGID,
    ROOT,
    Names,
    T,
    claims,
    identity,
    jose,
    pem,
    tidy,
    token,
)

_CUT = "\n--\n"
_DATE = "Sun, 22 Nov 2026 15:32:49 GMT"
_MESSAGES = (
    SignedMessage(f"sip:+{ORIG}@192.0.2.7", (), (f"sip:+{DEST}@192.0.2.1",), _DATE),
    SignedMessage(f"sip:+{ORIG}@192.0.2.7", (), (f"sip:+{NEXT}@192.0.2.1",), None, f"sip:+{NEXT}@192.0.2.1"),
    SignedMessage(f"tel:+{LAST}", (), (f"tel:+{DEST}",)),
    None,
)
_BUNDLES = (
    Obtained(pem(LEAF, INTER).encode(), CertificateOrigin("made")),
    Obtained(pem(ITSELF).encode(), CertificateOrigin("made")),
    Obtained(pem(INTER, LEAF).encode(), CertificateOrigin("made")),
    None,
)
_LATE = (0, 60, -60, 61, 86_400)
_TRUSTED = pem(ROOT, ITSELF).encode() + b"".join(crl.public_bytes(Encoding.PEM) for crl in LISTS)
_TRUST = TrustStore.from_pem(_TRUSTED)
_POLICIES = (IdentityPolicy(), IdentityPolicy(strict=True))
_VERIFIERS = tuple(Verifier(_TRUST, policy) for policy in _POLICIES)
_SIGNED: set[str] = set()
_SAID: set[tuple[object, ...]] = set()


def _made(payload: Names, ppt: str | None = "shaken", signer: str = "SHAKEN 709J", *, high_s: bool = False) -> str:
    """Return a signed token, of which is written down what was signed and what it says."""
    made = token(jose(ppt), payload, signer, high_s=high_s)
    _SIGNED.add(made.rpartition(".")[0])
    dest = tuple(payload["dest"]["tn"])
    _SAID.add((ppt, payload.get("attest"), payload.get("origid"), payload["orig"]["tn"], dest, payload["iat"]))
    return made


_COMPACT = _made(claims(None), None)
_FULL = _made(claims())
_DIVERSION = {"div": {"tn": DEST}, "dest": {"tn": [NEXT]}}
_PLAIN = identity(_FULL)
_DIV = identity(_made(claims(None, **_DIVERSION), "div"), ppt="div")
_ITSELF = identity(_made(claims(), signer="Itself"))
_ODD = identity(_made(claims("B", orig={"tn": LAST})))
_HEADERS = (
    _PLAIN,
    _DIV,
    _ITSELF,
    _ODD,
    identity(_made(claims(None, opt=_FULL, **_DIVERSION), "div-o"), ppt="div-o"),
    identity(_made(claims(None, rcd={"nam": "A Bank"}, crn="x"), "rcd"), ppt="rcd"),
    identity(_made(claims(), high_s=True)),
    identity(_COMPACT, ppt=None),
    identity(f"..{_COMPACT.rpartition('.')[2]}", ppt=None),
    identity(f"..{_FULL.rpartition('.')[2]}"),
    identity(token(jose(), tidy(claims()) + b" ", "SHAKEN 709J revoked")),
)


def _check_header(said: HeaderVerdict, at: int, message: SignedMessage | None) -> None:
    assert tuple(check.check for check in said.checks) == CHECKS, "another list of checks"
    results = {check.check: check.result for check in said.checks}
    assert (said.fault is None) == (said.verdict == "verified")
    assert said.fault is None or said.fault in FAULTS
    assert ("fail" in results.values()) == (said.verdict == "failed")
    if said.verdict != "verified":
        return
    assert {results[name] for name in ("syntax", "claims", "freshness", "signature", "chain", "coverage")} == {"pass"}
    assert (said.ppt, said.attestation, said.origid, said.orig, said.dest, said.iat) in _SAID, "nobody signed that"
    assert abs(T - at) <= 60, "a stale token was verified"
    if message is not None:
        assert str(said.orig) in str(message.presented), "a token for another caller was verified"


def _signed_by_seed(text: str, message: SignedMessage | None) -> bool:
    made = read_passport(read_identity(text), message)
    return made.signing_input is not None and made.signing_input.decode("ascii", "replace") in _SIGNED


def feed(data: bytes) -> None:
    """Verify headers with the message, the certificates, and moment and policy that the first three bytes choose."""
    head, rest = data[:3].ljust(3, b"\0"), data[3:]
    message, bundle = _MESSAGES[head[0] % len(_MESSAGES)], _BUNDLES[head[1] % len(_BUNDLES)]
    at, place = T + _LATE[head[2] % len(_LATE)], head[2] // len(_LATE) % len(_POLICIES)
    texts = tuple(text_of(rest).split(_CUT)[:40])
    verdict = _VERIFIERS[place].verify(texts, at, message, bundle)
    for said in verdict.headers:
        _check_header(said, at, message)
    assert (verdict.fault is None) == (verdict.verdict == "verified")
    assert verdict.fault is None or verdict.fault in FAULTS
    if verdict.verdict == "verified":
        assert any(said.verdict == "verified" for said in verdict.headers), "verified without a header that is"
        assert len(texts) > 1 or "," in texts[0] or _signed_by_seed(texts[0], message), "no seed's key signed it"
    (again,) = _VERIFIERS[place].verify_many([SignedCall(texts, at, message, bundle)])
    assert again == verdict, "another verdict among many"
    assert Verifier(_TRUST, _POLICIES[place]).verify(texts, at, message, bundle) == verdict, "earlier calls show"
    assert verdict.as_row()["verstat"] == verdict.verstat


def _seeds() -> tuple[bytes, ...]:
    calls = [(0, 0, 0, text) for text in _HEADERS]
    calls += [
        (1, 0, 0, _PLAIN + _CUT + _DIV),
        (0, 0, 1, _PLAIN),
        (0, 0, 3, _PLAIN),
        (0, 2, 0, _PLAIN),
        (3, 3, 0, _ITSELF),
    ]
    calls += [
        (2, 0, 0, _ODD),
        (1, 0, 0, f"{_PLAIN}, {_DIV}"),
        (0, 1, 5, _ITSELF),
        (0, 0, 5, _PLAIN),
        (1, 0, 0, _HEADERS[4]),
    ]
    calls += [(0, 0, 0, ""), (0, 0, 0, _CUT.join([_HEADERS[8]] * 9)), (0, 0, 0, _CUT.join(["a.b.c"] * 39))]
    return tuple(bytes(head) + text.encode() for *head, text in calls)


TARGET = Target(
    "identity_verdicts",
    "choices of message, certificates, and moment and policy; then Identity headers split by a line of two dashes",
    feed,
    _seeds(),
    words=(
        *(part.encode() for text in sorted(_SIGNED) for part in text.split(".") if len(part) < 400),
        _CUT.encode(), b";info=<", b";alg=ES256", b";ppt=", b'"shaken"', b"..", b", ", b".", b"\t", ORIGID.encode(),
    ),
    most=3000,
)  # fmt: skip

__all__ = ["TARGET"]
