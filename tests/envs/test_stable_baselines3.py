"""Stable-Baselines3 takes the environment as it is."""

from __future__ import annotations

import gymnasium
import pytest
from envs.worlds import TINY

import hive_env  # noqa: F401 (registers the task)

sb3 = pytest.importorskip("stable_baselines3")


@pytest.mark.parametrize("observation", ["float32", "uint8"])
def test_it_passes_the_checker_of_stable_baselines3(observation: str) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(gymnasium.make("Hive-v0", size=TINY, observation=observation).unwrapped)


@pytest.mark.slow
def test_its_ppo_learns_on_it_for_some_thousand_steps() -> None:
    model = sb3.PPO("MlpPolicy", gymnasium.make("Hive-v0", size="nano"), n_steps=256, seed=0)

    model.learn(2_048)

    assert model.num_timesteps >= 2_048
