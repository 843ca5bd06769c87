"""The HTTP face: answers in the standard's shape and by the OpenAPI document, refusals with their reasons, never a 500."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from asgi_kit import JSON, InProcess, in_process
from live_kit import CALLED, DRAMA, Signer, a_possible_number
from unspoof.reference import ReferenceStore

AT = 1795361569
CALL = {"from": {"tn": f"+{DRAMA}"}, "to": {"tn": [CALLED]}, "time": AT}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """An authority with a signer."""
    return Signer(tmp_path_factory.mktemp("app") / "trust")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Iterator[InProcess]:
    """A worker with a large rate."""
    config = '[service]\ntrust = "trust"\n[limits]\nrate = 0\nnumbers = 50\n[sources.abroad]\nabroad = true\n'
    config += 'addresses = ["192.0.2.0/24"]\n'
    with in_process(tmp_path_factory.getbasetemp() / "app0", config) as found:
        yield found


@pytest.fixture(scope="module")
def document(service: InProcess) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    return dict(json.loads(service.ask("GET", "/openapi.json")[2]))


def _check(document: dict[str, Any], path: str, method: str, status: int, value: Any) -> None:
    answers = document["paths"][path][method]["responses"]
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    """The OpenAPI document is valid by the specification's own schema."""
    validate(document)


def test_every_path_of_the_document_answers(service: InProcess, document: dict[str, Any]) -> None:
    """Nothing is described that is not there."""
    for path, methods in document["paths"].items():
        if not path.endswith("/stream"):
            for method in methods:
                assert service.ask(method.upper(), path)[0] not in (404, 405), path


def test_a_false_number_is_refused_and_kept(service: InProcess, document: dict[str, Any]) -> None:
    """A drama number: 'refuse' with a code and words, the finding with its law, an alert that is on the disk."""
    status, body = service.verify(**CALL, callId="a@b", srcIp="198.51.100.7")
    _check(document, "/stir/v1/verification", "post", status, body)
    answer = body["verificationResponse"]

    assert (answer["verstat"], answer["action"], answer["sipcode"]) == ("No-TN-Validation", "refuse", 608)
    assert answer["screening"]["findings"][0]["rule"] == "set-apart"
    assert answer["recorded"] is True
    event = service.worker.outbox.after(int(answer["alert"].rpartition("-")[2]) - 1, 1)[0]
    kept = json.loads(event.body)
    assert event.kind == "false-number"
    assert kept["call"] == {
        "call_ref": "a@b", "presented": f"+{DRAMA}", "called": [CALLED], "asserted": None, "source": None,
        "source_ip": "198.51.100.7",
    }  # fmt: skip
    assert kept["message"] == "A call that shows a number that cannot be the caller's is ringing a customer now."


def test_a_possible_number_makes_no_alert(service: InProcess, document: dict[str, Any]) -> None:
    """Nothing against a number: 'allow', no alert, no reason."""
    status, body = service.verify(**{**CALL, "from": {"tn": a_possible_number()}})
    _check(document, "/stir/v1/verification", "post", status, body)
    answer = body["verificationResponse"]

    assert (answer["action"], answer["label"]) == ("allow", "")
    assert "alert" not in answer
    assert "reasoncode" not in answer


@pytest.mark.parametrize("joined", [False, True], ids=["list", "one text"])
def test_signed_calls(service: InProcess, document: dict[str, Any], signer: Signer, joined: bool) -> None:
    """All Identity headers count, as a list or joined by commas; a fault has its code and words, and makes an alert."""
    number, at = a_possible_number(), int(time.time())
    both = [signer.identity(number, CALLED), signer.identity(number, "442079460001", div={"tn": CALLED})]
    call = {"from": {"tn": number}, "to": {"tn": ["442079460001"]}, "time": at}
    status, body = service.verify(**call, identity=", ".join(both) if joined else both)
    _check(document, "/stir/v1/verification", "post", status, body)
    assert body["verificationResponse"]["verstat"] == "TN-Validation-Passed"

    status, body = service.verify(**{**call, "time": at + 61}, identity=both)
    _check(document, "/stir/v1/verification", "post", status, body)
    answer = body["verificationResponse"]
    assert (answer["verstat"], answer["reasoncode"], answer["reasontext"]) == (
        "TN-Validation-Failed",
        403,
        "Stale Date",
    )
    assert (answer["action"], answer["label"]) == ("label", "Caller signature is false")
    assert answer["alert"]


def test_the_clock_is_the_calls(service: InProcess, signer: Signer) -> None:
    """A call of years ago is judged as of then: its token is fresh and its certificate was not valid yet."""
    number, at = a_possible_number(), 1_600_000_000
    _, body = service.verify(
        **{**CALL, "from": {"tn": number}, "time": at}, identity=signer.identity(number, CALLED, at)
    )
    checks = {check["check"]: check["result"] for check in body["verificationResponse"]["identity"]["checks"]}

    assert checks["freshness"] == "pass"
    assert checks["chain"] == "fail"


def test_a_source_from_abroad_is_known_by_its_address(service: InProcess) -> None:
    """A UK number from a source that brings foreign calls is found, by address or name; the request's own word goes first."""

    def rules(**more: Any) -> set[str]:
        _, body = service.verify(**{**CALL, "from": {"tn": a_possible_number()}}, **more)
        return {finding["rule"] for finding in body["verificationResponse"]["screening"]["findings"]}

    assert "uk-presentation-from-abroad" in rules(srcIp="192.0.2.9")
    assert "uk-presentation-from-abroad" in rules(source="abroad")
    assert rules(srcIp="192.0.2.9", fromAbroad=False) == rules() == set()


def test_screening_one_and_many(service: InProcess, document: dict[str, Any]) -> None:
    """One number or a list: a row each, in order; questions make no alerts."""
    before = service.worker.outbox.first_and_last()[1]
    one = {"presented": DRAMA, "time": AT}
    for value, rows in ((one, 1), ({"calls": [one, {**one, "presented": a_possible_number()}]}, 2)):
        status, body = service.screen(value)
        _check(document, "/v1/screen", "post", status, body)
        assert len(body["results"]) == rows
        assert body["results"][0]["verdict"] == "false"

    assert service.worker.outbox.first_and_last()[1] == before


@pytest.mark.parametrize(
    ("body", "status", "message", "variables"),
    [
        (b"", 400, "SVC4000", []),
        (b"{", 400, "SVC4006", ["invalid JSON body"]),
        (b"[" * 60_000, 400, "SVC4006", ["invalid JSON body"]),
        (b'{"a": NaN}', 400, "SVC4006", ["invalid JSON body"]),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "SVC4006", ["invalid JSON body"]),
        (b"{}", 400, "SVC4001", ["verificationRequest"]),
        (b'{"verificationRequest": {}}', 400, "SVC4001", ["from"]),
        (json.dumps({"verificationRequest": {**CALL, "time": 1.5}}).encode(), 400, "SVC4005", None),
        (json.dumps({"verificationRequest": {**CALL, "time": 10**12}}).encode(), 400, "SVC4005", None),
        (json.dumps({"verificationRequest": {**CALL, "to": {"tn": []}}}).encode(), 400, "SVC4001", ["to.tn"]),
        (json.dumps({"verificationRequest": {**CALL, "identity": 7}}).encode(), 400, "SVC4005", None),
        (b" " * 70_000, 413, "SVC4130", ["65536"]),
    ],
)
def test_what_is_wrong_is_refused_in_the_standards_words(
    service: InProcess, document: dict[str, Any], body: bytes, status: int, message: str, variables: list[str] | None
) -> None:
    """Each refusal has its HTTP status and messageId."""
    for pieces in (1, 3):
        found, _, answer = service.ask("POST", "/stir/v1/verification", body, pieces=pieces)
        value = json.loads(answer)
        _check(document, "/stir/v1/verification", "post", found, value)
        error = value["requestError"]["serviceException"]
        assert (found, error["messageId"]) == (status, message)
        assert variables is None or error["variables"] == variables


def test_methods_types_and_paths(service: InProcess) -> None:
    """Other methods, content types and paths are refused with 405, 415 and 404; a request id comes back."""
    assert service.ask("GET", "/stir/v1/verification")[0] == 405
    assert service.ask("PUT", "/health")[0] == 405
    assert service.ask("GET", "/nothing")[0] == 404
    assert service.ask("POST", "/v1/screen", b"{}", ((b"content-type", b"text/plain"),))[0] == 415
    named = (*JSON, (b"x-requestid", b"abc-1"))
    assert service.ask("POST", "/v1/screen", b"{}", named)[1]["x-requestid"] == "abc-1"


@pytest.mark.parametrize(
    "presented", ["\ud800", "a\x00b", "+44" * 200, "", "٠٧٧٠٠", "<sip:447700900123@x>", -5, 10**250]
)
def test_whatever_the_caller_wrote_is_judged(service: InProcess, presented: object) -> None:
    """No number that a caller can show makes the service refuse to judge: an error would let the call through."""
    assert service.verify(**{**CALL, "from": {"tn": presented}})[0] == 200


def test_bytes_that_are_no_utf_8_are_judged(service: InProcess) -> None:
    """A control character or a byte of latin-1 in a header does not make the call pass unjudged."""
    body = json.dumps({"verificationRequest": {**CALL, "identity": "PLACE"}}).encode()

    for odd in (b"\xe9\xff", b"\x01\t\n", b"\xc0\x80"):
        assert service.ask("POST", "/stir/v1/verification", body.replace(b"PLACE", odd))[0] == 200


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
_ODD_HEADERS = ["a.b.c;info=<x>", 'x;info=<,>, "', "e30.e30.e30;alg=ES256"]
_FIELDS = ("from", "to", "time", "identity", "pai", "callId", "srcIp", "source", "fromAbroad", "roaming", "requestUri")
_CALLS = st.dictionaries(st.sampled_from(_FIELDS), _VALUES | st.fixed_dictionaries({"tn": _VALUES}))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["/stir/v1/verification", "/v1/screen"]), st.integers(1, 4))
def test_any_bytes_are_answered(
    service: InProcess, document: dict[str, Any], body: bytes, path: str, pieces: int
) -> None:
    """Whatever bytes are sent, the answer is JSON by the document, and no fault of ours."""
    status, _, answer = service.ask("POST", path, body, pieces=pieces)

    assert status in (200, 400)
    _check(document, path, "post", status, json.loads(answer))


@settings(max_examples=400, deadline=None)
@given(_CALLS.map(lambda call: {**CALL, **call}) | _CALLS, st.booleans())
def test_any_json_is_answered(
    service: InProcess, document: dict[str, Any], call: dict[str, Any], screening: bool
) -> None:
    """Whatever stands in a request's fields, the answer is JSON by the document, and no fault of ours."""
    path = "/v1/screen" if screening else "/stir/v1/verification"
    value: Any = {"calls": [{"presented": call.get("from"), **call}]} if screening else {"verificationRequest": call}
    status, _, answer = service.ask("POST", path, json.dumps(value).encode())

    assert status in (200, 400), answer
    _check(document, path, "post", status, json.loads(answer))
    assert service.worker.service.faults == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(max_size=80) | st.sampled_from(["a.b.c;info=<x>", 'x;info=<,>, "', "e30.e30.e30;alg=ES256"]),
        max_size=12,
    )
)
def test_any_identity_headers_are_judged(service: InProcess, headers: list[str]) -> None:
    """Whatever a caller puts into Identity headers, the call is judged, and never as passed."""
    status, body = service.verify(**CALL, identity=headers)

    assert status == 200
    assert body["verificationResponse"]["verstat"] != "TN-Validation-Passed"


def test_a_fault_of_ours_shows_no_value(service: InProcess, capsys: pytest.CaptureFixture[str]) -> None:
    """An error inside is a 500 in the standard's form; what is said of it names its kind and place alone."""
    judge = service.worker.service._loaded
    service.worker.service._loaded = None  # type: ignore[assignment]
    try:
        status, _ = service.verify(**CALL)[0], None
    finally:
        service.worker.service._loaded = judge
        service.worker.service.faults = 0

    said = capsys.readouterr().err
    assert status == 500
    assert "AttributeError in service.py line" in said
    assert DRAMA not in said


def test_tokens_and_rates(tmp_path: Path) -> None:
    """With tokens set, a request needs one; beyond its rate it gets 429 and is told when to come back."""
    (tmp_path / "tokens").write_text(f"# switches\nswitch-1 {hashlib.sha256(b'secret').hexdigest()}\n")
    config = '[access]\ntokens = "tokens"\n[limits]\nrate = 1\nburst = 3\n'
    with in_process(tmp_path, config) as service:
        path, body = "/v1/screen", json.dumps({"presented": DRAMA, "time": AT}).encode()
        good = (*JSON, (b"authorization", b"Bearer secret"))
        assert service.ask("POST", path, body)[0] == 401
        assert service.ask("POST", path, body, (*JSON, (b"authorization", b"Bearer wrong")))[0] == 401
        assert service.ask("GET", "/metrics")[0] == 401
        assert service.ask("GET", "/health")[0] == 200
        assert [service.ask("POST", path, body, good)[0] for _ in range(4)] == [200, 200, 200, 429]
        status, headers, answer = service.ask("POST", path, body, good)
        assert (status, headers["retry-after"]) == (429, "1")
        assert json.loads(answer)["requestError"]["policyException"]["messageId"] == "POL4290"


def test_many_numbers_cost_as_many_requests(tmp_path: Path) -> None:
    """A list of numbers takes a token for each: the rate is one of numbers, not of requests; too long a list is refused."""
    with in_process(tmp_path, "[limits]\nrate = 1\nburst = 10\nnumbers = 20\n") as service:
        one = {"presented": DRAMA, "time": AT}
        assert service.screen({"calls": [one] * 8})[0] == 200
        assert service.screen({"calls": [one] * 8})[0] == 429
        assert service.screen({"calls": [one] * 21})[0] in (400, 429)


def test_actions_by_rule(tmp_path: Path) -> None:
    """A rule's own action goes before its level's, and alerts can be turned off."""
    config = '[answers.rules]\nset-apart = "allow"\n[alerts]\nlevel = "none"\n'
    with in_process(tmp_path, config) as service:
        answer = service.verify(**CALL)[1]["verificationResponse"]

    assert (answer["action"], answer["screening"]["verdict"]) == ("allow", "false")
    assert "alert" not in answer


def _brands(folder: Path, brand: str, number: str) -> None:
    table = folder / "brands.csv"
    table.write_text(f"brand,number,source,sector\n{brand},+{number},{brand}'s page,bank\n", "utf-8")
    ReferenceStore(folder / "reference").update("brands", table, "GB")


@pytest.mark.parametrize(
    ("brands", "sources", "source", "kind"),
    [
        ("any", "", None, "brand-number"),
        ("known", "", None, None),
        ("known", '[sources.bank]\nbrand = "Northgate Bank"\n', "else", "brand-number"),
        ("any", '[sources.bank]\nbrand = "Northgate Bank"\n', "bank", None),
        ("none", '[sources.bank]\nbrand = "Northgate Bank"\n', "else", None),
    ],
)
def test_a_banks_number_from_elsewhere_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brands: str, sources: str, source: str | None, kind: str | None
) -> None:
    """A call that shows a bank's number and does not come from the bank makes an alert that names the bank."""
    monkeypatch.setenv("UNSPOOF_REFERENCE_DIR", str(tmp_path / "reference"))
    number = a_possible_number()
    _brands(tmp_path, "Northgate Bank", number)
    with in_process(tmp_path, f'{sources}[alerts]\nbrands = "{brands}"\n') as service:
        call = {**CALL, "from": {"tn": number}, **({"source": source} if source else {})}
        answer = service.verify(**call)[1]["verificationResponse"]
        events = service.worker.outbox.after(0, 9)

    assert [event.kind for event in events] == ([kind] if kind else [])
    assert ("alert" in answer) == bool(kind)
    if kind:
        said = "A call that shows a number of Northgate Bank from a source that is not known as the brand's is ringing"
        assert json.loads(events[0].body)["message"].startswith(said)
