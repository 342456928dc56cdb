"""Trainings: their worlds' seeds, and what is kept of what plays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from baselines.learning.episodes import VALIDATION_SEED  # noqa: E402 (needs torch)
from baselines.learning.ppo import Recipe  # noqa: E402
from baselines.learning.training import (  # noqa: E402
    Setting,
    Training,
    world_seed,
)
from hive_env.config import FIRST_TEST_SEED  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402


@given(st.integers(0, 280), st.integers(0, 280), st.integers(1, 32))
def test_runs_share_no_world_and_reach_no_seed_of_validation_or_test(
    one: int, other: int, worlds: int
) -> None:
    mine, theirs = (
        set(range(world_seed(run, worlds), world_seed(run, worlds) + worlds))
        for run in (one, other)
    )
    assert max(mine) < VALIDATION_SEED < FIRST_TEST_SEED
    assert one == other or not mine & theirs


@pytest.mark.parametrize(("seed", "worlds"), [(281, 32), (0, 33), (10_000, 1)])
def test_a_run_that_would_reach_them_is_refused(seed: int, worlds: int) -> None:
    with pytest.raises(ArgumentError, match="seed, worlds: expected at most 32 worlds"):
        world_seed(seed, worlds)


@pytest.mark.parametrize(("level", "task"), [("manager", "forage"), ("worker", "queue")])
def test_a_network_that_could_not_be_played_is_refused_before_it_learns(
    level: str, task: str
) -> None:
    """Memory above the workers, and of workers whose hive has none."""
    recipe = Recipe(1, worlds=1, hidden=(4,), memory=3)
    with pytest.raises(ArgumentError, match="memory"):
        Training(Setting(task, 256), level, recipe, {}, 0)
