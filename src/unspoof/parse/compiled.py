"""Functions of NumPy loops, compiled where Numba is installed (extra `money`) and run as they stand where it is not.

No second implementation: both speeds run one source. Compiled code checks no index, so the code itself must.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from importlib.util import find_spec
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

IS_COMPILED: bool = find_spec("numba") is not None
"""Whether `jit` compiles; else each function runs as it stands, some hundred times slower."""


class _WhenCalled:
    """A function that is compiled at its first call: importing Numba takes longer than most commands."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        update_wrapper(self, function)

    @cached_property
    def compiled(self) -> Any:
        """The function as Numba made it, kept beside its source or, where that cannot be written, for this process."""
        import numba

        try:
            return numba.njit(self.py_func, cache=True, nogil=True)
        except RuntimeError:
            return numba.njit(self.py_func, nogil=True)

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks of a function that another one calls."""
        return self.compiled._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        return self.compiled(*arguments)


def jit(function: F) -> F:
    """Let a function of numbers and NumPy arrays be compiled at its first call, or hand it back where Numba is missing.

    Args:
        function: uses nothing but numbers, NumPy arrays and other functions so made. It checks every index that comes
            from data, since compiled code reads past the end of an array without a word.

    Returns:
        the function to call, by place; other threads run meanwhile. Where it is compiled, `py_func` is the source.
    """
    return cast(F, _WhenCalled(function)) if IS_COMPILED else function


__all__ = ["IS_COMPILED", "jit"]
