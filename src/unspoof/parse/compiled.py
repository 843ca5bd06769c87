"""Functions of NumPy loops, compiled where Numba is installed (extra `money`) and run as they stand where it is not.

No second implementation: both speeds run one source. Compiled code checks no index, so the code itself must.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

IS_COMPILED: bool = find_spec("numba") is not None
"""Whether `jit` compiles; else each function runs as it stands, some hundred times slower."""


def jit(function: F) -> F:
    """Compile a function of numbers and NumPy arrays at its first call, or hand it back where Numba is missing.

    Args:
        function: uses nothing but numbers, NumPy arrays and other functions so made. It checks every index that comes
            from data, since compiled code reads past the end of an array without a word.

    Returns:
        the compiled function, which lets other threads run meanwhile and keeps the source in `py_func`; or `function`.
    """
    if not IS_COMPILED:
        return function
    import numba

    try:
        return cast(F, numba.njit(function, cache=True, nogil=True))
    except RuntimeError:  # no folder that the compiled code could be kept in: compile anew in each process
        return cast(F, numba.njit(function, nogil=True))


__all__ = ["IS_COMPILED", "jit"]
