"""Judge one call: the presented number by the rules of its day, its signature at its moment; no HTTP is here.

Facts and trust are one value that is replaced as a whole: a call is judged by the old or by the new, never by a mixture.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unspoof import __version__
from unspoof.engine.outbox import Seen
from unspoof.errors import UnspoofError
from unspoof.live.bodies import CallShown, user_of
from unspoof.live.certificates import Fetcher
from unspoof.live.counters import Counters
from unspoof.live.deciding import alert_event, decide, kind_of_alert
from unspoof.live.fetching import FetchingSource
from unspoof.live.limits import limits_of
from unspoof.live.settings import LiveSettings, Source
from unspoof.model.identity import FAULTS, IdentityVerdict, SignedMessage
from unspoof.model.screening import NumberFacts, Shown
from unspoof.reference import default_folder
from unspoof.reference.number_book import BOOK_TABLES, NumberBook
from unspoof.screen.identity import CertificateStore, IdentityPolicy, TrustStore, Verifier
from unspoof.screen.judging import Judge, Judged
from unspoof.screen.memory import Memory
from unspoof.screen.rules import RULES

MEMORY_MOST = 200_000
"""Calls, and sources of a day, that each process remembers."""
BRAND_RULES = frozenset({"brand-elsewhere"})
"""Rules whose finding says that a brand's number comes from elsewhere."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  times are zoneless UTC here
_REASONS = {403: "Stale Date", 428: "Use Identity Header", 436: "Bad Identity Info", 437: "Unsupported Credential"}
_REASON_438 = "Invalid Identity Header"
_STALE_REQUEST = "the 'time' of the request is not fresh"


def metric_names() -> tuple[list[str], list[str]]:
    """Return the names of rules and faults, for the metrics."""
    return [rule.name for rule in RULES], list(FAULTS)


def memory_window_s(settings: LiveSettings) -> int:
    """Return how long a call must be remembered: for ringing back, and for the brands of its day."""
    return max(limits_of(settings).callback_window_s, 2 * 86_400)


@dataclass(frozen=True)
class Loaded:
    """Facts and trust that hold until they are replaced."""

    judge: Judge
    verifier: Verifier
    fetcher: Fetcher | None
    anchors: int
    mark: str
    """What the files looked like."""
    at: str
    """When they were taken in, UTC."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered on one call."""

    response: dict[str, Any]
    alert: tuple[str, dict[str, Any]] | None


class Service:
    """Judges calls.

    A call that waits for its certificate lets others pass; all else of it is done in one go.

    Args:
        settings: checked.
        counters: of this process.
        remember: takes what the other processes must know of a call.

    Raises:
        UnspoofError: facts or trust cannot be read.

    """

    def __init__(self, settings: LiveSettings, counters: Counters, remember: Callable[[Seen], None]) -> None:
        self._settings, self._counters, self._remember = settings, counters, remember
        self._limits = limits_of(settings)
        self._memory = Memory(self._limits, MEMORY_MOST)
        self._home = settings.text("service", "home").upper()
        self._named = {source.name: source for source in settings.sources}
        self._networked = any(source.networks for source in settings.sources)
        self._window_s = settings.number("answers", "time_window_s")
        self._reloading = asyncio.Lock()
        self.reload_fault = ""
        self.faults = 0
        self._loaded = self._load()

    def _load(self) -> Loaded:
        mark = self._mark()
        book = NumberBook.current(self._home)
        trust, store = self._settings.text("service", "trust"), self._settings.text("service", "certificates")
        anchors = TrustStore.from_folder(Path(trust)) if trust else TrustStore()
        policy = IdentityPolicy(
            freshness_s=self._settings.number("identity", "freshness_s"),
            strict=bool(self._settings.values["identity", "strict"]),
        )
        kept = CertificateStore(Path(store)) if store else None
        verifier = Verifier(anchors, policy, kept)
        wait_s = self._settings.number("identity", "fetch_wait_ms") / 1000
        fetches = kept is not None and self._settings.values["identity", "fetch"]
        fetcher = Fetcher(FetchingSource(kept), wait_s) if kept is not None and fetches else None
        judge = Judge(book, self._limits, home=self._home, memory=self._memory)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Loaded(judge, verifier, fetcher, len(anchors.anchors), mark, now)

    def _mark(self) -> str:
        """Return what changes when reference data or trust change."""
        digest = hashlib.sha256()
        folder = default_folder()
        for name in BOOK_TABLES:
            try:
                digest.update((folder / name / "current").read_bytes())
            except OSError:
                digest.update(b"none")
        trust = self._settings.text("service", "trust")
        # What the service fetches itself changes the other folder all the time: it is looked at on SIGHUP alone.
        for file in sorted(Path(trust).iterdir()) if trust and Path(trust).is_dir() else ():
            state = file.stat()
            digest.update(f"{file.name} {state.st_size} {state.st_mtime_ns}\n".encode("utf-8", "replace"))
        return digest.hexdigest()

    async def reload(self, *, only_if_changed: bool = False) -> None:
        """Take in newer facts and trust; whatever is wrong with them, the older ones stay and the state says so."""
        async with self._reloading:
            try:
                mark = await asyncio.to_thread(self._mark)
                if only_if_changed and mark == self._loaded.mark:
                    return
                former, self._loaded = self._loaded, await asyncio.to_thread(self._load)
                if former.fetcher is not None:
                    former.fetcher.close()
            except (UnspoofError, OSError) as error:
                if str(error) != self.reload_fault:
                    sys.stderr.write(f"unspoof live: newer reference data or trust were not taken in: {error}\n")
                self.reload_fault = str(error)
                self._counters.put("unspoof_workers_stale", 1.0)
                self._counters.add("unspoof_reloads_total", "failed")
                return
            self.reload_fault = ""
            self._counters.put("unspoof_workers_stale", 0.0)
            self._counters.add("unspoof_reloads_total", "done")

    def note_fault(self) -> None:
        """Count a fault of our own and name its kind, never its values, on standard error."""
        self.faults += 1
        error = sys.exc_info()[1]
        trace = error.__traceback__ if error is not None else None
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}" if trace else "nowhere"
        sys.stderr.write(f"unspoof live: a request met {type(error).__name__} in {where}\n")

    def state(self) -> dict[str, Any]:
        """Return what this process judges by, in JSON's types."""
        loaded = self._loaded
        versions = loaded.judge.book.versions if isinstance(loaded.judge.book, NumberBook) else {}
        return {
            "version": __version__,
            "reference": [{"table": name, "version": version} for name, version in sorted(versions.items())],
            "certificates": loaded.anchors,
            "loaded_at": loaded.at,
            "reload_fault": self.reload_fault or None,
            "faults": self.faults,
        }

    def take_in(self, seen: Iterable[Seen]) -> None:
        """Remember calls that other processes took, or that were taken before this one began."""
        for call in seen:
            facts = NumberFacts(e164=call.presented, brand=call.brand)
            at = datetime.fromtimestamp(call.at, UTC).replace(tzinfo=None)
            shown = Shown(facts, at, called_e164=call.called, source=call.source)
            self._memory.recall(shown)
            self._memory.keep(shown, call.verdict)

    def screen(self, call: CallShown) -> dict[str, Any]:
        """Judge a number that somebody asks about; a question is not a call, and nothing is remembered."""
        judge = self._loaded.judge
        judged = judge.judge(self._shown(judge, call))
        self._count(judged)
        return judged.as_row()

    async def answer(self, call: CallShown) -> Answer:
        """Judge a call that rings."""
        loaded, settings = self._loaded, self._settings
        judged = loaded.judge.follow(self._shown(loaded.judge, call))
        self._count(judged)
        self._tell(judged)
        stale = self._stale(call)
        verdict = None if stale or not call.identities else await self._verified(loaded, call, judged)
        signature = verdict.verdict if verdict else "unverifiable" if call.identities else "unsigned"
        decision = decide(settings, judged.findings, signature)
        response = _verification(verdict, stale)
        screening, identity = judged.as_row(), verdict.as_row() if verdict else None
        response |= {"action": decision.action, "label": decision.label, "screening": screening, "identity": identity}
        if decision.action == "refuse":
            response["sipcode"] = settings.number("answers", "refuse_code")
        self._counters.add("unspoof_actions_total", decision.action)
        self._counters.add("unspoof_verstat_total", response["verstat"])
        if verdict and verdict.fault:
            self._counters.add("unspoof_identity_faults_total", verdict.fault)
        kind = kind_of_alert(settings, judged.findings, signature, BRAND_RULES)
        if not kind:
            return Answer(response, None)
        return Answer(
            response, (kind, alert_event(call, kind, judged.shown.facts.brand, decision, screening, identity))
        )

    async def _verified(self, loaded: Loaded, call: CallShown, judged: Judged) -> IdentityVerdict:
        identities, at, message = self._signed(call, judged)
        if loaded.fetcher is not None:
            await loaded.fetcher.have(identities, at)
        return loaded.verifier.verify(identities, at, message)

    def _stale(self, call: CallShown) -> bool:
        return bool(self._window_s and abs((call.at - _EPOCH).total_seconds() - time.time()) > self._window_s)

    def _shown(self, judge: Judge, call: CallShown) -> Shown:
        source = self._source(call)
        abroad = call.from_abroad if call.from_abroad is not None or source is None else source.abroad
        return judge.shown(
            call.presented,
            at=call.at,
            asserted=call.asserted,
            called=rung(call),
            from_abroad=abroad,
            roaming=call.roaming,
            # The name that [sources] knows goes first: brands and days are counted by it.
            source=source.name if source else call.source,
            address=call.source_ip,
        )

    def _source(self, call: CallShown) -> Source | None:
        if call.source in self._named:
            return self._named[call.source]
        if call.source_ip is None or not self._networked:
            return None
        try:
            address = ipaddress.ip_address(call.source_ip)
        except ValueError:
            return None
        fitting = [
            (network.prefixlen, source)
            for source in self._settings.sources
            for network in source.networks
            if network.version == address.version and address in network
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def _signed(self, call: CallShown, judged: Judged) -> tuple[Sequence[str], int, SignedMessage]:
        # National numbers are brought to E.164 first (RFC 8224 section 8.3 leaves that to local policy).
        book, at = self._loaded.judge.book, call.at
        shown = judged.shown
        rings = rung(call)

        def e164(number: str) -> int | None:
            # The number that rings was looked up when the call was judged.
            return shown.called_e164 if number == rings else book.facts(number, at).e164

        called = tuple([str(e164(number) or number) for number in call.called])
        asserted = () if call.asserted is None else (str(shown.asserted_e164 or call.asserted),)
        target = None if call.request_uri is None or rings is None else str(shown.called_e164 or call.request_uri)
        message = SignedMessage(str(shown.facts.e164 or call.presented), asserted, called, request_uri=target)
        return call.identities, int((at - _EPOCH).total_seconds()), message

    def _count(self, judged: Judged) -> None:
        self._counters.add("unspoof_verdicts_total", judged.verdict)
        for finding in judged.findings:
            self._counters.add("unspoof_findings_total", finding.rule)

    def _tell(self, judged: Judged) -> None:
        """Let the other processes know what they must remember: a brand's number shown, or a number that may be rung back."""
        shown, verdict = judged.shown, judged.verdict
        if shown.at is None or (verdict == "plausible" and (shown.facts.brand is None or shown.source is None)):
            return
        at = (shown.at - _EPOCH).total_seconds()
        self._remember(Seen(at, shown.facts.e164, shown.called_e164, shown.facts.brand, shown.source, verdict))


def rung(call: CallShown) -> str | None:
    """Return the number that rings: the Request-URI's where it is known, else the first of To."""
    if call.request_uri is not None:
        return user_of(call.request_uri)
    return call.called[0] if call.called else None


def _verification(verdict: IdentityVerdict | None, stale: bool) -> dict[str, Any]:
    if stale:
        reason = {"reasoncode": 403, "reasontext": _REASONS[403], "reasondesc": _STALE_REQUEST}
        return {"verstat": "No-TN-Validation", **reason}
    if verdict is None:
        return {"verstat": "No-TN-Validation"}
    response: dict[str, Any] = {"verstat": verdict.verstat}
    if verdict.sip_code is not None:
        failed = next((check.detail for check in verdict.checks if check.result == "fail"), verdict.fault or "")
        text = _REASONS.get(verdict.sip_code, _REASON_438)
        response |= {"reasoncode": verdict.sip_code, "reasontext": text, "reasondesc": failed}
    return response


__all__ = ["BRAND_RULES", "MEMORY_MOST", "Answer", "Loaded", "Service", "memory_window_s", "metric_names", "rung"]
