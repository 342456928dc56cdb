"""The hash of a state: an order-free sum, so rows may lie in any order.

Each value of a row is mixed with its column, the row's key (a worker's id, or the index of a
region, site or cell) and its place in the row by the finaliser of SplitMix64 (Steele, Lea and
Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014), and all are added modulo
2**64. Equal states hash equally whatever the order of rows, the batch, the threads or the
device; different ones differ but for chance.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numba import njit

from hive_env.ecs.columns import Array

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30 = np.uint64(30)
_S27 = np.uint64(27)
_S31 = np.uint64(31)


@njit(cache=True, nogil=True)
def _mix(value: Any) -> Any:
    value = (value ^ (value >> _S30)) * _MIX1
    value = (value ^ (value >> _S27)) * _MIX2
    return value ^ (value >> _S31)


@njit(cache=True, nogil=True)
def _hash_rows(rows: Any, keys: Any, salt: Any) -> Any:
    total = np.uint64(0)
    for row in range(rows.shape[0]):
        at = _mix(salt + np.uint64(keys[row]) * _GOLDEN)
        for place in range(rows.shape[1]):
            at += _GOLDEN
            total += _mix(at ^ (np.uint64(rows[row, place]) * _MIX1))
    return total


LOT = 1 << 20
"""Rows hashed at once: what is made of their keys stays small."""


def hash_column(name: str, rows: Array, keys: Array) -> int:
    """Return the hash of one column of integers, from 0 to 2**64 - 1.

    Parameters
    ----------
    name : str
        The column's name, which salts the hash.
    rows : array of integers, shape (n, ...)
        Values; axes after the first are flattened.
    keys : array of integers, shape (n,)
        What identifies each row, whatever its order.
    """
    salt = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    unsigned = flat.view(np.dtype(f"u{flat.dtype.itemsize}"))
    total = 0
    for first in range(0, len(unsigned), LOT):
        lot = slice(first, first + LOT)
        names = np.ascontiguousarray(keys[lot], np.uint64)
        with np.errstate(over="ignore"):
            total += int(_hash_rows(unsigned[lot], names, np.uint64(salt)))
    return total % (1 << 64)
