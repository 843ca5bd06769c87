#!/usr/bin/env python3
"""One target under Atheris, guided by the coverage of unspoof's own code; `tools/fuzz` starts it, once a target.

libFuzzer takes the command line and, when it merges, starts this file again by its name; so the target's name stands in
the environment.
"""

from __future__ import annotations

import operator
import os
import sys
from typing import Any

NAME = "UNSPOOF_FUZZ_TARGET"


_TRACED = (int, str, bytes)
_OPERATORS = (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)


def _trace_scalars(atheris: Any) -> None:
    """Let libFuzzer see only comparisons of scalars.

    Atheris 3.0 traces any comparison and keeps a reference to what comes of those of NumPy arrays (about 20 objects a
    call of parse/json_rows.py `find_elements`), so that a target would reach the limit of memory by no fault of ours.
    """
    trace, shift = atheris._trace_cmp, atheris.version_dependent.CMP_OP_SHIFT_AMOUNT

    def compare(left: Any, right: Any, which: int, *others: Any) -> Any:
        if type(left) in _TRACED and type(right) in _TRACED:
            return trace(left, right, which, *others)
        return _OPERATORS[which >> shift](left, right)

    atheris._trace_cmp = compare


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    import atheris  # here, since run.py reads this file where there is no Atheris

    with atheris.instrument_imports(include=["unspoof"]):
        from fuzz.catalogue import BY_NAME
    feed = BY_NAME[os.environ[NAME]].feed

    def first(data: bytes) -> None:
        nonlocal step
        _trace_scalars(atheris)  # here, since Atheris puts other functions into its module until the first input
        step = feed
        feed(data)

    step = first
    atheris.Setup(sys.argv, lambda data: step(data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
