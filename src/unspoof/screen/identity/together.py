"""One verdict on all Identity headers of a call from the verdicts on each; none of them is judged here."""

from __future__ import annotations

from collections.abc import Sequence

from unspoof.model.identity import CHECKS, Check, HeaderVerdict, IdentityVerdict, Oddity, Verdict
from unspoof.screen.identity.judging import alone, strictly
from unspoof.screen.identity.policy import IdentityPolicy

_ORDER = {name: place for place, name in enumerate(CHECKS)}
_WORST = {"fail": 0, "not-done": 1, "pass": 2}


def together(verdicts: tuple[HeaderVerdict, ...], at: int, policy: IdentityPolicy) -> IdentityVerdict:
    """Return one verdict on all headers; those of an unknown extension do not decide beside a known one."""
    if len(verdicts) == 1:
        return alone(verdicts[0])
    judged = [v for v in verdicts if v.fault != "unsupported"] or list(verdicts)
    oddities = list(dict.fromkeys(oddity for v in verdicts for oddity in v.oddities))
    if len(judged) < len(verdicts):
        detail = "a header of an unknown extension was left aside"
        oddities.append(Oddity("unsupported-header", "syntax", "unsupported", detail))
    if sum(v.ppt in (None, "shaken") for v in judged) > 1:
        detail = "more than one header says who calls"
        oddities.append(Oddity("several-origins", "diversion", "claims-mismatch", detail))
    checks = tuple(_merged(place, verdicts, judged) for place in range(len(CHECKS)))
    if policy.strict:
        checks = tuple(strictly(check, oddities[-2:]) for check in checks)
    verdict, fault = _decided(judged, checks)
    return IdentityVerdict(verdict, fault, policy.code(fault), verdicts, checks, tuple(oddities), at)


def _decided(judged: Sequence[HeaderVerdict], checks: Sequence[Check]) -> tuple[Verdict, str | None]:
    wrong = sorted(
        (_ORDER[c.check], v.ppt not in (None, "shaken"), n, c.fault)
        for n, v in enumerate(judged)
        for c in v.checks
        if c.result == "fail"
    )
    if wrong:
        return "failed", wrong[0][3]
    if any(c.result == "fail" for c in checks):
        return "failed", next(c.fault for c in checks if c.result == "fail")
    undecided = [v for v in judged if v.verdict == "unverifiable"]
    return ("unverifiable", undecided[0].fault) if undecided else ("verified", None)


def _merged(place: int, verdicts: Sequence[HeaderVerdict], judged: Sequence[HeaderVerdict]) -> Check:
    """Return one check for all headers: the worst result, with what each header's was."""
    worst = min((v.checks[place] for v in judged), key=lambda c: _WORST[c.result])
    if CHECKS[place] == "diversion":
        told = [c for c in (v.checks[place] for v in judged) if not c.detail.startswith("the call has no token")]
        worst = min(told, key=lambda c: _WORST[c.result]) if told else worst
    details = [v.checks[place].detail for v in verdicts]
    if len(set(details)) == 1:
        return worst
    detail = "; ".join(f"header {n}: {text}" for n, text in enumerate(details, 1))
    return worst._replace(detail=detail[:4000])


__all__ = ["together"]
