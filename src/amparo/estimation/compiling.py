"""How the kernels of this room are compiled, and kept between starts.

Numba keeps compiled code until the file of the function changes; code written in from another file would
outlive a change there, and give yesterday's numbers. So the stamp of every kernel covers all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_ROOM = sorted(Path(__file__).parent.glob("*.py"))
_FILES = [file for file in _ROOM if b"estimation.compiling import" in file.read_bytes()] + [Path(__file__)]
STAMP = tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in _FILES)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile for numbers that follow IEEE 754; division by zero gives infinity or NaN."""
    return _stamped(function)


def compiled_fast(function: Callable[..., Any]) -> Any:
    """The same where products and sums may be fused.

    Sums keep their order: with a free order the last digits would depend on where memory lies, and the same
    seed would not give the same answer twice.
    """
    return _stamped(function, fastmath={"contract"})


def inlined(function: Callable[..., Any]) -> Any:
    """The same, written into its caller: handing many arrays over costs as much as the arithmetic."""
    return _stamped(function, fastmath={"contract"}, inline="always")


@intrinsic
def pointer(_context: Any, address: Any) -> Any:
    """In compiled code: the pointer to an address, for `numba.carray`."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


def _stamped(function: Callable[..., Any], **options: Any) -> Any:
    dispatcher = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    try:
        dispatcher._cache._cache_file._source_stamp = STAMP
    except AttributeError:  # a Numba that keeps its stamp elsewhere: better slow at each start than stale
        return njit(nogil=True, error_model="numpy", **options)(function)
    return dispatcher
