"""The algorithms by name: what a table of results has a row for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from baselines import (
    codes,
    feudal,
    feudal_hindsight,
    ippo,
    ippo_broadcast,
    mappo,
    one_level,
    worker_gru,
)
from baselines.learning.training import Checkpoint, Setting
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS

UNSEEN = (0, 5)
"""Pairs of types that are never in demand where ``manager_pairs`` learns: a with b, c with d."""

Train = Callable[..., Iterator[Checkpoint]]
"""As `baselines.mappo.train`: from a setting, a seed, a number of checkpoints and a state."""


@dataclass(frozen=True)
class Algorithm:
    """A row of a table.

    Parameters
    ----------
    name : str
        What it is called.
    about : str
        One sentence.
    train : callable
        Trains it; see `Train`.
    learns : bool
        Whether it does, so that it has seeds and checkpoints.
    constants : object
        The task's own constants, where it needs others than the defaults.
    elsewhere : bool
        Whether these make other worlds than those of the table: then it has no score there.
    """

    name: str
    about: str
    train: Train
    learns: bool = True
    constants: Any = None
    elsewhere: bool = False


def built_in(name: str, setting: Setting, *_: Any) -> Iterator[Checkpoint]:
    """Yield a controller of the family's own, which is what it is from the beginning."""
    controller = FAMILIES[setting.task].controllers[name]
    yield Checkpoint(0, 0, 0.0, {level: controller.policy(level) for level in LEVELS})


def at_random(level: str, *_: Any) -> Iterator[Checkpoint]:
    """Yield play in which one level draws its actions, and all else is scripted."""
    yield Checkpoint(0, 0, 0.0, {level: "random"})


def algorithms_of(task: str) -> Mapping[str, Algorithm]:
    """Return the algorithms of a family by name, built-in controllers first."""
    controllers = FAMILIES[task].controllers.values()
    found = [
        Algorithm(one.name, one.about, partial(built_in, one.name), learns=False)
        for one in controllers
        # What a controller is worth may hang on more than the policies of its levels.
        if not one.options
    ]
    for level in LEVELS:
        about = f"The {level} level draws its actions, all else scripted."
        found.append(Algorithm(f"random_{level}", about, partial(at_random, level), learns=False))
    found += [
        Algorithm("ippo", "Workers learn alone; nobody gives an order.", ippo.train),
        Algorithm(
            "ippo_long",
            f"As ippo, {ippo.long_of(task):g} times as long.",
            partial(ippo.train, budgets=ippo.long_of(task)),
        ),
        Algorithm("mappo", "As ippo; the critic sees the global state.", mappo.train),
        Algorithm(
            "ippo_broadcast", "As ippo; workers see what managers see.", ippo_broadcast.train
        ),
        Algorithm("codes", "As ippo; all levels tell words that are learned.", codes.train),
    ]
    for level in reversed(LEVELS):
        train = partial(_one_level, level)
        found.append(Algorithm(level, f"The {level} level learns, all else scripted.", train))
    constants = FAMILIES[task].constants()
    if hasattr(constants, "demand_pairs"):
        seen = tuple(pair for pair in constants.demand_pairs if pair not in UNSEEN)
        about = "As manager; of the pairs of types two are never in demand."
        train, fewer = partial(_one_level, "manager"), replace(constants, demand_pairs=seen)
        found.append(Algorithm("manager_pairs", about, train, constants=fewer, elsewhere=True))
    if hasattr(constants, "memory_width"):
        width = replace(constants, memory_width=worker_gru.RECIPE.memory)
        about = "As worker, with a memory."
        found.append(Algorithm("worker_gru", about, worker_gru.train, constants=width))
    found += [
        Algorithm("feudal", "All levels learn, from the bottom up.", feudal.train),
        Algorithm(
            "feudal_hindsight", "As feudal, and from what came of orders.", feudal_hindsight.train
        ),
        Algorithm("sb3_manager", "Stable-Baselines3's PPO in the managers' seats.", _sb3),
    ]
    return {one.name: one for one in found}


def _sb3(*arguments: Any) -> Iterator[Checkpoint]:
    # Only who asks for it needs the library.
    from baselines import sb3_manager

    return sb3_manager.train(*arguments)


def _one_level(
    level: str, setting: Setting, seed: int, checkpoints: int, state: Any = None
) -> Iterator[Checkpoint]:
    return one_level.train(setting, level, seed, checkpoints, state)
