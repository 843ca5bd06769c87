"""Tests of unspoof.case.fetching: which addresses fetching stops at."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unspoof.case import Case
from unspoof.case.fetching import stops_of
from unspoof.case.session import open_session
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import TAGS

TAG = {
    "label": "l", "confidence": "c", "level": 60, "is_cluster_definer": True, "is_own": False, "pack": "p", "source": "s",
}  # fmt: skip


def test_fetching_stops_at_services_and_neither_at_a_list_nor_at_the_shop(tmp_path: Path) -> None:
    """A tag without a name stops nothing, nor does the shop's own wallet, however large; other services' do."""
    case = Case.new(tmp_path / "case", reference="R 1", home="GB", currency="GBP")
    found = {
        "sized_wallets": [
            {"wallet": wallet, "service": None, "is_service": True} for wallet in ("shop", "kept", "hot")
        ],
        "wallet_addresses": [{"holder": f"{wallet}2", "wallet": wallet} for wallet in ("shop", "kept", "hot")],
        "shop_addresses": [
            {"wallet": wallet, "is_kept_by_service": kept} for wallet, kept in (("shop", False), ("kept", True))
        ],
    }
    columns = {"service": pa.string(), "is_service": pa.bool_(), "is_kept_by_service": pa.bool_()}
    with case.vault.lock():
        staged = case.vault.stage()
        for name, rows in found.items():
            whole = pa.schema([(column, columns.get(column, pa.string())) for column in rows[0]])
            pq.write_table(pa.Table.from_pylist(rows, schema=whole), staged / name)
        case.vault.commit("made", {}, staged, {f"findings/{name}/rows.parquet": name for name in found})
    tags = [{**TAG, "address": "listed", "service": ""}, {**TAG, "address": "named", "service": "e"}]
    with open_session(case.vault, case.settings, case.machine) as session:
        session.engine.view_arrow("tags", pa.Table.from_pylist(tags, schema=schema(TAGS)))
        stops = stops_of(case.vault, session)

    assert stops.services == {"named": "e", "hot2": "of wallet hot", "kept2": "of wallet kept"}
