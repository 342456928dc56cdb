"""Run one cell of a committed table again, and refuse what leaves its 99 % interval.

    python -m baselines.recheck baselines/results/v0 --task forage --algo governor --seed 0

The cell is trained and tested anew, as `baselines.run` does. What it comes to is to lie where the
committed runs of the same algorithm let one more run be expected: their mean, plus and minus
Student's t of 99 % times their standard deviation times the root of 1 + 1/n. Floating-point sums
differ between machines, and what is learned with them. Exits with 1 when it does not lie there. A
cell whose interval reaches down to random play of the level that learned is refused: it is no test.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baselines.learning.results import Cell, runs_in
from baselines.run import Runner, Suite
from hive_env.bench import arguments as read
from hive_env.bench.statistics import t_quantile
from hive_env.errors import ArgumentError
from hive_env.scenarios.controllers import FLOOR
from hive_env.scenarios.hive import LEVELS

CONFIDENCE = 0.99


def expected(runs: Sequence[float], floor: float) -> tuple[float, float]:
    """Return the ends of the interval in which one more run is expected.

    Parameters
    ----------
    runs : sequence of float
        What the committed runs came to, at least two.
    floor : float
        What a run comes to that has learned nothing.

    Raises
    ------
    ArgumentError
        When there are fewer, or they differ so much that one that has learned nothing would do.
    """
    count = len(runs)
    if count < 2:
        raise ArgumentError("runs", "at least two committed runs", count)
    reach = t_quantile(count - 1, CONFIDENCE) * np.std(runs, ddof=1) * math.sqrt(1 + 1 / count)
    low, high = float(np.mean(runs) - reach), float(np.mean(runs) + reach)
    if low <= floor:
        raise ArgumentError(
            "runs", f"committed runs whose interval is above random play, {floor:.2f}",
            f"{count} of which one more is expected from {low:.2f} to {high:.2f}",
            "Take a cell with more runs.",
        )  # fmt: skip
    return low, high


def committed(
    root: Path, task: str, size: str | int, algorithm: str
) -> list[tuple[Cell, dict[str, Any]]]:
    """Return the runs of an algorithm on a task of a size below a folder."""
    return [
        (cell, found)
        for cell, found in runs_in(root)
        if (cell.task, cell.size, cell.algorithm) == (task, size, algorithm)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cell again, and say whether it lies where it was expected."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("folder", type=Path, help="that of a suite: the committed runs")
    top.add_argument("--task", default="forage")
    top.add_argument("--size", default="nano", help="as the runs name it (nano)")
    top.add_argument("--algo", default="governor")
    top.add_argument("--seed", type=read.integer(0, 2**31 - 1), default=0)
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    given = top.parse_args(arguments)
    runs = committed(given.folder, given.task, given.size, given.algo)
    chosen = [(cell, found) for cell, found in runs if cell.seed == given.seed]
    if not chosen:
        top.error(f"no run of {given.algo} on {given.task} with seed {given.seed} lies there")
    try:
        random = f"random_{given.algo}" if given.algo in LEVELS else FLOOR
        drawn = committed(given.folder, given.task, given.size, random)
        if not drawn:
            raise ArgumentError("folder", f"a run of {random} on {given.task}", str(given.folder))
        floor = float(np.mean(drawn[0][1]["test"]))
        low, high = expected([float(np.mean(found["test"])) for _, found in runs], floor)
    except ArgumentError as error:
        top.error(str(error))
    ((cell, before),) = chosen
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Suite(**before["suite"]), Path(folder), lambda *_: None)
        again = runner.run(cell)
    found, was = float(np.mean(again["test"])), float(np.mean(before["test"]))
    holds = low <= found <= high
    print(
        f"{cell.task}-{cell.size} {cell.algorithm} {cell.seed}: U {found:.4f}, committed "
        f"{was:.4f}, expected from {low:.4f} to {high:.4f} by {len(runs)} runs: "
        f"{'holds' if holds else 'DOES NOT HOLD'}"
    )
    if given.json:
        told = {"u": found, "committed": was, "low": low, "high": high, "holds": holds}
        given.json.write_text(json.dumps(told, indent=1) + "\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
