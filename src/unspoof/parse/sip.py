"""One SIP message as octets, start line, headers and body; it never raises and judges nothing, but names what is odd.

Octets are kept as they came. A message that departs from RFC 3261 is read as far as its meaning is clear, and each
departure has a name in `oddities` (docs/captures.md lists them). Streams of several messages are cut by sip_framing.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from unspoof.parse.sip_address import MOST_ADDRESSES, SipAddress, read_address, split_addresses
from unspoof.parse.sip_headers import NAMES, read_date, read_name, read_text
from unspoof.parse.sip_quick import HEAD, Found

LONGEST_HEAD = 65_536
"""Bytes from the start line to the empty line; what follows is not looked at."""
MOST_HEADERS = 512
"""Header lines that are read."""

_SIZES = {b" %d" % size: size for size in range(2_000)}
"""Usual values of Content-Length as they stand behind the colon."""
_NEEDED = ("from", "to", "call-id", "cseq", "via")
_SINGLE = ("from", "to", "call-id", "cseq", "date", "content-length")
_LINE = re.compile(rb"\r\n|\n|\r")
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]+")
_EMPTY = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r")
_CSEQ = re.compile(rb"\s*+([0-9]{1,10})\s++([^\s]{1,64})\s*+\Z")
_VERSION = re.compile(rb"SIP/[0-9]{1,3}\.[0-9]{1,3}\Z", re.IGNORECASE)

_new = object.__new__

Header = tuple[str, bytes]
"""Name in lower case and in full; value without the blanks around it, unfolded."""


class SipMessage:
    """One message. Build it with `scan`."""

    __slots__ = ("_found", "_held", "_lines", "_quick", "body", "method", "phrase", "raw", "status", "uri")

    raw: bytes
    """Every octet that was scanned."""
    method: str
    """Method of a request; of a response '', see `answers`."""
    uri: bytes
    """Request-URI; b'' of a response."""
    status: int
    """Status code of a response; 0 of a request."""
    phrase: bytes
    """Reason phrase of a response."""
    body: bytes
    """What Content-Length says; without that header all that follows the empty line."""
    _quick: Found | None
    """What sip_quick.py found in the head of an ordinary message; its lines are cut only if somebody asks for them."""

    def __init__(self, raw: bytes, lines: list[bytes], index: dict[str, list[bytes]], found: tuple[str, ...]) -> None:
        self.raw = raw
        self._lines: list[bytes] | None = lines
        self._held: dict[str, list[bytes]] | None = index
        self._found = found
        self._quick = None
        self.method, self.uri, self.status, self.phrase, self.body = "", b"", 0, b"", b""

    @property
    def lines(self) -> list[bytes]:
        """The start line and the lines of the headers, unfolded."""
        if self._lines is None:
            self._lines = self.raw[: self.raw.find(b"\r\n\r\n")].split(b"\r\n")
        return self._lines

    @property
    def held(self) -> dict[str, list[bytes]]:
        """Values of each header by its name, in order, with the blanks around them."""
        if self._held is None:
            self._held = {}
            for line in self.lines[1:]:
                raw, _, value = line.partition(b":")
                self._held.setdefault(NAMES.get(raw) or read_name(raw), []).append(value)
        return self._held

    @property
    def is_sip(self) -> bool:
        """Whether the start line is that of a request or a response."""
        return bool(self.method or self.status)

    @property
    def headers(self) -> list[Header]:
        """Every header in the order of the message, repeated ones too."""
        cut = (line.partition(b":") for line in self.lines[1:])
        return [(NAMES.get(name) or read_name(name), value.strip()) for name, _, value in cut]

    def first(self, name: str) -> bytes | None:
        """Return the value of the first header of that name (lower case, in full); None if there is none."""
        held = self.held.get(name)
        return held[0].strip() if held else None

    def all(self, name: str) -> list[bytes]:
        """Return the values of every header of that name, in order."""
        held = self.held.get(name)
        return [value.strip() for value in held] if held else []

    def addresses(self, name: str) -> list[SipAddress]:
        """Return every address in the headers of that name, in order; those after a comma too."""
        parts = [part for value in self.all(name) for part in split_addresses(value)]
        return [read_address(part) for part in parts[:MOST_ADDRESSES]]

    def address(self, name: str) -> SipAddress | None:
        """Return the first address in the headers of that name; None if there is no such header."""
        held = self.held.get(name)
        if not held:
            return None
        value = held[0]
        return read_address(value.strip() if b"," not in value else split_addresses(value)[0])

    @property
    def call_id(self) -> str:
        """Call-ID; '' if there is none."""
        return read_text(self.first("call-id") or b"")

    @property
    def cseq(self) -> tuple[int | None, str]:
        """Number and method of CSeq; None and '' where it cannot be read."""
        return read_cseq(self.first("cseq"))

    @property
    def answers(self) -> str:
        """Method of a request; of a response that of the request that it answers (CSeq)."""
        return self.method or self.cseq[1]

    @property
    def date_us(self) -> int | None:
        """Date header in microseconds of UTC; None where there is none that can be read."""
        value = self.first("date")
        return None if value is None else read_date(value)[0]

    @property
    def oddities(self) -> tuple[str, ...]:
        """Names of what is not as RFC 3261 wants it, each once, sorted."""
        return gist(self).oddities


class Gist(NamedTuple):
    """What of a message says who calls whom, read once."""

    call_id: bytes
    """b'' if there is none."""
    sender: SipAddress | None
    """From."""
    receiver: SipAddress | None
    """To."""
    number: int | None
    """CSeq."""
    method: str
    """Of a request; of a response that of the request that it answers."""
    oddities: tuple[str, ...]
    """As of the message."""
    asserted: Sequence[bytes]
    """Values of P-Asserted-Identity, with the blanks around them."""
    identity: Sequence[bytes]
    """Values of Identity, with the blanks around them."""
    agent: bytes | None
    """First User-Agent; without one the first Server; None without either."""
    date_us: int | None
    """As of the message."""


def gist(message: SipMessage) -> Gist:
    """Return who a message says to call whom, and what is odd about it."""
    return (message._quick and _quick_gist(message, message._quick)) or _any_gist(message)


def _quick_gist(message: SipMessage, quick: Found) -> Gist | None:
    """Return the gist of an ordinary message about which nothing is odd; None of any other."""
    _, _, _, _, via, from_value, to_value, call_id, cseq, _, agent, asserted, identity, date, server = quick
    if via is None or from_value is None or to_value is None or call_id is None or not cseq or len(cseq) > 256:
        return None
    number, method = _cached_cseq(cseq)
    if number is None or (message.method and method != message.method) or b"," in from_value or b"," in to_value:
        return None
    sender, receiver = read_address(from_value), read_address(to_value)
    if sender.oddities or receiver.oddities:
        return None
    if asserted is not None and (b"," in asserted or read_address(asserted).oddities):
        return None
    date_us, odd = read_date(date) if date is not None else (None, "")
    if odd:
        return None
    agent = server if agent is None else agent
    return Gist(
        call_id.strip(),
        sender,
        receiver,
        number,
        method,
        (),
        () if asserted is None else (asserted,),
        () if identity is None else (identity,),
        None if agent is None else agent.strip(),
        date_us,
    )


def _any_gist(message: SipMessage) -> Gist:
    index, odd = message.held, message._found
    get = index.get
    cseq, via, date, asserted = get("cseq"), get("via"), get("date"), get("p-asserted-identity")
    number, method = read_cseq(cseq[0]) if cseq else (None, "")
    if cseq and number is None:
        odd = (*odd, "cseq-unreadable")
    elif message.method:
        if cseq and method != message.method:
            odd = (*odd, "cseq-other-method")
        method = message.method
    if not (cseq and via and "from" in index and "to" in index and "call-id" in index) or not message.is_sip:
        odd = (*odd, *_missing(message))
    # more lines than names: some header stands there several times
    if len(message.lines) > len(index) + (len(via) if via else 1):
        odd = (*odd, *(f"several-{name}" for name in _SINGLE if len(get(name, ())) > 1))
    if date:
        odd = (*odd, read_date(date[0])[1])
    sender, odd = _party("from", get("from"), odd)
    receiver, odd = _party("to", get("to"), odd)
    for value in asserted[:MOST_ADDRESSES] if asserted else ():
        odd = (*odd, *(name for part in split_addresses(value) for name in read_address(part).oddities))
    call_id, agent = get("call-id"), get("user-agent") or get("server")
    return Gist(
        call_id[0].strip() if call_id else b"",
        sender,
        receiver,
        number,
        method or message.method,
        tuple(sorted(set(odd) - {""})) if odd else (),
        tuple(asserted or ()),
        tuple(get("identity") or ()),
        agent[0].strip() if agent else None,
        message.date_us if date else None,
    )


def _party(name: str, values: list[bytes] | None, odd: tuple[str, ...]) -> tuple[SipAddress | None, tuple[str, ...]]:
    """Return the first address of From or To, and the oddities with those that it has."""
    if not values:
        return None, odd
    value = values[0]
    if b"," in value:
        parts = split_addresses(value)
        value = parts[0]
        if len(parts) > 1:
            odd = (*odd, f"several-addresses-in-{name}")
    address = read_address(value)
    return address, (*odd, *address.oddities) if address.oddities else odd


def _missing(message: SipMessage) -> list[str]:
    names = [f"no-{name}" for name in _NEEDED if name not in message.held]
    return names if message.is_sip else [*names, "no-start-line"]


@lru_cache(maxsize=1024)
def _cached_cseq(value: bytes) -> tuple[int | None, str]:
    found = _CSEQ.match(value)
    return (int(found[1]), read_text(found[2])) if found else (None, "")


def read_cseq(value: bytes | None) -> tuple[int | None, str]:
    """Return number and method of a CSeq value; None and '' where it cannot be read."""
    return _cached_cseq(value) if value and len(value) <= 256 else (None, "")


def scan(data: bytes) -> SipMessage:
    """Read the message that `data` (one datagram, or one frame of a stream) holds; any octets give a message.

    Empty lines before the start line are passed over (RFC 3261 section 7.5). `is_sip` says whether there is a start
    line at all.

    Args:
        data: the octets; at most LONGEST_HEAD of the head are read.

    """
    end = data.find(b"\r\n\r\n", 0, LONGEST_HEAD)
    head = data[:end] if end > 0 else b""
    found = HEAD.match(head)
    # the search takes no CR but before an LF: as many of the one as of the other leaves no lone LF either
    ends = head.count(b"\n")
    if found is None or not head.isascii() or b"\0" in head or ends != head.count(b"\r") or ends >= MOST_HEADERS:
        return scan_any(data)
    quick = found.groups()
    status, phrase, method, uri, _, _, _, _, _, length = quick[:10]
    if length is None or _SIZES.get(length) != len(data) - end - 4:
        return scan_any(data)
    message = _new(SipMessage)
    message.raw, message._quick, message._lines, message._held, message._found = data, quick, None, None, ()
    message.body = data[end + 4 :]
    if method is None:
        message.status, message.phrase, message.method, message.uri = int(status), phrase, "", b""
    else:
        message.status, message.phrase, message.method, message.uri = 0, b"", method.decode("ascii"), uri
    return message


def scan_any(data: bytes) -> SipMessage:
    """Read any message line by line, an ordinary one too: what `scan` gives is held to be the same."""
    start = 0
    if data[:1] in (b"\r", b"\n"):
        start = len(data) - len(data.lstrip(b"\r\n"))
    end = data.find(b"\r\n\r\n", start, LONGEST_HEAD)
    head = data[start : max(end, start)]
    lines = head.split(b"\r\n")
    # this loop is most of the time that a message takes: one look-up for a usual name, the rest is done apart
    index: dict[str, list[bytes]] = {}
    known = NAMES.get
    plain = end >= 0 and head.isascii() and b"\0" not in head and len(lines) <= MOST_HEADERS
    for line in lines[1:]:
        raw, _, value = line.partition(b":")
        name = known(raw)
        if name is None:
            name, plain = _unusual(line, raw, plain)
        if name in index:
            index[name].append(value)
        else:
            index[name] = [value]
    # each line end is two octets, so that no lone CR or LF hides within a line
    plain = plain and head.count(b"\n") == len(lines) - 1 == head.count(b"\r")
    if plain:
        message, body_at = SipMessage(data, lines, index, ()), end + 4
    else:
        message, body_at = _scan_odd(data, start)
    first, _, rest = lines[0].partition(b" ") if plain else (b"", b"", b"")
    if first == b"SIP/2.0" and rest[3:4] == b" " and rest[:3].isdigit():
        message.status, message.phrase = int(rest[:3]), rest[4:]
    elif rest.endswith(b" SIP/2.0") and first.isalpha() and rest.count(b" ") == 1:
        message.method, message.uri = first.decode("latin-1"), rest[:-8]
    else:
        _odd_start_line(message)
    length = index.get("content-length") if plain else None
    if length is None or _SIZES.get(length[0]) != len(data) - body_at:
        _take_body(message, data, body_at)
    elif body_at < len(data):
        message.body = data[body_at:]
    return message


def _unusual(line: bytes, raw: bytes, plain: bool) -> tuple[str, bool]:
    """Return the name of a header that is none of the usual ones, and whether the line is one that can be taken so."""
    name = read_name(raw)
    return name, plain and bool(name) and b":" in line and line[:1] not in (b" ", b"\t")


def _scan_odd(data: bytes, start: int) -> tuple[SipMessage, int]:
    """Read a head that is folded, has lone CR or LF, octets beyond ASCII, a line that is no header, or no end."""
    empty = _EMPTY.search(data, start, LONGEST_HEAD)
    stop = empty.start() if empty else min(len(data), LONGEST_HEAD)
    head = data[start:stop]
    crlf = head.count(b"\r\n")
    lines = _LINE.split(_FOLD.sub(b" ", head))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    index: dict[str, list[bytes]] = {}
    for line in lines[1:MOST_HEADERS]:
        raw, _, value = line.partition(b":")
        index.setdefault(NAMES.get(raw) or read_name(raw), []).append(value)
    odd = {
        "no-empty-line": empty is None and len(data) - start <= LONGEST_HEAD,
        "head-too-long": empty is None and len(data) - start > LONGEST_HEAD,
        "lf-lines": head.count(b"\n") > crlf or (empty is not None and empty[0] == b"\n\n"),
        "cr-lines": head.count(b"\r") > crlf or (empty is not None and empty[0] == b"\r\r"),
        "too-many-headers": len(lines) > MOST_HEADERS,
        "header-without-colon": any(b":" not in line for line in lines[1:MOST_HEADERS]),
        "header-without-name": "" in index,
        "not-utf-8": not _is_utf8(head),
        "nul-byte": b"\0" in head,
    }
    found = tuple(name for name, there in odd.items() if there)
    return SipMessage(data, lines[:MOST_HEADERS], index, found), empty.end() if empty else len(data)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError:
        return False
    return True


def _odd_start_line(message: SipMessage) -> None:
    line = message.lines[0]
    words = line.split(None, 2)
    ends = line.split()
    if len(words) >= 2 and _VERSION.match(words[0]) and words[1].isdigit() and len(words[1]) == 3:
        message.status, message.phrase = int(words[1]), words[2] if len(words) > 2 else b""
        usual = line.startswith(b"SIP/2.0 " + words[1]) and line[11:12] in (b" ", b"")
    elif len(ends) >= 3 and _VERSION.match(ends[-1]) and len(ends[0]) <= 64:
        message.method, message.uri = read_text(ends[0]), b" ".join(ends[1:-1])
        usual = line == b" ".join((ends[0], ends[1], b"SIP/2.0"))
    else:
        return
    if not usual:
        message._found = (*message._found, "start-line-odd")


def _take_body(message: SipMessage, data: bytes, at: int) -> None:
    held = len(data) - at
    lengths = message.held.get("content-length")
    if not lengths:
        message.body = data[at:] if held else b""
        return
    stated = lengths[0].strip()
    if not (stated.isdigit() and len(stated) <= 10):
        message._found = (*message._found, "content-length-unreadable")
        message.body = data[at:]
        return
    size = int(stated)
    if size != held:
        message._found = (*message._found, "body-cut-short" if size > held else "bytes-after-body")
    if size:
        message.body = data[at : at + size]


__all__ = ["LONGEST_HEAD", "MOST_HEADERS", "Gist", "Header", "SipMessage", "gist", "read_cseq", "scan", "scan_any"]
