"""What policies of one level are worth on seeds that no training sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hive_env.config import FIRST_TEST_SEED
from hive_env.wrappers import SeatsVectorEnv

Policy = str | Callable[[Any], Any]
"""A built-in policy's name, or a function from observations [n, F] to actions [n, C]."""

TEST_WORLDS = 16
"""Held-out seeds, `FIRST_TEST_SEED` and those after it: the same for every policy."""

SEAT_TEST_WORLDS = 64
"""The same where one seat of each world is played: a single seat's reward varies more."""


@dataclass(frozen=True)
class Hive:
    """The hives of which one level is played, and who plays the rest: their scripted policies."""

    task: str = "forage"
    """Family of the task."""
    size: str | int = "nano"
    """One of the published sizes, or a number of workers."""
    level: str = "manager"
    """Level that is played."""
    seat: int | None = None
    """The only seat of it that is; all by default."""

    def seats(self, worlds: int, mode: str) -> SeatsVectorEnv:
        """Return so many worlds with every seat of the level an environment."""
        return SeatsVectorEnv(
            worlds,
            self.size,
            task=self.task,
            level=self.level,
            seat=self.seat,
            autoreset_mode=mode,
        )

    @property
    def test_worlds(self) -> int:
        """Return the number of held-out seeds that policies are tested on."""
        return TEST_WORLDS if self.seat is None else SEAT_TEST_WORLDS


@dataclass(frozen=True)
class Worth:
    """What a policy got on each test seed."""

    u: list[float]
    """U per worker."""
    reward: list[float]
    """Mean reward of a seat in a step."""
    immediate: list[float]
    """Mean immediate component of it, in the task's own units."""


def worth(hive: Hive, policy: Policy, worlds: int | None = None) -> Worth:
    """Play one episode on every test seed, and return what it was worth."""
    env = hive.seats(worlds or hive.test_worlds, "Disabled")
    seen, _ = env.reset(seed=FIRST_TEST_SEED)
    paid, immediate = [], []
    infos: dict[str, Any] = {}
    over = False
    while not over:
        actions = built_in(env, hive, policy) if isinstance(policy, str) else policy(seen)
        seen, rewards, _, truncated, infos = env.step(actions)
        paid.append(rewards)
        immediate.append(infos["reward_components"][:, 0])
        over = bool(truncated.all())

    def by_world(values: Any) -> list[float]:
        means: list[float] = np.reshape(values, (env.worlds, env.seats)).mean(axis=1).tolist()
        return means

    return Worth(
        infos["u_per_worker"][:: env.seats].tolist(),
        by_world(np.mean(paid, axis=0)),
        by_world(np.mean(immediate, axis=0)),
    )


def built_in(env: SeatsVectorEnv, hive: Hive, policy: str) -> Any:
    """Return the actions of a built-in policy for the seats that are played."""
    actions = env.simulation.decide(policy, level=hive.level)
    by_world = actions.reshape(env.worlds, -1, actions.shape[1])
    seats = slice(None) if hive.seat is None else slice(hive.seat, hive.seat + 1)
    return by_world[:, seats].reshape(env.num_envs, -1)
