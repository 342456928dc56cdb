"""Stable-Baselines3's PPO as a baseline: what of its training is ours."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from baselines import sb3_manager
from baselines.learning.training import Setting, world_seed


def test_runs_share_no_world() -> None:
    """Stable-Baselines3 seeds the environments of a new model by itself."""
    seeds = [
        at.state["worlds"]["seed"].tolist()
        for run in range(2)
        for at in sb3_manager.train(Setting(size=256, share=0.002), run, 1)
    ]
    worlds = range(sb3_manager.RECIPE.worlds)
    assert seeds == [[world_seed(run, len(worlds)) + at for at in worlds] for run in range(2)]


@pytest.mark.parametrize("tests", [1, 2, 4])
def test_the_learning_rate_falls_over_the_whole_training_and_the_last_update_learns(
    tests: int,
) -> None:
    """Four updates: the rate of each is what is left of the training when its play begins."""
    setting = Setting(size=256, share=0.0094)
    rates = [
        at.state["optimizer"]["param_groups"][0]["lr"] / sb3_manager.RECIPE.learning_rate
        for at in sb3_manager.train(setting, 0, tests)
    ]
    assert rates == pytest.approx([1.0, 0.75, 0.5, 0.25][4 // tests - 1 :: 4 // tests])
