"""The CPU backend: passes as compiled loops that release the interpreter lock, on threads.

Threads are Python's own, each running a compiled loop over its share of the units. So there is
no OpenMP runtime that a fork would break: a forked child makes threads of its own when it first
needs them.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hive_env.backends.driver import Binding, Driver, Target
from hive_env.backends.tables import Tables
from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError

TARGET = Target(
    header='''"""Driver written by hive_env: the loop of one pass on CPU threads."""
import numpy as np
from numba import njit
from hive_env.backends.prefetch import fetch_row


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)''',
    units="    for {unit} in range(first, last):",
    fetch="fetch_row({column}, region)",
)

SHARES = 4
"""Shares that each thread's work is cut into, so that a slow thread leaves some to others."""

SMALL = 16_384
"""Workers below which threads cost more than they bring."""

_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the executor of this process with so many threads."""
    key = (os.getpid(), threads)
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix="hive_env")
    return _pools[key]


class CpuBackend:
    """Compiles passes for CPU threads and runs them.

    Parameters
    ----------
    threads : int, optional
        Threads to use, at least 1; by default one for each processor of this process.

    Raises
    ------
    ArgumentError
        When ``threads`` is not a positive integer.
    """

    device = "cpu"
    shares_memory = True
    """Whether the host reads and writes the device's arrays where they lie."""

    def __init__(self, threads: int | None = None) -> None:
        if threads is None:
            threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        if not isinstance(threads, int) or isinstance(threads, bool) or not 1 <= threads <= 1024:
            raise ArgumentError("threads", "an integer from 1 to 1024", threads)
        self.threads = threads
        self.tables = Tables()
        """What is done with tables that have a row for every seat, where they lie."""

    def zeros(self, shape: int | tuple[int, ...], dtype: type) -> Array:
        """Return a new array of zeros on the device."""
        return np.zeros(shape, dtype)

    def empty(self, shape: int | tuple[int, ...], dtype: type) -> Array:
        """Return a new array on the device, which may hold anything."""
        return np.empty(shape, dtype)

    def upload(self, array: Array) -> Array:
        """Return an array of the host as one of the device: here itself."""
        return array

    def adopt(self, argument: str, array: Any) -> Array | None:
        """Return a caller's array that lies on the device, whoever made it; None for the host's.

        Here every array is the host's.

        Raises
        ------
        ArgumentError
            When it lies on another device.
        """
        try:
            array.__cuda_array_interface__  # noqa: B018
        except AttributeError:
            return None
        except RuntimeError:  # a tensor of torch's that wants its gradient
            pass
        raise ArgumentError(
            argument,
            "an array in the host's memory",
            f"one of shape {tuple(array.shape)} on a GPU",
            "Copy it with .cpu(), or make the worlds with device='cuda'.",
        )

    def memory_bytes(self) -> int:
        """Return the bytes that worlds can have at most; 0 where the system does not tell."""
        try:
            pages = os.sysconf("SC_PHYS_PAGES")
            whole = os.sysconf("SC_PAGE_SIZE") * pages
        except (AttributeError, OSError, ValueError):
            return 0
        with suppress(OSError, ValueError):
            whole = min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
        return whole

    def host(self, array: Array) -> Array:
        """Return an array of the device for the host to read: here itself."""
        return array

    def copy(self, array: Array) -> Array:
        """Return a copy of an array of the device, on the device."""
        return array.copy()

    def write(self, array: Array, values: Any) -> None:
        """Write a whole array of the device from the host."""
        array[...] = values

    def readable(self, arrays: dict[str, Array]) -> Mapping[str, Array]:
        """Return a view of arrays of the device by name, as the host reads them."""
        return arrays

    def compile(self, pass_: Pass, binding: Binding) -> tuple[Driver, Callable[..., Any]]:
        """Return the driver of a pass and its compiled loop."""
        driver = Driver.of(pass_, binding, TARGET)
        return driver, driver.load(self.device)

    def arguments(self, compiled: tuple[Driver, Any]) -> tuple[str, ...]:
        """Return the names of the columns and constants that a compiled pass takes, in order."""
        return compiled[0].arguments

    def run(
        self,
        compiled: tuple[Driver, Callable[..., Any]],
        first: int,
        last: int,
        arguments: Sequence[Any],
        workers: int,
    ) -> None:
        """Run a compiled pass over the units ``first`` to ``last``.

        Parameters
        ----------
        compiled : tuple
            What `compile` returned.
        first, last : int
            Units to run, the last one excluded.
        arguments : sequence
            Columns and constants, as `arguments` names them.
        workers : int
            Workers that the units hold, to judge whether threads pay.
        """
        _, run = compiled
        shares = min(self.threads * SHARES, last - first)
        if self.threads == 1 or workers < SMALL or shares < 2:
            run(first, last, *arguments)
            return
        edges = [first + (last - first) * share // shares for share in range(shares + 1)]
        turn = itertools.count()

        def work() -> None:
            while (share := next(turn)) < shares:
                run(edges[share], edges[share + 1], *arguments)

        others = [_pool(self.threads).submit(work) for _ in range(self.threads - 1)]
        try:
            work()
        finally:
            wait(others)
        for other in others:
            other.result()
