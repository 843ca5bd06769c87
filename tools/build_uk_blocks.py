"""Write src/unspoof/reference/data/uk_blocks.parquet from a dump of Ofcom's table; run when a newer one is to ship.

python tools/build_uk_blocks.py uk_blocks_2023-03-01.csv.gz
"""

import sys
from pathlib import Path

import pyarrow.parquet as pq

from unspoof.reference.given import Given, SourceFile
from unspoof.reference.ofcom import load_ofcom

TARGET = Path(__file__).parent.parent / "src" / "unspoof" / "reference" / "data" / "uk_blocks.parquet"


def main() -> None:
    """Read, join and write."""
    files = tuple(SourceFile(Path(name).name, Path(name).read_bytes()) for name in sys.argv[1:])
    table = load_ofcom(Given(files))
    keys = {"number_from": "DELTA_BINARY_PACKED", "number_to": "DELTA_BINARY_PACKED"}
    texts = ["country", "operator", "service", "source", "block_date"]
    pq.write_table(table, TARGET, compression="zstd", compression_level=19, use_dictionary=texts, column_encoding=keys)
    print(f"{table['source'][0]}: {len(table):,} blocks, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
