"""The OpenAPI document of the live service; a test holds every answer against it."""

from __future__ import annotations

from typing import Any

from unspoof import __version__
from unspoof.live.metrics import VERSTATS
from unspoof.live.refusing import MESSAGES
from unspoof.live.settings import ACTIONS
from unspoof.model.identity import CHECKS, FAULTS
from unspoof.model.screening import LEVELS, VERDICTS

Schema = dict[str, Any]


def _object(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required or properties), **more}


def _text(description: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_INTEGER: Schema = {"type": "integer"}
_BOOLEAN: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_ANY_OBJECT: Schema = {"type": "object"}

_CALL_FIELDS: Schema = {
    "source": _text("who brings the call, as [sources] or the records name it: trunk or account"),
    "fromAbroad": {"type": "boolean", "description": "whether the call entered from another country's network"},
    "roaming": {"type": "boolean", "description": "whether the home network said that the number is roaming"},
}

_PARTY = _object({"tn": {"type": ["string", "integer"]}, "uri": _text()}, ("tn",), additionalProperties=True)
_PARTY["anyOf"] = [{"required": ["tn"]}, {"required": ["uri"]}]
_PARTY.pop("required")


def _schemas() -> dict[str, Schema]:
    finding = _object(
        {"rule": _text(), "level": _text(enum=list(LEVELS)), "reason": _text(), "reference": _text()},
        additionalProperties=False,
    )
    screening = _object(
        {
            "presented": _or_null(_text()),
            "e164": _or_null(_INTEGER),
            "country": _or_null(_text()),
            "kind": _text(),
            "operator": _or_null(_text()),
            "allocated": _or_null(_BOOLEAN),
            "drama": _BOOLEAN,
            "verdict": _text(enum=list(VERDICTS)),
            "findings": _list(_ref("Finding")),
        },
        additionalProperties=False,
    )
    check = _object(
        {"check": _text(enum=list(CHECKS)), "result": _text(enum=["pass", "fail", "not-done"]), "detail": _text()},
        additionalProperties=False,
    )
    identity = _object(
        {
            "verdict": _text(enum=["verified", "failed", "unverifiable"]),
            "fault": _or_null(_text(enum=list(FAULTS))),
            "sip_code": _or_null(_INTEGER),
            "verstat": _text(enum=list(VERSTATS)),
            "attestation": _or_null(_text(enum=["A", "B", "C"])),
            "orig": _or_null(_text()),
            "dest": _list(_text()),
            "iat": _or_null(_INTEGER),
            "at": _INTEGER,
            "certificate": _or_null(_ANY_OBJECT),
            "checks": _list(_ref("Check")),
            "oddities": _list(_text()),
            "headers": _list(_ANY_OBJECT),
        },
        additionalProperties=False,
    )
    return {
        "Finding": finding,
        "Screening": screening,
        "Check": check,
        "Identity": identity,
        "VerificationRequest": _verification_request(),
        "VerificationResponse": _verification_response(),
        "ScreeningRequest": _screening_request(),
        "ScreeningResponse": _object({"results": _list(_ref("Screening"))}, additionalProperties=False),
        "Health": _health(),
        "Undelivered": _undelivered(),
        "RequestError": _request_error(),
    }


def _verification_request() -> Schema:
    tn = {"anyOf": [_list({"type": ["string", "integer"]}), _text()]}
    inner = _object(
        {
            "from": _PARTY,
            "to": {"type": "object", "properties": {"tn": tn, "uri": _list(_text())}},
            "time": {"type": "integer", "description": "the call's own time, seconds since 1970", "minimum": 1},
            "identity": {
                "anyOf": [_text(), _list(_text())],
                "description": "every Identity header: a list, or one text that joins them with commas",
            },
            "pai": _text("P-Asserted-Identity, the header or the number"),
            "callId": _text(),
            "requestUri": _text("Request-URI, where it may differ from To"),
            "srcIp": _text("address that the call came from"),
            **_CALL_FIELDS,
        },
        ("from", "to", "time"),
        additionalProperties=True,
    )
    return _object({"verificationRequest": inner}, additionalProperties=True)


def _verification_response() -> Schema:
    inner = _object(
        {
            "verstat": _text(enum=list(VERSTATS)),
            "reasoncode": {"type": "integer", "description": "SIP code of the fault (RFC 8224 section 6.2.2)"},
            "reasontext": _text(),
            "reasondesc": _text(),
            "action": _text("what is advised; the switch does it or not", enum=list(ACTIONS)),
            "sipcode": {"type": "integer", "description": "SIP status that is advised with 'refuse'"},
            "label": _text("words for the called party; empty where there are none"),
            "screening": _ref("Screening"),
            "identity": _or_null(_ref("Identity")),
            "recorded": {"type": "boolean", "description": "whether the alert of this call was on the disk in time"},
            "alert": _or_null(_text("id of the alert of this call")),
        },
        ("verstat", "action", "label", "screening", "identity"),
        additionalProperties=False,
    )
    return _object({"verificationResponse": inner}, additionalProperties=False)


def _screening_request() -> Schema:
    call = _object(
        {
            "presented": {"type": ["string", "integer"]},
            "time": {"type": "integer", "description": "the call's own time, seconds since 1970", "minimum": 1},
            "called": {"type": ["string", "integer"]},
            "asserted": {"type": ["string", "integer"]},
            "sourceIp": _text(),
            **_CALL_FIELDS,
        },
        ("presented", "time"),
        additionalProperties=True,
    )
    return {"anyOf": [call, _object({"calls": {**_list(call), "minItems": 1}}, additionalProperties=True)]}


def _health() -> Schema:
    return _object(
        {
            "ready": _BOOLEAN,
            "ok": {"type": "boolean", "description": "whether nothing below needs somebody to look at it"},
            "version": _text(),
            "reference": _list(_ANY_OBJECT),
            "certificates": {"type": "integer", "description": "certificates that are trusted"},
            "loaded_at": _text("when facts and trust were last taken in, UTC"),
            "reload_fault": _or_null(_text("why newer ones could not be taken in")),
            "outbox_fault": _or_null(_text("why alerts cannot be put on the disk")),
            "alerts_waiting": _INTEGER,
            "faults": {"type": "integer", "description": "requests that met a fault of the service's own"},
        },
        additionalProperties=False,
    )


def _undelivered() -> Schema:
    row = _object(
        {
            "id": _text(),
            "receiver": _text(),
            "kind": _text(),
            "recorded_at": _NUMBER,
            "attempts": _INTEGER,
            "last_error": _text(),
        },
        additionalProperties=False,
    )
    return _object({"undelivered": _list(row)}, additionalProperties=False)


def _request_error() -> Schema:
    inner = _object(
        {"messageId": _text(enum=list(MESSAGES)), "text": _text(), "variables": _list(_text())},
        additionalProperties=False,
    )
    either = {"serviceException": inner, "policyException": inner}
    return _object({"requestError": {"type": "object", "properties": either, "minProperties": 1, "maxProperties": 1}})


def _answer(description: str, schema: Schema, media: str = "application/json") -> Schema:
    return {"description": description, "content": {media: {"schema": schema}}}


def _errors(*codes: int) -> dict[str, Schema]:
    words = dict(reversed(list(MESSAGES.values())))
    return {str(code): _answer(words[code], _ref("RequestError")) for code in codes}


def _post(summary: str, name: str, request: str, response: str) -> Schema:
    return {
        "post": {
            "summary": summary,
            "operationId": name,
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(request)}}},
            "responses": {
                "200": _answer("The answer.", _ref(response)),
                **_errors(400, 401, 405, 408, 413, 415, 429, 500),
            },
        }
    }


def _get(summary: str, name: str, answers: dict[str, Schema], *parameters: Schema) -> Schema:
    found = {"summary": summary, "operationId": name, "responses": {**answers, **_errors(401, 405, 429, 500)}}
    return {"get": {**found, "parameters": list(parameters)} if parameters else found}


def document(*, with_tokens: bool) -> Schema:
    """Return the OpenAPI 3.1 document.

    Args:
        with_tokens: whether the service wants bearer tokens.

    """
    text = _text()
    resume = {
        "name": "Last-Event-ID",
        "in": "header",
        "schema": text,
        "description": "id of the last event that was seen",
    }
    retried = {"200": _answer("How many wait again.", _object({"waiting": _INTEGER}))}
    full = _errors(503)
    whole: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "unspoof live",
            "version": __version__,
            "description": "Judges a presented number and its signature while the call rings. It places and alters no call: "
            "the switch decides what to do with the answer.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/stir/v1/verification": _post(
                "Verify and screen a call (ATIS-1000082 with extensions)",
                "verify",
                "VerificationRequest",
                "VerificationResponse",
            ),
            "/v1/screen": _post("Screen numbers; no alert is made", "screen", "ScreeningRequest", "ScreeningResponse"),
            "/v1/findings/stream": _get(
                "Alerts as server-sent events, from now or from where the reader left off",
                "stream",
                {"200": _answer("Events 'finding' and 'gap'.", text, "text/event-stream"), **full},
                resume,
            ),
            "/v1/findings/undelivered": _get(
                "Deliveries that were given up", "undelivered", {"200": _answer("Up to 1000.", _ref("Undelivered"))}
            ),
            "/v1/findings/undelivered/retry": {
                "post": {
                    "summary": "Try every delivery that was given up anew",
                    "operationId": "retry",
                    "responses": {**retried, **_errors(401, 405, 429, 500)},
                }
            },
            "/health": _get(
                "Whether this process can answer",
                "health",
                {"200": _answer("It can.", _ref("Health")), "503": _answer("It cannot.", _ref("Health"))},
            ),
            "/metrics": _get(
                "Counters of all processes", "metrics", {"200": _answer("Prometheus text.", text, "text/plain")}
            ),
            "/openapi.json": _get("This document", "openapi", {"200": _answer("OpenAPI 3.1.", _ANY_OBJECT)}),
        },
        "components": {"schemas": _schemas()},
    }
    if with_tokens:
        whole["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        whole["security"] = [{"token": []}]
        whole["paths"]["/health"]["get"]["security"] = []
    return whole


__all__ = ["document"]
