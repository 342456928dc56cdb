"""Asking the CPU for memory before it is needed: hints that change nothing."""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import intrinsic

LINE = 64
"""Bytes that the caches move at once."""

_LINE = LINE


@intrinsic
def _fetch(context: Any, array: Any, place: Any) -> Any:
    """Ask for the cache line of an entry, counted in entries from the first."""
    import llvmlite.ir as ir

    signature = types.void(array, types.intp)
    word = ir.IntType(32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        entry = builder.gep(made.data, [arguments[1]])
        pointer = builder.bitcast(entry, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        hint = builder.module.declare_intrinsic("llvm.prefetch", (pointer.type,), kind)
        # To read, to be kept in all levels, as data.
        builder.call(hint, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return signature, generate


@njit(error_model="numpy", _nrt=False, forceinline=True)
def fetch_rows(array: Any, first: int, count: int) -> None:
    """Ask for some rows of a C-contiguous array; rows beyond its end are not asked for."""
    width = array.strides[0] // array.itemsize
    last = min(first + count, array.shape[0]) * width
    for place in range(first * width, last, _LINE // array.itemsize):
        _fetch(array, place)
