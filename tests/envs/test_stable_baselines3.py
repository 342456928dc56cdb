"""stable-baselines3 trains on the environment as it comes, at every level."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from envs.worlds import PERIODS, TINY

import hive_env  # noqa: F401 (registers the task)
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS

sb3 = pytest.importorskip("stable_baselines3")


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_it_passes_the_checker_of_stable_baselines3(task: str, level: str) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(
        gymnasium.make("Hive-v0", size=TINY, task=task, level=level, config=PERIODS).unwrapped
    )


@pytest.mark.parametrize("task", FAMILIES)
def test_it_passes_the_checker_of_stable_baselines3_in_bytes(task: str) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(
        gymnasium.make(
            "Hive-v0", size=TINY, task=task, level="worker", observation="uint8"
        ).unwrapped
    )


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_its_ppo_trains_at_every_level(task: str, level: str) -> None:
    """Two rollouts over the end of episodes: the weights move and stay finite."""
    env = gymnasium.make("Hive-v0", size=TINY, task=task, level=level, config=PERIODS, max_cycles=6)
    model = sb3.PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu")
    before = model.policy.parameters_to_vector()

    model.learn(32)

    after = model.policy.parameters_to_vector()
    assert model.num_timesteps == 32
    assert len(model.ep_info_buffer) >= 4
    assert np.isfinite(after).all()
    assert not np.array_equal(before, after)


@pytest.mark.slow
def test_its_ppo_learns_on_it_for_some_thousand_steps() -> None:
    model = sb3.PPO(
        "MlpPolicy", gymnasium.make("Hive-v0", size="nano", level="worker"), n_steps=256, seed=0
    )

    model.learn(2_048)

    assert model.num_timesteps >= 2_048
