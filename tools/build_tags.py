"""Writes the tags and actors that come with unspoof from TagPacks, an ActorPack and OFAC's list; see data/SOURCE.md.

python tools/build_tags.py FOLDER-WITH-PACKS OFAC-LIST
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq

from unspoof.reference.actors import load_actors
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.shipped import DATA
from unspoof.reference.tags import load_ofac, load_tags

LEFT_OUT = {"ransomwhere.yaml": "the licence of its source was not verified"}


def _file(path: Path) -> SourceFile:
    return SourceFile(path.name, path.read_bytes())


def main() -> None:
    """Read the packs and write both tables."""
    packs, ofac = Path(sys.argv[1]), Path(sys.argv[2])
    files = [p for p in sorted(packs.glob("*.yaml")) if p.name not in LEFT_OUT and "actorpack" not in p.name]
    tags = load_tags(Given(tuple(_file(path) for path in files)))
    tags = load_ofac(Given((_file(ofac),), before=tags))
    actors = load_actors(Given(tuple(_file(path) for path in sorted(packs.glob("*actorpack*.yaml")))))
    pq.write_table(tags, DATA / "tags.parquet", compression="zstd", compression_level=19)
    pq.write_table(actors, DATA / "actors.parquet", compression="zstd", compression_level=19)
    print(f"{tags.num_rows:,} tags, {actors.num_rows:,} actors")


if __name__ == "__main__":
    main()
