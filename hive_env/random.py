"""Randomness as a function: Philox4x32-10 and the draws made from it.

The generator is that of Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as
1, 2, 3* (SC'11), with ten rounds. The key is the world's 64-bit seed; the counter is (entity,
tick, episode, stream), so a draw depends on nothing that happened before it, and every thread,
batch and device sees the same one. The published known-answer vectors are in the tests.

All products are of 32-bit values in unsigned 64-bit integers, which hold them exactly, so the
same body gives the same bits compiled for CPU threads, compiled for CUDA, and in plain Python.
(Signed products that overflow are undefined to the compiler.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

MASK = 0xFFFFFFFF
_MASK = np.uint64(MASK)
_HALF = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_ONE = np.uint64(1)
_S31 = np.uint64(31)
_TOP = np.uint64(0x80000000)
_LN2 = 2977044472
FRACTION = 16
"""Binary digits behind the point of `exponential`."""

FINE = 28
"""Binary digits behind the point of `exponential_fine`."""

_ATANH = tuple(round(2.0**29 / odd) for odd in range(17, 0, -2))
_LN2_29 = round(math.log(2) * 2**29)

rule: Any = njit(error_model="numpy", _nrt=False, forceinline=True)
"""Decorator of every rule: one plain body, compiled where it is called from."""


@rule
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10: four 32-bit words from four counter words and two key words.

    Parameters
    ----------
    c0, c1, c2, c3 : int
        Counter words, each in [0, 2**32).
    k0, k1 : int
        Key words, each in [0, 2**32).

    Returns
    -------
    tuple of four int
        Words in [0, 2**32), independent and uniform.
    """
    w0 = np.uint64(c0)
    w1 = np.uint64(c1)
    w2 = np.uint64(c2)
    w3 = np.uint64(c3)
    key0 = np.uint64(k0)
    key1 = np.uint64(k1)
    for _ in range(10):
        p0 = _M0 * w0
        p1 = _M1 * w2
        w0 = (p1 >> _HALF) ^ w1 ^ key0
        w1 = p1 & _MASK
        w2 = (p0 >> _HALF) ^ w3 ^ key1
        w3 = p0 & _MASK
        key0 = (key0 + _W0) & _MASK
        key1 = (key1 + _W1) & _MASK
    return np.int64(w0), np.int64(w1), np.int64(w2), np.int64(w3)


@rule
def draw(seed, episode, tick, stream, entity):
    """Four uniform 32-bit words for one entity, tick and stream of a world.

    Parameters
    ----------
    seed : int
        The world's 64-bit seed, as a signed or unsigned integer.
    episode, tick, stream, entity : int
        Counter words, each in [0, 2**32).
    """
    key = np.int64(seed)
    return philox(entity, tick, episode, stream, key & MASK, (key >> 32) & MASK)


@rule
def below(word, count):
    """Map a uniform 32-bit word to {0, ..., count - 1}; the bias is below count / 2**32."""
    return (word * count) >> 32


@rule
def exponential(word):
    """Standard exponential variate -ln((word + 1) / 2**32), as an integer times 2**-16.

    Computed without floating point (so that every device agrees): the binary logarithm by
    repeated squaring, sixteen binary digits, times ln 2. Absolute error below 2**-16.
    """
    value = np.uint64(word) + _ONE
    if value > _MASK:
        return np.int64(0)
    whole = np.int64(1)
    while value < _TOP:
        value = value << _ONE
        whole += 1
    fraction = np.int64(0)
    for _ in range(FRACTION):
        value = (value * value) >> _S31
        fraction = fraction << 1
        if value > _MASK:
            value = value >> _ONE
            fraction = fraction | 1
    bits = (whole << FRACTION) - fraction
    return (bits * _LN2) >> 32


@rule
def exponential_fine(word):
    """Standard exponential variate -ln((word + 1/2) / 2**32), as an integer times 2**-28.

    For times that are compared with much shorter ones. Without floating point: with u = m / 2**n
    and m from 1/2 to 1, -ln(u) = n ln 2 + 2 atanh((1 - m) / (1 + m)), nine terms of the series.
    Absolute error below 2**-26.
    """
    mantissa = 2 * np.int64(word) + 1
    halvings = np.int64(0)
    while mantissa < 1 << 32:
        mantissa <<= 1
        halvings += 1
    ratio = (((1 << 33) - mantissa) << 29) // ((1 << 33) + mantissa)
    square = (ratio * ratio) >> 29
    series = np.int64(0)
    for term in _ATANH:
        series = ((series * square) >> 29) + term
    return (halvings * _LN2_29 + ((2 * ratio * series) >> 29)) >> 1


@rule
def scaled(fraction, mean):
    """``fraction * mean / 2**28``, rounded down: a variate of `exponential_fine` times a mean.

    Exact for fractions below 2**33 and means below 2**43, whose product needs more than 64 bits.
    """
    high = fraction >> 14
    low = fraction & 16383
    return (high * mean + ((low * mean) >> 14)) >> 14
