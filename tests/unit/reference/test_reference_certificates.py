"""The table of certificates."""

import base64
import contextlib
import json
import time

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import CERTIFICATES
from unspoof.reference.certificates import load_certificates, load_trust
from unspoof.reference.given import Given, SourceFile
from unspoof.screen.identity import TrustStore
from vectors.passport.passport_maker import INTER, LEAF, LISTS, ROOT, URL, pem

LINE = {"url": URL, "certificate_pem": pem(LEAF, INTER), "obtained_at": "2026-11-22T15:00:00+02:00"}


def _given(data: bytes, name: str = "root.pem", before: pa.Table | None = None) -> Given:
    return Given((SourceFile(name, data),), before=before)


def _lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_certificates_and_lists_of_one_file_are_all_trusted() -> None:
    """A PEM file may hold several certificates and revocation lists; each becomes a row with its validity."""
    data = pem(ROOT, INTER).encode() + LISTS[0].public_bytes(Encoding.PEM)
    rows = load_trust(_given(data))
    assert rows.schema == schema(CERTIFICATES)
    assert sorted(rows["kind"].to_pylist()) == ["certificate", "certificate", "crl"]
    assert rows["is_trusted"].to_pylist() == [True, True, True]
    assert {str(at.date()) for at in rows["valid_from"].to_pylist()} == {"2025-01-01", "2026-11-01"}


def test_der_files_are_read_as_pem_files_are() -> None:
    """The same certificate in DER and in PEM is the same row."""
    der, text = ROOT.public_bytes(Encoding.DER), pem(ROOT).encode()
    assert load_trust(_given(der)).drop(["pem"]) == load_trust(_given(text)).drop(["pem"])
    assert (
        LISTS[0].public_bytes(Encoding.PEM).decode()
        in load_trust(_given(LISTS[0].public_bytes(Encoding.DER), "list.crl"))["pem"].to_pylist()
    )


def test_a_new_load_of_trust_leaves_what_signers_used() -> None:
    """What is no longer trusted goes; the certificates by address stay."""
    first = load_trust(_given(pem(ROOT).encode()))
    both = load_certificates(_given(_lines(LINE), "had.jsonl", first))
    again = load_trust(_given(pem(INTER).encode(), "inter.pem", both))
    assert [(row["is_trusted"], row["source"]) for row in again.to_pylist()] == [
        (False, "had.jsonl"),
        (True, "inter.pem"),
    ]


def test_a_certificate_keeps_address_and_moment_in_utc() -> None:
    """The moment is stated with its zone and kept in UTC; loading the same line again adds nothing."""
    once = load_certificates(_given(_lines(LINE), "had.jsonl"))
    (row,) = once.to_pylist()
    assert (row["url"], row["obtained_at"].isoformat(), row["is_trusted"]) == (URL, "2026-11-22T13:00:00", False)
    assert load_certificates(_given(_lines(LINE), "had.jsonl", once)) == once


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"obtained_at": "2026-11-22T15:00:00"}, "line 1, obtained_at"),
        ({"obtained_at": "yesterday"}, "line 1, obtained_at"),
        ({"obtained_at": "0001-01-01T00:00:00+14:00"}, "line 1, obtained_at"),
        ({"certificate_pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "line 1"),
        ({"certificate_pem": "none"}, "line 1"),
        ({"url": 7}, "line 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(changed: dict[str, object], place: str) -> None:
    """A line that is no certificate with address and moment is refused; the message names file and line."""
    with pytest.raises(BadReference) as error:
        load_certificates(_given(_lines({**LINE, **changed}), "had.jsonl"))
    assert f"had.jsonl {place}" in error.value.where


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda b: pem(ROOT).encode().replace(b"MII", b))))
@settings(max_examples=60)
def test_no_bytes_crash_the_loaders(data: bytes) -> None:
    """Whatever a file holds, it is loaded or refused with a message."""
    for load in (load_trust, load_certificates):
        with contextlib.suppress(BadReference):
            assert load(_given(data)).schema == schema(CERTIFICATES)


def _newer(certificate: x509.Certificate) -> bytes:
    """Return PEM of a certificate of a version that nobody knows."""
    der = certificate.public_bytes(Encoding.DER).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def test_a_certificate_of_an_unknown_version_is_refused_by_name() -> None:
    """The library's own error for it is no ValueError, and yet nothing else comes out."""
    with pytest.raises(BadReference, match=r"root\.pem: a certificate or revocation list is not readable"):
        load_trust(_given(_newer(ROOT)))
    with pytest.raises(BadReference, match=r"had\.jsonl line 1: a certificate"):
        load_certificates(_given(_lines({**LINE, "certificate_pem": _newer(LEAF).decode()}), "had.jsonl"))
    with pytest.raises(BadReference, match="not readable"):
        TrustStore.from_pem(_newer(ROOT).replace(b"CERTIFICATE", b"X509 CRL"))
    with pytest.raises(BadReference):
        TrustStore.from_pem(_newer(ROOT))


@pytest.mark.parametrize("name", ["source", "certificate_pem", "url", "obtained_at"])
def test_a_text_that_cannot_be_written_down_is_refused(name: str) -> None:
    """Half a surrogate pair, which JSON allows, would end the load without a word on where it stands."""
    with pytest.raises(BadReference, match=r"had\.jsonl line 1: a value is no text"):
        load_certificates(
            _given(_lines({**LINE, name: LINE[name] + "\ud800" if name in LINE else "\ud800"}), "had.jsonl")
        )


def test_beginnings_without_an_end_take_no_time() -> None:
    """A file of nothing but first lines of certificates is refused at once: each is looked at once, not with all behind it."""
    data = b"-----BEGIN CERTIFICATE-----\n" * 60_000 + b"-----BEGIN X509 CRL-----\n" * 60_000
    before = time.process_time()
    with pytest.raises(BadReference):
        load_trust(_given(data))
    with pytest.raises(BadReference):
        TrustStore.from_pem(data.replace(b"BEGIN CERTIFICATE", b"BEGIN X509 CRL"))
    assert time.process_time() - before < 5


def test_a_file_without_a_line_is_refused() -> None:
    """A load that adds nothing is a slip: the wrong file, or one that was cut."""
    with pytest.raises(BadReference, match="there is no certificate in it"):
        load_certificates(_given(b"\r\n \n"))
