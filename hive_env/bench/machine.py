"""Where a result comes from: the package, the configuration, the machine; and its memory."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hive_env import __version__
from hive_env.backends import CpuBackend
from hive_env.errors import ArgumentError
from hive_env.scenarios.families import Config
from hive_env.scenarios.forage import blueprint_of
from hive_env.simulation import Blueprint, Simulation
from hive_env.simulation import column_bytes as foreseen_bytes

GIB = 1 << 30


def describe() -> dict[str, Any]:
    """Return what tells this machine and its software from another: names and versions."""
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gib": round(memory_bytes() / GIB, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }


def provenance(command: str, config: Config | None, seed: int) -> dict[str, Any]:
    """Return what every result carries: version, seed, configuration, machine, time.

    Parameters
    ----------
    command : str
        The command that made the result; with a version, the name of its JSON's schema.
    config : HiveConfig, optional
        The configuration, unless the result has several.
    seed : int
        Seed of the first world.
    """
    return {
        "schema": f"hive_env.{command}/1",
        "version": __version__,
        "seed": seed,
        "config_hash": config.config_hash() if config else None,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "machine": describe(),
    }


def cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_model() -> str:
    """Return the processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """Return the memory that worlds can have here in bytes, 0 where the system does not tell."""
    return CpuBackend(1).memory_bytes()


def resident_bytes() -> int:
    """Return the resident memory of this process now, in bytes; 0 where there is no ``/proc``."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes() -> dict[str, int]:
    """Return the largest resident memory of this process so far, in bytes.

    ``VmHWM`` is what the process itself has held. ``ru_maxrss`` may include the peak of the
    process that started it, so it is the larger of the two; it stands alone where there is
    no ``/proc``.
    """
    found = {}
    status = Path("/proc/self/status")
    if status.exists():
        line = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.MULTILINE)
        if line:
            found["VmHWM"] = int(line[1]) * 1024
    if sys.platform != "win32":
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        found["ru_maxrss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return found


def largest_bytes() -> int:
    """Return what this process itself has held at most, in bytes, as far as the system tells."""
    found = peak_bytes()
    return found.get("VmHWM", found.get("ru_maxrss", 0))


def held_bytes(simulation: Simulation) -> dict[str, int]:
    """Return the bytes of a simulation's columns, and of this process now and at most."""
    return {
        "columns_bytes": sum(array.nbytes for array in simulation.arrays.values()),
        "resident_bytes": resident_bytes(),
        "peak_bytes": largest_bytes(),
    }


def column_bytes(
    config: Config, worlds: int = 1, blueprint: Callable[[Any], Blueprint] = blueprint_of
) -> dict[str, int]:
    """Return the bytes that each column of so many worlds will take, from its declaration.

    Buffers by id that a caller may give are counted only where the simulation makes them.
    """
    return foreseen_bytes(blueprint(config), worlds)


def need_memory(
    config: Config, worlds: int = 1, blueprint: Callable[[Any], Blueprint] = blueprint_of
) -> None:
    """Raise `ArgumentError` when so many worlds cannot fit into the machine's memory.

    Parameters
    ----------
    config : Config
        Their configuration.
    worlds : int
        W.
    blueprint : callable
        Makes the blueprint of the configuration; Forage's by default.
    """
    has = memory_bytes()
    needs = sum(column_bytes(config, worlds, blueprint).values())
    needs += 2 * worlds * config.size.workers
    if has and needs > has:
        raise ArgumentError(
            "size",
            f"worlds that fit into this machine's {has / GIB:.1f} GiB",
            f"{worlds * config.size.workers:,} workers, which take {needs / GIB:.1f} GiB",
            "Take a smaller size.",
        )
