"""Stable-Baselines3's hindsight runs on the goal-conditioned environment as it is."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hive_env.envs.goal import HiveGoalEnv

sb3 = pytest.importorskip("stable_baselines3")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def baseline() -> Iterator[ModuleType]:
    """The measurement, which lies outside the package."""
    spec = importlib.util.spec_from_file_location(
        "hindsight_baseline", ROOT / "baselines" / "hindsight.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


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


def test_a_training_with_hindsight_runs_and_is_tested_at_every_point(baseline: ModuleType) -> None:
    settings = baseline.Settings(
        steps=200, episodes=1, points=2, learning_starts=100, buffer_size=200
    )

    for arm in baseline.ARMS:
        found = baseline.train(arm, 0, settings)
        assert len(found) == 2
        assert all(0 <= share <= 1 for share in found)


def test_who_walks_straight_arrives_and_chance_hardly_does(baseline: ModuleType) -> None:
    settings = baseline.Settings(episodes=40)

    assert baseline.success(baseline.straight, settings) > 0.9
    assert baseline.success(baseline.at_random(0), settings) < 0.1


def test_the_page_says_what_the_report_says(baseline: ModuleType) -> None:
    curves = {"off": [[0.0, 0.1], [0.0, 0.2]], "on": [[0.5, 0.9], [0.4, 0.8]]}
    report = {
        **baseline.provenance("hindsight", None, 0),
        "seeds": [0, 1],
        "settings": baseline.asdict(baseline.Settings(points=2)),
        "at_steps": [15_000, 30_000],
        "success": curves,
        "random": 0.01,
        "straight": 0.98,
        "gain": baseline.asdict(baseline.paired_difference([0.9, 0.8], [0.1, 0.2])),
        "gain_holds": False,
    }

    page = baseline.markdown(report)

    assert "| 30,000            | 0.150 (0.071) | 0.850 (0.071) |" in page
    assert "hindsight is worth 0.700" in page
    assert "not above zero" in page


@pytest.mark.slow
def test_the_measurement_runs_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    command = [sys.executable, str(ROOT / "baselines" / "hindsight.py"), "--quiet"]
    command += ["--seeds", "2", "--steps", "2000", "--episodes", "2", "--json", str(out)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    report = json.loads(out.read_text())
    assert [len(report["success"][arm]) for arm in ("off", "on")] == [2, 2]
    assert report["schema"] == "hive_env.hindsight/1"
    assert done.stdout.startswith("# HiveGoal")


@pytest.mark.slow
def test_the_example_trains_a_worker(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "her.py"), "--steps", "1500"]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    assert "after 1500 steps" in done.stdout
