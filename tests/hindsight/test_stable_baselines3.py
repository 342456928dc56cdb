"""Stable-Baselines3's hindsight runs on the goal-conditioned environment as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hive_env.envs.goal import HiveGoalEnv

sb3 = pytest.importorskip("stable_baselines3")

ROOT = Path(__file__).resolve().parents[2]


def test_it_passes_the_checker_of_stable_baselines3() -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(HiveGoalEnv())


@pytest.mark.parametrize("strategy", ["future", "final", "episode"])
def test_its_buffer_tells_transitions_with_goals_that_were_reached(strategy: str) -> None:
    """Rewards in the relabelled part are those of the goals there, and some are reached."""
    env = HiveGoalEnv()
    model = sb3.DQN(
        "MultiInputPolicy",
        env,
        buffer_size=1_000,
        learning_starts=1_000,
        replay_buffer_class=sb3.HerReplayBuffer,
        replay_buffer_kwargs={"n_sampled_goal": 4, "goal_selection_strategy": strategy},
        seed=0,
        device="cpu",
    )
    model.learn(200)

    batch = model.replay_buffer.sample(250)

    achieved = batch.next_observations["achieved_goal"].numpy()
    desired = batch.observations["desired_goal"].numpy()
    paid = batch.rewards.numpy().ravel()
    np.testing.assert_array_equal(paid, env.compute_reward(achieved, desired, {}))
    assert 0 < (paid == 0).mean() < 1
    assert not batch.dones.numpy().any(), "a truncation is no end"


@pytest.mark.slow
def test_the_example_trains_a_worker(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "her.py"), "--steps", "1500"]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    assert "after 1500 steps" in done.stdout
