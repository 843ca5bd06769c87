"""Write src/unspoof/reference/data/number_uses.parquet from number_uses.csv beside it; run when a line of that changes.

python tools/build_number_uses.py
"""

from pathlib import Path

import pyarrow.parquet as pq

from unspoof.reference.number_uses import load_uses

FOLDER = Path(__file__).parent.parent / "src" / "unspoof" / "reference" / "data"


def main() -> None:
    """Read and write."""
    table = load_uses((FOLDER / "number_uses.csv").read_bytes())
    target = FOLDER / "number_uses.parquet"
    pq.write_table(table, target, compression="zstd", compression_level=19)
    print(f"{len(table):,} ranges, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
