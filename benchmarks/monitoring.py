"""Measure what it costs to watch a hive: ticks with a meter beside ticks without.

    python -m benchmarks.monitoring --markdown docs/monitoring_table.md
    python -m benchmarks.monitoring --quick

Blocks of ticks under the scripted controller are played in turn without a meter, with one of the
managers alone, as an environment has it, and with one of all levels. What is measured is the time
of the processor, on one thread: so it heeds little what else runs on the machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hive_env.bench import arguments as read
from hive_env.bench.limits import spread
from hive_env.bench.machine import provenance
from hive_env.bench.tables import origin, table
from hive_env.monitoring import Meter
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.families import FAMILIES
from hive_env.sizes import Size

HEADS = {"plain": "nobody", "manager": "managers", "all": "all levels"}
LEVELS: dict[str, tuple[str, ...] | None] = {"manager": ("manager",), "all": None}

CASES = (
    ("forage", "nano", 256),
    ("forage", "v0", 64),
    ("forage", "1m", 8),
    ("queue", "nano", 256),
    ("queue", "v0", 64),
)
"""Task, size, and ticks of a block: whole periods of the managers."""

QUICK = (("forage", "nano", 16), ("queue", "nano", 16))


def measured(task: str, size: str, ticks: int, repeats: int) -> dict[str, Any]:
    """Return the processor's seconds of a tick, decisions and all, by who is watched."""
    family = FAMILIES[task]
    hive = family.hive(family.config(Size.of(size)), 1, "cpu", 1)
    hive.reset(0)
    crew = Crew(hive, family.controllers[FULL])
    seconds: dict[str, list[float]] = {name: [] for name in HEADS}
    # The first turn compiles, or loads what is compiled.
    for turn in range(repeats + 1):
        for name in HEADS:
            meter = None if name == "plain" else Meter(hive, LEVELS[name])
            began = time.process_time()
            for _ in range(ticks):
                if hive.done().any():
                    hive.reset()
                crew.tick()
            if meter:
                meter.metrics()
                meter.close()
            if turn:
                seconds[name].append((time.process_time() - began) / ticks)
    return {
        "task": task,
        "size": size,
        "workers": hive.workers,
        "ticks": ticks,
        **{name: spread(found) for name, found in seconds.items()},
    }


def microseconds(found: dict[str, float]) -> str:
    """Return a time as text: the median, and the least to the most."""
    middle, low, high = (f"{1e6 * found[name]:,.0f}" for name in ("median", "min", "max"))
    return f"{middle} ({low}–{high})"


def markdown(report: dict[str, Any]) -> str:
    """Return the page of a report."""
    rows = []
    for one in report["cases"]:
        more = [one[name]["median"] / one["plain"]["median"] - 1 for name in LEVELS]
        rows.append(
            (
                f"{one['task']} {one['size']}",
                *(microseconds(one[name]) for name in HEADS),
                *(f"{100 * share:+.0f} %" for share in more),
            )
        )
    heads = ("world", *HEADS.values(), "managers, more", "all levels, more")
    parts = (
        "# What monitoring costs",
        "Made by `python -m benchmarks.monitoring --markdown docs/monitoring_table.md`.\n"
        f"{origin(report)}",
        "Microseconds of the processor in a tick, on one thread, by who is watched: the scripted "
        "controller of every level observes and decides, and the world ticks. Medians of "
        f"{report['repeats']} blocks that were played in turn, with the least and the most. A "
        "policy that learns takes longer to decide, and the share is less.",
        table(heads, rows),
    )
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    top = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    top.add_argument("--quick", action="store_true", help="a smoke test")
    top.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    top.add_argument("--json", type=read.result_file, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    cases, repeats = (QUICK, 2) if given.quick else (CASES, 9)
    report = {
        **provenance("monitoring", None, 0),
        "repeats": repeats,
        "cases": [
            measured(*case, repeats) for case in tqdm(cases, disable=given.quiet, unit="case")
        ],
    }
    if given.json:
        Path(given.json).write_text(json.dumps(report) + "\n")
    page = markdown(report)
    if given.markdown:
        Path(given.markdown).write_text(page)
    print(page)


if __name__ == "__main__":
    main()
