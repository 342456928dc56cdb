"""Train for real, a little, and refuse what has not learned: what CI asks of the learners.

    python -m baselines.gates
    python -m baselines.gates --only governor,manager --json gates.json

Every gate trains three runs with fixed seeds, on a share of the published budget. What they reach,
or the worst of them, is compared on the same test seeds with a bar; the gate holds when the lower
end of the 95 % interval of the difference, paired by seed, is above zero. That of hindsight pairs
its three runs with random play. Exits with 1 when one does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from baselines.algorithms import algorithms_of
from baselines.learning.episodes import Policy, play
from baselines.learning.processes import Tell, in_processes
from baselines.learning.training import Setting
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import paired_difference
from hive_env.bench.tables import table
from hive_env.config import FIRST_TEST_SEED
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS

SEEDS = (0, 1, 2)
"""Of the runs of each gate."""

TESTS = 64
"""Test seeds on which runs and bars are compared."""

SIZE = "nano"


@dataclass(frozen=True)
class Bar:
    """What learned play is to be above: a share of the way from one play to another.

    Parameters
    ----------
    about : str
        In words.
    low, high : str
        A controller of the family, or a level's name: random play of that level, all else
        scripted.
    share : float
        Of the way from ``low`` to ``high``.
    each : bool
        Whether it is for every run, and not for their mean.
    """

    about: str
    low: str
    high: str
    share: float
    each: bool = False


@dataclass(frozen=True)
class LearningGate:
    """Who trains, for how long, and what it is to be above.

    Parameters
    ----------
    task, algorithm : str
        As `baselines.run` names them.
    share : float
        Of the published budget.
    bars : tuple of Bar
        All of them are to be passed.
    """

    task: str
    algorithm: str
    share: float
    bars: tuple[Bar, ...]


LEARNING_GATES = {
    "governor": LearningGate(
        "forage",
        "governor",
        0.4,
        (
            Bar("reflex and pheromone", "pheromone", "pheromone", 0.0),
            Bar("eight tenths of the way, random governors to scripted", "governor", "full", 0.8),
            Bar("each: seven tenths of it", "governor", "full", 0.7, each=True),
        ),
    ),
    "manager": LearningGate(
        "forage",
        "manager",
        0.6,
        (
            Bar("managers who do not know the demand", "blind", "blind", 0.0),
            Bar("eight tenths of the way, random managers to scripted", "manager", "full", 0.8),
            Bar("each: seven tenths of it", "manager", "full", 0.7, each=True),
        ),
    ),
    "worker": LearningGate(
        "queue",
        "worker",
        0.4,
        (
            Bar(
                "each: nine tenths of the way, random workers to scripted",
                "worker",
                "full",
                0.9,
                each=True,
            ),
        ),
    ),
    "ippo": LearningGate(
        "queue",
        "ippo",
        0.25,
        (
            Bar(
                "each: a quarter of the way, random to the expert",
                "random",
                "expert",
                0.25,
                each=True,
            ),
        ),
    ),
}
"""Those on U by name; `hindsight` is one more, on the goals that its three runs reach."""

HINDSIGHT, REACHED, STEPS = "hindsight", 0.3, 19_200
"""Its name, the share of goals beyond that of random play, and its steps of training: eight tenths
of those for which it is measured."""


def policies_of(task: str, name: str) -> dict[str, Policy]:
    """Return the policies of a controller, or those under which a level is random."""
    if name in LEVELS:
        return {name: "random"}
    controller = FAMILIES[task].controllers[name]
    return {level: controller.policy(level) for level in LEVELS}


def train(job: tuple[str, int], _tell: Tell) -> list[float]:
    """Train a run of a gate, and return what its test gives."""
    name, seed = job
    if name == HINDSIGHT:
        # Only who asks for it needs the library.
        from baselines import hindsight

        settings = hindsight.Settings(steps=STEPS, points=1)
        found: list[float] = hindsight.train("on", seed, settings)
        return found
    gate = LEARNING_GATES[name]
    setting = Setting(gate.task, SIZE, share=gate.share)
    *_, last = algorithms_of(gate.task)[gate.algorithm].train(setting, seed, 1)
    return list(play(gate.task, SIZE, last.policies, FIRST_TEST_SEED, TESTS))


def judge(name: str, runs: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Return what came of each bar of a gate.

    Parameters
    ----------
    name : str
        Of the gate.
    runs : sequence of sequence of float
        What `train` gave for each seed.
    """
    if name == HINDSIGHT:
        from baselines import hindsight

        settings = hindsight.Settings()
        drawn = [hindsight.success(hindsight.at_random(seed), settings) for seed in SEEDS]
        about = f"{REACHED:g} more goals reached than at random"
        return [_judged(name, about, [run[-1] for run in runs], np.add(drawn, REACHED))]
    gate = LEARNING_GATES[name]
    mean, worst = np.mean(runs, axis=0), min(runs, key=np.mean)
    judged = []
    for bar in gate.bars:
        low, high = (
            play(gate.task, SIZE, policies_of(gate.task, one), FIRST_TEST_SEED, TESTS)
            for one in (bar.low, bar.high)
        )
        learned = worst if bar.each else mean
        judged.append(_judged(name, bar.about, learned, low + bar.share * (high - low)))
    return judged


def _judged(name: str, about: str, learned: Any, bar: Any) -> dict[str, Any]:
    gain = paired_difference(learned, bar)
    return {
        "gate": name,
        "about": about,
        "learned": float(np.mean(learned)),
        "bar": float(np.mean(bar)),
        "gain": asdict(gain),
        "lower": gain.lower,
        "passed": gain.positive,
    }


def rows_of(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of the table that is printed."""
    return [
        (
            one["gate"],
            one["about"],
            *(f"{one[key]:.3f}" for key in ("learned", "bar", "lower")),
            "yes" if one["passed"] else "NO",
        )
        for one in found
    ]


HEADS = ("gate", "is above", "learned", "bar", "difference, at least", "holds")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, judge, and say what came of it."""
    known = (*LEARNING_GATES, HINDSIGHT)
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--only", type=read.names, metavar="NAMES", help=f"of {', '.join(known)}")
    top.add_argument("--processes", type=read.integer(1, 64), default=2, help="at a time (2)")
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    for name in given.only or ():
        if name not in known:
            top.error(f"--only: expected names among {', '.join(known)}, got {name}")
    jobs = [(name, seed) for name in given.only or known for seed in SEEDS]
    runs = in_processes(train, jobs, given.processes, lambda: None)
    shown = tqdm(runs, "trainings", len(jobs), disable=given.quiet, file=sys.stderr)
    by_job = {jobs[number]: run for number, run in shown}
    found = [
        one
        for name in given.only or known
        for one in judge(name, [by_job[name, seed] for seed in SEEDS])
    ]
    print(table(HEADS, rows_of(found)))
    if given.json:
        report = {**provenance("baselines.gates", None, 0), "gates": found}
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0 if all(one["passed"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
