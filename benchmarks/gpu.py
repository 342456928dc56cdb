"""Check that worlds on a GPU go as on the CPU, and then measure how fast they are there.

    python -m benchmarks.gpu --json gpu.json --markdown docs/gpu.md
    python -m benchmarks.gpu --quick                              # a look; its figures mean little
    NUMBA_ENABLE_CUDASIM=1 NUMBA_DISABLE_JIT=1 python -m benchmarks.gpu --quick

It needs a GPU and the extra ``gpu``. First the hashes of the states of worlds on both devices are
compared tick by tick; at the first that differ it stops, and names the tick and the column. Under
numba's simulator of a GPU (the last command) tiny worlds are compared, and nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.gpu_agreement import Tell, cases, compare
from benchmarks.gpu_page import markdown
from hive_env.backends import backend_for
from hive_env.backends.cuda import simulated
from hive_env.bench import arguments as read
from hive_env.bench.limits import Spread, spread
from hive_env.bench.machine import column_bytes, provenance
from hive_env.bench.traffic import moved_bytes
from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ArgumentError, HiveError
from hive_env.faults import Faults, presets
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.controllers import CONTROLLERS, FAULT_CONTROLLERS
from hive_env.scenarios.hive import UPPER
from hive_env.simulation import Simulation
from hive_env.sizes import Size

STAGES = ("orders", "actions", "counts", "tick", "rewards", "observations", "views")
"""What is timed of a tick: what the upper levels and the workers decide, what counts are before
it, the tick itself, and what workers are paid, what they and the upper levels observe after it."""

RATES = {
    "tick": ("tick",),
    "played": ("orders", "actions", "counts", "tick", "rewards"),
    "learned": ("orders", "counts", "tick", "rewards", "observations"),
    "observed": ("tick", "observations"),
    "all": STAGES,
}
"""Stages of which rates are told: a tick alone; with everybody scripted and rewards; with
workers' actions from outside, rewards and observations; with observations alone; with all."""

BESIDES = 200
"""Bytes a worker, about, of buffers besides the columns: observations twice, rewards, counts."""

BLOCK = 256
"""Threads of a block that copies."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Parameters
    ----------
    sizes : tuple of int
        Workers of the sizes; what does not fit is left out.
    batch : int
        Nano worlds of the batch.
    ticks, repeats : int
        Ticks of a repeat, and repeats after one to warm up.
    copied : int
        Bytes of the array that is copied.
    launches : int
        Ticks of a single nano world, whose time is that of its launches.
    """

    sizes: tuple[int, ...] = (100_000, 1_000_000, 10_000_000, 100_000_000)
    batch: int = 16_384
    ticks: int = 64
    repeats: int = 5
    copied: int = 1 << 31
    launches: int = 512

    @classmethod
    def quickly(cls) -> Plan:
        """Return the plan of a look, whose figures mean little."""
        return cls((100_000, 1_000_000), 256, 8, 2, 1 << 28, 16)


class Stopwatch:
    """Times between marks: by events of the GPU, or on the CPU by the host's clock."""

    def __init__(self, device: str) -> None:
        self._cuda: Any = None
        if device == "cuda":
            from numba import cuda

            self._cuda = cuda
        self._marks: list[Any] = []

    def mark(self) -> None:
        """Make a mark after all that has been started so far."""
        if self._cuda is None:
            self._marks.append(time.perf_counter())
            return
        self._marks.append(self._cuda.event())
        self._marks[-1].record()

    def seconds(self) -> list[float]:
        """Return the times between the marks, and forget them."""
        marks, self._marks = self._marks, []
        pairs = list(pairwise(marks))
        if self._cuda is None:
            return [after - before for before, after in pairs]
        marks[-1].synchronize()
        return [self._cuda.event_elapsed_time(*pair) / 1000 for pair in pairs]


def config_of(size: Size, faults: Faults | None) -> HiveConfig:
    """Return Forage's configuration at a size, with faults."""
    return HiveConfig(size, ForageConfig(faults=faults))


def world_rates(
    config: HiveConfig, worlds: int, plan: Plan, tell: Tell, device: str = "cuda"
) -> dict[str, Any]:
    """Measure the stages of a tick of Forage, with all levels scripted.

    Returns
    -------
    dict
        ``seconds`` of each sum of stages in `RATES`, by tick, and the bytes that it must move.
    """
    hive = Forage(config, worlds, device)
    hive.reset(seed=0)
    faulty = config.forage.faults is not None
    crew = Crew(hive, (FAULT_CONTROLLERS if faulty else CONTROLLERS)[FULL])
    seen = {level: hive.observe(level=level) for level in hive.levels}
    paid = hive.zeros(worlds * hive.workers, np.float32)
    watch = Stopwatch(device)

    def tick() -> None:
        watch.mark()
        orders = crew.orders()
        watch.mark()
        actions = crew.actions()
        watch.mark()
        since = hive.counters("worker")
        watch.mark()
        hive.step(actions, orders)
        watch.mark()
        hive.rewards("worker", since, out=paid)
        watch.mark()
        hive.observe(seen["worker"], "worker")
        watch.mark()
        for level in UPPER:
            hive.observe(seen[level], level)
        watch.mark()
        tell()

    repeats = []
    for _ in range(1 + plan.repeats):
        for _ in range(plan.ticks):
            tick()
        # What follows the last mark of a tick belongs to none of its stages.
        spent = np.array([*watch.seconds(), 0.0]).reshape(plan.ticks, len(STAGES) + 1)
        repeats.append(dict(zip(STAGES, spent.mean(axis=0).tolist(), strict=False)))
    return {
        "workers": worlds * hive.workers,
        "worlds": worlds,
        "faults": faulty,
        "ticks": plan.ticks,
        "repeats": plan.repeats,
        "moved_bytes": sum(moved_bytes(hive).values()),
        "seconds": {
            name: spread([sum(one[stage] for stage in stages) for one in repeats[1:]])
            for name, stages in RATES.items()
        },
    }


def launches_of(simulation: Simulation) -> float:
    """Return the launches of a tick, in the mean."""
    constants = simulation.blueprint.constants
    found = 0.0
    for pass_ in simulation.blueprint.tick:
        period = int(constants[pass_.when]) if pass_.when else 1
        if period and simulation.units(pass_.unit):
            found += 1 / period
    return found


def launch_time(plan: Plan, tell: Tell, device: str = "cuda") -> dict[str, Any]:
    """Measure the tick of a single nano world: nearly all of its time is that of launches."""
    hive = Forage("nano", 1, device)
    hive.reset(seed=0)
    actions = hive.decide("scripted")
    watch = Stopwatch(device)
    found = []
    for _ in range(1 + plan.repeats):
        watch.mark()
        for _ in range(plan.launches):
            hive.step(actions)
            tell()
        watch.mark()
        found.append(watch.seconds()[0] / plan.launches)
    return {"launches": launches_of(hive), "seconds": spread(found[1:])}


def copy_bandwidth(size: int, repeats: int, tell: Tell) -> Spread:
    """Return the bytes a second that a kernel copies on the GPU, read and written counted both."""
    from numba import cuda

    from benchmarks.gpu_kernels import copy_words

    words = size // 8
    source, target = (cuda.device_array(words, "int64") for _ in range(2))
    blocks = -(-words // (BLOCK * 4))
    watch = Stopwatch("cuda")
    rates = []
    for repeat in range(repeats + 1):
        watch.mark()
        copy_words[blocks, BLOCK](source, target)
        watch.mark()
        seconds = watch.seconds()[0]
        tell()
        if repeat:
            rates.append(2 * 8 * words / seconds)
    return spread(rates)


def worlds_of(plan: Plan) -> Iterator[tuple[str, HiveConfig, int]]:
    """Yield what is measured: its key, configuration and worlds."""
    default = presets()["default"]
    for workers in plan.sizes:
        size = Size.of(workers)
        yield f"{size.workers:,} workers, no faults", config_of(size, None), 1
        yield f"{size.workers:,} workers, default faults", config_of(size, default), 1
    for name, faults in (("no faults", None), ("default faults", default)):
        yield f"{plan.batch:,} nano worlds, {name}", config_of(Size.of("nano"), faults), plan.batch


def measure(plan: Plan, tell: Callable[[str], Tell]) -> dict[str, Any]:
    """Measure the card, worlds of every size that fits, a batch, and launches.

    Parameters
    ----------
    plan : Plan
        How much.
    tell : callable
        Called with what comes next; what it returns hears of each step.
    """
    found: dict[str, Any] = {"left_out": [], "worlds": {}}
    found["copy"] = copy_bandwidth(plan.copied, plan.repeats, tell("copying"))
    found["launch"] = launch_time(plan, tell("launches"))
    for key, config, worlds in worlds_of(plan):
        needs = sum(column_bytes(config, worlds).values()) + BESIDES * worlds * config.size.workers
        if needs > backend_for("cuda").memory_bytes():
            found["left_out"].append([key, needs])
            continue
        found["worlds"][key] = world_rates(config, worlds, plan, tell(key))
    return found


def card() -> dict[str, Any]:
    """Return what tells this GPU from another."""
    from numba import cuda

    device = cuda.get_current_device()
    name = device.name
    return {
        "name": name.decode() if isinstance(name, bytes) else str(name),
        "capability": ".".join(map(str, device.compute_capability)),
        "memory_gib": round(cuda.current_context().get_memory_info().total / (1 << 30), 1),
    }


def report(quick: bool, quiet: bool) -> dict[str, Any]:
    """Compare, and where there is a GPU measure.

    Raises
    ------
    DeviceError
        Without numba-cuda, or without a GPU.
    ArgumentError
        When the whole of it is asked of the simulator.
    DisagreementError
        When states differ; nothing is measured then.
    """
    backend_for("cuda")
    simulator = simulated()
    if simulator and not quick:
        raise ArgumentError(
            "--quick", "that under the simulator it is given", "none", "Nothing is measured there."
        )

    def bar(about: str) -> Tell:
        shown.set_description(about)
        return shown.update

    with tqdm(unit=" step", disable=quiet) as shown:
        compared = [compare(case, bar(case.name)) for case in cases(quick, simulator)]
        found = {
            **provenance("gpu", None, 0),
            "quick": quick,
            "simulated": simulator,
            "agreement": compared,
        }
        if not simulator:
            plan = Plan.quickly() if quick else Plan()
            found |= {"card": card(), "measured": measure(plan, bar)}
    return found


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(prog="benchmarks.gpu", description=(__doc__ or "").split("\n")[0])
    top.add_argument("--quick", action="store_true", help="fewer and shorter; figures mean little")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    top.add_argument("--json", type=read.writable, metavar="FILE", help="write the result here")
    top.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    given = parser().parse_args(arguments)
    try:
        found = report(given.quick, given.quiet)
    except HiveError as error:
        print(f"benchmarks.gpu: error: {error}", file=sys.stderr)
        return 1
    page = markdown(found)
    for path, text in ((given.json, json.dumps(found, indent=1) + "\n"), (given.markdown, page)):
        if path:
            Path(path).write_text(text)
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
