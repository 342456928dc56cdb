"""The whole bench: which cases there are, each run in a process of its own, and the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from hive_env.bench.fault_cases import worlds_measured
from hive_env.bench.machine import cores, need_memory, provenance
from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import HiveError
from hive_env.sizes import Size

SIZES = (100_000, 1_000_000, 10_000_000, 100_000_000)
"""Workers of the sizes that are measured."""

BY_ID_LIMIT = 10_000_000
"""Most workers whose observations are held at once; above, they are streamed in chunks."""


class CaseError(HiveError):
    """A case ended without a result; the message has the last line that its process wrote."""


BATCH, ONE, ONE_FINE = "batch of nano worlds", "one world", "one world of nano's span"
"""The batch, and the two worlds of as many workers that it is compared with."""

SEAT, VIEWS = "a manager's step", "what the upper levels see"
"""The cases of the upper levels."""

PLAYED, PRESET = "levels, rewards and faults on", "default"
"""The case of each size in which everything is on, and its faults."""

OFFICES, PRESETS = "events of offices", "ticks with faults"
"""The cases of what fails."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Parameters
    ----------
    sizes : tuple of int
        Workers of the sizes.
    batch : int
        Worlds along each side of the square batch of nano worlds: ``batch**2`` worlds.
    limit_bytes : int
        Bytes of the arrays by which the machine is measured; several times its caches.
    worker_ticks : int
        Worker-ticks of one repeat, about.
    repeats : int
        Repeats of each measurement.
    dict_workers : tuple of int
        Workers at which the PettingZoo dicts are measured.
    seat_size, view_size : str
        Sizes at which a manager's step, and ticks with faults, and the views of the upper levels
        are measured.
    offices, office_ticks, draws : int
        Offices by themselves, ticks of a repeat of them, and random draws of a repeat.
    fault_rounds : int
        Rounds in which worlds with and without faults take turns.
    cold : bool
        Whether the start with an empty compile cache is measured too.
    quick : bool
        Whether this is a smoke test.
    """

    sizes: tuple[int, ...] = SIZES
    batch: int = 32
    limit_bytes: int = 1 << 28
    worker_ticks: int = 20_000_000
    repeats: int = 5
    dict_workers: tuple[int, ...] = (1_000, 10_000)
    seat_size: str = "v0"
    view_size: str = "1m"
    offices: int = 16_384
    office_ticks: int = 300
    draws: int = 1 << 24
    fault_rounds: int = 9
    cold: bool = True
    quick: bool = False

    @classmethod
    def quickly(cls) -> Plan:
        """Return the plan of a smoke test, whose figures mean little."""
        return cls(
            (10_000, 100_000), 4, 1 << 25, 200_000, 2, (1_000,), "nano", "nano",
            64, 2, 1 << 12, 2, cold=False, quick=True,
        )  # fmt: skip

    def ticks(self, workers: int) -> int:
        """Ticks of one repeat."""
        return min(max(self.worker_ticks // workers, 2), 200)

    def warm_up(self, workers: int) -> int:
        """Ticks before a measurement, in which workers leave the depots where they start."""
        if self.quick:
            return 2
        return min(max(640_000_000 // workers, 16), 64)


@dataclass(frozen=True)
class Case:
    """One process to run: the case's name, its parameters, and the steps it will tell of."""

    key: str
    name: str
    parameters: dict[str, Any]
    steps: int


def forage_case(key: str, plan: Plan, threads: int, size: Size, worlds: int, observe: str) -> Case:
    """Return the case of one size."""
    need_memory(HiveConfig(size), worlds)
    workers = size.workers * worlds
    warm_up, ticks = plan.warm_up(workers), plan.ticks(workers)
    parameters = {
        "threads": threads,
        "size": asdict(size),
        "worlds": worlds,
        "warm_up": warm_up,
        "ticks": ticks,
        "repeats": plan.repeats,
        "observe": observe,
    }
    kinds = 3 if observe else 2
    steps = warm_up + (kinds * (plan.repeats + 1) - 1) * ticks
    return Case(key, "forage", parameters, steps)


def played_case(plan: Plan, threads: int, workers: int) -> Case:
    """Return the case of a size with levels, rewards and faults on.

    A repeat is as long as it takes the slowest level to decide, or above `BY_ID_LIMIT` / 2 workers
    the managers, with the share of the others' decisions that falls in it.
    """
    size = Size.of(workers)
    config = HiveConfig(size, ForageConfig(faults=PRESET))
    need_memory(config)
    forage, large = config.forage, 2 * workers > BY_ID_LIMIT
    period = forage.manager_period if large else forage.orchestrator_period
    repeats = min(plan.repeats, 3) if large else plan.repeats
    parameters: dict[str, Any] = {
        "threads": threads,
        "size": asdict(size),
        "faults": PRESET,
        "warm_up": plan.warm_up(workers),
        "ticks": 2 if plan.quick else period,
        "repeats": repeats,
    }
    steps = parameters["warm_up"] + repeats * parameters["ticks"]
    return Case(f"{workers:,} workers, {PLAYED}", "played", parameters, steps)


def cases_of(plan: Plan, threads: int) -> list[Case]:
    """Return the cases of a plan that run through ``python -m hive_env.bench``.

    Raises
    ------
    ArgumentError
        When a size does not fit into this machine's memory.
    """
    limits = {"threads": threads, "size": plan.limit_bytes, "repeats": plan.repeats}
    steps = 2 * len({1, threads}) * (plan.repeats + 1)
    cases = [Case("limits", "limits", limits, steps)]
    for workers in plan.sizes:
        observe = "by id" if workers <= BY_ID_LIMIT else "in chunks"
        size = Size.of(workers)
        cases.append(forage_case(f"{workers:,} workers", plan, threads, size, 1, observe))
        cases.append(played_case(plan, threads, workers))
    across = plan.batch
    nano = Size.of("nano")
    total = across * across * nano.workers
    batch = {
        BATCH: (nano, across * across),
        ONE: (Size.of(total), 1),
        ONE_FINE: (replace(nano, workers=total, hives_x=across, hives_y=across), 1),
    }
    cases += [
        forage_case(key, plan, threads, size, worlds, "") for key, (size, worlds) in batch.items()
    ]
    for workers in plan.dict_workers:
        steps = plan.repeats + 1
        parameters = {"threads": threads, "workers": workers, "ticks": 8, "repeats": plan.repeats}
        cases.append(Case(f"dicts at {workers:,}", "dicts", parameters, 2 * 8 * steps))
    return cases + level_cases(plan, threads) + fault_cases(plan, threads)


def level_cases(plan: Plan, threads: int) -> list[Case]:
    """Return the cases of the upper levels: a manager's step, and what L2 to L4 see."""
    cases = []
    for key, name, size, kinds in (
        (SEAT, "seat", plan.seat_size, 2),
        (VIEWS, "views", plan.view_size, 1),
    ):
        config = HiveConfig(Size.of(size))
        need_memory(config)
        block = config.forage.orchestrator_period
        parameters = {"threads": threads, "size": size, "repeats": plan.repeats}
        cases.append(Case(key, name, parameters, (1 + kinds * plan.repeats) * block))
    return cases


def fault_cases(plan: Plan, threads: int) -> list[Case]:
    """Return the cases of what fails: offices by themselves, and worlds at every preset."""
    used = len({1, threads})
    parameters: dict[str, Any] = {
        "threads": threads,
        "count": plan.offices,
        "ticks": plan.office_ticks,
        "draws": plan.draws,
        "repeats": plan.repeats,
    }
    steps = used * (plan.repeats + 1) * (plan.office_ticks + 1)
    found = [Case(OFFICES, "offices", parameters, steps)]
    task = HiveConfig(Size.of(plan.seat_size))
    ticks = task.forage.orchestrator_period
    warm_up = (2 if plan.quick else 256) // ticks * ticks
    worlds = len(worlds_measured())
    parameters = {
        "threads": threads,
        "size": plan.seat_size,
        "warm_up": warm_up,
        "ticks": ticks,
        "repeats": plan.fault_rounds,
    }
    steps = worlds * (warm_up + plan.fault_rounds * ticks)
    return [*found, Case(PRESETS, "faulted", parameters, steps)]


def run(plan: Plan, threads: int | None = None, quiet: bool = False) -> dict[str, Any]:
    """Run every case of a plan, one process after the other, and return the report.

    Parameters
    ----------
    plan : Plan
        What to measure.
    threads : int, optional
        CPU threads; by default as many as there are processors for this process.
    quiet : bool
        Without progress bars.

    Raises
    ------
    ArgumentError
        When a size does not fit into this machine's memory.
    CaseError
        When a case fails.
    """
    threads = cores() if threads is None else threads
    cases = cases_of(plan, threads)
    found = {}
    for number, case in enumerate(cases, 1):
        bar = {
            "desc": f"[{number}/{len(cases)}] {case.key}",
            "total": case.steps,
            "unit": "step",
            "disable": quiet,
        }
        command = [case.name, json.dumps(case.parameters), json.dumps(bar)]
        found[case.key] = process("hive_env.bench", command)
    return {
        **provenance("bench", None, 0),
        "quick": plan.quick,
        "threads": threads,
        "limits": found["limits"],
        "sizes": [found[f"{workers:,} workers"] for workers in plan.sizes],
        "played": [found[f"{workers:,} workers, {PLAYED}"] for workers in plan.sizes],
        "batch": {key: found[key] for key in (BATCH, ONE, ONE_FINE)},
        "levels": {"seat": found[SEAT], "views": found[VIEWS]},
        "faults": {"offices": found[OFFICES], "presets": found[PRESETS]},
        "dicts": [found[f"dicts at {workers:,}"] for workers in plan.dict_workers],
        "start": starts(plan.cold),
    }


def starts(cold: bool) -> dict[str, dict[str, float | None]]:
    """Measure make and reset of nano in new processes, seconds: cold and then warm."""
    found: dict[str, dict[str, float | None]] = {}
    for facade in ("array", "gymnasium"):
        with tempfile.TemporaryDirectory(prefix="hive_env-bench-") as folder:
            empty = {"HIVE_ENV_CACHE_DIR": folder, "NUMBA_CACHE_DIR": folder} if cold else {}
            times = [
                process("hive_env.bench.start", [facade], empty)["import_make_and_reset"]
                for _ in range(4)
            ]
        found[facade] = {"cold": times[0] if cold else None, "warm": sorted(times[1:])[1]}
    return found


def process(
    module: str, arguments: list[str], environment: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Run a module in a new process and return the JSON that it prints.

    Parameters
    ----------
    module : str
        Name of a module that prints JSON when it is run. It is found where this process finds
        modules, whatever the working directory holds.
    arguments : list of str
        Its command line.
    environment : mapping of str to str
        Variables to set besides those of this process.

    Raises
    ------
    CaseError
        When it fails; its standard error has been shown then.
    """
    code = (
        f"import runpy, sys; sys.path[:] = {sys.path!r}; "
        f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    with tempfile.TemporaryFile("w+") as output:
        status = subprocess.call(
            [sys.executable, "-c", code, *arguments],
            stdout=output,
            env={**os.environ, **environment},
        )
        output.seek(0)
        text = output.read()
    if status != 0:
        killed = " It was killed, most likely for want of memory." if status == -9 else ""
        raise CaseError(f"{module} {arguments[0]}: ended with status {status}.{killed}")
    result: dict[str, Any] = json.loads(text)
    return result
