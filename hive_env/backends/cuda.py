"""The CUDA backend: the same rules in grid-stride loops, one thread a unit.

Columns stay in host memory and travel with each launch, so this backend is for agreement, not
for speed: it runs on a GPU, and under numba's CUDA simulator on a machine without one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from hive_env.backends.cpu import CpuBackend
from hive_env.backends.driver import Binding, Driver
from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.errors import DeviceError

HEADER = '''"""Driver written by hive_env: the loop of one pass as a CUDA kernel."""
import numpy as np
from numba import cuda


'''
LOOP = "    for {unit} in range(first + cuda.grid(1), last, cuda.gridsize(1)):"

BLOCK = 64
"""Threads of a block."""


def cuda_driver(pass_: Pass, binding: Binding) -> Driver:
    """Return the source of a pass as a CUDA kernel, not yet compiled."""
    return Driver.of(pass_, binding, HEADER, LOOP)


class CudaBackend(CpuBackend):
    """Compiles passes to CUDA kernels and runs them.

    Raises
    ------
    DeviceError
        When numba's CUDA target is not installed, or finds neither a GPU nor its simulator.
    """

    device = "cuda"

    def __init__(self) -> None:
        super().__init__(1)
        if importlib.util.find_spec("numba_cuda") is None and not _simulated():
            raise DeviceError(
                "device: 'cuda' needs numba-cuda, which is not installed. "
                "Install it with: pip install 'hive-env[gpu]'"
            )
        from numba import cuda

        if not cuda.is_available():
            raise DeviceError(
                "device: 'cuda' was asked for, but no NVIDIA GPU with a driver was found. "
                "Use device='cpu', or set NUMBA_ENABLE_CUDASIM=1 for the simulator."
            )
        self._cuda = cuda

    def compile(self, pass_: Pass, binding: Binding) -> tuple[Driver, Callable[..., Any]]:
        """Return the driver of a pass and its kernel."""
        driver = cuda_driver(pass_, binding)
        return driver, self._cuda.jit(driver.load(self.device))

    def run(
        self,
        compiled: tuple[Driver, Callable[..., Any]],
        first: int,
        last: int,
        values: Mapping[str, Array | int | float],
        workers: int,
    ) -> None:
        """Launch a kernel over the units ``first`` to ``last``, and wait for it."""
        driver: Driver = compiled[0]
        kernel: Any = compiled[1]
        arguments = [values[name] for name in driver.arguments]
        blocks = max(1, (last - first + BLOCK - 1) // BLOCK)
        kernel[blocks, BLOCK](first, last, *arguments)
        self._cuda.synchronize()


def _simulated() -> bool:
    from numba.core import config

    return bool(config.ENABLE_CUDASIM)
