"""Episodes of the built-in controllers, and the scale of the score."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.bench import episodes
from hive_env.bench.episodes import fluid, play, score, share
from hive_env.config import ForageConfig, HiveConfig, Size
from hive_env.scenarios.bounds import fluid_bound
from hive_env.scenarios.forage import Forage

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=64))


def test_the_score_is_linear_from_random_to_expert_and_not_clipped() -> None:
    assert [score(value, 2.0, 4.0) for value in (2.0, 3.0, 4.0, 1.0, 5.0)] == [0, 0.5, 1, -0.5, 1.5]


def test_there_is_no_score_on_a_scale_without_length() -> None:
    assert score(1.0, 1.0, 1.0) is None
    assert share(1.0, None) is None
    assert share(1.0, 0.0) is None


def test_the_bound_is_a_mean_over_seeds_and_episodes_by_worker() -> None:
    bounds = [fluid_bound(SHORT, seed, episode) for seed in (3, 4) for episode in (0, 1)]

    assert fluid(SHORT, [3, 4], 2) == pytest.approx(np.mean(bounds) / 512)


def test_the_bound_is_left_out_where_it_would_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(episodes, "FLUID_LIMIT", 511)

    assert fluid(SHORT, [0]) is None


def test_every_tick_of_every_world_and_episode_is_told_and_counted() -> None:
    told: list[int] = []

    played = play(Forage(SHORT, 3), "reflex", 0, 2, told.append)

    assert told == [3 * 512] * (2 * 64)
    assert played.worker_ticks == sum(told)
    assert played.values.shape == (2, 3)
    assert played.rate == pytest.approx(played.worker_ticks / played.seconds)
