"""Updates of one entry that several threads may make at once, for every target.

On CUDA the workers of a region run on the threads of a block, so whatever they add up in their
region is added with these. On CPU threads one thread owns the region, and they are plain updates
that cost nothing. Each is order-free: its outcome does not depend on who comes first.

An entry is named by an index, or a tuple of them, of a C-contiguous array of integers.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numba.extending import overload

# Numba compares the signatures of an overload and of its body with annotations and all, so there
# are none in this module.

_turn = Lock()
"""Whose turn it is among the threads of numba's simulator, which run the plain bodies."""

_ATOMIC_BYTES = 4
"""Width of the narrowest entry that a GPU updates by itself."""


def add(array, at, amount):
    """Add to an entry, and return what it was.

    Parameters
    ----------
    array : array of integers
        The sum must fit into an entry.
    at : int or tuple of int
        Which entry.
    amount : int
        What to add.
    """
    with _turn:
        old = array[at]
        array[at] = old + amount
    return old


def lower(array, at, value):
    """Let an entry be the lesser of itself and a value, and return what it was.

    Parameters
    ----------
    array : array of int32, uint32, int64 or uint64
        Where.
    at : int or tuple of int
        Which entry.
    value : int
        The other.
    """
    with _turn:
        old = array[at]
        array[at] = min(old, value)
    return old


def swap(array, at, seen, wanted):
    """Write an entry if it still is what was seen, and return what it was.

    Where that differs from ``seen`` nothing was written: begin again with what it is.
    """
    with _turn:
        found = int(array[at])
        if found == seen:
            array[at] = wanted
    return found


@overload(add, jit_options={"forceinline": True, "error_model": "numpy"})
def _add_on_cpu(array, at, amount):
    def update(array, at, amount):
        old = array[at]
        array[at] = np.int64(old) + amount
        return np.int64(old)

    return update


@overload(lower, jit_options={"forceinline": True, "error_model": "numpy"})
def _lower_on_cpu(array, at, value):
    def update(array, at, value):
        old = array[at]
        array[at] = min(old, value)
        return old

    return update


@overload(swap, jit_options={"forceinline": True, "error_model": "numpy"})
def _swap_on_cpu(array, at, seen, wanted):
    def update(array, at, seen, wanted):
        array[at] = wanted
        return np.int64(seen)

    return update


@lru_cache(maxsize=1)
def register_on_cuda() -> None:
    """Give the compiler for CUDA its own bodies; to be called before a rule is compiled for it.

    Entries of 8 and 16 bits are updated through the 32-bit word that holds them, which the memory
    of a device array always has whole.
    """
    import llvmlite.ir
    import numba.core.types
    from numba import cuda
    from numba.cuda.extending import intrinsic
    from numba.cuda.extending import overload as overload_on_cuda

    ir: Any = llvmlite.ir
    types: Any = numba.core.types

    @intrinsic
    def swap_word(context, array, word, seen, wanted):
        """Compare and swap the 32-bit word of so many words after the first."""
        signature = types.uint32(array, types.int64, types.uint32, types.uint32)

        def generate(context, builder, signature, arguments):
            array, word, seen, wanted = arguments
            made = context.make_array(signature.args[0])(context, builder, array)
            start = builder.bitcast(made.data, ir.IntType(32).as_pointer())
            found = builder.cmpxchg(
                builder.gep(start, [word]), seen, wanted, "monotonic", "monotonic"
            )
            return builder.extract_value(found, 0)

        return signature, generate

    @cuda.jit(device=True)
    def flat(array, at):
        place = np.int64(at[0])
        for axis in range(1, len(at)):
            place = place * array.shape[axis] + at[axis]
        return place

    def narrow(array: Any) -> bool:
        return int(array.dtype.bitwidth) < 8 * _ATOMIC_BYTES

    @cuda.jit(device=True)
    def swap_narrow(array, place, seen, wanted):
        bits = 8 * array.itemsize
        ones = (np.int64(1) << bits) - 1
        word = (place * array.itemsize) >> 2
        shift = ((place * array.itemsize) & 3) * 8
        whole = np.int64(swap_word(array, word, np.uint32(0), np.uint32(0)))
        while True:
            found = (whole >> shift) & ones
            if found != seen:
                return found
            other = whole & ~(ones << shift)
            after = other | ((np.int64(wanted) & ones) << shift)
            now = np.int64(swap_word(array, word, np.uint32(whole), np.uint32(after)))
            if now == whole:
                return found
            whole = now

    @overload_on_cuda(swap)
    def swap_on_cuda(array, at, seen, wanted):
        listed = isinstance(at, types.BaseTuple)
        if narrow(array) and listed:
            return lambda array, at, seen, wanted: swap_narrow(
                array, flat(array, at), np.int64(seen), wanted
            )
        if narrow(array):
            return lambda array, at, seen, wanted: swap_narrow(
                array, np.int64(at), np.int64(seen), wanted
            )
        return lambda array, at, seen, wanted: cuda.atomic.cas(array, at, seen, wanted)

    @overload_on_cuda(add)
    def add_on_cuda(array, at, amount):
        if not narrow(array):
            return lambda array, at, amount: np.int64(cuda.atomic.add(array, at, amount))

        def update(array, at, amount):
            old = np.int64(array[at])
            while True:
                found = np.int64(swap(array, at, old, old + amount))
                if found == old:
                    return old
                old = found

        return update

    @overload_on_cuda(lower)
    def lower_on_cuda(array, at, value):
        return lambda array, at, value: cuda.atomic.min(array, at, value)
