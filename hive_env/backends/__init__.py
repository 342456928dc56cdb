"""Backends: what turns a pass into a compiled loop and runs it on a device."""

from __future__ import annotations

from hive_env.backends.cpu import CpuBackend
from hive_env.backends.driver import Binding, Driver
from hive_env.errors import ArgumentError

__all__ = ["Binding", "CpuBackend", "Driver", "backend_for"]


def backend_for(device: str, threads: int | None = None) -> CpuBackend:
    """Return the backend of a device.

    Parameters
    ----------
    device : {"cpu", "cuda"}
        Where the passes run.
    threads : int, optional
        CPU threads; by default as many as there are processors for this process. Results do
        not depend on it.

    Raises
    ------
    ArgumentError
        When the device is not one of the two.
    DeviceError
        When CUDA is asked for and is not there.
    """
    if device == "cpu":
        return CpuBackend(threads)
    if device == "cuda":
        from hive_env.backends.cuda import CudaBackend

        return CudaBackend()
    raise ArgumentError("device", "'cpu' or 'cuda'", device)
