"""Episodes of the built-in controllers, and the scale of the score."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.bench import episodes
from hive_env.bench.episodes import (
    PARTS,
    Trial,
    bounds,
    mean_of,
    play,
    play_all,
    score,
    share,
    unscored,
    warm_up,
)
from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.bounds import fluid_bound
from hive_env.scenarios.controllers import Crew
from hive_env.scenarios.families import FORAGE
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=64))


def short(worlds: int = 1) -> Trial:
    """Return nano worlds of 64 ticks."""
    return Trial(FORAGE, SHORT, Forage(SHORT, worlds))


def test_the_score_is_linear_from_random_to_expert_and_not_clipped() -> None:
    assert [score(value, 2.0, 4.0) for value in (2.0, 3.0, 4.0, 1.0, 5.0)] == [0, 0.5, 1, -0.5, 1.5]


def test_there_is_no_score_on_a_scale_without_length() -> None:
    assert score(1.0, 1.0, 1.0) is None
    assert share(1.0, None) is None
    assert share(1.0, 0.0) is None


def test_the_bounds_are_those_of_every_episode_and_seed_by_worker() -> None:
    found = bounds(short(), [3, 4], 2)

    expected = [[fluid_bound(SHORT, seed, episode) / 512 for seed in (3, 4)] for episode in (0, 1)]
    assert found is not None
    assert found.tolist() == expected
    assert mean_of(found) == pytest.approx(np.mean(expected))


def test_the_bounds_are_left_out_where_they_would_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(episodes, "FLUID_LIMIT", 511)

    assert bounds(short(), [0]) is None
    assert mean_of(None) is None


def test_every_tick_of_every_world_and_episode_is_told_and_counted() -> None:
    told: list[int] = []
    trial = short(3)

    played = play(trial.hive, FORAGE.controllers["reflex"], 0, 2, told.append)

    assert told == [3 * 512] * (2 * 64)
    assert played.worker_ticks == sum(told) == 2 * trial.worker_ticks
    assert played.values.shape == (2, 3)
    assert played.rate == pytest.approx(played.worker_ticks / played.seconds)


def test_controllers_played_one_after_the_other_get_what_each_gets_alone() -> None:
    trial = short(2)

    values = play_all(trial, ["full", "reflex"], lambda _: lambda _: None)

    for name, value in values.items():
        alone = play(short(2).hive, FORAGE.controllers[name], 0, 1, lambda _: None)
        assert value.tolist() == alone.values[0].tolist()


def test_a_trial_has_the_default_constants_of_its_task() -> None:
    trial = Trial.of(FORAGE, Size.of("nano"), 2)

    assert trial.config == HiveConfig(Size.of("nano"))
    assert (trial.hive.worlds, trial.worker_ticks) == (2, 2 * 512 * 512)


def test_the_first_ticks_of_an_episode_are_those_of_a_whole_one_and_have_no_score() -> None:
    found = unscored(short(), "full", 5, 3, lambda _: lambda _: None)

    whole = short()
    whole.hive.reset(5)
    crew = Crew(whole.hive, FORAGE.controllers["full"])
    for _ in range(3):
        crew.tick()
    assert found["state_hash"] == f"{whole.hive.state_hash():016x}"
    assert (found["ticks"], found["score"], found["u_random"]) == (3, None, None)
    assert set(found["seconds_by_part"]) == {"reset", *PARTS, "hash"}
    assert found["seconds"] == sum(found["seconds_by_part"][part] for part in PARTS)


def test_large_worlds_are_not_played_to_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episodes, "WARM_LIMIT", 511)
    trial = short()

    warm_up(trial, ["reflex"])

    assert not trial.hive.ready
