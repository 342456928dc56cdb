"""PPO in one level of the hierarchy, under and over the scripted policies of all others.

    python -m baselines.one_level --level governor
    python -m baselines.one_level --task queue --level worker --seed 1 --json worker.json

All seats of the level share a network, workers by kind of specialist.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from baselines.ippo import RECIPE
from baselines.learning.episodes import VALIDATION_SEED, play
from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, shortened, train_level
from hive_env.bench import arguments as read
from hive_env.scenarios.hive import LEVELS

_UPPER = {"entropy": 0.003, "hidden": (128, 128)}

RECIPES = {
    "worker": RECIPE,
    "manager": Recipe(
        1_000_000, steps=8, epochs=8, minibatches=4, learning_rate=5e-4, discount=0.6, trace=0.9,
        **_UPPER,
    ),
    "governor": Recipe(40_000, steps=8, epochs=10, minibatches=4, discount=0.9, **_UPPER),
    "orchestrator": Recipe(8_000, steps=8, epochs=10, minibatches=2, discount=0.9, **_UPPER),
}  # fmt: skip
"""By level."""


def train(
    setting: Setting, level: str, seed: int, checkpoints: int, state: Any = None
) -> Iterator[Checkpoint]:
    """Train a level, and yield where it stands at equal intervals; see `train_level`."""
    recipe = shortened(RECIPES[level], setting)
    yield from train_level(setting, level, recipe, {}, seed, checkpoints, state=state)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one level, and say what it is worth as it goes."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--task", choices=("forage", "queue"), default="forage")
    top.add_argument("--size", type=read.size, default="nano", help="name, or workers (nano)")
    top.add_argument("--tier", choices=("easy", "default", "hard"), default="default")
    top.add_argument("--level", choices=LEVELS, default="governor")
    top.add_argument("--seed", type=read.integer(0, 2**31 - 1), default=0)
    top.add_argument("--share", type=float, default=1.0, help="of the published budget (1)")
    top.add_argument("--checkpoints", type=read.integer(1, 1000), default=5)
    top.add_argument(
        "--tests", type=read.integer(1, 1000), default=16, help="validation episodes of each (16)"
    )
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    setting = Setting(given.task, given.size, given.tier, given.share)
    total = shortened(RECIPES[given.level], setting).decisions
    found = []
    with tqdm(total=total, unit=" decisions", unit_scale=True, disable=given.quiet) as bar:
        for one in train(setting, given.level, given.seed, given.checkpoints):
            worth = play(
                given.task, given.size, one.policies, VALIDATION_SEED, given.tests, given.tier
            )
            bar.update(one.decisions - bar.n)
            bar.set_postfix_str(f"U {worth.mean():.2f}")
            found.append(
                {"decisions": one.decisions, "seconds": one.seconds, "told": one.told,
                 "u_per_worker": worth.tolist()}
            )  # fmt: skip
    if given.json:
        given.json.write_text(json.dumps(found) + "\n")
    for one in found:
        mean = sum(one["u_per_worker"]) / len(one["u_per_worker"])
        watched = ", ".join(f"{name} {value:.3f}" for name, value in one["told"].items())
        print(
            f"{one['decisions']:>12,} decisions, {one['seconds']:6.0f} s: U by worker {mean:.2f} "
            f"({watched})"
        )


if __name__ == "__main__":
    main()
