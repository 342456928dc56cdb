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
