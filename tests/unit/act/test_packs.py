"""TagPacks and ActorPacks that are written are read back as they were."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.act.exports.actorpack import actorpack
from unspoof.act.exports.export import Facts
from unspoof.act.exports.tagpack import TAGPACK, tagpack
from unspoof.reference.actors import load_actors
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.store import read_version, shipped_version
from unspoof.reference.tag_levels import LEVELS
from unspoof.reference.tags import load_tags

_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=30)
_HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
_MIDNIGHTS = st.dates(dt.date(1900, 1, 1)).map(lambda day: dt.datetime(day.year, day.month, day.day))  # noqa: DTZ001


def _file(name: str, data: bytes) -> Given:
    return Given((SourceFile(name, data),))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "address": st.none(),
                "txid": _HEX,
                "label": _WORDS,
                "actor": st.none() | _WORDS,
                "category": st.none() | _WORDS,
                "abuse": st.none() | _WORDS,
                "confidence": st.sampled_from(sorted(LEVELS)),
                "is_cluster_definer": st.booleans(),
                "source": _WORDS,
                "tagged_at": st.none() | _MIDNIGHTS,
            }
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda row: row["txid"],
    )
)
@settings(max_examples=100, deadline=None)
def test_a_tag_that_is_written_is_read_back(rows: list[dict]) -> None:
    """Whatever words a tag holds - colons, quotes, YAML's own signs - it comes back equal, with its level."""
    back = load_tags(_file("x.yaml", tagpack(rows, "title", "creator"))).to_pylist()

    found = {row["txid"]: {name: row[name] for name in rows[0]} for row in back}
    assert found == {row["txid"]: row for row in rows}


def test_every_public_tag_survives_the_round() -> None:
    """The tags that ship are written and read back with nothing lost."""
    version = shipped_version("tags")
    assert version is not None
    rows = [row for row in read_version(version).to_pylist() if row["pack"] == "WalletExplorer Tag Pack"]

    back = load_tags(_file("x.yaml", tagpack(rows, "WalletExplorer Tag Pack", rows[0]["creator"])))

    assert back.to_pylist() == rows


def test_every_public_actor_survives_the_round() -> None:
    """The actors that ship are written and read back with nothing lost but the pack's own name."""
    version = shipped_version("actors")
    assert version is not None
    rows = read_version(version)

    back = load_actors(_file("x.yaml", actorpack(rows.to_pylist(), "Graphsense Actors", "c")))

    assert back.drop_columns(["source"]).to_pylist() == rows.drop_columns(["source"]).to_pylist()


def test_the_shops_addresses_name_no_service_when_they_are_read_back() -> None:
    """Loading what the case exported leaves the shop a shop: its addresses come back as somebody's, never as a service's."""
    facts = Facts(reference="R 1", software="unspoof")
    row = {
        "address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        "basis": "stated",
        "because": "its settings say so",
    }
    back = load_tags(_file("x.yaml", TAGPACK.write({"own": [], "shop": [row]}, facts))).to_pylist()

    assert [(tag["address"], tag["category"]) for tag in back] == [(row["address"], "user")]


def test_an_address_in_capitals_is_the_same_address() -> None:
    """QR codes hold bech32 in capitals; a tag that kept them would match nothing."""
    address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
    pack = f"title: t\ncreator: c\ntags:\n- {{address: {address.upper()}, label: l, source: s, currency: BTC}}\n"
    (tag,) = load_tags(_file("x.yaml", pack.encode())).to_pylist()

    assert tag["address"] == address
