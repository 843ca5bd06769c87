"""Refusals of the live service in the words of ATIS-1000082; not why a call is refused, which is an answer.

The table of messages is that of ATIS-1000082 as two independent implementations have it (martinisecurity/vermouth,
authVerifyServer.go; a C++ signing service, StirApiTypes.cpp); the text of the standard itself was not at hand. Codes of
ours, for what the standard does not know, are 401, 408, 413, 429 and 503 with the messageId in the same pattern.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

MESSAGES: Mapping[str, tuple[int, str]] = {
    "SVC4000": (400, "Error: Missing request body."),
    "SVC4001": (400, "Error: Missing mandatory parameter '%1'."),
    "SVC4002": (406, "Error: Requested response body type '%1' is not supported."),
    "SVC4003": (404, "Error: Requested resource was not found."),
    "SVC4004": (415, "Error: Unsupported request body type, expected '%1'."),
    "SVC4005": (400, "Error: Invalid '%1' parameter value: %2."),
    "SVC4006": (400, "Error: Failed to parse received message body: %1."),
    "SVC4007": (411, "Error: Missing mandatory Content-Length header."),
    "POL4010": (401, "Error: A valid token is required."),
    "POL4050": (405, "Error: Method Not Allowed: Invalid HTTP method used."),
    "SVC4080": (408, "Error: The request took too long to arrive."),
    "SVC4130": (413, "Error: The request body is larger than %1 bytes."),
    "POL4290": (429, "Error: Too many requests; try again in %1 seconds."),
    "POL5000": (500, "Error: Internal Server Error. Please try again later."),
    "POL5030": (503, "Error: %1."),
}
"""HTTP status and text by messageId."""


class Refused(Exception):
    """A request that is not answered, with the reason in the standard's form."""

    def __init__(self, message_id: str, *variables: str, headers: Mapping[str, str] | None = None) -> None:
        self.message_id, self.variables, self.headers = message_id, variables, dict(headers or {})
        self.status, self.text = MESSAGES[message_id]
        super().__init__(message_id)

    def body(self) -> bytes:
        """Return the error as JSON: requestError with a serviceException, or a policyException for POL codes."""
        kind = "policyException" if self.message_id.startswith("POL") else "serviceException"
        inner = {"messageId": self.message_id, "text": self.text, "variables": list(self.variables)}
        return json.dumps({"requestError": {kind: inner}}).encode()


__all__ = ["MESSAGES", "Refused"]
