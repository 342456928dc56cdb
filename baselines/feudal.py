"""Feudal PPO: the levels learn from the bottom up, each over the frozen ones below it.

Workers learn under random orders, so that they know all of them; then managers learn over those
workers under random governors, then governors, then orchestrators. Random orders are held for a
while: what is gone before it can be carried out teaches that orders mean nothing. At last all
levels learn at once in the same episodes, workers with less than their learning rate. Every level
is paid its own reward, workers also for keeping to their orders (Ahilan and Dayan, *Feudal
multi-agent hierarchies*, 2019).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from baselines.learning.episodes import Policy
from baselines.learning.joint import train_joint
from baselines.learning.orders import HeldOrders
from baselines.learning.policies import Network, network_of
from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, policy_of, train_level, world_of
from baselines.learning.views import View
from baselines.recipes import recipe_of
from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import LEVELS, NOBODY

MANAGERS, GOVERNORS, ORCHESTRATORS = (
    HeldOrders("manager", 8), HeldOrders("governor", 4), HeldOrders("orchestrator", 2)
)  # fmt: skip
ABOVE: Mapping[str, Mapping[str, Policy]] = {
    "worker": {"manager": MANAGERS, "governor": NOBODY, "orchestrator": NOBODY},
    "manager": {"governor": GOVERNORS, "orchestrator": ORCHESTRATORS},
    "governor": {"orchestrator": ORCHESTRATORS},
    "orchestrator": {},
}
"""Who is above a level that learns for the first time."""

EPISODES, SLOWER = 16, 0.3
"""Episodes of the last phase in each world, and share of the workers' learning rate in it."""

TICKS = 8
"""Ticks of a rollout of workers in the last phase."""


def train(
    setting: Setting,
    seed: int,
    checkpoints: int,
    state: Any = None,
    hindsight: Mapping[str, float] | None = None,
) -> Iterator[Checkpoint]:
    """Train all levels, and yield where they stand at equal intervals of each phase.

    Parameters
    ----------
    setting, seed, checkpoints, state
        As of `train_level`; each phase yields its part of the checkpoints, one at least.
    hindsight : mapping of str to float, optional
        Weight of hindsight by level, see `Recipe`; there is none by default.

    Raises
    ------
    ArgumentError
        When hindsight is asked for at a level that there is not.
    """
    if unknown := set(hindsight or {}) - set(LEVELS):
        raise ArgumentError("hindsight", f"levels among {', '.join(LEVELS)}", sorted(unknown))
    torch.manual_seed(seed)
    recipes = {
        level: replace(recipe_of(setting, level), hindsight=(hindsight or {}).get(level, 0.0))
        for level in LEVELS
    }
    hive = world_of(setting)
    networks = {level: network_of(hive, View(level), recipes[level].hidden) for level in LEVELS}
    begin, inner, so_far, counts = 0, None, (0, 0, 0.0), (0, 0, 0.0)
    if state is not None:
        begin, inner = state["phase"], state["inner"]
        so_far, counts = state["so_far"], state["counts"]
        for level, weights in state["networks"].items():
            networks[level].load_state_dict(weights)
    phases = len(LEVELS) + 1
    each = max(checkpoints // phases, 1)
    for phase in range(begin, phases):
        run = seed * phases + phase
        if phase < len(LEVELS):
            level, mark = LEVELS[phase], f"{LEVELS[phase]} "
            others = _others(level, networks)
            found = train_level(
                setting, level, recipes[level], others, run, each, networks[level], inner
            )
        else:
            mark = ""
            together, episodes = _together(setting, recipes)
            found = train_joint(setting, together, networks, run, episodes, each, inner)
        for one in found:
            counts = (
                so_far[0] + one.decisions, so_far[1] + one.ticks, so_far[2] + one.seconds
            )  # fmt: skip
            told = {f"{mark}{name}": value for name, value in one.told.items()}
            weights = {name: copy.deepcopy(net.state_dict()) for name, net in networks.items()}
            kept = {"phase": phase, "inner": one.state, "networks": weights}
            kept |= {"so_far": so_far, "counts": counts}
            yield Checkpoint(*counts, one.policies, told, kept)
        so_far, inner = counts, None


def _others(level: str, networks: Mapping[str, Network]) -> dict[str, Policy]:
    """Return who plays beside a level that learns alone: what is learned below, random above."""
    below = LEVELS[: LEVELS.index(level)]
    return {**{name: policy_of(networks[name], View(name)) for name in below}, **ABOVE[level]}


def _together(setting: Setting, recipes: Mapping[str, Recipe]) -> tuple[dict[str, Recipe], int]:
    """Return how all levels learn at once, and for how many episodes."""
    workers = recipes["worker"]
    rate = workers.learning_rate * SLOWER
    slower = replace(workers, steps=TICKS, learning_rate=rate, exploring=0.0)
    # A part of one episode is an episode in a part of the worlds.
    most = max(one.worlds for one in recipes.values())
    played = EPISODES * setting.share
    worlds = max(1, round(most * min(played, 1.0)))
    together = {**recipes, "worker": slower}
    return {level: replace(recipe, worlds=worlds) for level, recipe in together.items()}, max(
        1, round(played)
    )
