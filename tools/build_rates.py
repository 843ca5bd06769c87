"""Writes the euro reference rates that come with unspoof from the European Central Bank's eurofxref-hist.csv.

python tools/build_rates.py eurofxref-hist.csv (or the zip that holds it)
"""

from __future__ import annotations

import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from unspoof.reference.prices import load_rates
from unspoof.reference.shipped import DATA

BITCOIN_BEGINS = datetime.fromisoformat("2009-01-01")


def main() -> None:
    """Read the rates and keep the days since bitcoin exists."""
    path = Path(sys.argv[1])
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            data = archive.read(archive.namelist()[0])
    else:
        data = path.read_bytes()
    rates = load_rates(data, "GB")
    rates = rates.filter(pc.greater_equal(rates["day_at"], BITCOIN_BEGINS))
    pq.write_table(
        rates,
        DATA / "rates.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=["currency", "source"],
        column_encoding={"day_at": "DELTA_BINARY_PACKED", "rate_micro": "DELTA_BINARY_PACKED"},
    )
    print(f"{rates.num_rows:,} rates, {pc.min(rates['day_at'])} to {pc.max(rates['day_at'])}")


if __name__ == "__main__":
    main()
