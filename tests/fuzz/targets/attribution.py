"""TagPacks, ActorPacks and lists of addresses that somebody else wrote."""

from __future__ import annotations

from fuzz.target import Target, short
from unspoof.errors import BadReference
from unspoof.reference.actors import load_actors
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.tag_levels import LEVELS
from unspoof.reference.tags import load_ofac, load_tags

_ADDRESS = b"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
_KINDS = ((load_tags, "x.yaml"), (load_tags, "x.csv"), (load_ofac, "x.txt"), (load_actors, "x.yaml"))


def feed(data: bytes) -> None:
    """Read one file of the kind that the first byte says."""
    load, name = _KINDS[data[0] % len(_KINDS)] if data else _KINDS[0]
    given = Given((SourceFile(name, data[1:]),))
    try:
        table = load(given)
    except BadReference as error:
        short(error, 4_000)
        return
    assert load(given) == table
    if load is load_actors:
        assert len(set(table["actor"].to_pylist())) == table.num_rows
        return
    for row in table.to_pylist():
        assert (row["address"] is None) != (row["txid"] is None)
        assert LEVELS[row["confidence"]] == row["level"]
        assert row["label"]
        assert row["source"]
    # Loaded again over itself, a pack replaces itself.
    assert load(Given(given.files, before=table)) == table


TARGET = Target(
    "attribution",
    "a TagPack, an agency's tags, a list of addresses or an ActorPack",
    feed,
    (
        b"\x00title: t\ncurrency: BTC\nsource: s\ntags:\n- address: "
        + _ADDRESS
        + b"\n  label: x\n  confidence: forensic\n",
        b"\x00title: t\nlabel: l\nsource: [a, b]\ntags:\n- tx_hash: "
        + b"ab" * 32
        + b"\n  currency: BTC\n  lastmod: 2021-02-03\n",
        b"\x01address,label,source,confidence,wallet\n" + _ADDRESS + b",Wallet 4,seizure 12,forensic,yes\n",
        b"\x02" + _ADDRESS + b"\n",
        b"\x03title: t\nactors:\n- id: a\n  label: A\n  jurisdictions: [GB]\n  context: {legal_name: A Ltd}\n",
    ),
    words=(
        b"tags:",
        b"actors:",
        b"- address: ",
        b"currency: BTC",
        b"confidence: ",
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!python/object:",
        b"\n---\n",
    ),
    most=1024,
)

__all__ = ["TARGET"]
