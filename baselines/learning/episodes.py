"""What policies are worth: whole episodes on seeds of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.config import FIRST_TEST_SEED
from hive_env.envs.settings import constants_of
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.sizes import Size

Policy = str | Callable[[Hive], Any]
"""A built-in policy's name, or a function from a hive to actions of its level."""

VALIDATION_SEED = FIRST_TEST_SEED - 1_000
"""First of the seeds by which the best of a run's networks is chosen; training stays below."""

BATCH = 32
"""Worlds that are played at once."""


def play(
    task: str,
    size: str | int | Size,
    policies: Mapping[str, Policy],
    first: int,
    count: int,
    constants: Any = None,
) -> NDArray[np.float64]:
    """Return U by worker of an episode on each of so many seeds from ``first`` on.

    Parameters
    ----------
    task : str
        Name of the family.
    size : Size, str or int
        As `Size.of` takes it.
    policies : mapping of str to str or callable
        By level; the scripted one where there is none.
    first, count : int
        Seeds.
    constants : object, optional
        The task's own constants, where they differ from the defaults, or the name of a tier.
    """
    family = FAMILIES[task]
    config = family.config(Size.of(size), constants_of(family, constants))
    found = []
    for start in range(0, count, BATCH):
        worlds = min(BATCH, count - start)
        hive = family.hive(config, worlds, "cpu", None)
        hive.reset(seed=first + start)
        chosen = {name: policies.get(name, hive.levels[name].scripted) for name in LEVELS}
        while not hive.done().all():
            orders = {
                name: ask(hive, name, chosen[name])
                for name in reversed(LEVELS)
                if name != "worker" and hive.deciding(name).any()
            }
            hive.step(ask(hive, "worker", chosen["worker"]), orders)
        found.append(hive.values() / hive.workers)
    return np.concatenate(found)


def ask(hive: Hive, level: str, policy: Policy) -> Any:
    """Return the actions of a policy for all seats of a level."""
    return hive.decide(policy, level=level) if isinstance(policy, str) else policy(hive)
