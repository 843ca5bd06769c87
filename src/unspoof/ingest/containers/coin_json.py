"""JSON with bitcoin transactions: of an Esplora server, of Bitcoin Core, in bitcoin-etl's shape; no other JSON.

One a line, one behind the other, or in a list. A row is one input or output of a transaction; its locator is the place of its
own JSON within the transaction's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from unspoof.errors import BadExhibit
from unspoof.ingest.coin_rows import PARTS, PARTS_TABLE, PartRows, network_of
from unspoof.ingest.container import Batch, Options, Refused, Survey
from unspoof.ingest.line_feed import BLOCK_SIZE, LineFeed, fetch_bytes, refuse
from unspoof.parse.chain_json.reading import NoTransaction
from unspoof.parse.chain_json.sealed import read_value
from unspoof.parse.charsets import HEAD
from unspoof.parse.json_rows import find_elements
from unspoof.parse.lines import find_lines

LONGEST_UNIT = 96 << 20
"""Bytes of one line or object; a block of 4 MB has up to some 25 MB in JSON with everything that it spends."""

_SIGNS: tuple[tuple[bytes, ...], ...] = (
    (b'"txid"', b'"vin"'),
    (b'"vin"', b'"vout"'),
    (b'"scriptpubkey"',),
    (b'"scriptPubKey"',),
    (b'"spent_transaction_hash"',),
    (b'"is_coinbase"', b'"block_number"'),
    (b'"merkleroot"', b'"tx"'),
    (b'"unspoof_fetched"',),
)
"""Keys that stand together in the beginning of such files and of no others."""


@dataclass(frozen=True)
class CoinBlock:
    """Some megabytes of JSON values, not yet parsed."""

    raw: bytes
    at: int
    """Where `raw` begins in the stream."""
    spans: tuple[tuple[int, int], ...]
    """Start and end of each value in `raw`."""
    network: str
    refused: tuple[Refused, ...] = ()

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the parts of all transactions; see `Block`."""
        if PARTS not in wanted:
            return []
        rows = PartRows(network=self.network, refused=list(self.refused))
        for start, end in self.spans:
            base = self.at + start
            for found in read_value(self.raw[start:end]):
                if isinstance(found, NoTransaction):
                    rows.refuse(base + found.start, found.end - found.start, found.reason)
                else:
                    rows.add(found, [(base + part.start, part.end - part.start) for part in found.parts])
        return [rows.batch(wanted[PARTS])]


@dataclass(eq=False)
class CoinJson:
    """Transactions in JSON; see `Container`. One source table, `parts`, whose columns are those of `coin_rows`.

    A transaction is read whole or refused whole. A line that is no transaction is refused and the next is read; in a document
    damage to the brackets ends the reading, and the rest is refused as one stretch.
    """

    block_size: int = BLOCK_SIZE
    longest: int = LONGEST_UNIT
    name: str = "coin-json"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head is JSON with keys of transactions."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
        return text[:1] in (b"{", b"[") and any(all(key in text for key in keys) for keys in _SIGNS)

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Say what the file seems to be; see `Container`."""
        feed = self._feed(stream, options)
        head = feed.raw(0)[0]
        if not feed.charset.is_utf8:
            raise BadExhibit(f"JSON of transactions in {feed.charset.name}", hint="Convert it to UTF-8.")
        if not self.sniff(head):
            raise BadExhibit("no JSON with bitcoin transactions")
        how = "one JSON value a line" if _by_line(head) else "a JSON document"
        notes = (how, f"addresses that are not stated are written as on {network_of(head)}")
        return Survey((PARTS_TABLE,), replace(options, encoding=feed.charset.name), notes)

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[CoinBlock]:
        """Cut the stream, which stands at 0; see `Container`."""
        feed = self._feed(stream, survey.options)
        head = feed.raw(0)[0]
        yield from (_line_blocks if _by_line(head) else _document_blocks)(feed, network_of(head), self.longest)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the JSON of one input or output."""
        return fetch_bytes(stream, locator, locator_size)

    def _feed(self, stream: BinaryIO, options: Options) -> LineFeed:
        return LineFeed(stream, options.encoding, block_size=self.block_size, longest=self.longest)


def _by_line(head: bytes) -> bool:
    """Say whether every line is a JSON value of its own: its first line is one, or an object without an end in sight."""
    text = head[:HEAD].lstrip(b" \t\r\n")
    line, found, _ = text.partition(b"\n")
    if not found and text[:1] == b"{":
        return not find_elements(text, 0).strays and len(find_elements(text, 0).starts) < 2
    spans = find_elements(line, 0)
    return bool(found) and len(spans.starts) == 1 and not spans.strays and int(spans.ends[0]) == len(line.rstrip())


def _line_blocks(feed: LineFeed, network: str, longest: int) -> Iterator[CoinBlock]:
    while chunk := feed.take():
        refused: tuple[Refused, ...] = ()
        if chunk.too_long:
            at, size = chunk.too_long
            refused = tuple(refuse(PARTS, at, at + size, f"a line longer than {longest:,} bytes"))
        starts, ends = find_lines(chunk.text.utf8, chunk.text.breaks)
        spans = tuple(zip(starts.tolist(), ends.tolist(), strict=True))
        yield CoinBlock(chunk.text.utf8, chunk.text.offset, spans, network, refused)


def _document_blocks(feed: LineFeed, network: str, longest: int) -> Iterator[CoinBlock]:
    """Cut a list, or objects one behind the other, between its elements; what never closes is refused as it stands."""
    rest, at, ended = feed.raw(0)
    lead = len(rest) - len(rest.lstrip(b" \t\r\n"))
    base = 1 if rest[lead : lead + 1] == b"[" else 0
    rest, at = rest[lead + base :], at + lead + base
    while True:
        found = find_elements(rest, base)
        used = int(found.ends[-1]) if len(found.ends) else 0
        done = found.closed >= 0 or ended or len(rest) - used > longest
        known = len(rest) if not done or found.closed >= 0 else used
        refused = [one for a, b in found.strays if a < known for one in refuse(PARTS, at + a, at + b, "no transaction")]
        if done:
            left = found.closed + 1 if found.closed >= 0 else used
            refused += _leftover(feed, rest[left:], at + left, bool(base) and found.closed < 0)
        spans = tuple(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
        yield CoinBlock(rest, at, spans, network, tuple(refused))
        if done:
            return
        rest, at = rest[used:], at + used
        more = feed.more(max(feed.block_size, len(rest)))
        ended, rest = not more, rest + more


def _leftover(feed: LineFeed, rest: bytes, at: int, is_open: bool) -> list[Refused]:
    """Refuse what stands behind the last element, unless it is only blanks behind a document that is whole."""
    start, end = at + len(rest) - len(rest.lstrip(b" \t\r\n")), at + len(rest.rstrip(b" \t\r\n"))
    while more := feed.more(1 << 20):
        at, rest = at + len(rest), more
        end = max(end, at + len(rest.rstrip(b" \t\r\n")))
    if end <= start and not is_open:
        return []
    reason = "the document is cut off, or a bracket is not closed" if is_open else "what follows is no transaction"
    return refuse(PARTS, min(start, end), end, reason)


COIN_JSON = CoinJson()

__all__ = ["COIN_JSON", "LONGEST_UNIT", "CoinBlock", "CoinJson"]
