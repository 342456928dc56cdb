"""The CUDA backend: the same rules, with a block of threads for each region.

Columns live in the memory of the device, and a pass is one launch. Nothing waits for a launch but
what reads from it. Without a GPU it runs under numba's CUDA simulator.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba.core import config

from hive_env import atomics
from hive_env.backends.cpu import CpuBackend
from hive_env.backends.cuda_tables import CudaTables
from hive_env.backends.driver import Binding, Driver, Target
from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError, DeviceError

TARGET = Target(
    header='''"""Driver written by hive_env: the loop of one pass as a CUDA kernel."""
import numpy as np
from numba import cuda


''',
    units="    for {unit} in range(first + cuda.grid(1), last, cuda.gridsize(1)):",
    shared=(
        "    thread = cuda.threadIdx.x\n"
        "    threads = cuda.blockDim.x\n"
        "    for {unit} in range(first + cuda.blockIdx.x, last, cuda.gridDim.x):"
    ),
    alone="thread == 0",
    barrier="cuda.syncthreads()",
)

UNIT_BLOCK = 64
"""Threads of a block where a thread owns a unit."""

REGION_BLOCKS = (64, 256)
"""Least and most threads of a block that owns a region."""

SIMULATED_BLOCK = 2
"""The same in the simulator, whose threads are Python's."""

GIB = 1 << 30
LARGE = 1 << 26
"""Bytes from which an array is checked against the memory that is free."""

WARNINGS = ("CUDA_LOW_OCCUPANCY_WARNINGS", "CUDA_WARN_ON_IMPLICIT_COPY")
"""Settings of numba's that make it warn of a launch."""

MOST_WIPERS = 4096
"""Blocks that fill an array with zeros."""

MOST_BLOCKS = 1 << 20
"""Blocks of a launch at most; each then goes on to further units."""


def cuda_driver(pass_: Pass, binding: Binding) -> Driver:
    """Return the source of a pass as a CUDA kernel, not yet compiled."""
    return Driver.of(pass_, binding, TARGET)


class CudaBackend(CpuBackend):
    """Compiles passes to CUDA kernels and runs them.

    Raises
    ------
    DeviceError
        When numba's CUDA target is not installed, or finds neither a GPU nor its simulator.
    """

    device = "cuda"
    shares_memory = False

    def __init__(self) -> None:
        super().__init__(1)
        self._simulated = simulated()
        if importlib.util.find_spec("numba_cuda") is None and not self._simulated:
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
        if not self._simulated:
            atomics.register_on_cuda()
        self._cuda: Any = cuda
        from hive_env.backends import kernels

        self._kernels: Any = kernels
        self.tables = CudaTables(self)

    # --- memory --------------------------------------------------------------------------------

    def zeros(self, shape: int | tuple[int, ...], dtype: type) -> Array:
        """Return a new array of zeros on the device."""
        made: Any = self.empty(shape, dtype)
        if made.size and self._simulated:
            made.copy_to_device(np.zeros(shape, dtype))
        elif made.size:
            self._kernels.wipe[MOST_WIPERS, UNIT_BLOCK](made.ravel())
        return made  # type: ignore[no-any-return]

    def empty(self, shape: int | tuple[int, ...], dtype: type) -> Array:
        """Return a new array on the device, which may hold anything.

        Raises
        ------
        DeviceError
            When the GPU has less memory free; nothing is allocated then.
        """
        needs = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        has = self.memory_bytes() if needs >= LARGE else needs
        if has and needs > has:
            raise DeviceError(
                f"device: an array of {shape} takes {needs / GIB:.1f} GiB, and the GPU has "
                f"{has / GIB:.1f} GiB free. Take a smaller size, or fewer worlds."
            )
        return self._cuda.device_array(shape, dtype)  # type: ignore[no-any-return]

    def upload(self, array: Array) -> Array:
        """Return a copy on the device of an array of the host."""
        return self._cuda.to_device(array)  # type: ignore[no-any-return]

    def host(self, array: Array) -> Array:
        """Return a copy of an array of the device, for the host to read."""
        there = self.adopt("array", array)
        return np.asarray(array if there is None else there.copy_to_host())

    def copy(self, array: Array) -> Array:
        """Return a copy of an array of the device, on the device."""
        made: Any = self.empty(array.shape, array.dtype.type)
        if array.size:
            made.copy_to_device(array)
        return made  # type: ignore[no-any-return]

    def write(self, array: Array, values: Any) -> None:
        """Write a whole array of the device from the host."""
        if array.size and self._simulated:
            array[...] = values
        elif array.size:
            whole = np.broadcast_to(np.asarray(values), array.shape)
            there: Any = array
            there.copy_to_device(np.ascontiguousarray(whole, array.dtype))

    def adopt(self, argument: str, array: Any) -> Any:
        """Return a caller's array that lies on the device, whoever made it; None for the host's.

        Raises
        ------
        ArgumentError
            When it lies on another GPU.
        """
        if getattr(array, "__cuda_ndarray__", False):
            return array
        try:
            array.__cuda_array_interface__  # noqa: B018
        except AttributeError:
            return None
        except RuntimeError as error:  # a tensor of torch's that wants its gradient
            raise ArgumentError(argument, "an array that can be read", str(error)) from None
        device = getattr(array, "device", None)
        index = getattr(device, "index", None)
        index = getattr(device, "id", None) if not isinstance(index, int) else index
        here = self._cuda.get_current_device().id
        if isinstance(index, int) and index != here:
            raise ArgumentError(
                argument,
                f"an array on GPU {here}, where the worlds are",
                f"one on GPU {index}",
            )
        return self._cuda.as_cuda_array(array)

    def memory_bytes(self) -> int:
        """Return the bytes that worlds can have at most; 0 where the device does not tell."""
        if self._simulated:
            return super().memory_bytes()
        context = self._cuda.current_context()
        # What has been let go of is given back late.
        context.deallocations.clear()
        return int(context.get_memory_info().free)

    def readable(self, arrays: dict[str, Array]) -> Mapping[str, Array]:
        """Return a view of arrays of the device by name, as the host reads them."""
        return _Copies(self, arrays)

    # --- running -------------------------------------------------------------------------------

    def compile(self, pass_: Pass, binding: Binding) -> tuple[Driver, Any]:
        """Return the driver of a pass, and its kernel."""
        driver = cuda_driver(pass_, binding)
        return driver, self._cuda.jit(cache=True)(driver.load(self.device))

    def run(
        self,
        compiled: tuple[Driver, Any],
        first: int,
        last: int,
        arguments: Sequence[Any],
        workers: int,
    ) -> None:
        """Launch a kernel over the units ``first`` to ``last``; it runs after those before it."""
        driver, kernel = compiled
        if last <= first:
            return
        units = last - first
        if driver.shared:
            threads = region_block(workers // units, self._simulated)
            blocks = min(units, MOST_BLOCKS)
        else:
            threads = 1 if self._simulated else UNIT_BLOCK
            blocks = min(-(-units // threads), MOST_BLOCKS)
        with self._running():
            kernel[blocks, threads](first, last, *arguments)

    def launch(self, kernel: str, turns: int, *arguments: Any) -> None:
        """Run one of `hive_env.backends.kernels`, a thread for each of so many turns."""
        threads = 1 if self._simulated else UNIT_BLOCK
        blocks = min(-(-turns // threads), MOST_BLOCKS)
        with self._running():
            getattr(self._kernels, kernel)[blocks, threads](*arguments)

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Launch without warnings of small grids and of host arrays, both of which are meant.

        In the simulator let threads take turns often: one of them only waits for the others.
        """
        if not self._simulated:
            before = {name: getattr(config, name) for name in WARNINGS}
            for name in WARNINGS:
                setattr(config, name, 0)
            try:
                yield
            finally:
                for name, value in before.items():
                    setattr(config, name, value)
            return
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            yield
        finally:
            sys.setswitchinterval(interval)


def region_block(workers: int, simulated: bool) -> int:
    """Return the threads of a block that owns a region of so many workers."""
    if simulated:
        return SIMULATED_BLOCK
    least, most = REGION_BLOCKS
    return min(max(-(-workers // 32) * 32, least), most)


def simulated() -> bool:
    """Whether numba simulates CUDA in this process."""
    return bool(config.ENABLE_CUDASIM)


class _Copies(Mapping[str, Array]):
    """Arrays of the device by name; reading one copies it to the host."""

    def __init__(self, backend: CudaBackend, arrays: dict[str, Array]) -> None:
        self._backend = backend
        self._arrays = arrays

    def __getitem__(self, name: str) -> Array:
        copy = self._backend.host(self._arrays[name])
        # What is written to a copy would be lost: `put` writes.
        copy.flags.writeable = False
        return copy

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)
