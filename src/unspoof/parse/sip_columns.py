"""What plain SIP messages say, read by the column: the same as `gist` of sip.py says of each, at a third of the time.

Plain are messages with a plain head (sip_heads.py) about which nothing whatever is odd. Every distinct value is read by
the very function that reads it in a message by itself; any message that is not plain is left to the scan of sip.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from unspoof.parse.byte_columns import PAD, Mask, Octets, Places, Slices, Words, contents, distinct, word, words
from unspoof.parse.sip import read_cseq
from unspoof.parse.sip_address import SipAddress, read_address
from unspoof.parse.sip_headers import read_date
from unspoof.parse.sip_heads import Heads, read_heads

LONGEST_PLAIN = 32_000
"""Octets of a plain message."""
_LONGEST_ADDRESS = 512
_LONGEST_CSEQ = 256
_METHOD = re.compile(rb"[A-Za-z]{1,15} \Z")
_TAG = b";tag="
_TAG_MASK = word(b"\xff" * len(_TAG))
_NO_TAG = np.zeros(256, np.bool_)
_NO_TAG[list(b'\t\n\v\f\r ";=,')] = True
"""What ends a tag, or makes it unclear."""
_VERSION = word(b"SIP/2.0 ")
_END = word(b" SIP/2.0")


@dataclass(frozen=True)
class Coded:
    """A column of objects: each distinct one, and for each row which of them it has."""

    values: list[Any]
    codes: Places

    def column(self, change: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
        """Return what `change` makes of each row's object."""
        return pa.array([change(value) for value in self.values], kind).take(pa.array(self.codes))

    def objects(self) -> list[Any]:
        """Return the object of each row."""
        held = np.empty(len(self.values), object)
        held[:] = self.values
        return held[self.codes].tolist()  # type: ignore[no-any-return]

    def part(self, at: int) -> Coded:
        """Return one part of each row's tuple."""
        return Coded([None if value is None else value[at] for value in self.values], self.codes)

    def of(self, rows: Places) -> Coded:
        """Return some rows, in their order."""
        return Coded(self.values, self.codes[rows])


@dataclass(frozen=True)
class Parties:
    """From or To of messages, row for row."""

    addresses: Coded
    """SipAddress, as it would be without the tag where that stands by itself at the end."""
    tags: list[bytes]
    """b'' where there is none."""

    def of(self, rows: Places) -> Parties:
        """Return some rows, in their order."""
        kept = self.tags if len(rows) == len(self.tags) else [self.tags[row] for row in rows.tolist()]
        return Parties(self.addresses.of(rows), kept)


@dataclass(frozen=True)
class SipColumns:
    """Plain messages, row for row. Octets are `binary`, null where a message has none."""

    rows: Places
    """Which of the messages given these are."""
    status: NDArray[np.int64]
    """0 of a request."""
    phrase: pa.BinaryArray
    uri: pa.BinaryArray
    call_id: pa.BinaryArray
    cseq: Coded
    """Number and method (text); of a request the method is its own too."""
    sender: Parties
    """From."""
    receiver: Parties
    """To."""
    asserted: Coded
    """P-Asserted-Identity with the blanks around it."""
    identity: pa.BinaryArray
    """Identity without the blanks around it."""
    agent: pa.BinaryArray
    """User-Agent; without one Server."""
    date_us: Coded


def read_columns(payloads: pa.BinaryArray) -> SipColumns:
    """Read the plain ones of messages, each row the octets of one datagram.

    Args:
        payloads: without nulls, below 2 GiB in all.

    """
    data, offsets = contents(payloads)
    heads = read_heads(data, offsets)
    values = heads.values
    plain = heads.plain & (np.diff(offsets) <= LONGEST_PLAIN)
    for name in ("via", "from", "to", "call-id", "cseq", "content-length"):
        plain &= values[name].there
    return _Reading(data, offsets[1:], heads, np.flatnonzero(plain)).read()


class _Reading:
    """Messages with plain heads; `fine` says of which the values are plain too."""

    def __init__(self, data: Octets, stops: Places, heads: Heads, rows: Places) -> None:
        self.data, self.rows = data, rows
        self.end, self.stops = heads.end[rows], stops[rows]
        self.first = heads.first.of(rows)
        self.values = {name: one.of(rows) for name, one in heads.values.items()}
        self.fine = np.ones(len(rows), np.bool_)

    def read(self) -> SipColumns:
        """Read every value, then leave out the messages of which one is not plain."""
        self._check_length()
        cseq = self._coded("cseq", _read_cseq)
        sender, receiver = self._parties("from"), self._parties("to")
        asserted = self._coded("p-asserted-identity", _asserted)
        date_us = self._coded("date", _read_date)
        status, phrase, uri = self._start_lines(cseq)
        agent = self.values["user-agent"]
        server = self.values["server"]
        agent = Slices(
            np.where(agent.there, agent.begin, server.begin),
            np.where(agent.there, agent.stop, server.stop),
            agent.there | server.there,
        )
        call_id, identity, agent = (
            self._trimmed(one) for one in (self.values["call-id"], self.values["identity"], agent)
        )
        kept = np.flatnonzero(self.fine)
        octets = {"phrase": phrase, "uri": uri, "call_id": call_id, "identity": identity, "agent": agent}
        return SipColumns(
            rows=self.rows[kept],
            status=status[kept],
            cseq=cseq.of(kept),
            sender=sender.of(kept),
            receiver=receiver.of(kept),
            asserted=asserted.of(kept),
            date_us=date_us.of(kept),
            **{name: one.of(kept).taken(self.data) for name, one in octets.items()},
        )

    def _coded(self, name: str, read: Callable[[bytes], Any]) -> Coded:
        """Read each distinct value of a header; `read` returns None of one that is not plain."""
        return self._read_distinct(self.values[name].taken(self.data), read)

    def _read_distinct(self, column: pa.BinaryArray, read: Callable[[bytes], Any]) -> Coded:
        values, codes = distinct(column)
        read_values = [None if value is None else read(value) for value in values]
        bad = np.array([value is not None and made is None for value, made in zip(values, read_values, strict=True)])
        if bad.any():
            self.fine &= ~bad[codes]
        return Coded(read_values, codes)

    def _parties(self, name: str) -> Parties:
        """Read addresses without their tags, of which each call has others."""
        data, offsets = contents(self.values[name].taken(self.data))
        stop, tag, cut = _cut_tags(data, offsets)
        whole = np.ones(len(stop), np.bool_)
        addresses = self._read_distinct(Slices(offsets[:-1], stop, whole).taken(data), _read_address)
        own = [b"" if one is None else one.tag for one in addresses.values]
        # a parameter before the tag may be what a reader takes for it
        simple = np.array([one is not None and not one.params for one in addresses.values])
        self.fine &= ~tag.there | simple[addresses.codes]
        tags = tag.taken(data).to_pylist()
        for row in np.flatnonzero(~cut).tolist():
            tags[row] = own[addresses.codes[row]]
        return Parties(addresses, tags)

    def _trimmed(self, one: Slices) -> Slices:
        trimmed, unclear = one.trimmed(self.data)
        self.fine &= ~unclear
        return trimmed

    def _check_length(self) -> None:
        """Content-Length must be what follows the empty line, in plain digits."""
        values, codes = distinct(self.values["content-length"].taken(self.data))
        sizes = np.array([-1 if value is None else _read_size(value) for value in values])
        self.fine &= sizes[codes] == self.stops - self.end - 4

    def _start_lines(self, cseq: Coded) -> tuple[NDArray[np.int64], Slices, Slices]:
        """Return status codes, reason phrases and Request-URIs; the method of a request must be that of its CSeq."""
        at, data, begin, stop = words(self.data), self.data, self.first.begin, self.first.stop
        answers = at[begin] == _VERSION
        digits = [data[begin + place].astype(np.int64) - 48 for place in (8, 9, 10)]
        fits = (stop - begin >= 12) & (data[begin + 11] == 0x20) & (digits[0] >= 1)
        for digit in digits:
            fits &= (digit >= 0) & (digit <= 9)
        status = np.where(answers & fits, digits[0] * 100 + digits[1] * 10 + digits[2], 0)
        texts = [value[1].encode() + b" " if value else b"" for value in cseq.values]
        width = np.array([len(text) if _METHOD.match(text) else 0 for text in texts])[cseq.codes]
        asks = ~answers & (width > 0) & _begins_with(at, begin, texts, cseq.codes)
        uri_begin, uri_stop = begin + width, stop - 8
        asks &= (uri_stop > uri_begin) & (at[np.maximum(uri_stop, 0)] == _END)
        self.fine &= (answers & fits) | asks
        phrase = Slices(begin + 12, stop, answers & fits & (stop > begin + 12))
        uri = Slices(uri_begin, uri_stop, asks)
        self._check_uris(uri, np.flatnonzero(asks))
        return status, _closed(phrase, begin), _closed(uri, begin)

    def _check_uris(self, uri: Slices, rows: Places) -> None:
        """A blank within would make four words of the start line."""
        data, offsets = contents(uri.of(rows).taken(self.data))
        blanks = np.flatnonzero(data == 0x20)
        if len(blanks):
            self.fine[rows[np.searchsorted(offsets, blanks, side="right") - 1]] = False


def _cut_tags(data: Octets, offsets: Places) -> tuple[Places, Slices, Mask]:
    """Cut values like '<sip:a@b>;tag=c' behind the bracket.

    Returns:
        where each address ends, its tag (b'' where nothing follows the bracket), and which values were cut so or end
        with their only closing bracket; of all others the address ends where the value does.

    """
    stop = offsets[1:]
    closing = np.append(np.flatnonzero(data == 0x3E), len(data) - PAD)
    first = np.searchsorted(closing, offsets)
    behind = np.where(first[1:] - first[:-1] == 1, closing[first[:-1]] + 1, stop)
    single = first[1:] - first[:-1] == 1
    value = behind + len(_TAG)
    tagged = (
        single & (stop > value) & (stop - value <= _LONGEST_ADDRESS) & ((words(data)[behind] & _TAG_MASK) == word(_TAG))
    )
    odd = np.flatnonzero(_NO_TAG[data])
    tagged &= np.searchsorted(odd, np.where(tagged, value, stop)) == np.searchsorted(odd, stop)
    cut = tagged | (single & (behind == stop))
    tag = Slices(np.where(tagged, value, stop), stop, cut)
    return np.where(tagged, behind, stop), tag, cut


def _begins_with(at: Words, begin: Places, texts: list[bytes], codes: Places) -> Mask:
    """Say of each place whether the text that its code names stands there; texts of at most sixteen octets."""
    same = np.ones(len(begin), np.bool_)
    for step in (0, 8):
        parts = [text[step : step + 8] for text in texts]
        wanted = np.array([word(part) for part in parts], np.uint64)[codes]
        masks = np.array([word(b"\xff" * len(part)) for part in parts], np.uint64)[codes]
        same &= (at[begin + step] & masks) == wanted
    return same


def _closed(one: Slices, begin: Places) -> Slices:
    """Return stretches that are empty, and stand where the message begins, where there are none."""
    return Slices(np.where(one.there, one.begin, begin), np.where(one.there, one.stop, begin), one.there)


def _read_size(value: bytes) -> int:
    stated = value.strip()
    return int(stated) if stated.isdigit() and len(stated) <= 10 else -1


def _read_cseq(value: bytes) -> tuple[int, str] | None:
    number, method = read_cseq(value) if len(value) <= _LONGEST_CSEQ else (None, "")
    return None if number is None else (number, method)


def _read_address(value: bytes) -> SipAddress | None:
    if b"," in value or len(value) > _LONGEST_ADDRESS:
        return None
    address = read_address(value)
    return None if address.oddities else address


def _asserted(value: bytes) -> bytes | None:
    return None if _read_address(value) is None else value


def _read_date(value: bytes) -> int | None:
    moment, odd = read_date(value)
    return None if odd else moment


__all__ = ["LONGEST_PLAIN", "Coded", "Parties", "SipColumns", "read_columns"]
