"""Fetch chain data that a case lacks and seal it as an exhibit; asking is the source's part, reading the readers'."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from unspoof.case.adding import Added, Stated, add_file
from unspoof.case.session import Session, open_session
from unspoof.config import CaseSettings, Machine
from unspoof.errors import BadRequest, mask
from unspoof.evidence import Vault
from unspoof.evidence.disk import telling
from unspoof.model.evidence import Acquisition
from unspoof.parse.bitcoin.addresses import check_address
from unspoof.parse.chain_json.sealed import Answer, write_line
from unspoof.trace.closure import BACKWARD, FORWARD, Closure, Gathered, Known, Seen, Stops, Wanted
from unspoof.trace.sources import ChainSource, open_source

_ADDRESS = re.compile(r"[0-9A-Za-z]{26,90}")
_TXID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FetchOptions:
    """What a user says of one fetch."""

    source: str = ""
    """'esplora:URL' or 'rpc:URL'; empty for the machine's setting."""
    txids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    hops: int | None = None
    """None for the case's trace_max_hops."""
    backward: bool = False
    forward: bool = False
    """Neither for both."""
    heights: tuple[int, int] | None = None
    basis: str = ""
    """Legal basis, beside the server's name, which is always stated."""
    proofs: bool = False
    """Ask for what the case holds without a proof, too."""


@dataclass(frozen=True)
class Fetched:
    """What a fetch did."""

    gathered: Gathered
    wanted: Wanted
    added: Added | None
    """None where nothing was received."""


def fetch(
    vault: Vault, settings: CaseSettings, machine: Machine, options: FetchOptions, progress: Callable[[int], None]
) -> Fetched:
    """Ask a source for what the case lacks, seal the answers and read them.

    What was received when the source fails, or the user interrupts, is sealed all the same; a process that is killed
    leaves nothing behind.

    Raises:
        BadRequest: no source is named, or what is asked for is no txid or address.
    """
    source = open_source(
        options.source or machine.chain_source or _no_source(), secret=_secret(machine), proxy=machine.chain_proxy
    )
    try:
        with vault.scratch() as scratch, open_session(vault, settings, machine) as session:
            wanted, stops = wanted_of(session, options), stops_of(vault, session)
            file = scratch / "fetched.jsonl"
            gathered = _gather(source, _Held(session, options.proofs), stops, wanted, file, progress)
            if not gathered.answers:
                return Fetched(gathered, wanted, None)
            named = file.rename(scratch / _name(gathered, file))
            basis = "; ".join(filter(None, (options.basis, f"asked of {source.name} by unspoof fetch")))
            stated = Stated(acquired=Acquisition.OPEN_SOURCE, basis=basis)
            with vault.lock():
                return Fetched(gathered, wanted, add_file(vault, settings, named, stated, lambda _: None))
    finally:
        source.close()


def _no_source() -> str:
    raise BadRequest(
        "no source of chain data is named",
        where="--from",
        hint="As --from esplora:https://chain.example.org/api; or set UNSPOOF_CHAIN_SOURCE, or [chain] source in case.toml.",
    )


def _gather(
    source: ChainSource, held: Known, stops: Stops, wanted: Wanted, file: Path, progress: Callable[[int], None]
) -> Gathered:
    """Write every question's answers as one line, whole or not at all."""
    with telling(file), file.open("wb") as out:
        done = 0

        def keep(answers: Sequence[Answer]) -> None:
            nonlocal done
            line = write_line(source.name, answers)
            out.write(line)
            out.flush()
            done += len(line)

        gathered = Closure(source, held, stops, keep, progress).run(wanted)
        out.truncate(done)  # an interrupt may have come in the middle of a line
        return gathered


def _name(gathered: Gathered, file: Path) -> str:
    """Return a name that says from where and when."""
    kind, _, url = gathered.source.partition(" ")
    with file.open("rb") as lines:
        at = re.search(rb'"received_at":"([0-9T:.Z-]+)"', lines.read(1 << 16))
    when = re.sub(r"[^0-9TZ]", "", at[1].decode().split(".")[0]) if at else "undated"
    return f"{kind}-{re.sub(r'[^0-9A-Za-z.]+', '-', url.partition('://')[2]).strip('-')[:60]}-{when}.jsonl"


def _secret(machine: Machine) -> str:
    """Return user and password for a node: of its cookie file where one is set, else as they are set."""
    if not machine.chain_cookie:
        return f"{machine.chain_user}:{machine.chain_password}" if machine.chain_user else ""
    path = Path(machine.chain_cookie)
    try:
        text = path.read_text("utf-8")[:1000].strip()
    except (OSError, UnicodeDecodeError):
        raise BadRequest(
            "the node's cookie file cannot be read", where=str(path), hint="Is the node running?"
        ) from None
    if not text or "\n" in text or ":" not in text:
        raise BadRequest("no cookie of a node", where=str(path), hint="It holds __cookie__:PASSWORD in one line.")
    return text


def wanted_of(session: Session, options: FetchOptions) -> Wanted:
    """Return what to fetch: what the user names, else what the case's payments, invoices and receivers name."""
    for txid in options.txids:
        if not _TXID.fullmatch(txid):
            raise BadRequest("a txid has 64 hex digits", where=f"--txid {mask(txid[:70])}")
    for address in options.addresses:
        if not (found := check_address(address)).is_address and not _ADDRESS.fullmatch(address):
            raise BadRequest(f"no bitcoin address: {found.reason}", where="--address")
    txids, addresses = options.txids, options.addresses
    if not txids and not addresses:
        txids, addresses = case_names(session)
    if not txids and not addresses:
        raise BadRequest("the case names no transaction and no address", hint="Name some with --txid and --address.")
    ways = tuple(way for way, asked in ((BACKWARD, options.backward), (FORWARD, options.forward)) if asked)
    hops = options.hops if options.hops is not None else int(session.settings.chosen["trace_max_hops"].value)
    return Wanted(txids, addresses, hops, ways or (BACKWARD, FORWARD), options.heights)


def case_names(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the txids and the shop's addresses that the case's tables name, each once and in order."""
    told = session.engine.fetch(
        "SELECT lower(txid) AS txid, address FROM payments UNION SELECT NULL, address FROM invoices"
        " UNION SELECT NULL, address_text FROM receivers"
    )
    txids = {text for text in told.column("txid").to_pylist() if text and _TXID.fullmatch(text)}
    words = {word for text in told.column("address").to_pylist() if text for word in _ADDRESS.findall(text)}
    return tuple(sorted(txids)), tuple(sorted(word for word in words if check_address(word).is_address))


def stops_of(vault: Vault, session: Session) -> Stops:
    """Return the stop rules: the case's settings, its tags, and the services and coinjoins of its last run."""
    value = {name: chosen.value for name, chosen in session.settings.chosen.items()}
    tags = session.engine.fetch(
        "SELECT address, min(service) AS service FROM tags"
        " WHERE address <> '' AND service <> '' AND level >= $level GROUP BY address",
        {"level": value["tag_min_level"]},
    )
    services = dict(zip(tags.column("address").to_pylist(), tags.column("service").to_pylist(), strict=True))
    services |= _wallet_services(vault, session)
    coinjoins = _finding(vault, session, "coinjoins", "SELECT DISTINCT txid FROM read_parquet($file)")
    return Stops(
        most_outputs=int(value["trace_max_outputs"]),
        most_transactions=int(value["trace_max_transactions"]),
        services=services,
        coinjoins=frozenset(coinjoins.column(0).to_pylist() if coinjoins is not None else ()),
    )


def _wallet_services(vault: Vault, session: Session) -> dict[str, str]:
    """Return every address of a wallet that the last run took for a service's and not, large as it is, for the shop's."""
    places = {name: _finding_file(vault, name) for name in ("sized_wallets", "wallet_addresses", "shop_addresses")}
    if None in places.values():
        return {}
    found = session.engine.fetch(
        "SELECT a.holder, coalesce(w.service, 'of wallet ' || w.wallet) AS service FROM read_parquet($addresses) AS a"
        " JOIN read_parquet($wallets) AS w ON w.wallet = a.wallet"
        " ANTI JOIN (SELECT wallet FROM read_parquet($shop) WHERE NOT is_kept_by_service) AS s ON s.wallet = w.wallet"
        " WHERE w.is_service",
        {"addresses": places["wallet_addresses"], "wallets": places["sized_wallets"], "shop": places["shop_addresses"]},
    )
    return dict(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))


def _finding(vault: Vault, session: Session, name: str, sql: str) -> pa.Table | None:
    file = _finding_file(vault, name)
    return session.engine.fetch(sql, {"file": file}) if file else None


def _finding_file(vault: Vault, name: str) -> str | None:
    path = f"findings/{name}/rows.parquet"
    return str(vault.folder / path) if path in vault.files(path) else None


class _Held:
    """What the case's own table of transactions holds, or holds with a proof; see `Known`."""

    def __init__(self, session: Session, with_proof: bool) -> None:
        self._engine, self._with_proof = session.engine, with_proof

    def transactions(self, txids: Collection[str]) -> Mapping[str, Seen]:
        rows = self._engine.fetch(
            "WITH part AS (SELECT DISTINCT txid, side, place, address, script_type, spent_txid, inputs, outputs, proof"
            " FROM transactions WHERE txid IN (SELECT unnest($txids)))"
            " SELECT txid, list({'side': side, 'place': place, 'address': address, 'type': script_type,"
            " 'spent': spent_txid} ORDER BY side, place) AS parts, max(outputs) AS outputs FROM part GROUP BY txid"
            " HAVING count(DISTINCT CASE WHEN side = 'input' THEN place END) = max(inputs)"
            " AND count(DISTINCT CASE WHEN side = 'output' THEN place END) = max(outputs)"
            " AND (max(proof) IS NOT NULL OR NOT $with_proof)",
            {"txids": sorted(txids), "with_proof": self._with_proof},
        )
        return {row["txid"]: _seen(row["parts"], row["outputs"]) for row in rows.to_pylist()}

    def spenders(self, txids: Collection[str]) -> Mapping[str, Mapping[int, str]]:
        rows = self._engine.fetch(
            "SELECT spent_txid, spent_place, min(txid) AS txid FROM transactions"
            " WHERE spent_txid IN (SELECT unnest($txids)) GROUP BY spent_txid, spent_place",
            {"txids": sorted(txids)},
        )
        found: dict[str, dict[int, str]] = {}
        for spent, place, txid in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            found.setdefault(spent, {})[place] = txid
        return found

    def of_address(self, address: str) -> Collection[str]:
        rows = self._engine.fetch(
            "SELECT DISTINCT txid FROM transactions WHERE address = $address", {"address": address}
        )
        return self.transactions(rows.column(0).to_pylist()).keys() if rows.num_rows else ()


def _seen(parts: list[dict[str, Any]], outputs: int) -> Seen:
    inputs = {(part["spent"], part["address"] or "") for part in parts if part["side"] == "input" and part["spent"]}
    places = {
        part["place"]: part["address"] or ""
        for part in parts
        if part["side"] == "output" and part["type"] != "op_return"
    }
    return Seen(tuple(sorted(inputs)), tuple(sorted(places.items())), outputs)


__all__ = ["FetchOptions", "Fetched", "case_names", "fetch", "stops_of", "wanted_of"]
