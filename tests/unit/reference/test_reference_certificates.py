"""The table of certificates."""

import contextlib
import json

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import CERTIFICATES
from unspoof.reference.certificates import load_certificates, load_trust
from unspoof.reference.given import Given, SourceFile
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
