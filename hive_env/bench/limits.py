"""What the machine itself allows: copying, random scatter, random draws, in compiled loops.

The loops run as the world's passes do: on Python threads that release the interpreter lock, each
on a part of its own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit

from hive_env.ecs.columns import Array
from hive_env.random import MASK, draw

Spread = dict[str, float]
"""Median, least and most of several repeats."""

CHAIN = 1024
"""Draws of a chain, of which each follows from the one before."""


@njit(cache=True, nogil=True)
def copy_words(first, last, source, target):  # type: ignore[no-untyped-def]
    """Copy the words ``first`` to ``last``."""
    for index in range(first, last):
        target[index] = source[index]


@njit(cache=True, nogil=True)
def store_words(first, last, word, target):  # type: ignore[no-untyped-def]
    """Store a word into the entries ``first`` to ``last``."""
    for index in range(first, last):
        target[index] = word


@njit(cache=True, nogil=True)
def scatter_add(first, last, salt, adds, counts):  # type: ignore[no-untyped-def]
    """Add one to random entries of ``counts[first:last]``, ``adds`` times.

    The entry is the high part of SplitMix64's output function of the running number, so no list
    of indices is read. ``last - first`` is at most 2**32.
    """
    span = np.uint64(last - first)
    for number in range(adds):
        word = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        counts[first + np.int64(((word >> np.uint64(32)) * span) >> np.uint64(32))] += 1


@njit(cache=True, nogil=True)
def chain_draws(first, last, count):  # type: ignore[no-untyped-def]
    """Return the last word of a chain of draws, each of the entity that the one before gave.

    ``last - first`` chains one after the other, ``count`` draws each: nothing overlaps or is
    done eight at a time, as events of which each follows from the one before.
    """
    entity = 0
    for chain in range(first, last):
        entity = (entity + chain) & MASK
        for number in range(count):
            entity = draw(0, 0, number, 0, entity)[0]
    return entity


def spread(rates: list[float]) -> Spread:
    """Return the median, least and most of some rates."""
    return {"median": statistics.median(rates), "min": min(rates), "max": max(rates)}


def timed(threads: int, length: int, part: Callable[[int, int], Any]) -> float:
    """Return the seconds in which threads work through ``range(length)``, a part each."""
    edges = [length * number // threads for number in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: None, range(threads)))
        started = time.perf_counter()
        list(pool.map(part, edges[:-1], edges[1:]))
        return time.perf_counter() - started


def copy_bandwidth(threads: int, size: int, repeats: int, tell: Callable[[], object]) -> Spread:
    """Return the bytes a second that copying moves, read and written counted both.

    Parameters
    ----------
    threads : int
        Threads to use.
    size : int
        Bytes of the array, which should be several times the caches.
    repeats : int
        Copies to time, after one to warm up.
    tell : callable
        Hears of each copy.
    """
    source: Array = np.ones(size // 8, np.int64)
    target = np.zeros_like(source)
    rates = []
    for repeat in range(repeats + 1):
        seconds = timed(threads, len(source), lambda a, b: copy_words(a, b, source, target))
        tell()
        if repeat:
            rates.append(2 * source.nbytes / seconds)
    return spread(rates)


def store_bandwidth(threads: int, size: int, repeats: int, tell: Callable[[], object]) -> Spread:
    """Return the bytes a second that can be stored, when nothing is read.

    A processor may have to fetch a line before it stores a part of it; those bytes are not
    counted.

    Parameters
    ----------
    threads, size, repeats, tell
        As in `copy_bandwidth`.
    """
    target: Array = np.zeros(size // 8, np.int64)
    rates = []
    for repeat in range(repeats + 1):
        seconds = timed(threads, len(target), lambda a, b: store_words(a, b, 1, target))
        tell()
        if repeat:
            rates.append(target.nbytes / seconds)
    return spread(rates)


def scatter_rate(threads: int, size: int, repeats: int, tell: Callable[[], object]) -> Spread:
    """Return the random additions a second into an int32 table, each thread in its own part.

    Parameters
    ----------
    threads, repeats, tell
        As in `copy_bandwidth`.
    size : int
        Bytes of the table.
    """
    counts: Array = np.zeros(size // 4, np.int32)
    adds = len(counts) // 4 // threads
    rates = []
    for repeat in range(repeats + 1):
        seconds = timed(threads, len(counts), lambda a, b: scatter_add(a, b, a + 1, adds, counts))
        tell()
        if repeat:
            rates.append(adds * threads / seconds)
    return spread(rates)


def draw_rate(threads: int, count: int, repeats: int, tell: Callable[[], object]) -> Spread:
    """Return the random draws a second, of four words each, one after the other in each thread.

    Parameters
    ----------
    threads, repeats, tell
        As in `copy_bandwidth`.
    count : int
        Draws to time, a multiple of 1,024.
    """
    chains = count // CHAIN
    rates = []
    for repeat in range(repeats + 1):
        seconds = timed(threads, chains, lambda a, b: chain_draws(a, b, CHAIN))
        tell()
        if repeat:
            rates.append(chains * CHAIN / seconds)
    return spread(rates)
