"""Tables with a row for every seat, between what a caller gives and gets and what passes take.

The host's are NumPy's; `hive_env.backends.cuda_tables` does the same where the device's lie.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hive_env.ecs.columns import Array


class Tables:
    """What is done with tables in the host's memory.

    A table is an array [rows, ...] whose rows are those of worlds one after another, equally many
    in each.
    """

    def narrowed(self, given: Array, choices: Sequence[int]) -> tuple[Array, int]:
        """Return actions as bytes, and the first row that is wrong.

        Parameters
        ----------
        given : integers [rows, parts]
            Actions.
        choices : sequence of int
            Number of values of each part.

        Returns
        -------
        C-contiguous uint8[rows, parts], int
            The row is -1 where all values are below their number.
        """
        wrong = ((given < 0) | (given >= np.asarray(choices))).any(axis=1)
        # A read-only array would be a type of its own to the compiler.
        taken = np.require(given.astype(np.uint8, copy=False), requirements=["C", "W"])
        return taken, int(np.argmax(wrong)) if wrong.any() else -1

    def weigh(self, parts: Array, factor: Array, out: Array) -> None:
        """Write the sums of the columns of a table, each times its factor, added in order.

        Parameters
        ----------
        parts : float32[rows, n]
            The table.
        factor : float32[n]
            In the host's memory.
        out : float32[rows]
            What is written.
        """
        # Not a matrix product, whose rounding depends on how many rows there are.
        np.multiply(parts[:, 0], factor[0], out=out)
        for index in range(1, len(factor)):
            out += parts[:, index] * factor[index]

    def pick(self, table: Array, worlds: int, seats: slice) -> Array:
        """Return a copy of the rows of some seats of every world, [W * n, ...]."""
        by_world = table.reshape(worlds, -1, *table.shape[1:])
        return by_world[:, seats].reshape(-1, *table.shape[1:]).copy()

    def place(self, table: Array, given: Array, worlds: int, seats: slice) -> None:
        """Write rows over those of some seats of every world: what undoes `pick`."""
        by_world = table.reshape(worlds, -1, *table.shape[1:])
        by_world[:, seats] = given.reshape(worlds, -1, *table.shape[1:])

    def floats(self, observed: Array, zero: Array, scale: Array) -> Array:
        """Return bytes less ``zero``, over ``scale``, column by column.

        Parameters
        ----------
        observed : uint8[rows, F]
            The table.
        zero, scale : float32[F]
            In the host's memory.

        Returns
        -------
        float32[rows, F]
        """
        out = np.subtract(observed, zero, dtype=np.float32)
        out /= scale
        return out

    def means(self, numbers: Array, worlds: int) -> Array:
        """Return the mean of the rows of each world, float64[W], of float32[rows]."""
        return np.asarray(numbers.reshape(worlds, -1).mean(axis=1, dtype=np.float64))

    def spread(self, numbers: Array, seats: int) -> Array:
        """Return each row so many times, float64[W * seats], of float64[W]."""
        return numbers.repeat(seats)

    def clear(self, table: Array, chosen: Array) -> None:
        """Write zeros to the rows of some worlds.

        Parameters
        ----------
        table : array [rows, ...]
            What is written.
        chosen : bool[W]
            In the host's memory.
        """
        table.reshape(len(chosen), -1)[chosen] = 0
