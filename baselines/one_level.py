"""PPO in one level of the hierarchy, under and over the scripted policies of all others.

    python -m baselines.one_level --level governor
    python -m baselines.one_level --task queue --level worker --seed 1 --json worker.json

All seats of the level share a network; kinds of workers are turned into each other in theirs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from baselines.learning.episodes import VALIDATION_SEED, play
from baselines.learning.results import write_json
from baselines.learning.training import Checkpoint, Setting, config_of, train_level
from baselines.recipes import recipe_of
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS


def train(
    setting: Setting, level: str, seed: int, checkpoints: int, state: Any = None
) -> Iterator[Checkpoint]:
    """Train a level, and yield where it stands at equal intervals; see `train_level`."""
    recipe = recipe_of(setting, level)
    yield from train_level(setting, level, recipe, {}, seed, checkpoints, state=state)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one level, and say what it is worth as it goes."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--task", choices=FAMILIES, default="forage")
    top.add_argument("--size", type=read.size, default="nano", help="name, or workers (nano)")
    top.add_argument("--tier", choices=("easy", "default", "hard"), default="default")
    top.add_argument("--level", choices=LEVELS, default="governor")
    top.add_argument("--seed", type=read.integer(0, 280), default=0)
    top.add_argument("--share", type=read.positive, default=1.0, help="of the published budget (1)")
    top.add_argument("--checkpoints", type=read.integer(1, 1000), default=5)
    top.add_argument(
        "--tests", type=read.integer(1, 1000), default=16, help="validation episodes of each (16)"
    )
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    # Networks as small as these gain nothing by threads, and lose where cores are busy.
    torch.set_num_threads(1)
    setting = Setting(given.task, given.size, given.tier, given.share)
    total = recipe_of(setting, given.level).decisions
    found = []
    with tqdm(total=total, unit=" decisions", unit_scale=True, disable=given.quiet) as bar:
        for at in train(setting, given.level, given.seed, given.checkpoints):
            worth = play(
                given.task, given.size, at.policies, VALIDATION_SEED, given.tests, given.tier
            )
            bar.update(at.decisions - bar.n)
            bar.set_postfix_str(f"U {worth.mean():.2f}")
            found.append(
                {"decisions": at.decisions, "seconds": at.seconds, "told": at.told,
                 "u_per_worker": worth.tolist()}
            )  # fmt: skip
    if given.json:
        made = provenance("baselines.one_level", config_of(setting), given.seed)
        write_json(given.json, {**made, "level": given.level, "checkpoints": found})
    for one in found:
        mean = sum(one["u_per_worker"]) / len(one["u_per_worker"])
        watched = ", ".join(f"{name} {value:.3f}" for name, value in one["told"].items())
        print(
            f"{one['decisions']:>12,} decisions, {one['seconds']:6.0f} s: U by worker {mean:.2f} "
            f"({watched})"
        )


if __name__ == "__main__":
    main()
