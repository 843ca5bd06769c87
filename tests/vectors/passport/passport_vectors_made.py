"""The made signed calls, each with the verdict that it must get; run it to write made.jsonl and trust/ anew."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from vectors.passport.passport_maker import (
    BAD_LIST,
    DEST,
    EARLY,
    EXPIRED,
    INTER,
    ITSELF,
    LAST,
    LEAF,
    NEXT,
    NO_LIST,
    NO_SIGNING,
    NUMBERS,
    OLD_INTER,
    ORIG,
    P384,
    PLAIN,
    REVOKED,
    STRANGER,
    UNDER_OLD,
    URL,
    T,
    claims,
    div,
    identity,
    jose,
    key,
    line,
    part,
    pem,
    sign,
    tidy,
    token,
    trust_files,
)

GOOD = ("verified", None, "pass")


def bad(fault: str, signature: str = "pass") -> tuple[str, str, str]:
    """Return the expectation of a failure."""
    return ("failed", fault, signature)


def unknown(fault: str, signature: str = "not-done") -> tuple[str, str, str]:
    """Return the expectation where nothing was shown wrong."""
    return ("unverifiable", fault, signature)


def _duplicate_escaped() -> bytes:
    plain = tidy(claims())
    return plain[:-1] + b',"ia\\u0074":1}'


def _rich(digest: str | None = None) -> dict[str, Any]:
    card = ["vcard", [["fn", {}, "text", "Example Bank"]]]
    rcd = {"icn": "https://brand.example.org/logo.png", "jcd": card, "nam": "Example Bank"}
    good = base64.b64encode(hashlib.sha256(tidy(rcd["jcd"])).digest()).decode()
    return claims(None, rcd=rcd, rcdi={"/icn": f"sha256-{good}", "/jcd": f"sha256-{digest or good}"})


def _compact(date: str | None = "Sun, 22 Nov 2026 15:32:49 GMT", **more: Any) -> dict[str, Any]:
    signed = token(jose(None), claims(None))
    text = identity(f"..{signed.split('.')[2]}", ppt=None)
    return line(text, orig=f"sip:+{ORIG}@198.51.100.7", dest=f"tel:+{DEST}", **({"date": date} if date else {}), **more)


def _hmac() -> str:
    """A token of the old trick: the public key taken as an HMAC key."""
    import hmac

    first, second = part(tidy(jose(alg="HS256"))), part(tidy(claims()))
    secret = pem_of_key().encode()
    return f"{first}.{second}.{part(hmac.new(secret, f'{first}.{second}'.encode(), 'sha256').digest())}"


def pem_of_key() -> str:
    """The public key of the usual signer."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key("SHAKEN 709J").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _with_signature(raw: bytes, header: dict[str, Any] | None = None) -> str:
    return f"{part(tidy(header or jose()))}.{part(tidy(claims()))}.{part(raw)}"


def _flip(text: str) -> str:
    """One bit of the signature turned over."""
    first, second, third = text.split(".")
    raw = bytearray(base64.urlsafe_b64decode(third + "=="))
    raw[40] ^= 1
    return f"{first}.{second}.{part(bytes(raw))}"


SIGNED = token(jose(), claims())
DER = key("SHAKEN 709J")


def _der_signature() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    data = ".".join(SIGNED.split(".")[:2]).encode()
    return DER.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))


def _changed(**changed: Any) -> str:
    """The usual token with claims changed after it was signed."""
    first, _, third = SIGNED.split(".")
    return f"{first}.{part(tidy(claims(**changed)))}.{third}"


def _sip(**more: Any) -> dict[str, Any]:
    return {"orig": ORIG, "dest": DEST, **more}


MADE: dict[str, tuple[dict[str, Any], tuple[str, str | None, str]]] = {
    # what verifies
    "shaken-a": (line(identity(), **_sip()), GOOD),
    "shaken-b": (line(identity(token(jose(), claims("B")))), GOOD),
    "shaken-c": (line(identity(token(jose(), claims("C")))), GOOD),
    "shaken-b-number-not-covered": (
        line(identity(token(jose(), claims("B", orig={"tn": "441632960999"}), "Numbers")), NUMBERS),
        GOOD,
    ),
    "base": (line(identity(token(jose(None), claims(None)), ppt=None), **_sip()), GOOD),
    "number-in-range": (line(identity(token(jose(), claims(), "Numbers")), NUMBERS), GOOD),
    "number-alone": (
        line(identity(token(jose(), claims(orig={"tn": DEST}, dest={"tn": [ORIG]}), "Numbers")), NUMBERS),
        GOOD,
    ),
    "plain-certificate": (line(identity(token(jose(), claims(), "SHAKEN 709J plain")), PLAIN), GOOD),
    "trusted-itself": (line(identity(token(jose(), claims(), "Itself")), ITSELF, None), GOOD),
    "trusted-itself-not-sent": (line(identity(token(jose(), claims(), "Itself")), None), GOOD),
    "root-first-in-bundle": ({"identity": identity(), "at": T, "certificate_pem": pem(INTER, LEAF)}, GOOD),
    "high-s": (line(identity(token(jose(), claims(), high_s=True))), GOOD),
    "fresh-60-before": (line(identity(), at=T + 60), GOOD),
    "fresh-60-after": (line(identity(), at=T - 60), GOOD),
    "time-iso": (line(identity(), at="2026-11-22T15:32:49Z"), GOOD),
    "dest-any-of-many": (line(identity(token(jose(), claims(dest={"tn": [NEXT, DEST, LAST]}))), **_sip()), GOOD),
    "absent-parameters": (line(identity(alg=None, ppt=None)), GOOD),
    "quoted-ppt": (line(identity(ppt='"shaken"')), GOOD),
    "folded": (line(identity().replace(";", "\r\n ;")), GOOD),
    "unknown-parameter": (line(identity(more=";canon=yes")), GOOD),
    "key-order": (
        line(identity(token(b'{"typ":"passport","alg":"ES256","ppt":"shaken","x5u":"%s"}' % URL.encode(), claims()))),
        GOOD,
    ),
    "white-space": (line(identity(token(jose(), json.dumps(claims(), sort_keys=True).encode()))), GOOD),
    "http-x5u": (
        line(
            identity(
                token(jose(x5u="http://certificates.example.org/a"), claims()),
                info="<http://certificates.example.org/a>",
            )
        ),
        GOOD,
    ),
    "plus-in-tn": (line(identity(token(jose(), claims(orig={"tn": f"+{ORIG}"}))), **_sip()), GOOD),
    "sip-with-plus-and-separators": (
        line(identity(), orig="tel:+44-20-7946-0001", dest=f"<sip:+{DEST}@192.0.2.1;user=phone>"),
        GOOD,
    ),
    "compact": (_compact(), GOOD),
    "div": (line([identity(), div(ORIG, DEST, NEXT)], **_sip()), GOOD),
    "div-twice-any-order": (line([div(ORIG, NEXT, LAST), identity(), div(ORIG, DEST, NEXT)], **_sip()), GOOD),
    "div-o": (
        line(
            identity(token(jose("div-o"), claims(None, dest={"tn": [NEXT]}, div={"tn": DEST}, opt=SIGNED)), ppt="div-o")
        ),
        GOOD,
    ),
    "comma-list": (line(f"{identity()}, {div(ORIG, DEST, NEXT)}", **_sip()), GOOD),
    "rcd": (line(identity(token(jose("rcd"), _rich()), ppt="rcd")), GOOD),
    "rcd-in-shaken": (line(identity(token(jose(), claims(crn="Your card", rcd={"nam": "Example Bank"})))), GOOD),
    "rph": (line(identity(token(jose("rph"), claims(None, rph={"auth": ["ets.0", "wps.1"]})), ppt="rph")), GOOD),
    "unknown-extension-beside": (line([identity(), identity(token(jose("msec"), claims(None)), ppt="msec")]), GOOD),
    # no-identity
    "no-identity": ({"at": T}, unknown("no-identity")),
    "empty-identity": ({"identity": "", "at": T}, unknown("no-identity")),
    # malformed: header
    "no-token": (line(f";info=<{URL}>;alg=ES256;ppt=shaken"), bad("malformed", "not-done")),
    "no-info": (line(f"{SIGNED};alg=ES256;ppt=shaken"), bad("malformed")),
    "info-without-brackets": (line(identity(info=URL)), bad("malformed")),
    "duplicate-parameter": (line(identity(more=f";info=<{URL}>")), bad("malformed")),
    "duplicate-ppt": (line(identity(more=";PPT=shaken")), bad("malformed")),
    "two-parts": (line(identity(SIGNED.rpartition(".")[0])), bad("malformed", "not-done")),
    "four-parts": (line(identity(SIGNED + ".AAAA")), bad("malformed", "not-done")),
    "trailing-garbage": (line(identity(more=" garbage")), bad("malformed")),
    "padded": (line(identity(SIGNED + "==")), bad("malformed", "not-done")),
    "standard-base64": (line(identity(SIGNED.replace("-", "+").replace("_", "/"))), bad("malformed", "not-done")),
    "bits-left-over": (line(identity(SIGNED[:-1] + chr(ord(SIGNED[-1]) + 1))), bad("malformed", "not-done")),
    "ppt-only-in-parameter": (line(identity(token(jose(None), claims(None)))), bad("malformed")),
    "ppt-other": (line(identity(ppt="div")), bad("malformed")),
    "compact-shaken": (
        line(identity(f"..{SIGNED.split('.')[2]}"), **_sip(date="Sun, 22 Nov 2026 15:32:49 GMT")),
        bad("malformed", "not-done"),
    ),
    "identity-number": ({"identity": 5, "at": T}, bad("malformed", "not-done")),
    "at-text": ({"identity": identity(), "at": "yesterday"}, bad("malformed", "not-done")),
    # malformed: token
    "typ-other": (line(identity(token(jose(typ="JWT"), claims()))), bad("malformed")),
    "typ-absent": (line(identity(token(jose(typ=None), claims()))), bad("malformed")),
    "alg-absent": (line(identity(token(jose(alg=None), claims()))), bad("malformed", "not-done")),
    "duplicate-key": (line(identity(token(jose(), tidy(claims())[:-1] + b',"iat":1}'))), bad("malformed")),
    "duplicate-key-escaped": (line(identity(token(jose(), _duplicate_escaped()))), bad("malformed")),
    "byte-order-mark": (line(identity(token(jose(), b"\xef\xbb\xbf" + tidy(claims())))), bad("malformed")),
    "not-utf-8": (line(identity(token(jose(), tidy(claims()).replace(b"123e", b"\xff\xfe")))), bad("malformed")),
    "deep": (line(identity(token(jose(), b'{"a":' * 500 + b"1" + b"}" * 500))), bad("malformed")),
    "array": (line(identity(token(jose(), b"[]"))), bad("malformed")),
    "not-a-number": (line(identity(token(jose(), tidy(claims()).replace(str(T).encode(), b"NaN")))), bad("malformed")),
    "half-a-surrogate": (
        line(identity(token(jose(), tidy(claims(x=1)).replace(b'"x":1', b'"x":"\\ud800"')))),
        bad("malformed"),
    ),
    "der-signature": (line(identity(_with_signature(_der_signature()))), bad("malformed", "not-done")),
    "short-signature": (line(identity(_with_signature(sign(b"x")[:63]))), bad("malformed", "not-done")),
    # malformed: claims
    "iat-string": (line(identity(token(jose(), claims(iat=str(T))))), bad("malformed")),
    "iat-fraction": (line(identity(token(jose(), claims(iat=T + 0.5)))), bad("malformed")),
    "iat-fraction-whole": (line(identity(token(jose(), claims(iat=float(T))))), bad("malformed")),
    "iat-true": (line(identity(token(jose(), claims(iat=True)))), bad("malformed")),
    "iat-negative": (line(identity(token(jose(), claims(iat=-1)))), bad("malformed")),
    "iat-huge": (line(identity(token(jose(), claims(iat=10**40)))), bad("malformed")),
    "iat-absent": (line(identity(token(jose(), claims(iat=None)))), bad("malformed")),
    "orig-both": (
        line(identity(token(jose(), claims(orig={"tn": ORIG, "uri": "sip:a@example.org"})))),
        bad("malformed"),
    ),
    "orig-text": (line(identity(token(jose(), claims(orig=ORIG)))), bad("malformed")),
    "orig-array": (line(identity(token(jose(), claims(orig={"tn": [ORIG]})))), bad("malformed")),
    "orig-unicode-digits": (line(identity(token(jose(), claims(orig={"tn": "٤٤٢٠٧٩٤٦٠٠٠١"})))), bad("malformed")),
    "orig-too-long": (line(identity(token(jose(), claims(orig={"tn": "4" * 16})))), bad("malformed")),
    "dest-empty": (line(identity(token(jose(), claims(dest={"tn": []})))), bad("malformed")),
    "dest-text": (line(identity(token(jose(), claims(dest={"tn": DEST})))), bad("malformed")),
    "dest-no-keys": (line(identity(token(jose(), claims(dest={})))), bad("malformed")),
    "attest-d": (line(identity(token(jose(), claims("D")))), bad("malformed")),
    "attest-lower": (line(identity(token(jose(), claims("a")))), bad("malformed")),
    "origid-absent": (line(identity(token(jose(), claims(origid=None)))), bad("malformed")),
    "div-with-attest": (
        line([identity(), identity(token(jose("div"), claims("A", dest={"tn": [NEXT]}, div={"tn": DEST})), ppt="div")]),
        bad("malformed"),
    ),
    "div-without-div": (line([identity(), identity(token(jose("div"), claims(None)), ppt="div")]), bad("malformed")),
    "rph-empty": (line(identity(token(jose("rph"), claims(None, rph={"auth": []})), ppt="rph")), bad("malformed")),
    "rcd-without-nam": (
        line(identity(token(jose("rcd"), claims(None, rcd={"apn": "x"})), ppt="rcd")),
        bad("malformed"),
    ),
    # unsupported
    "es256-lower": (line(identity(token(jose(alg="es256"), claims()))), bad("unsupported")),
    "alg-none": (
        line(identity(token(jose(alg="none"), claims()).rpartition(".")[0] + ".")),
        bad("unsupported", "not-done"),
    ),
    "hs256-with-public-key": (line(identity(_hmac())), bad("unsupported", "not-done")),
    "alg-parameter-other": (line(identity(alg="RS256")), bad("unsupported")),
    "alg-parameter-lower": (line(identity(alg="es256")), bad("unsupported")),
    "unknown-extension": (line(identity(token(jose("msec"), claims(None)), ppt="msec")), bad("unsupported")),
    "crit": (line(identity(token(jose(crit=["exp"]), claims()))), bad("unsupported")),
    "compact-without-message": (line(identity(f"..{SIGNED.split('.')[2]}", ppt=None)), unknown("unsupported")),
    "compact-without-date": (_compact(None), unknown("unsupported")),
    # stale
    "stale-61-before": (line(identity(), at=T + 61), bad("stale")),
    "stale-61-after": (line(identity(), at=T - 61), bad("stale")),
    "iat-zero": (line(identity(token(jose(), claims(iat=0)))), bad("stale")),
    # certificate-unavailable
    "no-certificate": (line(identity(), None), unknown("certificate-unavailable")),
    "certificate-no-pem": (line(identity(), None, certificate_pem="nonsense"), unknown("certificate-unavailable")),
    # untrusted
    "stranger": (line(identity(token(jose(), claims(), "SHAKEN 709J stranger")), STRANGER, None), bad("untrusted")),
    "inter-missing": (line(identity(), inter=None), bad("untrusted")),
    "no-tn-auth-list": (line(identity(token(jose(), claims(), "No list")), NO_LIST), bad("untrusted")),
    "bad-tn-auth-list": (line(identity(token(jose(), claims(), "Bad list")), BAD_LIST), bad("untrusted")),
    "key-not-for-signing": (line(identity(token(jose(), claims(), "No signing")), NO_SIGNING), bad("untrusted")),
    "p-384": (line(identity(), P384), bad("untrusted", "not-done")),
    # certificate-expired
    "expired": (line(identity(token(jose(), claims(), "SHAKEN 709J old")), EXPIRED), bad("certificate-expired")),
    "expired-valid-then": (
        line(identity(token(jose(), claims(iat=1767225600), "SHAKEN 709J old")), EXPIRED, at=1767225600),
        GOOD,
    ),
    "not-yet-valid": (line(identity(token(jose(), claims(), "SHAKEN 709J new")), EARLY), bad("certificate-expired")),
    "inter-expired": (
        line(identity(token(jose(), claims(), "SHAKEN 709J under old")), UNDER_OLD, OLD_INTER),
        bad("certificate-expired"),
    ),
    # revoked
    "revoked": (line(identity(token(jose(), claims(), "SHAKEN 709J revoked")), REVOKED), bad("revoked")),
    # number-not-covered
    "not-covered": (
        line(identity(token(jose(), claims(orig={"tn": "442079460100"}), "Numbers")), NUMBERS),
        bad("number-not-covered"),
    ),
    "uri-not-covered": (
        line(identity(token(jose(), claims(orig={"uri": "sip:a@example.org"})))),
        bad("number-not-covered"),
    ),
    # info-mismatch
    "info-other": (line(identity(info="<https://certificates.example.org/other.pem>")), bad("info-mismatch")),
    "x5u-absent": (line(identity(token(jose(x5u=None), claims()))), bad("info-mismatch")),
    # claims-mismatch
    "orig-other": (line(identity(), orig="442079460002", dest=DEST), bad("claims-mismatch")),
    "dest-other": (line(identity(), orig=ORIG, dest=NEXT), bad("claims-mismatch")),
    "asserted-other": (line(identity(), orig=ORIG, dest=DEST, pai=[f"tel:+{LAST}"]), bad("claims-mismatch")),
    "orig-other-and-stale": (line(identity(), orig=LAST, at=T + 900), bad("claims-mismatch")),
    "div-other-number": (line([identity(), div(ORIG, LAST, NEXT)]), bad("claims-mismatch")),
    "div-other-caller": (line([identity(), div("442079460002", DEST, NEXT)]), bad("claims-mismatch")),
    "div-alone": (line(div(ORIG, DEST, NEXT)), bad("claims-mismatch")),
    "div-forked": (line([identity(), div(ORIG, DEST, NEXT), div(ORIG, DEST, LAST)]), bad("claims-mismatch")),
    "rcd-other-digest": (line(identity(token(jose("rcd"), _rich("A" * 43 + "=")), ppt="rcd")), bad("claims-mismatch")),
    # bad-signature
    "one-bit": (line(identity(_flip(SIGNED))), bad("bad-signature", "fail")),
    "claim-changed": (line(identity(_changed(orig={"tn": "442079460009"}))), bad("bad-signature", "fail")),
    "attest-changed": (
        line(identity(token(jose(), claims("B")).rpartition(".")[0] + "." + SIGNED.rpartition(".")[2])),
        bad("bad-signature", "fail"),
    ),
    "other-key": (line(identity(token(jose(), claims(), "Numbers"))), bad("bad-signature", "fail")),
    "s-zero": (line(identity(_with_signature(sign(b"x")[:32] + bytes(32)))), bad("bad-signature", "fail")),
    "r-and-s-zero": (line(identity(_with_signature(bytes(64)))), bad("bad-signature", "fail")),
    "all-bits": (line(identity(_with_signature(b"\xff" * 64))), bad("bad-signature", "fail")),
    "compact-other-date": (_compact("Sun, 22 Nov 2026 15:32:50 GMT"), bad("bad-signature", "fail")),
}


def files() -> dict[str, bytes]:
    """Return every file that the vectors consist of."""
    lines = []
    for name, (asked, (verdict, fault, signature)) in MADE.items():
        expect = {"verdict": verdict, "fault": fault, "signature": signature}
        lines.append(json.dumps({"id": name, "line": asked, "expect": expect}, sort_keys=True))
    made = {"made.jsonl": ("\n".join(lines) + "\n").encode()}
    return made | {f"trust/{name}": data for name, data in trust_files().items()}


if __name__ == "__main__":
    home = Path(__file__).parent
    for name, data in files().items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(data)
