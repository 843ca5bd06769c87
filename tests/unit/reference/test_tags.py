"""Tags and actors that somebody else wrote: what becomes a row, and what is refused with its place."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference
from unspoof.reference.actors import load_actors
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.shipped import DATA
from unspoof.reference.store import shipped_version
from unspoof.reference.tag_levels import LEVELS
from unspoof.reference.tags import OWN_PACK, load_ofac, load_tags

ONE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
TWO = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
PACK = f"""title: Made-up exchange
creator: somebody
confidence: service_data
category: exchange
currency: BTC
is_cluster_definer: true
lastmod: 2022-05-16
source: https://example.org/wallets
actor: madeup
tags:
- address: {ONE}
  label: Made-up Exchange
- address: {TWO}
  label: Cold
  confidence: web_crawl
  is_cluster_definer: false
- address: '0xbe0eb53f46cd790cd13851d5eff43d12404d33e8'
  currency: ETH
  label: other coin
- tx_hash: {"AB" * 32}
  label: one payment
"""


def _given(*files: tuple[str, str], before: pa.Table | None = None) -> Given:
    return Given(tuple(SourceFile(name, text.encode()) for name, text in files), before=before)


def test_fields_of_the_header_hold_for_every_tag_that_does_not_say_otherwise() -> None:
    """A tag's own level and flag win; the header fills the rest; tags of other coins are left out."""
    rows = load_tags(_given(("pack.yaml", PACK))).to_pylist()

    by_address = {row["address"]: row for row in rows}
    assert set(by_address) == {ONE, TWO, None}
    assert (by_address[ONE]["level"], by_address[ONE]["is_cluster_definer"]) == (50, True)
    assert (by_address[TWO]["level"], by_address[TWO]["is_cluster_definer"]) == (20, False)
    assert by_address[None]["txid"] == "ab" * 32
    assert {row["service"] for row in rows} == {"madeup"}
    assert str(by_address[ONE]["tagged_at"]) == "2022-05-16 00:00:00"


def test_a_pack_loaded_again_replaces_itself_and_nothing_else() -> None:
    """Other packs and the agency's own tags stay when one pack is loaded anew."""
    own = f"address,label,confidence,source\n{ONE},Suspect wallet 4,forensic_investigation,seizure 12\n"
    first = load_tags(_given(("pack.yaml", PACK), ("own.csv", own)))
    shorter = PACK.split("- tx_hash")[0]

    again = load_tags(_given(("pack.yaml", shorter), before=first))

    assert [row["pack"] for row in again.to_pylist()].count(OWN_PACK) == 1
    assert again.num_rows == first.num_rows - 1
    assert again.filter(again["is_own"])["level"].to_pylist() == [70]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("confidence: web_crawl", "confidence: certain"), "tag 2, confidence"),
        ((f"- address: {ONE}", "- address: '12'"), "tag 1, address"),
        (("  label: one payment", f"  label: one payment\n  address: {ONE}"), "tag 4, address"),
        (("source: https://example.org/wallets\n", ""), "tag 1, source"),
        (("title: Made-up exchange\n", ""), "title"),
        (("  label: Cold", "  label: &a [*a]"), "line 14"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change: tuple[str, str], where: str) -> None:
    """The message names file and tag, so that whoever made the pack can mend it."""
    with pytest.raises(BadReference) as caught:
        load_tags(_given(("pack.yaml", PACK.replace(*change))))

    assert caught.value.where == f"pack.yaml {where}"


def test_a_list_of_sanctions_names_no_service() -> None:
    """That an address is listed says nothing of whose service it is, so it cannot contradict a tag that does."""
    rows = load_ofac(_given(("list.txt", f"{ONE}\n{TWO}\n"))).to_pylist()

    assert {row["service"] for row in rows} == {""}
    assert {row["category"] for row in rows} == {"sanctioned"}
    with pytest.raises(BadReference):
        load_ofac(_given(("list.txt", "not an address\n")))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_tags_or_refused(data: bytes) -> None:
    """Nothing but BadReference comes out of a file that somebody else wrote."""
    for load, name in ((load_tags, "a.yaml"), (load_tags, "a.csv"), (load_ofac, "a.txt"), (load_actors, "a.yaml")):
        try:
            load(Given((SourceFile(name, data),)))
        except BadReference:
            continue


def test_merge_keys_that_would_grow_without_bound_are_refused() -> None:
    """Aliases are refused before values are made, so that a few lines never become gigabytes."""
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]

    with pytest.raises(BadReference):
        load_tags(_given(("bomb.yaml", "\n".join(lines))))


def test_an_actor_has_whom_to_write_to() -> None:
    """Legal name, countries and site are taken; a country that is no code is left out rather than guessed."""
    text = """title: Made-up actors
actors:
- id: madeup
  label: Made-up Exchange
  jurisdictions: [GB, somewhere, SC]
  categories: [exchange]
  uri: example.org
  context: {legal_name: Made-up Exchange Ltd, refs: [example.org/about]}
"""
    (row,) = load_actors(_given(("actors.yaml", text))).to_pylist()

    assert (row["legal_name"], row["jurisdictions"], row["source"]) == (
        "Made-up Exchange Ltd",
        "GB;SC",
        "example.org/about",
    )
    with pytest.raises(BadReference, match="stands twice"):
        load_actors(_given(("actors.yaml", text + "- {id: madeup, label: Again}\n")))


def test_what_ships_is_what_its_source_note_says() -> None:
    """The counts of SOURCE.md are those of the tables, and every level is a known one."""
    import pyarrow.parquet as pq

    tags, actors = pq.read_table(DATA / "tags.parquet"), pq.read_table(DATA / "actors.parquet")

    assert (tags.num_rows, actors.num_rows) == (1_294 + 435, 3_813)
    assert set(tags["level"].to_pylist()) <= set(LEVELS.values())
    assert all(shipped_version(name) is not None for name in ("tags", "actors", "rates"))
