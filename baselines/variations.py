"""Play what was learned in other worlds, and with parts of it taken away.

    python -m baselines.variations results/v0 --algos feudal,manager --markdown variations.md

Takes the policies that `baselines.run` has kept beside its results. Every variation is played on
the same test seeds; what it changes is told by the difference of U from play as it was learned,
paired by seed, the mean over runs. Where a variation changes the worlds themselves the difference
is also what the worlds are worth; what the scripted hierarchy loses in them stands beside it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from baselines.algorithms import UNSEEN, algorithms_of
from baselines.learning.episodes import Policy, ask, play
from baselines.learning.results import Cell, runs_in, write_json
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import paired_difference
from hive_env.bench.tables import origin, table
from hive_env.config import FIRST_TEST_SEED
from hive_env.errors import ArgumentError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import NOBODY, UPPER, Hive
from hive_env.sizes import Size

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


def _twice_the_regions(given: Play) -> Play:
    # A second hive: an orchestrator observes as many governors as it has learned with.
    size = given.size
    return replace(given, size=replace(size, workers=2 * size.workers, hives_x=2 * size.hives_x))


def _unseen_pairs(given: Play) -> Play | None:
    if not hasattr(given.constants, "demand_pairs"):
        return None
    return replace(given, constants=replace(given.constants, demand_pairs=UNSEEN))


def _no_trails(given: Play) -> Play | None:
    if not hasattr(given.constants, "trail_cap"):
        return None
    return replace(given, constants=replace(given.constants, trail_cap=1))


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
    Variation("twice the regions", _twice_the_regions, worlds=True),
    Variation("demand of a with b and c with d alone", _unseen_pairs, worlds=True),
    Variation("no trails", _no_trails, worlds=True),
    Variation("every fifth worker by reflex", _some_reflex),
    *(Variation(f"no orders from {level}s", _without(level)) for level in UPPER),
)


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


def learned_in(root: Path, names: Sequence[str]) -> dict[tuple[str, str], list[Play]]:
    """Return what was learned below a folder, run by run, by task and algorithm.

    Raises
    ------
    ArgumentError
        When no policies of these algorithms lie there.
    """
    found: dict[tuple[str, str], list[Play]] = {}
    for cell, _ in runs_in(root):
        if cell.algorithm in names and cell.played(root).exists():
            policies = torch.load(cell.played(root), weights_only=False)
            name = f"{cell.task}-{cell.size}"
            found.setdefault((name, cell.algorithm), []).append(play_of(cell, policies))
    missing = set(names) - {algorithm for _, algorithm in found}
    if missing:
        expected = f"policies of {', '.join(sorted(missing))} (seed-N.pt)"
        raise ArgumentError("folder", expected, str(root))
    return found


def compared(runs: Sequence[Play], tell: Callable[[], None]) -> dict[str, Any]:
    """Return what each variation is worth to runs of one algorithm."""
    plain = np.mean([worth(one) for one in runs], axis=0)
    scripted = replace(runs[0], policies={})
    usual = worth(scripted)
    found: dict[str, Any] = {}
    for variation in VARIATIONS:
        changed = [one for run in runs if (one := variation.change(run)) is not None]
        if changed:
            varied = np.mean([worth(one) for one in changed], axis=0)
            found[variation.about] = {
                "u": float(varied.mean()), **asdict(paired_difference(varied, plain))
            }  # fmt: skip
            if variation.worlds and (other := variation.change(scripted)) is not None:
                there = paired_difference(worth(other), usual)
                found[variation.about]["scripted"] = asdict(there)
        tell()
    return {"runs": len(runs), "u": float(plain.mean()), "variations": found}


def rows_of(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the rows of the table, a variation of an algorithm each."""
    rows = []
    for name, one in report.items():
        for about, found in one["variations"].items():
            rows.append(
                (
                    name,
                    about,
                    f"{one['u']:.2f}",
                    f"{found['u']:.2f}",
                    _told(found),
                    _told(found["scripted"]) if "scripted" in found else "–",
                )
            )
    return rows


def _told(found: Mapping[str, float]) -> str:
    low = min(found["t_lower"], found["bootstrap_lower"])
    high = max(found["t_upper"], found["bootstrap_upper"])
    return f"{found['mean']:+.2f} ({low:+.2f} to {high:+.2f})"


HEADS = ("learned by", "variation", "U as learned", "U", "difference", "scripted hierarchy's")


def markdown(report: Mapping[str, Any], made: Mapping[str, Any], algos: Sequence[str]) -> str:
    """Return the page of a report."""
    runs = ", ".join(f"{one['runs']} of {name}" for name, one in report.items())
    command = f"python -m baselines.variations FOLDER --algos {','.join(algos)}"
    return (
        "# What was learned, elsewhere and in parts\n\n"
        f"Made by `{command}` from the policies that `baselines.run` has kept in the folder. "
        f"U by worker on {TESTS} test seeds, the mean over runs; differences are paired by seed, "
        "with 95 % intervals (Student's and the bootstrap's, the wider one). Where the worlds "
        "themselves change, what the scripted hierarchy loses or gains by it stands beside.\n\n"
        f"{table(HEADS, rows_of(report))}\n\nRuns: {runs}. {origin(made)}\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Play all variations of what was learned."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("folder", type=Path, help="that of a suite, below what --out of the run said")
    top.add_argument("--algos", type=read.names, default=["feudal"], metavar="NAMES")
    top.add_argument("--markdown", type=Path, metavar="FILE", help="write the page here")
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        learned = learned_in(given.folder, given.algos)
    except ArgumentError as error:
        top.error(str(error))
    report = {}
    total = len(learned) * len(VARIATIONS)
    with tqdm(total=total, unit="variation", disable=given.quiet) as bar:
        for (task, algorithm), runs in learned.items():
            report[f"{task} {algorithm}"] = compared(runs, bar.update)
    made = provenance("baselines.variations", None, 0)
    if given.json:
        write_json(given.json, {**made, "report": report})
    if given.markdown:
        given.markdown.write_text(markdown(report, made, given.algos))
    print(table(HEADS, rows_of(report)))


if __name__ == "__main__":
    main()
