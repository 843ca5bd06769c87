"""From findings to what is advised and whether to alert; no rule is here, and nothing is done to the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.live.bodies import CallShown
from unspoof.live.settings import ACTIONS, LiveSettings
from unspoof.model.screening import LEVELS, VERDICTS, Finding, verdict_of

KINDS = ("brand-number", "false-number", "doubtful-number", "notice", "failed-signature")
"""Of alerts."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is advised for one call."""

    action: str
    """One of settings.ACTIONS."""
    label: str
    """Words that may be shown to the called party; empty where the action is 'allow'."""


def decide(settings: LiveSettings, findings: Sequence[Finding], identity: str) -> Decision:
    """Return the strongest action that any finding or the signature calls for.

    Args:
        settings: [answers] and [answers.rules].
        findings: of the presented number.
        identity: verdict on the signature: verified, failed, unverifiable, or unsigned where there is none.

    """
    advised = [(settings.text("answers", "plausible"), "")]
    for finding in findings:
        verdict = VERDICTS[LEVELS.index(finding.level)]
        action = settings.rules.get(finding.rule, settings.text("answers", verdict))
        advised.append((action, "" if verdict == "plausible" else settings.text("answers", f"label_{verdict}")))
    if identity != "verified":
        words = settings.text("answers", "label_failed") if identity == "failed" else ""
        advised.append((settings.text("answers", identity), words))
    strongest = max(ACTIONS.index(action) for action, _ in advised)
    words = next((words for action, words in reversed(advised) if ACTIONS.index(action) == strongest and words), "")
    return Decision(ACTIONS[strongest], words if strongest else "")


def kind_of_alert(
    settings: LiveSettings, findings: Sequence[Finding], identity: str, brand_rules: frozenset[str]
) -> str:
    """Return the kind of alert that a call makes, one of KINDS; empty for none."""
    brands = {"any": "notice", "known": "doubtful", "none": "none"}[settings.text("alerts", "brands")]
    if any(finding.rule in brand_rules and _reaches(finding, brands) for finding in findings):
        return "brand-number"
    least = settings.text("alerts", "level")
    strong = tuple(f for f in findings if f.rule not in brand_rules and _reaches(f, least))
    if strong:
        verdict = verdict_of(strong)
        return "notice" if verdict == "plausible" else f"{verdict}-number"
    return "failed-signature" if identity == "failed" and settings.values["alerts", "failed"] else ""


def _reaches(finding: Finding, least: str) -> bool:
    return least != "none" and LEVELS.index(finding.level) >= LEVELS.index(least)


def alert_event(
    call: CallShown, kind: str, brand: str | None, decision: Decision, screening: Mapping[str, Any], identity: Any
) -> dict[str, Any]:
    """Return an alert in JSON's types, with all that somebody needs who is to warn the customer."""
    return {
        "message": _message(kind, brand),
        "at": f"{call.at.isoformat()}Z",
        "action": decision.action,
        "call": {
            "call_ref": call.call_ref,
            "presented": call.presented,
            "called": list(call.called),
            "asserted": call.asserted,
            "source": call.source,
            "source_ip": call.source_ip,
        },
        "screening": dict(screening),
        "identity": identity,
    }


def _message(kind: str, brand: str | None) -> str:
    shown = {
        "brand-number": f"a number of {brand or 'a known brand'} from a source that is not known as the brand's",
        "false-number": "a number that cannot be the caller's",
        "doubtful-number": "a number that is in doubt",
        "notice": "a number with a notice",
        "failed-signature": "a number whose signature fails",
    }[kind]
    return f"A call that shows {shown} is ringing a customer now."


__all__ = ["KINDS", "Decision", "alert_event", "decide", "kind_of_alert"]
