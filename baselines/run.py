"""Run algorithms on the tasks of a suite, and keep what they reach.

    python -m baselines.run --suite quick --seeds 1
    python -m baselines.run --suite v0 --seeds 3 --algos ippo,manager,feudal --tasks forage
    python -m baselines.run --suite v0 --seeds 3 --processes 2 --resume

Every run has a file of its own below ``--out``. It is tested at equal intervals on seeds kept for
validation; the best of its checkpoints is scored on test seeds that neither training nor this
choice has seen. Runs come to the same however many there are at a time. One that is killed goes on
from its last checkpoint with ``--resume``; what is done is not done again. Beside the result of a
run lie the policies that were scored, ``seed-N.pt``.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from baselines.algorithms import algorithms_of
from baselines.learning.episodes import VALIDATION_SEED, Policy, play
from baselines.learning.processes import Tell, in_processes
from baselines.learning.results import METRIC, Cell, write, write_json
from baselines.learning.training import Setting, config_of
from baselines.learning.tree import told, write_tree
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.config import FIRST_TEST_SEED
from hive_env.errors import ArgumentError
from hive_env.scenarios.families import FAMILIES


@dataclass(frozen=True)
class Suite:
    """How much is played of what."""

    about: str
    size: str | int = "nano"
    share: float = 1.0
    """Of the published budgets of decisions."""
    checkpoints: int = 20
    episodes: int = 32
    """Of validation, at each checkpoint."""
    tests: int = 320
    """Episodes on which the chosen checkpoint is scored."""


SUITES = {
    "quick": Suite("A look: a hundredth of the budgets.", "nano", 0.01, 2, 4, 8),
    "v0": Suite("The published table.", "nano"),
}


class Runner:
    """Runs cells of a suite.

    Parameters
    ----------
    suite : Suite
        How much is played.
    root : Path
        Where results lie.
    tell : callable
        Hears what goes on: the run, its decisions so far, and its mean U on validation.
    """

    def __init__(self, suite: Suite, root: Path, tell: Tell) -> None:
        self.suite, self.root, self.tell = suite, root, tell

    def run(self, cell: Cell) -> dict[str, Any]:
        """Run a cell to its end, from where it was left, and write its result."""
        algorithm = algorithms_of(cell.task)[cell.algorithm]
        setting = Setting(cell.task, cell.size, algorithm.constants, self.suite.share)
        kept = self.left(cell)
        state = kept["state"]
        for one in algorithm.train(setting, cell.seed, self.suite.checkpoints, state):
            worth = self._play(cell, one.policies, VALIDATION_SEED, self.suite.episodes)
            found = {"decisions": one.decisions, "ticks": one.ticks, "seconds": one.seconds}
            kept["checkpoints"].append({**found, "told": one.told, METRIC: worth})
            if kept["best"] is None or np.mean(worth) > np.mean(kept["best"][METRIC]):
                number = len(kept["checkpoints"]) - 1
                played = copy.deepcopy(one.policies)
                kept["best"] = {METRIC: worth, "number": number, "played": played}
            kept["state"] = one.state
            self.tell(cell, one.decisions, float(np.mean(worth)))
            if algorithm.learns:
                self._keep(cell, kept)
        best = kept["best"]["played"]
        test = self._play(cell, best, FIRST_TEST_SEED, self.suite.tests)
        result = {**self._result(cell, kept), "test": test}
        if algorithm.learns:
            write(cell.played(self.root), _saved(best))
        write_json(cell.result(self.root), result)
        cell.part(self.root).unlink(missing_ok=True)
        return result

    def _play(
        self, cell: Cell, policies: Mapping[str, Policy], first: int, count: int
    ) -> list[float]:
        """Return U by worker on so many seeds, to a millionth.

        What is drawn for it is not missing in training.
        """
        random = torch.get_rng_state()
        constants = algorithms_of(cell.task)[cell.algorithm].constants
        worth = play(cell.task, cell.size, policies, first, count, constants)
        found: list[float] = worth.round(6).tolist()
        torch.set_rng_state(random)
        return found

    def left(self, cell: Cell) -> dict[str, Any]:
        """Return what a run has left behind.

        Raises
        ------
        ArgumentError
            When it was begun at another commit, or as part of another suite.
        """
        made = made_of(self.suite)
        if cell.part(self.root).exists():
            kept: dict[str, Any] = torch.load(cell.part(self.root), weights_only=False)
            if kept["made"] != made:
                raise ArgumentError(
                    "--resume", f"a run begun as {made}", kept["made"],
                    f"Remove {cell.part(self.root)} to begin it anew.",
                )  # fmt: skip
            return kept
        return {"checkpoints": [], "best": None, "state": None, "made": made}

    def _keep(self, cell: Cell, kept: dict[str, Any]) -> None:
        write(cell.part(self.root), _saved(kept))

    def _result(self, cell: Cell, kept: dict[str, Any]) -> dict[str, Any]:
        algorithm = algorithms_of(cell.task)[cell.algorithm]
        config = config_of(Setting(cell.task, cell.size, algorithm.constants))
        last = kept["checkpoints"][-1]
        rate = last["ticks"] / last["seconds"] if last["seconds"] else None
        return {
            **provenance("baselines.run", config, cell.seed),
            # Of when it began: a tree may go on while it runs.
            "commit": kept["made"]["commit"],
            "torch": torch.__version__,
            "cell": asdict(cell),
            "suite": asdict(self.suite),
            "seconds": last["seconds"],
            "agent_steps_a_second": rate,
            "checkpoints": kept["checkpoints"],
            "best": kept["best"]["number"],
            "elsewhere": algorithm.elsewhere,
        }


def _saved(content: Any) -> bytes:
    """Return what `torch.save` writes."""
    kept = io.BytesIO()
    torch.save(content, kept)
    return kept.getvalue()


def commit() -> str | None:
    """Return the commit of this tree, with ``+`` where files were changed; None outside of one."""
    here = Path(__file__).resolve().parent
    try:
        head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=here,
                              capture_output=True, text=True, check=True)  # fmt: skip
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=here,
                                 capture_output=True, text=True, check=True)  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def made_of(suite: Suite) -> dict[str, Any]:
    """Return what a run that goes on must have been begun with."""
    return {"commit": commit(), "suite": asdict(suite)}


def cells_of(
    suite: Suite, tasks: Sequence[str], names: Sequence[str] | None, seeds: int
) -> list[Cell]:
    """Return the runs that are asked for; what does not learn runs once."""
    cells = []
    for task in tasks:
        for name, algorithm in algorithms_of(task).items():
            if names is None or name in names:
                count = seeds if algorithm.learns else 1
                cells += [Cell(task, suite.size, name, seed) for seed in range(count)]
    return cells


def _otherwise(suite: Suite, done: Sequence[Cell], root: Path) -> list[str]:
    """Return what is to be known of results that are kept: those of another suite or commit."""
    said, here = [], made_of(suite)
    for cell in done:
        found = json.loads(cell.result(root).read_text())
        other = [name for name, value in here.items() if found[name] != value]
        if other:
            made = ", ".join(f"{name} {found[name]}" for name in other)
            said.append(f"kept as it is: {cell.result(root)}, made at another {made}")
    return said


def _run(job: tuple[Suite, Path, Cell], tell: Tell) -> None:
    suite, root, cell = job
    Runner(suite, root, tell).run(cell)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    known = sorted({name for task in FAMILIES for name in algorithms_of(task)})
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--suite", choices=tuple(SUITES), default="quick")
    top.add_argument("--seeds", type=read.integer(1, 32), default=3, metavar="NUMBER")
    top.add_argument("--algos", type=read.names, metavar="NAMES", help=f"of {', '.join(known)}")
    top.add_argument("--tasks", type=read.names, default=list(FAMILIES), metavar="NAMES")
    top.add_argument("--out", type=Path, default=Path("results"), metavar="FOLDER")
    top.add_argument(
        "--processes", type=read.integer(1, 64), default=1, metavar="NUMBER",
        help="runs at a time (1)",
    )  # fmt: skip
    top.add_argument("--resume", action="store_true", help="go on with what lies there")
    top.add_argument(
        "--json", type=Path, metavar="FILE",
        help="write marl-eval's tree of the runs that can be compared here, and where every run "
        "comes from beside it",
    )  # fmt: skip
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    for name in given.tasks:
        if name not in FAMILIES:
            top.error(f"--tasks: expected names among {', '.join(FAMILIES)}, got {name}")
    for name in given.algos or ():
        if name not in known:
            top.error(f"--algos: expected names among {', '.join(known)}, got {name}")
    root = given.out / given.suite
    cells = cells_of(SUITES[given.suite], given.tasks, given.algos, given.seeds)
    for name in given.algos or ():
        if all(cell.algorithm != name for cell in cells):
            top.error(f"--algos: {name} is not of {', '.join(given.tasks)}")
    there = [one for one in cells if one.result(root).exists() or one.part(root).exists()]
    if there and not given.resume:
        top.error(
            f"--out: {len(there)} of these runs lie in {root}. Go on with --resume, or take "
            "another folder."
        )
    suite = SUITES[given.suite]
    waiting = [one for one in cells if not one.result(root).exists()]
    for said in _otherwise(suite, [one for one in cells if one.result(root).exists()], root):
        print(said, file=sys.stderr)
    with tqdm(total=len(waiting), unit="run", disable=given.quiet) as bar:

        def tell(cell: Cell, decisions: int, worth: float) -> None:
            name = f"{cell.task} {cell.algorithm} {cell.seed}"
            bar.set_postfix_str(f"{name}: {decisions:,} decisions, U {worth:.2f}")

        try:
            for cell in waiting:
                Runner(suite, root, tell).left(cell)
        except ArgumentError as error:
            top.error(str(error))
        jobs = [(suite, root, cell) for cell in waiting]
        for _ in in_processes(_run, jobs, given.processes, tell):
            bar.update()
    if given.json:
        print(told(given.json, write_tree(given.json, root)), file=sys.stderr)
    for cell in cells:
        print(cell.result(root))


if __name__ == "__main__":
    main()
