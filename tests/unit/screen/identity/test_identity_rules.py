"""Rules of verification that no single made call shows: strictness, revocation by date, sources, chains, published tokens."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from unspoof.errors import BadReference, BadRequest
from unspoof.model.identity import CertificateOrigin, IdentityVerdict, SignedMessage
from unspoof.screen.identity import (
    CertificateStore,
    CertificateUnavailable,
    IdentityPolicy,
    Obtained,
    SignedCall,
    TrustStore,
    Verifier,
)
from vectors.passport import passport_maker as made
from vectors.passport.passport_maker import (
    DEST,
    INTER,
    LEAF,
    NEXT,
    NUMBERS,
    ORIG,
    REVOKED,
    ROOT,
    URL,
    T,
    claims,
    div,
    identity,
    jose,
    pem,
    revocation_list,
    tn_auth_list,
    token,
)
from vectors.passport.passport_vectors_made import MADE

PUBLISHED = Path(__file__).parents[3] / "vectors/passport/published"
TRUST = TrustStore.from_pem(pem(ROOT).encode())
BUNDLE = Obtained(pem(LEAF, INTER).encode(), CertificateOrigin("made"))


def _results(verdict: IdentityVerdict) -> dict[str, str]:
    return {check.check: check.result for check in verdict.checks}


def _published(name: str) -> dict[str, Any]:
    rows = json.loads((PUBLISHED / "passport_vectors.json").read_text("utf-8"))
    return next(row for row in rows if row["id"] == name)


def _judge_published(name: str, at: int) -> IdentityVerdict:
    row = _published(name)
    trust = TrustStore.from_folder(PUBLISHED / "libstirshaken/ca.pem")
    data = (PUBLISHED / "libstirshaken/sp.pem").read_bytes()
    header = (
        row.get("identity_header")
        or f"{row['token']};info=<https://shaken.signalwire.cloud/sp.pem>;alg=ES256;ppt=shaken"
    )
    return Verifier(trust).verify([header], at, None, Obtained(data, CertificateOrigin("published")))


@pytest.mark.parametrize("name", ["libstirshaken-readme-1", "libstirshaken-readme-2"])
def test_the_published_shaken_calls_fail_by_the_profile_alone(name: str) -> None:
    """Signature and path hold; the certificate has a text where the numbers belong, which decides."""
    verdict = _judge_published(name, 1616442523)

    assert (verdict.verdict, verdict.fault, verdict.sip_code) == ("failed", "untrusted", 437)
    assert [c.check for c in verdict.checks if c.result == "fail"] == ["profile"]
    assert _results(verdict)["signature"] == _results(verdict)["chain"] == "pass"


@pytest.mark.parametrize("name", ["libstirshaken-ref-1", "libstirshaken-ref-2"])
def test_published_claims_that_are_texts_are_refused(name: str) -> None:
    """Orig and dest that are strings holding JSON are malformed, though the signature holds."""
    verdict = _judge_published(name, 1603458131)

    assert verdict.fault == "malformed"
    assert _results(verdict)["claims"] == "fail"
    assert _results(verdict)["signature"] == "pass"


def test_a_certificate_of_another_authority_is_untrusted() -> None:
    """The published certificate that does not lead to its authority is told as such."""
    trust = TrustStore.from_folder(PUBLISHED / "libstirshaken/ca.pem")
    data = (PUBLISHED / "libstirshaken/wrongsp.pem").read_bytes()
    header = _published("libstirshaken-readme-2")["identity_header"]
    verdict = Verifier(trust).verify([header], 1616442523, None, Obtained(data, CertificateOrigin("published")))

    assert _results(verdict)["chain"] == "fail"


def test_without_anchors_nothing_is_verified_and_nothing_failed() -> None:
    """Where nobody is trusted the signature is still checked, and the verdict says that the chain was not."""
    verdict = Verifier().verify([identity()], T, None, BUNDLE)

    assert (verdict.verdict, verdict.fault) == ("unverifiable", "untrusted")
    assert (_results(verdict)["signature"], _results(verdict)["chain"]) == ("pass", "not-done")
    assert verdict.verstat == "No-TN-Validation"


def test_a_strict_setting_makes_each_oddity_a_fault() -> None:
    """Key order, white space, http, a wrong weekday and a plain certificate are oddities, and faults where strict."""
    message = SignedMessage(ORIG, (), (DEST,), "Sat, 22 Nov 2026 15:32:49 GMT")
    names = ["key-order", "white-space", "http-x5u", "plain-certificate", "plus-in-tn", "quoted-ppt", "comma-list"]
    for name in names:
        line = MADE[name][0]
        bundle = Obtained(line["certificate_pem"].encode(), CertificateOrigin("made"))
        loose = Verifier(TRUST).verify([line["identity"]], T, None, bundle)
        strict = Verifier(TRUST, IdentityPolicy(strict=True)).verify([line["identity"]], T, None, bundle)

        assert loose.verdict == "verified", name
        assert loose.oddities, name
        assert strict.verdict == "failed", name
    strict_date = Verifier(TRUST, IdentityPolicy(strict=True)).verify([identity()], T, message, BUNDLE)
    assert (strict_date.verdict, strict_date.fault) == ("failed", "malformed")
    assert Verifier(TRUST, IdentityPolicy(strict=True)).verify([identity()], T, None, BUNDLE).verdict == "verified"


def _with_lists(*lists: Any) -> TrustStore:
    return TrustStore.from_pem(pem(ROOT).encode() + b"".join(crl.public_bytes(Encoding.PEM) for crl in lists))


def test_revocation_is_judged_by_the_list_of_the_calls_date() -> None:
    """A list of that date decides; one of another date leaves it not done, and says what it knows."""
    header = identity(token(jose(), claims(), "SHAKEN 709J revoked"))
    bundle = Obtained(pem(REVOKED, INTER).encode(), CertificateOrigin("made"))
    revoked = {REVOKED.serial_number: "2026-03-01"}
    then = revocation_list("Made STI-CA Inter", revoked, "2026-11-01", "2026-12-01")
    later = revocation_list("Made STI-CA Inter", revoked, "2026-12-01", "2027-01-01")
    forged = revocation_list("Made STI-CA Inter", revoked, "2026-11-01", "2026-12-01")
    judged = {
        name: Verifier(_with_lists(*lists)).verify([header], T, None, bundle)
        for name, lists in {"then": (then,), "later": (later,), "none": (), "both": (later, forged)}.items()
    }

    assert (judged["then"].verdict, judged["then"].fault, judged["then"].sip_code) == ("failed", "revoked", 437)
    assert judged["later"].verdict == judged["none"].verdict == "verified"
    assert judged["later"].checks[7].result == "not-done"
    assert "2026-03-01" in judged["later"].checks[7].detail
    assert judged["both"].fault == "revoked"


def test_a_list_that_its_issuer_did_not_sign_says_nothing() -> None:
    """A list under the issuer's name but of another key is passed over."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    real = revocation_list("Made STI-CA Inter", {}, "2026-11-01", "2026-12-01")
    entry = (
        x509.RevokedCertificateBuilder().serial_number(LEAF.serial_number).revocation_date(real.last_update_utc).build()
    )
    forged = (
        x509.CertificateRevocationListBuilder().issuer_name(INTER.subject).last_update(real.last_update_utc)
        .next_update(real.next_update_utc).add_revoked_certificate(entry).sign(made.key("mallory"), SHA256())
    )  # fmt: skip

    verdict = Verifier(_with_lists(forged)).verify([identity()], T, None, BUNDLE)

    assert (verdict.verdict, verdict.checks[7].result) == ("verified", "not-done")


def test_a_standing_that_is_kept_ends_with_its_validity() -> None:
    """The path found for one call is not used for a call outside the time for which it holds."""
    verifier = Verifier(TRUST)
    bundle = Obtained(pem(made.EXPIRED, INTER).encode(), CertificateOrigin("made"))
    then = 1767225600
    early = identity(token(jose(), claims(iat=then), "SHAKEN 709J old"))
    late = identity(token(jose(), claims(), "SHAKEN 709J old"))
    verdicts = [verifier.verify([h], at, None, bundle).fault for h, at in ((early, then), (late, T), (early, then))]

    assert verdicts == [None, "certificate-expired", None]


def test_an_issuers_list_bounds_what_its_certificates_speak_for() -> None:
    """A delegate certificate under one that speaks for other numbers covers nothing (RFC 9060)."""
    parent = made.certificate("Parent", "Made STI-CA Root", authority=True, tn_list=tn_auth_list(numbers=[DEST]))
    child = made.certificate("Child", "Parent", tn_list=tn_auth_list(numbers=[ORIG]))
    header = identity(token(jose(), claims(), "Child"))
    verdict = Verifier(TRUST).verify(
        [header], T, None, Obtained(pem(child, parent).encode(), CertificateOrigin("made"))
    )

    assert (verdict.verdict, verdict.fault) == ("failed", "number-not-covered")


def test_the_code_of_a_number_that_is_not_covered_is_a_setting() -> None:
    """437 by default, 438 where the policy says so."""
    line = MADE["not-covered"][0]
    bundle = Obtained(pem(NUMBERS, INTER).encode(), CertificateOrigin("made"))
    verdict = Verifier(TRUST, IdentityPolicy(coverage_code=438)).verify([line["identity"]], T, None, bundle)

    assert verdict.sip_code == 438
    with pytest.raises(BadRequest):
        IdentityPolicy(coverage_code=400)


def test_too_many_diversions_fail() -> None:
    """One shaken token and five diversions are allowed, six are not."""
    numbers = [DEST, *(f"44770090{n:04}" for n in range(6))]
    hops = [div(ORIG, a, b) for a, b in pairwise(numbers)]
    five = Verifier(TRUST).verify([identity(), *hops[:5]], T, None, BUNDLE)
    six = Verifier(TRUST).verify([identity(), *hops], T, None, BUNDLE)

    assert five.verdict == "verified"
    assert (six.verdict, six.fault) == ("failed", "claims-mismatch")


def test_a_diverted_call_is_held_to_where_it_went() -> None:
    """With the Request-URI known, the last diversion must lead there."""
    said = SignedMessage(ORIG, (), (DEST,), None, f"sip:+{NEXT}@192.0.2.1")
    elsewhere = said._replace(request_uri="sip:+442079460099@192.0.2.1", called=())
    headers = [identity(), div(ORIG, DEST, NEXT)]

    assert Verifier(TRUST).verify(headers, T, said, BUNDLE).verdict == "verified"
    assert Verifier(TRUST).verify(headers, T, elsewhere, BUNDLE).fault == "claims-mismatch"


def test_an_anonymous_from_beside_an_asserted_number_is_passed_over() -> None:
    """The asserted number is compared then; without one, an anonymous From is not the signed caller."""
    anonymous = "sip:anonymous@anonymous.invalid"
    verifier = Verifier(TRUST)
    with_asserted = verifier.verify([identity()], T, SignedMessage(anonymous, (f"tel:+{ORIG}",), (DEST,)), BUNDLE)
    alone = verifier.verify([identity()], T, SignedMessage(anonymous, (), (DEST,)), BUNDLE)

    assert with_asserted.verdict == "verified"
    assert alone.fault == "claims-mismatch"


def test_many_at_once_are_judged_as_one_by_one() -> None:
    """Every made call gets the same row from verify_many as from verify."""
    calls = []
    for line, _ in MADE.values():
        headers = line.get("identity") or []
        texts = (headers,) if isinstance(headers, str) else headers
        bundle = Obtained(line.get("certificate_pem", "").encode(), CertificateOrigin("made"))
        if not isinstance(texts, int):
            calls.append(SignedCall(tuple(texts), T, SignedMessage(ORIG, (), (DEST,)), bundle))
    one_by_one = [Verifier(TRUST).verify(*call).as_row() for call in calls]

    assert one_by_one == [verdict.as_row() for verdict in Verifier(TRUST).verify_many(calls)]


def test_a_store_gives_the_certificate_of_the_calls_time(tmp_path: Path) -> None:
    """What was last obtained before the call is used; what came after it is named as such; changed bytes are refused."""
    store = CertificateStore(tmp_path)
    store.put(URL, pem(made.EXPIRED, INTER).encode(), T - 1000)
    store.put(URL, pem(LEAF, INTER).encode(), T - 10)
    digest = store.put(URL, pem(NUMBERS, INTER).encode(), T + 500)
    again = CertificateStore(tmp_path)
    verdict = Verifier(TRUST, None, again).verify([identity()], T)
    row = verdict.as_row()["certificate"]

    assert (
        verdict.verdict,
        row["subject"].removeprefix("CN="),
        row["obtained_at"],
    ) == ("verified", "SHAKEN 709J", T - 10)
    assert row["obtained"] == "obtained before the call"
    assert again.certificate(URL, T + 600).data == pem(NUMBERS, INTER).encode()  # type: ignore[union-attr]
    later = Verifier(TRUST, None, again).verify([identity()], T - 5000).as_row()["certificate"]
    assert "after the call" in later["obtained"]
    (tmp_path / f"certificates/{digest}.pem").write_bytes(pem(LEAF).encode())
    with pytest.raises(CertificateUnavailable, match="another hash"):
        CertificateStore(tmp_path).certificate(URL, T + 600)


def test_a_source_that_cannot_deliver_is_named() -> None:
    """Retrieval that failed is certificate-unavailable, 436, with the reason."""

    class Broken:
        def certificate(self, url: str, at: int) -> Obtained | None:
            raise CertificateUnavailable("the server answered 404")

    verdict = Verifier(TRUST, None, Broken()).verify([identity()], T)

    assert (verdict.verdict, verdict.fault, verdict.sip_code) == ("unverifiable", "certificate-unavailable", 436)
    assert "404" in verdict.checks[5].detail


def test_a_folder_of_trust_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    """An empty folder, a missing one and a damaged certificate are refused; other files are passed over."""
    with pytest.raises(BadReference, match="no such folder"):
        TrustStore.from_folder(tmp_path / "none")
    with pytest.raises(BadReference, match="no certificate"):
        TrustStore.from_folder(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "root.pem").write_text(pem(ROOT))
    assert TrustStore.from_folder(tmp_path).skipped == ("notes.txt",)
    (tmp_path / "torn.pem").write_text(pem(ROOT).replace("M", "N", 3))
    with pytest.raises(BadReference, match=r"torn\.pem"):
        TrustStore.from_folder(tmp_path)


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (made.claim_limits(include=["attest"], permitted=[("attest", ["A", "B"])], exclude=["rcd"]), None),
        (made.claim_limits(include=["rcd"]), "claims-mismatch"),
        (made.claim_limits(permitted=[("attest", ["B", "C"])]), "claims-mismatch"),
        (made.claim_limits(permitted=[("orig", ['{"tn":"442079460001"}'])]), None),
        (made.claim_limits(exclude=["origid"]), "claims-mismatch"),
        (made.der(0x30, b""), "untrusted"),
        (b"nonsense", "untrusted"),
    ],
)
def test_limits_on_claims_hold(limits: bytes, fault: str | None) -> None:
    """A certificate that limits claims signs no others; limits that cannot be read are none to rely on."""
    leaf = made.certificate("SHAKEN 709J limited", "Made STI-CA Inter", tn_list=made.CODE, limits=limits)
    header = identity(token(jose(), claims(), "SHAKEN 709J limited"))
    verdict = Verifier(TRUST).verify([header], T, None, Obtained(pem(leaf, INTER).encode(), CertificateOrigin("made")))

    assert fault == verdict.fault


def test_a_signers_own_authority_certificate_can_be_trusted_itself() -> None:
    """Openssl's self-signed certificates call themselves authorities: one in the folder is tried on a token all the same."""
    own = made.certificate("Own", "Own", authority=True, tn_list=made.CODE)
    header = identity(token(jose(), claims(), "Own"))
    verdict = Verifier(TrustStore.from_pem(pem(own).encode())).verify([header], T)

    assert verdict.fault == "untrusted"  # its key is for certificates alone
    assert {"pass"} == {c.result for c in verdict.checks if c.check in ("signature", "chain", "coverage")}


@pytest.mark.parametrize("at", [0, 1, 253_402_300_799])
def test_any_time_of_a_call_gets_a_verdict(at: int) -> None:
    """The first and last moments that can be asked for stop nothing."""
    verdict = Verifier(TRUST).verify([identity()], at, None, BUNDLE)

    assert verdict.fault == "stale"
    assert _results(verdict)["chain"] == "fail"


def test_an_anchor_that_is_no_authority_vouches_for_nobody() -> None:
    """A trusted signer's certificate does not make those that its key signed trusted."""
    minted = made.certificate("SHAKEN 709J minted", "SHAKEN 709J", tn_list=made.CODE)
    header = identity(token(jose(), claims(), "SHAKEN 709J minted"))
    bundle = Obtained(pem(minted, LEAF).encode(), CertificateOrigin("made"))
    for trusted in (pem(LEAF), pem(LEAF, ROOT)):
        verdict = Verifier(TrustStore.from_pem(trusted.encode())).verify([header], T, None, bundle)

        assert (verdict.verdict, verdict.fault) == ("failed", "untrusted")


def _misnamed(der: bytes, label: bytes, name: bytes, tag: bytes = b"\x65") -> bytes:
    """Return PEM in which a name has a tag that no text has; the rest stays readable."""
    broken = der.replace(b"\x0c" + bytes([len(name)]) + name, tag + bytes([len(name)]) + name, 1)
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(broken), label)


@pytest.mark.parametrize("tag", [b"\x65", b"\x03"])
def test_a_certificate_whose_issuer_is_not_readable_is_none(tag: bytes) -> None:
    """Its sender chose it: the call gets a verdict, where an exception would leave it unjudged."""
    data = _misnamed(LEAF.public_bytes(Encoding.DER), b"CERTIFICATE", b"Made STI-CA Inter", tag)
    trust = TrustStore.from_pem(pem(ROOT).encode() + made.LISTS[0].public_bytes(Encoding.PEM))
    verdict = Verifier(trust).verify([identity()], T, None, Obtained(data, CertificateOrigin("made")))

    assert (verdict.verdict, verdict.fault) == ("unverifiable", "certificate-unavailable")
    assert "parts that are not readable" in " ".join(check.detail for check in verdict.checks)


def test_a_list_whose_issuer_is_not_readable_is_refused_as_it_is_loaded() -> None:
    """It would else stop the verification of every call."""
    data = _misnamed(made.LISTS[0].public_bytes(Encoding.DER), b"X509 CRL", b"Made STI-CA Inter")
    with pytest.raises(BadReference, match="a revocation list or certificate is not readable"):
        TrustStore.from_pem(pem(ROOT).encode() + data)
