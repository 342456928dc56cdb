"""Training of the seats of one level, whoever plays the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from baselines.learning.episodes import Policy
from baselines.learning.policies import NetworkPolicy, network_of
from baselines.learning.ppo import Learner, Recipe
from baselines.learning.rollouts import Collector
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size
from hive_env.specialists import SpecialistNetwork, SpecialistPool
from hive_env.wrappers import SeatsVectorEnv


@dataclass(frozen=True)
class Setting:
    """What is played, and how long is trained."""

    task: str = "forage"
    """Name of the family."""
    size: str | int | Size = "nano"
    """As `Size.of` takes it."""
    constants: Any = None
    """The task's own constants, where they differ from the defaults."""
    share: float = 1.0
    """Of the published budgets of decisions."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands.

    Parameters
    ----------
    decisions : int
        Decisions of single seats so far, of all levels that learned.
    ticks : int
        Worker-ticks that were played for it.
    seconds : float
        Time so far, tests not counted.
    policies : dict of str to Policy
        Who plays, by level; the scripted ones where there is nobody.
    told : dict of str to float
        What can be watched of the last update.
    """

    decisions: int
    ticks: int
    seconds: float
    policies: dict[str, Policy]
    told: dict[str, float] = field(default_factory=dict)


def shortened(recipe: Recipe, setting: Setting) -> Recipe:
    """Return a recipe with the setting's share of its budget."""
    return replace(recipe, decisions=max(1, round(recipe.decisions * setting.share)))


def train_level(
    setting: Setting,
    level: str,
    recipe: Recipe,
    others: Mapping[str, Policy],
    seed: int,
    checkpoints: int,
    network: SpecialistNetwork | None = None,
) -> Iterator[Checkpoint]:
    """Train the seats of a level, and yield where it stands at equal intervals and at the end.

    Parameters
    ----------
    setting : Setting
        What is played; its share of the budget is not looked at, see `shortened`.
    level : str
        Whose seats learn.
    recipe : Recipe
        How, and how long.
    others : mapping of str to Policy
        Who plays the other levels; the scripted policies where there is nobody.
    seed : int
        Of the run. World k of it begins with the seed ``seed * 256 + k``.
    checkpoints : int
        How often.
    network : SpecialistNetwork, optional
        What goes on learning; a new one by default.
    """
    torch.manual_seed(seed)
    env = SeatsVectorEnv(
        recipe.worlds,
        setting.size,
        task=setting.task,
        level=level,
        policies=others,
        config=setting.constants,
        autoreset_mode="SameStep",
        observation="uint8" if level == "worker" else "float32",
    )
    if network is None:
        network = network_of(env.simulation, level, recipe.hidden, recipe.memory)
    learner = Learner(network, recipe)
    collector = Collector(env, learner, level, seed * 256)
    each = env.num_envs * recipe.steps
    period = env.simulation.levels[level].period
    ticks = recipe.worlds * env.simulation.workers * period * recipe.steps
    updates = max(recipe.decisions // each, 1)
    marks = {round(updates * (one + 1) / checkpoints) for one in range(checkpoints)}
    seconds = 0.0
    for update in range(1, updates + 1):
        began = time.perf_counter()
        rollout = collector.collect(recipe.steps)
        told = learner.update(rollout, (update - 1) / updates)
        seconds += time.perf_counter() - began
        if update in marks:
            told["reward"] = float(rollout.rewards.mean())
            policies = {**others, level: policy_of(network, level)}
            yield Checkpoint(update * each, update * ticks, seconds, policies, told)


def policy_of(network: SpecialistNetwork, level: str) -> Policy:
    """Return a network as a policy: workers draw their actions, others take the likeliest."""
    if level == LEVELS[0]:
        return SpecialistPool(network)
    return NetworkPolicy(network, level, likeliest=True)
