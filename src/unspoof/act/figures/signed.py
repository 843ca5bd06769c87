"""Figures of signed calls: how many carried a signature, and how many of these hold; not who called."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

_SIGNED_IDS = "SELECT call_id FROM signed_calls"
_VERIFIED_IDS = "SELECT call_id FROM signed_calls WHERE verdict = 'verified'"
_SETTINGS = ("identity_freshness_s",)

_SIGNED = Figure(
    key="calls.signed",
    label="Calls with a signature",
    unit="calls",
    definition="Calls whose set-up was captured with an Identity header (STIR/SHAKEN), whatever became of its verification.",
    step="signed_calls",
    value_sql="SELECT count(*) AS value FROM signed_calls",
    rows_table="calls",
    rows_sql=_SIGNED_IDS,
    count_sql=tally("signed", _SIGNED_IDS),
    sources=("calls",),
)

_VERIFIED = Figure(
    key="calls.verified",
    label="Calls with a signature that holds",
    unit="calls",
    definition="Of calls.signed, those whose every captured signature was verified at the time of its capture, made within"
    " {identity_freshness_s} s of it, with the certificates that the case has. The attestation is the signer's own claim.",
    step="signed_calls",
    value_sql="SELECT count(*) AS value FROM signed_calls WHERE verdict = 'verified'",
    rows_table="calls",
    rows_sql=_VERIFIED_IDS,
    count_sql=tally("verified", _VERIFIED_IDS),
    sources=("calls",),
    settings=_SETTINGS,
    note_sql="""SELECT 'Not verified: '
         || CAST(coalesce(CAST(sum(CASE WHEN verdict = 'failed' THEN 1 ELSE 0 END) AS BIGINT), 0) AS VARCHAR) || ' failed, '
         || CAST(coalesce(CAST(sum(CASE WHEN verdict = 'unverifiable' THEN 1 ELSE 0 END) AS BIGINT), 0) AS VARCHAR)
         || ' could not be verified.' AS note
FROM signed_calls HAVING count(*) > 0""",
)

SIGNED_FIGURES = (_SIGNED, _VERIFIED)

__all__ = ["SIGNED_FIGURES"]
