"""Steps that verify the signed calls of a case, each at its own time; who signed says nothing of who called.

The certificates are the case's own reference table: what is trusted, and what signers' certificates stood at which address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from unspoof.engine.step import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.identity import CertificateOrigin, IdentityVerdict, SignedMessage
from unspoof.model.lists import split_list
from unspoof.model.reference_tables import CERTIFICATES
from unspoof.model.tables import SIGNALS, Column, Table
from unspoof.screen.identity import IdentityPolicy, Obtained, TrustStore, Verifier

_ASKED = ("signal_id", "call_ref", "at", "presented_raw", "asserted_raw", "called_raw", "request_uri", "identity")

SIGNED_SIGNALS = Step(
    name="signed_signals",
    meaning="requests that carry an Identity header",
    reads=(SIGNALS.name,),
    gives=Table(
        "signed_signals", "one request with an Identity header", tuple(SIGNALS.column(name) for name in _ASKED)
    ),
    kept=False,
    sql="""
SELECT s.signal_id, s.call_ref, s.at, s.presented_raw, s.asserted_raw, s.called_raw, s.request_uri, s.identity
FROM signals AS s
WHERE s.identity IS NOT NULL AND s.status IS NULL AND s.at IS NOT NULL
""".strip(),
)

_VERIFIED = Table(
    "verified_signals",
    "the verdict on the Identity headers of one SIP request, at the time of its capture",
    (
        SIGNALS.column("signal_id"),
        SIGNALS.column("call_ref"),
        Column("at", "timestamp", "the time that it was judged at: when it was captured", "UTC"),
        Column("verdict", "text", "verified, failed, unverifiable", nullable=False),
        Column("fault", "text", "the first fault in the order of the checks; empty where there is none"),
        Column("sip_code", "int32", "the SIP response code that goes with the fault"),
        Column("attestation", "text", "what the signer claims: A, B or C"),
        Column("orig", "text", "the number that the signature names as the caller's"),
        Column("dest", "text", "the numbers that it names as called; semicolon list"),
        Column("issued_at", "timestamp", "when it was signed, by its own word (iat)", "UTC"),
        Column("signer", "text", "subject of the certificate"),
        Column("certificate_sha256", "text", "of the certificate that was judged"),
        Column("failed_checks", "text", "names of the checks that failed; semicolon list", nullable=False),
        Column("checks", "text", "every check with its result and why, as JSON", nullable=False),
        Column("oddities", "text", "departures that do not decide; semicolon list", nullable=False),
    ),
)


class _Held:
    """The signers' certificates of the case, by address."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        rows = sorted(rows, key=lambda row: (row["url"], row["obtained_at"], row["sha256"]))
        self._by_url = {url: list(held) for url, held in groupby(rows, key=lambda row: row["url"])}

    def certificate(self, url: str, at: int) -> Obtained | None:
        """Return what was last obtained from an address up to a time, else what was obtained soonest after it."""
        held = self._by_url.get(url)
        if not held:
            return None
        before = [row for row in held if _seconds(row["obtained_at"]) <= at]
        row = before[-1] if before else held[0]
        said = f"the case's table of certificates: {row['source']}"
        return Obtained(row["pem"].encode(), CertificateOrigin(said, _seconds(row["obtained_at"])))


def _seconds(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp())


def _verifier(inputs: Inputs) -> Verifier:
    rows = inputs.tables[CERTIFICATES.name].to_pylist()
    trusted = "\n".join(row["pem"] for row in rows if row["is_trusted"])
    trust = TrustStore.from_pem(trusted.encode(), "the case's table of certificates") if trusted else TrustStore()
    policy = IdentityPolicy(freshness_s=int(inputs.settings["identity_freshness_s"]))
    return Verifier(trust, policy, _Held([row for row in rows if not row["is_trusted"]]))


def _verdicts(inputs: Inputs) -> Iterator[dict[str, Any]]:
    verifier = _verifier(inputs)
    for batch in inputs.tables[SIGNED_SIGNALS.name].to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            message = SignedMessage(
                row["presented_raw"],
                tuple(split_list(row["asserted_raw"])),
                (row["called_raw"],) if row["called_raw"] else (),
                request_uri=row["request_uri"],
            )
            verdict = verifier.verify(split_list(row["identity"]), _seconds(row["at"]), message)
            yield {"signal_id": row["signal_id"], "call_ref": row["call_ref"], "at": row["at"], **_said(verdict)}


def _said(verdict: IdentityVerdict) -> dict[str, Any]:
    row = verdict.as_row()
    certificate = row["certificate"] or {}
    return {
        **{name: row[name] for name in ("verdict", "fault", "sip_code", "attestation", "orig")},
        "dest": "; ".join(str(number) for number in row["dest"]) or None,
        "issued_at": _moment(row["iat"]),
        "signer": certificate.get("subject"),
        "certificate_sha256": certificate.get("sha256"),
        "failed_checks": ";".join(check["check"] for check in row["checks"] if check["result"] == "fail"),
        "checks": json.dumps(row["checks"], ensure_ascii=False, separators=(",", ":")),
        "oddities": ";".join(row["oddities"]),
    }


def _moment(iat: int | None) -> datetime | None:
    """Return a claim's time; one that no calendar has is no time, and the checks say what is wrong with it."""
    if iat is None or not 0 <= iat <= 253_402_300_799:
        return None
    return datetime.fromtimestamp(iat, UTC).replace(tzinfo=None)


def _verify(inputs: Inputs) -> pa.Table:
    batches = [pa.RecordBatch.from_pylist(rows, schema=schema(_VERIFIED)) for rows in _thousands(_verdicts(inputs))]
    return pa.Table.from_batches(batches, schema=schema(_VERIFIED))


def _thousands(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append(row)
        if len(held) == 10_000:
            yield held
            held = []
    if held:
        yield held


VERIFIED_SIGNALS = Step(
    name=_VERIFIED.name,
    meaning="verify the signatures of calls, each at its own time",
    reads=(SIGNED_SIGNALS.name, CERTIFICATES.name),
    gives=_VERIFIED,
    order_by=("signal_id",),
    settings=("identity_freshness_s",),
    run=_verify,
)

SIGNED_CALLS = Step(
    name="signed_calls",
    meaning="calls whose set-up was captured with an Identity header",
    reads=("calls_once", VERIFIED_SIGNALS.name),
    gives=Table(
        "signed_calls",
        "one call with the verdict on its Identity headers",
        (
            Column("call_id", "int64", "the call", nullable=False),
            Column(
                "verdict", "text", "failed if any of its requests failed, else unverifiable if any was, else verified"
            ),
            Column("fault", "text", "the fault of the first such request"),
            Column("attestation", "text", "what the signer of the first such request claims"),
            Column("signals", "int64", "requests with an Identity header", "messages", False),
        ),
    ),
    order_by=("call_id",),
    # A Call-ID means one call for a while only: switches that are made anew count from one again.
    sql="""
WITH met AS (
  SELECT c.call_id AS call_id, v.signal_id AS signal_id, v.verdict AS verdict, v.fault AS fault,
         v.attestation AS attestation,
         CASE v.verdict WHEN 'failed' THEN 0 WHEN 'unverifiable' THEN 1 ELSE 2 END AS place
  FROM calls_once AS c
  JOIN verified_signals AS v ON v.call_ref = c.call_ref
  WHERE c.at IS NOT NULL AND abs(date_diff('microsecond', c.at, v.at)) <= 86400000000
), placed AS (
  SELECT call_id, verdict, fault, attestation,
         row_number() OVER (PARTITION BY call_id ORDER BY place, signal_id) AS nth,
         count(*) OVER (PARTITION BY call_id) AS signals
  FROM met
)
SELECT call_id, verdict, fault, attestation, signals FROM placed WHERE nth = 1
""".strip(),
)

STEPS: tuple[Step, ...] = (SIGNED_SIGNALS, VERIFIED_SIGNALS, SIGNED_CALLS)

__all__ = ["SIGNED_CALLS", "SIGNED_SIGNALS", "STEPS", "VERIFIED_SIGNALS"]
