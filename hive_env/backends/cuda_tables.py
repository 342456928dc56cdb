"""Tables with a row for every seat, where they lie on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hive_env.backends.tables import Tables
from hive_env.ecs.columns import Array

if TYPE_CHECKING:
    from hive_env.backends.cuda import CudaBackend


MOST_KEPT = 64
"""Small arrays of the host's of which copies stay on the device."""


class CudaTables(Tables):
    """What `Tables` does with the host's, done with tables on the device.

    Parameters
    ----------
    backend : CudaBackend
        Whose device it is.
    """

    def __init__(self, backend: CudaBackend) -> None:
        self._backend = backend
        self._kept: dict[tuple[bytes, str], Array] = {}

    def narrowed(self, given: Any, choices: Sequence[int]) -> tuple[Array, int]:
        """Return actions as bytes on the device, and the first row that is wrong.

        As `Tables.narrowed`. Those of the host are copied to the device. Those that lie there are
        read there, and to tell whether a row is wrong one number comes back.
        """
        if isinstance(given, np.ndarray):
            taken, row = super().narrowed(given, choices)
            return self._backend.upload(taken), row
        fits = given.dtype == np.uint8 and given.is_c_contiguous()
        out = given if fits else self._backend.empty(given.shape, np.uint8)
        rows = given.shape[0]
        if rows == 0:
            return out, -1
        wrong = self._backend.upload(np.array([rows], np.int64))
        self._run("narrow", rows, given, self._there(np.array(choices, np.int64)), out, wrong)
        first = int(self._backend.host(wrong)[0])
        return out, first if first < rows else -1

    def weigh(self, parts: Array, factor: Array, out: Array) -> None:
        """Write the sums of the columns of a table, each times its factor, added in order."""
        self._run("weigh", len(out), parts, self._there(factor), out)

    def pick(self, table: Array, worlds: int, seats: slice) -> Array:
        """Return a copy of the rows of some seats of every world, [W * n, ...]."""
        first, count, of_world = _span(table, worlds, seats)
        made = self._backend.empty((worlds * count, *table.shape[1:]), table.dtype.type)
        if len(made):
            source, target = (one.reshape(len(one), -1) for one in (table, made))
            self._run("pick", len(made), source, of_world, first, count, target)
        return made

    def place(self, table: Array, given: Array, worlds: int, seats: slice) -> None:
        """Write rows over those of some seats of every world: what undoes `pick`."""
        first, count, of_world = _span(table, worlds, seats)
        target = table.reshape(len(table), -1)
        rows = given.reshape(worlds * count, -1)
        self._run("place", worlds * count, rows, of_world, first, count, target)

    def floats(self, observed: Array, zero: Array, scale: Array) -> Array:
        """Return bytes less ``zero``, over ``scale``, column by column, float32[rows, F]."""
        made = self._backend.empty(observed.shape, np.float32)
        self._run("floats", made.size, observed, self._there(zero), self._there(scale), made)
        return made

    def means(self, numbers: Array, worlds: int) -> Array:
        """Return the mean of the rows of each world, float64[W], of float32[rows]."""
        made = self._backend.empty((worlds,), np.float64)
        self._run("means", worlds, numbers, made)
        return made

    def spread(self, numbers: Array, seats: int) -> Array:
        """Return each row so many times, float64[W * seats], of float64[W]."""
        made = self._backend.empty((len(numbers) * seats,), np.float64)
        self._run("spread", len(made), numbers, made)
        return made

    def clear(self, table: Array, chosen: Array) -> None:
        """Write zeros to the rows of some worlds; ``chosen`` lies in the host's memory."""
        if len(table) and chosen.any():
            flat = table.reshape(len(table), -1)
            self._run("clear", len(table), flat, self._backend.upload(chosen))

    def _there(self, array: Array) -> Array:
        """Return a copy on the device of a small array of the host's, made once for its content."""
        key = (array.tobytes(), array.dtype.str)
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        if key not in self._kept:
            self._kept[key] = self._backend.upload(array)
        return self._kept[key]

    def _run(self, kernel: str, turns: int, *arguments: Any) -> None:
        if turns:
            self._backend.launch(kernel, turns, *arguments)


def _span(table: Array, worlds: int, seats: slice) -> tuple[int, int, int]:
    """Return the first of some seats, how many they are, and how many a world has."""
    of_world = len(table) // worlds
    chosen = range(of_world)[seats]
    return chosen.start, len(chosen), of_world
