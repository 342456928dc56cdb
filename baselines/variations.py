"""Play what was learned in other worlds, and with parts of it taken away.

    python -m baselines.variations results/v0 --algos feudal,manager
    python -m baselines.variations results/v0 --markdown variations.md

Takes the policies that `baselines.run` has kept beside its results, ``seed-N.pt``, and leaves what
they are worth beside them, ``seed-N.variations.json``; what lies there by its name is not played
again, unless the run is another one. The page is made of all that lies there.

Every variation is played on the same test seeds; what it changes is told by the difference of U
from play as it was learned, paired by seed, the mean over runs. Where a variation changes the
worlds themselves the difference is also what the worlds are worth; what the scripted hierarchy
loses in them stands beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from baselines.algorithms import UNSEEN, algorithms_of
from baselines.learning.aggregates import DAGGER, FEW
from baselines.learning.episodes import Policy, ask, play
from baselines.learning.policies import NetworkPolicy, items_of
from baselines.learning.processes import Tell, in_processes
from baselines.learning.results import Cell, runs_in, write_json
from baselines.learning.sets import SetNetwork
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import paired_difference
from hive_env.bench.tables import origin, table
from hive_env.config import FIRST_TEST_SEED
from hive_env.errors import ArgumentError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import NOBODY, UPPER, Hive
from hive_env.sizes import Size

TRACES = ("pick", "danger", "congestion", "exploration")
"""What leaves trails, besides workers who choose to."""

TESTS = 64
"""Test seeds of each variation."""


@dataclass(frozen=True)
class Play:
    """What is played: the worlds, and who plays in them.

    Parameters
    ----------
    task : str
        Name of the family.
    size : Size
        Of the worlds.
    constants : object
        The task's own.
    policies : mapping of str to Policy
        By level; the scripted ones where there is nobody.
    """

    task: str
    size: Size
    constants: Any
    policies: Mapping[str, Policy]


@dataclass(frozen=True)
class Variation:
    """A change of what is played.

    Parameters
    ----------
    about : str
        What it is, in a few words.
    change : callable
        From a play to the play as it is then; None where it does not apply.
    worlds : bool
        Whether it changes the worlds, and not who plays.
    """

    about: str
    change: Callable[[Play], Play | None]
    worlds: bool = False


class Mixed:
    """A policy of workers, some of whom keep to their reflexes.

    Parameters
    ----------
    policy : Policy
        Of the others.
    every : int
        Which: those whose id it divides.
    """

    def __init__(self, policy: Policy, every: int) -> None:
        self.policy, self.every = policy, every

    def __call__(self, hive: Hive) -> Any:
        """Return the actions, uint8[W * N, C]."""
        actions = np.array(ask(hive, "worker", self.policy))
        reflex = hive.decide("reflex")
        some = np.arange(len(actions)) % hive.workers % self.every == 0
        actions[some] = reflex[some]
        return actions


def _twice_the_faults(given: Play) -> Play | None:
    mean = getattr(given.constants, "fault_mean_ticks", 0)
    if not mean:
        return None
    return replace(given, constants=replace(given.constants, fault_mean_ticks=mean // 2))


def _no_faults(given: Play) -> Play | None:
    if not getattr(given.constants, "fault_mean_ticks", 0):
        return None
    return replace(given, constants=replace(given.constants, fault_mean_ticks=0))


def _twice_the_regions(given: Play) -> Play | None:
    # Of each governor: an orchestrator observes as many governors as it has learned with.
    size = given.size
    size = replace(size, workers=2 * size.workers, sector_x=2 * size.sector_x)
    policies = dict(given.policies)
    governor = policies.get("governor")
    if isinstance(governor, NetworkPolicy):
        if not isinstance(governor.network, SetNetwork):
            return None
        family = FAMILIES[given.task]
        played = family.levels(family.config(size, given.constants))["governor"]
        network = governor.network.of_items(played.features, played.choices, items_of(played))
        policies["governor"] = NetworkPolicy(network, governor.view, governor.likeliest)
    return replace(given, size=size, policies=policies)


def _unseen_pairs(given: Play) -> Play | None:
    if not hasattr(given.constants, "demand_pairs"):
        return None
    return replace(given, constants=replace(given.constants, demand_pairs=UNSEEN))


def _no_trails(given: Play) -> Play | None:
    # Nobody leaves any; a map without room for them would be explored to the end everywhere.
    kinds = ("deposit_amount", *(f"{one}_deposit" for one in TRACES))
    if not hasattr(given.constants, kinds[0]):
        return None
    return replace(given, constants=replace(given.constants, **dict.fromkeys(kinds, 0)))


def _some_reflex(given: Play) -> Play | None:
    workers = given.policies.get("worker", "scripted")
    return replace(given, policies={**given.policies, "worker": Mixed(workers, 5)})


def _without(level: str) -> Callable[[Play], Play | None]:
    def change(given: Play) -> Play | None:
        if given.policies.get(level) == NOBODY:
            return None
        return replace(given, policies={**given.policies, level: NOBODY})

    return change


VARIATIONS = (
    Variation("twice the faults", _twice_the_faults, worlds=True),
    Variation("no faults", _no_faults, worlds=True),
    Variation("twice the regions a governor", _twice_the_regions, worlds=True),
    Variation("demand of a with b and c with d alone", _unseen_pairs, worlds=True),
    Variation("no trails", _no_trails, worlds=True),
    Variation("every fifth worker by reflex", _some_reflex),
    *(Variation(f"no orders from {level}s", _without(level)) for level in UPPER),
)

NAMES = [one.about for one in VARIATIONS]
"""Of all variations, whether they apply to a task or not."""


def play_of(cell: Cell, policies: Mapping[str, Policy]) -> Play:
    """Return what a cell plays."""
    constants = algorithms_of(cell.task)[cell.algorithm].constants
    constants = FAMILIES[cell.task].constants() if constants is None else constants
    return Play(cell.task, Size.of(cell.size), constants, policies)


def worth(given: Play) -> NDArray[np.float64]:
    """Return U by worker on each test seed."""
    # Some policies draw by torch's own generator.
    torch.manual_seed(0)
    return play(given.task, given.size, given.policies, FIRST_TEST_SEED, TESTS, given.constants)


def _file(cell: Cell, root: Path) -> Path:
    """Return the file of what a run is worth when it is varied."""
    return cell.folder(root) / f"seed-{cell.seed}.variations.json"


def _run_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells a run from another one of the same name."""
    return {name: result[name] for name in ("commit", "config_hash", "seconds")}


def _played(cell: Cell, root: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what lies there of a run's variations; nothing where it is another run's."""
    if not _file(cell, root).exists():
        return {}
    kept: dict[str, Any] = json.loads(_file(cell, root).read_text())
    return kept if kept["run"] == _run_of(run) else {}


def _applying(plain: Play) -> dict[str, tuple[Variation, Play]]:
    """Return the variations that apply to a play, by name, and the play as it is then."""
    made = ((one, one.change(plain)) for one in VARIATIONS)
    return {one.about: (one, changed) for one, changed in made if changed is not None}


def waiting_in(root: Path, tasks: Sequence[str], names: Sequence[str]) -> list[Cell]:
    """Return the runs of some algorithms on some tasks of which not all variations were played.

    Raises
    ------
    ArgumentError
        When there are no runs of an algorithm, or the policies of one that waits are not there.
    """
    runs = [
        (cell, found)
        for cell, found in runs_in(root)
        if cell.task in tasks and cell.algorithm in names
    ]
    missing = sorted(set(names) - {cell.algorithm for cell, _ in runs})
    if missing:
        raise ArgumentError("folder", f"runs of {', '.join(missing)}", str(root))
    waiting = []
    for cell, found in runs:
        if _played(cell, root, found).get("asked") == NAMES:
            continue
        if not cell.played(root).exists():
            raise ArgumentError(
                "folder", f"the policies of every run, {cell.played(root)} too", "no such file",
                "Run it again: results are kept without their policies in the repository.",
            )  # fmt: skip
        waiting.append(cell)
    return waiting


@lru_cache
def _scripted(task: str, size: Size, constants: Any) -> tuple[float, ...]:
    """Return U of the scripted hierarchy on each test seed, by worker."""
    return tuple(worth(Play(task, size, constants, {})).tolist())


def vary(job: tuple[Path, Cell], tell: Tell) -> None:
    """Play what was not of a run's variations, and write what all are worth."""
    root, cell = job
    plain = play_of(cell, torch.load(cell.played(root), weights_only=False))
    result = json.loads(cell.result(root).read_text())
    before = _played(cell, root, result).get("variations", {})
    found: dict[str, Any] = {}
    for about, (variation, changed) in _applying(plain).items():
        if about in before:
            found[about] = before[about]
        else:
            found[about] = {"u": worth(changed).tolist()}
            if variation.worlds:
                there = _scripted(changed.task, changed.size, changed.constants)
                found[about]["scripted"] = there
        tell()
    config = FAMILIES[cell.task].config(plain.size, plain.constants)
    report = {
        **provenance("baselines.variations", config, cell.seed),
        "cell": asdict(cell),
        "run": _run_of(result),
        "asked": NAMES,
        "u": worth(plain).tolist(),
        "scripted": _scripted(plain.task, plain.size, plain.constants),
        "variations": found,
    }
    write_json(_file(cell, root), report)


Found = dict[tuple[str, str], list[dict[str, Any]]]
"""What was varied, a run each, by task and algorithm."""


def varied_in(root: Path) -> Found:
    """Return what lies below a folder.

    Raises
    ------
    ArgumentError
        When it is of another run than the one beside it, or there is nothing.
    """
    found: Found = {}
    for cell, run in runs_in(root):
        if _file(cell, root).exists():
            one = json.loads(_file(cell, root).read_text())
            if one["run"] != _run_of(run):
                raise ArgumentError(
                    "folder", f"what the run {cell.result(root)} comes to", one["run"],
                    f"Play it again: --algos {cell.algorithm}.",
                )  # fmt: skip
            found.setdefault((cell.place, cell.algorithm), []).append(one)
    if not found:
        raise ArgumentError("folder", "seed-N.variations.json below it", str(root))
    return found


def compared(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what each variation is worth to runs of one algorithm."""
    plain = np.mean([run["u"] for run in runs], axis=0)
    found: dict[str, Any] = {}
    for about, first in runs[0]["variations"].items():
        u = np.mean([run["variations"][about]["u"] for run in runs], axis=0)
        found[about] = {"u": float(u.mean()), **asdict(paired_difference(u, plain))}
        if "scripted" in first:
            there = np.array(first["scripted"])
            found[about]["scripted"] = asdict(paired_difference(there, runs[0]["scripted"]))
    return {"runs": len(runs), "u": float(plain.mean()), "variations": found}


def report_of(found: Found) -> dict[str, Any]:
    """Return what each variation is worth, by task and algorithm."""
    return {f"{task} {algorithm}": compared(runs) for (task, algorithm), runs in found.items()}


def rows_of(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the rows of the table, a variation of an algorithm each."""
    rows: list[tuple[str, ...]] = []
    for name, one in report.items():
        for about, found in one["variations"].items():
            rows.append(
                (
                    name,
                    about,
                    f"{one['u']:.2f}",
                    f"{found['u']:.2f}",
                    _told(found) + (DAGGER if one["runs"] < FEW else ""),
                    _told(found["scripted"]) if "scripted" in found else "–",
                )
            )
    return rows


def _told(found: Mapping[str, float]) -> str:
    low = min(found["t_lower"], found["bootstrap_lower"])
    high = max(found["t_upper"], found["bootstrap_upper"])
    return f"{found['mean']:+.2f} ({low:+.2f} to {high:+.2f})"


HEADS = ("learned by", "variation", "U as learned", "U", "difference", "scripted hierarchy's")


def markdown(root: Path, found: Found) -> str:
    """Return the page of what lies below a folder."""
    report = report_of(found)
    runs = ", ".join(f"{one['runs']} of {name}" for name, one in report.items())
    first = next(iter(found.values()))[0]
    tasks = {one["cell"]["task"]: one["variations"] for ones in found.values() for one in ones}
    absent = "".join(
        f" {task.capitalize()} has no such thing as: {'; '.join(names)}."
        for task, made in tasks.items()
        if (names := [one.about for one in VARIATIONS if one.about not in made])
    )
    return (
        "# What was learned, elsewhere and in parts\n\n"
        f"Made by `python -m baselines.variations {root}` from policies of `baselines.run`. "
        f"U by worker on {len(first['u'])} test seeds, the mean over runs; differences are paired "
        "by seed, with 95 % intervals (Student's and the bootstrap's, the wider one). Where the "
        "worlds themselves change, what the scripted hierarchy loses or gains by it stands "
        f"beside. {DAGGER} marks fewer than five runs: intervals are over test seeds, and do not "
        "say what other trainings would come to. Policies are played as they were learned, in "
        "worlds as they are by default: what is taken away is so after their training. A learned "
        "governor of twice the regions has the weights of the one that learned, and chooses for "
        f"each region alike.{absent}\n\n"
        f"{table(HEADS, rows_of(report))}\n\n"
        f"Runs: {runs}. {origin({**first, 'config_hash': None})}\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Play what has not been varied, and tell of all that has been."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("folder", type=Path, help="that of a suite, below what --out of the run said")
    top.add_argument(
        "--algos", type=read.names, default=[], metavar="NAMES",
        help="play their variations; without, nothing is played",
    )  # fmt: skip
    top.add_argument("--tasks", type=read.names, default=list(FAMILIES), metavar="NAMES")
    top.add_argument(
        "--processes", type=read.integer(1, 64), default=1, metavar="NUMBER",
        help="runs at a time (1)",
    )  # fmt: skip
    top.add_argument("--markdown", type=Path, metavar="FILE", help="write the page here")
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    for name in given.tasks:
        if name not in FAMILIES:
            top.error(f"--tasks: expected names among {', '.join(FAMILIES)}, got {name}")
    try:
        cells = waiting_in(given.folder, given.tasks, given.algos)
        waiting = [(given.folder, cell) for cell in cells]
        total = len(waiting) * len(VARIATIONS)
        with tqdm(total=total, unit="variation", disable=given.quiet) as bar:
            for _ in in_processes(vary, waiting, given.processes, bar.update):
                pass
        found = varied_in(given.folder)
    except ArgumentError as error:
        top.error(str(error))
    report = report_of(found)
    if given.json:
        write_json(given.json, {**provenance("baselines.variations", None, 0), "report": report})
    if given.markdown:
        given.markdown.write_text(markdown(given.folder, found))
    print(table(HEADS, rows_of(report)))


if __name__ == "__main__":
    main()
