"""The stage: arrays in and out, whatever facade stands on it."""

from __future__ import annotations

import numpy as np
import pytest
from envs.worlds import HARSH, TINY

from hive_env.envs.settings import Settings
from hive_env.envs.stage import Stage
from hive_env.errors import ConfigError


def stage(seat: int | None, worlds: int = 2, depth: int = 1) -> Stage:
    harsh = {**HARSH, "depth": depth}
    settings = Settings.of(TINY, harsh, "worker", seat, "reflex", None, "uint8", "cpu", None)
    return Stage(settings, worlds)


@pytest.mark.parametrize(("seat", "seats"), [(None, 64), (5, 1)])
def test_every_array_has_a_row_for_each_seat_of_each_world(seat: int | None, seats: int) -> None:
    played = stage(seat)
    played.reset(0)
    played.advance(np.zeros((2 * seats, 2), np.uint8))
    report = played.report()

    assert played.seats == seats
    assert played.observations().shape == (2, seats, 64)
    assert played.rewards().shape == report.events.shape == (2, seats)
    assert report.masks.shape == (2, seats, 13)
    assert np.array_equal(report.masks, played.masks())
    assert report.value.shape == report.tick.shape == played.truncated().shape == (2,)


def test_no_array_is_written_to_after_it_was_returned() -> None:
    played = stage(None)
    played.reset(0)
    kept = [played.observations(), played.rewards(), played.masks(), played.report().events]
    before = [one.copy() for one in kept]
    for _ in range(20):
        played.advance(np.full((128, 2), (2, 1), np.uint8))
        played.observations()
        played.rewards()

    assert all(np.array_equal(one, was) for one, was in zip(kept, before, strict=True))


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("seat", [5, 63])
def test_a_seat_sees_what_it_sees_among_all_wherever_it_walks(seat: int, depth: int) -> None:
    """One seat is observed alone, by the region where it stands; all seats in one pass."""
    one, everyone = stage(seat, depth=depth), stage(None, depth=depth)
    one.reset(3)
    everyone.reset(3)
    for step in range(60):
        action = np.full((2, 2), (2 if step < 40 else 3, 0), np.uint8)
        one.advance(action)
        others = everyone.simulation.decide("reflex").reshape(2, 64, 2)
        others[:, seat] = action
        everyone.advance(others.reshape(-1, 2))
        assert np.array_equal(one.observations()[:, 0], everyone.observations()[:, seat])
        assert np.array_equal(one.rewards()[:, 0], everyone.rewards()[:, seat])


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_bad_limit_is_refused_and_the_old_one_stays(limit: object) -> None:
    played = stage(None)
    played.max_cycles = 4
    with pytest.raises(ConfigError, match="max_cycles"):
        played.max_cycles = limit  # type: ignore[assignment]
    assert played.max_cycles == 4
