"""Stable-Baselines3's PPO in all managers' seats, under and over scripted policies.

What a user gets who takes a library as it is: an MLP of 128 and 128 units that all managers share.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO

from baselines.learning.episodes import Policy
from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, shortened, world_seed
from hive_env.scenarios.hive import Hive
from hive_env.wrappers import SeatsVectorEnv
from hive_env.wrappers.sb3 import SeatsVecEnv

LEVEL = "manager"
RECIPE = Recipe(
    500_000, steps=8, epochs=8, minibatches=4, learning_rate=5e-4, discount=0.6, trace=0.9,
    entropy=0.003, hidden=(128, 128),
)  # fmt: skip


class Managers:
    """What a Stable-Baselines3 policy chooses in all managers' seats.

    Parameters
    ----------
    policy : BasePolicy
        Takes the likeliest action.
    """

    def __init__(self, policy: Any) -> None:
        self.policy = policy

    def __call__(self, hive: Hive) -> Any:
        """Return the actions, uint8[W * S, C]."""
        chosen, _ = self.policy.predict(hive.observe(level=LEVEL), deterministic=True)
        return chosen.astype(np.uint8)


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    recipe = shortened(RECIPE, setting)
    env = SeatsVectorEnv(
        recipe.worlds, setting.size, task=setting.task, level=LEVEL, config=setting.constants,
        autoreset_mode="SameStep",
    )  # fmt: skip
    hive, each = env.simulation, env.num_envs * recipe.steps
    updates = max(recipe.decisions // each, 1)
    seats = SeatsVecEnv(env)

    def rate(_: float) -> float:
        # Of the whole training, where Stable-Baselines3 would count to the next checkpoint. It asks
        # once the steps of an update have been played, and would end at a rate of nothing.
        before = max(model.num_timesteps - each, 0) if model else 0
        return recipe.learning_rate * (1 - before / updates / each)

    model: Any = None
    model = PPO(
        "MlpPolicy",
        seats,
        n_steps=recipe.steps,
        batch_size=each // recipe.minibatches,
        n_epochs=recipe.epochs,
        learning_rate=rate,
        gamma=recipe.discount,
        gae_lambda=recipe.trace,
        clip_range=recipe.clip,
        ent_coef=recipe.entropy,
        max_grad_norm=recipe.gradient,
        policy_kwargs={"net_arch": list(recipe.hidden)},
        seed=seed,
        device="cpu",
    )
    # Only now: a new model seeds its environments by itself.
    seats.seed(world_seed(seed, recipe.worlds))
    done, seconds = 0, 0.0
    if state is not None:
        done, seconds = state["done"], state["seconds"]
        _load(model, env, state)
    ticks = recipe.worlds * hive.workers * hive.levels[LEVEL].period * recipe.steps
    for mark in sorted({round(updates * (one + 1) / checkpoints) for one in range(checkpoints)}):
        if mark <= done:
            continue
        began = time.perf_counter()
        model.learn((mark - done) * each, reset_num_timesteps=False)
        seconds += time.perf_counter() - began
        done = mark
        kept = {"done": done, "seconds": seconds, **_state(model, env)}
        policies: dict[str, Policy] = {LEVEL: Managers(model.policy)}
        yield Checkpoint(done * each, done * ticks, seconds, policies, {}, kept)


def _state(model: Any, env: SeatsVectorEnv) -> dict[str, Any]:
    """Return what a model goes on from."""
    return {
        "policy": copy.deepcopy(model.policy.state_dict()),
        "optimizer": copy.deepcopy(model.policy.optimizer.state_dict()),
        "steps": model.num_timesteps,
        "seen": model._last_obs,
        "started": model._last_episode_starts,
        "worlds": env.simulation.snapshot(),
        "random": (torch.get_rng_state(), np.random.get_state()),  # noqa: NPY002 (SB3's own)
    }


def _load(model: Any, env: SeatsVectorEnv, state: Any) -> None:
    """Let a new model go on from there."""
    env.reset(seed=0)
    env.simulation.restore(state["worlds"])
    model.policy.load_state_dict(state["policy"])
    model.policy.optimizer.load_state_dict(state["optimizer"])
    model.num_timesteps = state["steps"]
    model._last_obs, model._last_episode_starts = state["seen"], state["started"]
    torch.set_rng_state(state["random"][0])
    np.random.set_state(state["random"][1])  # noqa: NPY002 (SB3's own)
