"""What the CUDA backend runs besides the passes; importing this needs numba's CUDA target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cuda

from hive_env.atomics import lower


@cuda.jit
def wipe(entries: Any) -> None:
    """Write zeros to a vector."""
    for place in range(cuda.grid(1), entries.shape[0], cuda.gridsize(1)):
        entries[place] = 0


@cuda.jit
def narrow(given: Any, choices: Any, out: Any, wrong: Any) -> None:
    """Write actions as bytes, and to ``wrong[0]`` the first row with one that is out of range."""
    for row in range(cuda.grid(1), given.shape[0], cuda.gridsize(1)):
        for part in range(given.shape[1]):
            value = np.int64(given[row, part])
            if value < 0 or value >= choices[part]:
                lower(wrong, 0, row)
            else:
                out[row, part] = value


@cuda.jit
def weigh(parts: Any, factor: Any, out: Any) -> None:
    """Write the sums of the columns of a table, each times its factor, added in order."""
    for row in range(cuda.grid(1), parts.shape[0], cuda.gridsize(1)):
        paid = parts[row, 0] * factor[0]
        for index in range(1, parts.shape[1]):
            paid += parts[row, index] * factor[index]
        out[row] = paid


@cuda.jit
def pick(table: Any, of_world: Any, first: Any, count: Any, out: Any) -> None:
    """Copy the rows from ``first`` on, ``count`` of the ``of_world`` of every world."""
    for row in range(cuda.grid(1), out.shape[0], cuda.gridsize(1)):
        source = row // count * of_world + first + row % count
        for part in range(out.shape[1]):
            out[row, part] = table[source, part]


@cuda.jit
def place(given: Any, of_world: Any, first: Any, count: Any, table: Any) -> None:
    """Write rows to where `pick` reads them."""
    for row in range(cuda.grid(1), given.shape[0], cuda.gridsize(1)):
        target = row // count * of_world + first + row % count
        for part in range(given.shape[1]):
            table[target, part] = given[row, part]


@cuda.jit
def floats(observed: Any, zero: Any, scale: Any, out: Any) -> None:
    """Write bytes less ``zero``, over ``scale``, column by column."""
    columns = observed.shape[1]
    for entry in range(cuda.grid(1), observed.shape[0] * columns, cuda.gridsize(1)):
        row, column = entry // columns, entry % columns
        out[row, column] = (np.float32(observed[row, column]) - zero[column]) / scale[column]


@cuda.jit
def means(numbers: Any, out: Any) -> None:
    """Write the mean of the rows of each world."""
    rows = numbers.shape[0] // out.shape[0]
    for world in range(cuda.grid(1), out.shape[0], cuda.gridsize(1)):
        total = np.float64(0)
        for row in range(world * rows, (world + 1) * rows):
            total += np.float64(numbers[row])
        out[world] = total / np.float64(rows)


@cuda.jit
def spread(numbers: Any, out: Any) -> None:
    """Write each row as often as there is room for it."""
    seats = out.shape[0] // numbers.shape[0]
    for row in range(cuda.grid(1), out.shape[0], cuda.gridsize(1)):
        out[row] = numbers[row // seats]


@cuda.jit
def clear(table: Any, chosen: Any) -> None:
    """Write zeros to the rows of the worlds that are chosen."""
    rows = table.shape[0] // chosen.shape[0]
    for row in range(cuda.grid(1), table.shape[0], cuda.gridsize(1)):
        if chosen[row // rows]:
            for part in range(table.shape[1]):
                table[row, part] = 0
