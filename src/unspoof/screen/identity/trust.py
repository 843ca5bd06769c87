"""The anchors and revocation lists that a user states; what lies in the folder is trusted itself, a leaf too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.verification import Store

from unspoof.errors import BadReference
from unspoof.screen.identity.certificates import BadCertificate, Signer, read_certificates
from unspoof.screen.identity.revocation import RevocationList

MOST_FILES = 5_000
LARGEST_FILE = 16_777_216
"""Bytes; revocation lists may be long."""

_CRL = re.compile(rb"-----BEGIN X509 CRL-----[^-]*+-----END X509 CRL-----")


@dataclass(frozen=True, slots=True)
class Anchor:
    """One certificate that is trusted."""

    signer: Signer
    file: str


class TrustStore:
    """Trusted certificates and revocation lists.

    Attributes:
        anchors: by SHA-256 of their DER.
        crls: every revocation list, oldest first.
        signers: whose keys may have signed a token that came without a certificate; authorities last.
        skipped: names of files that hold neither.
    """

    def __init__(
        self, anchors: Iterable[Anchor] = (), crls: Iterable[RevocationList] = (), skipped: Iterable[str] = ()
    ) -> None:
        self.anchors = {anchor.signer.sha256: anchor for anchor in anchors}
        self.crls = tuple(sorted(crls, key=lambda crl: (crl.this_update, crl.sha256)))
        self.skipped = tuple(skipped)
        able = [a for a in self.anchors.values() if a.signer.key is not None]
        self.signers = tuple(sorted(able, key=lambda a: a.signer.is_authority))
        authorities = [a.signer.certificate for a in self.anchors.values() if a.signer.is_authority]
        self.store = Store(authorities) if authorities else None

    def __bool__(self) -> bool:
        return bool(self.anchors)

    @classmethod
    def from_pem(cls, data: bytes, name: str = "given") -> TrustStore:
        """Return a store of the certificates and revocation lists in PEM bytes.

        Raises:
            BadReference: something in it is not readable, or there is nothing in it.
        """
        anchors, crls = _read(data, name)
        if not anchors and not crls:
            raise BadReference("there is no certificate and no revocation list in it", where=name)
        return cls(anchors, crls)

    @classmethod
    def from_folder(cls, folder: Path) -> TrustStore:
        """Return a store of all PEM or DER files of a folder (not of folders in it), or of one file.

        Raises:
            BadReference: there is no such folder, a certificate is not readable, a file is too large, or nothing is there.
        """
        if not folder.exists():
            raise BadReference("there is no such folder", where=str(folder), hint="Give a folder with PEM files.")
        files = sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else [folder]
        if len(files) > MOST_FILES:
            raise BadReference(f"there are more than {MOST_FILES} files", where=str(folder))
        anchors: list[Anchor] = []
        crls: list[RevocationList] = []
        skipped: list[str] = []
        for file in files:
            if file.stat().st_size > LARGEST_FILE:
                raise BadReference(f"the file is larger than {LARGEST_FILE} bytes", where=str(file))
            found, lists = _read(file.read_bytes(), file.name, str(file))
            anchors += found
            crls += lists
            if not found and not lists:
                skipped.append(file.name)
        if not anchors:
            raise BadReference(
                "there is no certificate in it",
                where=str(folder),
                hint="Put the PEM files of the authorities that you trust there.",
            )
        return cls(anchors, crls, skipped)


def _read(data: bytes, name: str, where: str = "") -> tuple[list[Anchor], list[RevocationList]]:
    """Read one file; what is neither certificate nor revocation list gives nothing."""
    crls: list[RevocationList] = []
    certificates: list[x509.Certificate] = []
    try:
        if b"-----BEGIN" in data:
            crls += [RevocationList(x509.load_pem_x509_crl(found[0]), name) for found in _CRL.finditer(data)]
            if b"-----BEGIN CERTIFICATE-----" in data:
                certificates = read_certificates(data)
        elif data[:1] == b"\x30" and name.lower().endswith(".crl"):
            crls.append(RevocationList(x509.load_der_x509_crl(data), name))
        elif data[:1] == b"\x30" and name.lower().endswith((".der", ".crt", ".cer")):
            certificates = read_certificates(data)
        return [Anchor(Signer(c), name) for c in certificates], crls
    except (BadCertificate, ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        said = str(error) if isinstance(error, BadCertificate) else "a revocation list or certificate is not readable"
        raise BadReference(said, where=where or name, hint="Take the file out, or put the whole file there.") from None


__all__ = ["LARGEST_FILE", "MOST_FILES", "Anchor", "TrustStore"]
