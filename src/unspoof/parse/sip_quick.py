"""The head of an ordinary SIP message in one search; whatever is not ordinary in the least is left to the scan of sip.py.

Ordinary is: a usual start line, CRLF, headers written in full in their usual capitals, none of those that count for
one message twice, no folding. Which octets may stand in it (ASCII without NUL, no lone LF) is the caller's to check.
"""

from __future__ import annotations

import re

_VALUE = rb"([^\r]*+)"
_ONCE = (
    b"From", b"To", b"Call-I[Dd]", b"C[Ss]eq", b"Content-Length", b"User-Agent", b"P-Asserted-Identity", b"Identity",
    b"Date", b"Server",
)  # fmt: skip
_OFTEN = rb"Co(?:ntact|ntent-Type)|Supported"
"""Headers of most messages that nobody asks for and whose names begin as those of others do."""
_NOT_OTHERS = (
    rb"from|to|call-id|cseq|via|content-length|user-agent|p-asserted-identity|identity|date|server|contact|"
    rb"content-type|supported"
)
_FIRST_ONCE = 6

# Each line fits one branch only, and no branch can give back what it took: a line that fits none ends the search in
# time linear in the head. A group that has matched already makes its branch fail, so that nothing is taken twice.
_LINES = (
    rb"Via:" + _VALUE,
    *(name + rb":(?(%d)(?!))" % (_FIRST_ONCE + at) + _VALUE for at, name in enumerate(_ONCE)),
    rb"[ABEGHJ-OQRW-Zabeghj-oqrw-z][0-9A-Za-z\-]++:[^\r]*+",
    rb"(?:" + _OFTEN + rb"):[^\r]*+",
    rb"(?!(?i:" + _NOT_OTHERS + rb"):)[CDFIPSTUVcdfipstuv][0-9A-Za-z\-]++:[^\r]*+",
)
_START = rb"(?:SIP/2\.0 ([1-9][0-9]{2}) ([^\r]*+)|([A-Za-z]++) ([^ \r]++) SIP/2\.0)"
HEAD = re.compile(_START + rb"(?:\r\n(?:" + rb"|".join(_LINES) + rb"))*\Z")
"""Matches a whole ordinary head, without the empty line.

Groups: status, phrase, method, Request-URI (of which two are None), Via (the last), From, To, Call-ID, CSeq,
Content-Length, User-Agent, P-Asserted-Identity, Identity, Date, Server; values with the blanks around them, None where
the header is not there.
"""

Found = tuple[bytes | None, ...]
"""The groups of HEAD."""

__all__ = ["HEAD", "Found"]
