"""The numbering plan that comes with unspoof, ready for lookups; tools/build_number_ranges.py makes it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unspoof.errors import BadReference
from unspoof.parse.numbers import KINDS, CodePlan, HomePlan, NumberRanges

RANGES_FILE = Path(__file__).parent / "data" / "number_ranges.parquet"


def from_table(table: pa.Table) -> NumberRanges:
    """Return ranges from a table as numbering_build.compile_ranges makes it; KeyError or ValueError if it is none."""
    facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    codes = {
        int(code): CodePlan(p["region"], p["trunk"], tuple(p["lengths"]))
        for code, p in json.loads(facts["codes"]).items()
    }
    homes = {
        region: HomePlan(
            plan["code"],
            plan["trunk"],
            tuple(plan["prefixes"]),
            tuple(plan["lengths"]),
            plan["usual"],
            frozenset(plan["bare_lengths"]),
            tuple((size, first, last) for size, first, last in plan["short"]),
        )
        for region, plan in json.loads(facts["homes"]).items()
    }
    region = table["region"].combine_chunks()
    regions = tuple(sorted({*region.unique().to_pylist(), *(plan.region for plan in codes.values())}))
    return NumberRanges(
        version=facts["version"],
        starts=table["start"].to_numpy(),
        ends=table["end"].to_numpy(),
        region=np.array([regions.index(r) for r in region.dictionary_encode().dictionary.to_pylist()], np.int16)[
            region.dictionary_encode().indices.to_numpy()
        ],
        kind=np.array([KINDS.index(k) for k in table["kind"].to_pylist()], np.int8),
        regions=regions,
        codes=codes,
        homes=homes,
    )


@cache
def load() -> NumberRanges:
    """Return the numbering plan that comes with unspoof; read once a process.

    Raises:
        BadReference: the file is missing or damaged: the installation is.

    """
    try:
        return from_table(pq.read_table(RANGES_FILE))
    except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
        raise BadReference(
            f"the built-in numbering plan cannot be read: {error}",
            where=RANGES_FILE.name,
            hint="Install unspoof again.",
        ) from error


__all__ = ["RANGES_FILE", "from_table", "load"]
