"""Files of signed calls as `verify-identity` takes them: a verdict for each line, or an error that names what is wrong."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from fuzz.target import Target, chosen, short, text_of, with_choice
from unspoof.case.identities import IdentityOptions, verify_identities
from unspoof.errors import UnspoofError
from unspoof.model.identity import CHECKS, FAULTS
from vectors.passport.passport_maker import DEST, ORIG, T, claims, identity, jose, line, tidy, token

_CERTIFICATE = json.dumps(line("", at=T)["certificate_pem"]).encode()
_HEADER = identity()
_STATED = (None, str(T), "2026-11-22T15:32:49Z", "text")
_HEADED = "INVITE sip:a@192.0.2.1 SIP/2.0\r\n"


def feed(data: bytes) -> None:
    """Verify a file; @HEADER@ and "@PEM@" stand for a signed call's."""
    stated, rest = chosen(data, _STATED)
    content = rest.replace(b"@HEADER@", _HEADER.encode()).replace(b'"@PEM@"', _CERTIFICATE)
    if stated == "text":
        stated = text_of(rest.split(b"\n")[0])
    with tempfile.TemporaryDirectory(prefix="unspoof-fuzz-") as folder:
        file = Path(folder) / "calls"
        file.write_bytes(content)
        try:
            rows = list(verify_identities(file, IdentityOptions(stated)))
        except UnspoofError as error:
            short(error, 1_000)
            return
        lines = len(content.split(b"\n")) - content.endswith(b"\n") if content else 0
        if rows and "line" in rows[0]:
            assert [row["line"] for row in rows] == list(range(1, lines + 1)), "a line without a verdict"
        again = list(verify_identities(file, IdentityOptions(stated)))
    assert again == rows, "another verdict the second time"
    for row in rows:
        assert row["verdict"] in ("failed", "unverifiable"), "verified, and nobody is trusted"
        assert row["fault"] in FAULTS
        assert [check["check"] for check in row["checks"]] == list(CHECKS)
        assert json.loads(json.dumps(row, separators=(",", ":"))) == row, "a row that JSON cannot hold"


def _seeds() -> tuple[bytes, ...]:
    rows = (
        line("@HEADER@", at=T, orig=ORIG, dest=[DEST]) | {"certificate_pem": "@PEM@"},
        {
            "identity": ["@HEADER@"],
            "at": "2026-11-22T15:32:49Z",
            "orig": {"tn": ORIG},
            "dest": {"uri": ["sip:a@192.0.2.1"]},
        },
        {"identity": "@HEADER@", "at": T, "certificate_pem": {"https://192.0.2.3/c.pem": "@PEM@"}, "pai": [int(ORIG)]},
        {"identity": "@HEADER@", "certificate_pem": ["@PEM@"], "certificate_obtained_at": T, "date": "x"},
        {"identity": None, "orig": "", "at": 1.5},
        {"identity": identity(token(jose("div"), tidy(claims(None)))), "at": -1},
    )
    texts = [json.dumps(row).encode() for row in rows]
    sip = f"{_HEADED}Identity: @HEADER@\r\nFrom: <sip:{ORIG}@192.0.2.7>\r\nTo: b\r\nDate: Sun, 22 Nov 2026 15:32:49 GMT\r\n\r\n"
    return (
        *with_choice(0, (texts[0], b"\n".join((texts[1], b"", b"[1]", texts[2])), texts[4], texts[5], sip.encode())),
        *with_choice(
            1, (b"\n".join(texts) + b"\n", sip.replace("Date", "X").encode(), b"\xd4\xc3\xb2\xa1" + bytes(40))
        ),
        *with_choice(2, (texts[3],)),
        *with_choice(3, (b"2026-11-22\n" + texts[3], b"1e3\n{}", b"+1\n")),
    )


TARGET = Target(
    "identity_lines",
    "a choice of stated time, then JSON lines, a SIP log or a capture; @HEADER@ and @PEM@ stand for a signed call's",
    feed,
    _seeds(),
    words=(
        b"@HEADER@",
        b'"@PEM@"',
        b'{"identity":',
        b'"at":',
        b'"orig":',
        b'"dest":',
        b'"pai":',
        b'"date":',
        b'"certificate_pem":',
        b'"certificate_obtained_at":',
        b'"tn":',
        b'"uri":',
        b"[" * 200,
        b'{"tn":' * 60,
        b"\\ud800",
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"0001-01-01T00:00:00+23:59",
        b"9" * 400,
        b"\\u0000",
        b"Identity: ",
        b"\nU 2026/11/22 15:46:03Z ",
    ),
    most=3000,
)

__all__ = ["TARGET"]
