"""Asking the CPU for memory before it is needed: hints that change nothing."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic, overload

LINE = 64
"""Bytes that the caches move at once."""

_LINE = LINE


@intrinsic
def _fetch(context, array, place):
    """Ask for the cache line of an entry, counted in entries from the first."""
    import llvmlite.ir as ir

    signature = types.void(array, types.intp)
    word = ir.IntType(32)

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        entry = builder.gep(made.data, [arguments[1]])
        pointer = builder.bitcast(entry, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        hint = builder.module.declare_intrinsic("llvm.prefetch", (pointer.type,), kind)
        # To read, to be kept in all levels, as data.
        builder.call(hint, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return signature, generate


def fetch_row(array, row):
    """Ask for a row of a C-contiguous array; plain Python asks for nothing."""


@overload(fetch_row, jit_options={"forceinline": True, "error_model": "numpy"})
def _fetch_row(array, row):
    def ask(array, row):
        width = array.strides[0] // array.itemsize
        for place in range(row * width, (row + 1) * width, _LINE // array.itemsize):
            _fetch(array, place)

    return ask
