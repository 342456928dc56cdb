"""The stage: arrays in and out, whatever facade stands on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH, PERIODS, TINY, WIDE

from hive_env.envs.settings import Settings
from hive_env.envs.stage import Stage
from hive_env.errors import ConfigError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size


def stage(
    level: str,
    seat: int | None,
    size: Size = TINY,
    worlds: int = 2,
    task: str = "forage",
    **arguments: Any,
) -> Stage:
    return Stage(Settings.of(size, task=task, level=level, seat=seat, **arguments), worlds)


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seat", [None, 1])
def test_every_array_has_a_row_for_each_seat_of_each_world(
    task: str, level: str, seat: int | None
) -> None:
    played = stage(level, seat, WIDE, task=task, config=PERIODS)
    one = played.hive.levels[level]
    seats = one.seats if seat is None else 1
    played.reset(0)
    played.advance({level: np.zeros((2 * seats, len(one.choices)), np.uint8)})
    report = played.report()

    assert played.seats == seats
    assert played.observations().shape == (2, seats, len(one.features))
    assert report.rewards.shape == (2, seats)
    assert report.components.shape == (2, seats, 3)
    assert all(values.shape == (2, seats) for values in report.facts.values())
    assert report.masks.shape == (2, seats, sum(one.choices))
    assert np.array_equal(report.masks, played.masks())
    assert played.values().shape == played.ticks().shape == played.truncated().shape == (2,)
    assert played.ticks().tolist() == [played.ticks_per_step] * 2 == [one.period] * 2


@pytest.mark.parametrize("level", LEVELS)
def test_no_array_is_written_to_after_it_was_returned(level: str) -> None:
    played = stage(level, None, config=HARSH | PERIODS)
    played.reset(0)
    one = played.level
    actions = np.ones((2 * one.seats, len(one.choices)), np.uint8)
    played.advance({level: actions})
    report = played.report()
    kept = [played.observations(), report.rewards, report.components, played.masks(), report.masks]
    kept += [*report.facts.values(), played.values(), played.ticks()]
    before = [array.copy() for array in kept]
    for _ in range(20):
        played.advance({level: actions})
        played.observations()
        played.report()

    assert all(np.array_equal(one, was) for one, was in zip(kept, before, strict=True))


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("seat", [5, 63])
def test_a_seat_sees_what_it_sees_among_all_wherever_it_walks(seat: int, depth: int) -> None:
    """One seat is observed alone, by the region where it stands; all seats in one pass."""
    given: dict[str, Any] = {"observation": "uint8", "config": {**HARSH, "depth": depth}}
    one = stage("worker", seat, policies={"worker": "reflex"}, **given)
    everyone = stage("worker", None, **given)
    one.reset(3)
    everyone.reset(3)
    for step in range(60):
        action = np.full((2, 2), (2 if step < 40 else 3, 0), np.uint8)
        one.advance({"worker": action})
        others = everyone.hive.decide("reflex").reshape(2, 64, 2)
        others[:, seat] = action
        everyone.advance({"worker": others.reshape(-1, 2)})
        assert np.array_equal(one.observations()[:, 0], everyone.observations()[:, seat])
        assert np.array_equal(one.report().rewards[:, 0], everyone.report().rewards[:, seat])


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_owed_after_a_reset(level: str) -> None:
    played = stage(level, None, config=PERIODS)
    played.reset(0)
    actions = np.ones((2 * played.seats, len(played.level.choices)), np.uint8)
    for _ in range(4):
        played.advance({level: actions})
    played.reset(worlds=np.array([True, False]))

    assert not played.report().components[0].any()
    assert played.ticks().tolist() == [0, 4 * played.ticks_per_step]


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_bad_limit_is_refused_and_the_old_one_stays(limit: object) -> None:
    played = stage("worker", None)
    played.max_cycles = 4
    with pytest.raises(ConfigError, match="max_cycles"):
        played.max_cycles = limit  # type: ignore[assignment]
    assert played.max_cycles == 4
