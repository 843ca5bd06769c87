"""Write src/unspoof/reference/data/number_ranges.parquet from the installed phonenumbers; run when that is updated.

python tools/build_number_ranges.py
"""

import time

import pyarrow.parquet as pq

from unspoof.reference.numbering import RANGES_FILE
from unspoof.reference.numbering_build import compile_ranges


def main() -> None:
    """Compile and write."""
    started = time.perf_counter()
    table = compile_ranges()
    RANGES_FILE.parent.mkdir(exist_ok=True)
    keys = {"start": "DELTA_BINARY_PACKED", "end": "DELTA_BINARY_PACKED"}
    pq.write_table(table, RANGES_FILE, compression="zstd", use_dictionary=["region", "kind"], column_encoding=keys)
    version = table.schema.metadata[b"version"].decode()
    size = RANGES_FILE.stat().st_size
    print(f"phonenumbers {version}: {len(table)} ranges, {size:,} bytes, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
