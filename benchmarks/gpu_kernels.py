"""What is run on the GPU besides passes; importing this needs numba's CUDA target."""

from __future__ import annotations

from typing import Any

from numba import cuda


@cuda.jit
def copy_words(source: Any, target: Any) -> None:
    """Copy a vector; threads beside each other copy words beside each other."""
    for place in range(cuda.grid(1), source.shape[0], cuda.gridsize(1)):
        target[place] = source[place]
