"""The global state: what stands in it is what the worlds hold."""

from __future__ import annotations

import numpy as np
import pytest
from envs.worlds import HARSH, TINY

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import PAIRS
from hive_env.scenarios.areas import areas_of
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.summary import STATE_WIDTH, bounds_of
from hive_env.sizes import SIZES, Size


def played(worlds: int = 1, ticks: int = 60, **task: float) -> Forage:
    simulation = Forage(HiveConfig(TINY, ForageConfig(**task)), worlds)  # type: ignore[arg-type]
    simulation.reset(5)
    for _ in range(ticks):
        simulation.step(simulation.decide("expert"))
    return simulation


@pytest.mark.parametrize(
    ("name", "width"),
    [("nano", 448), ("v0", 2_800), ("40k", 11_200), ("1m", 2_800), ("100m", 28_000)],
)
def test_the_width_is_a_number_of_numbers_for_each_area(name: str, width: int) -> None:
    low, high = bounds_of(HiveConfig(SIZES[name]))

    assert low.shape == high.shape == (width,)
    assert areas_of(SIZES[name]).number * STATE_WIDTH == width
    assert np.isfinite(high).all()
    assert (low < high).all()


@pytest.mark.parametrize("depth", [1, 3])
def test_the_state_stays_within_its_bounds(depth: int) -> None:
    simulation = played(ticks=0, depth=depth, hazards_per_region=4, **HARSH)
    low, high = bounds_of(simulation.config)
    for _ in range(80):
        simulation.step(simulation.decide("expert"))
        state = simulation.state()
        assert state.dtype == np.float32
        assert ((low <= state) & (state <= high)).all()


def test_every_worker_is_counted_once_alive_or_failed() -> None:
    simulation = played(**HARSH)
    state = simulation.state().reshape(4, STATE_WIDTH)
    failed = int((simulation.columns["health"] == 1).sum())

    assert (state[:, 0] + state[:, 1]).sum() * 16 == pytest.approx(64)
    assert state[:, 1].sum() * 16 == pytest.approx(failed)
    assert failed > 0


def test_cargo_stock_demand_door_season_value_and_time_are_those_of_the_world() -> None:
    simulation = played(fault_mean_ticks=0)
    columns = simulation.columns
    state = simulation.state().reshape(4, STATE_WIDTH)

    carried = np.bincount(columns["cargo"], minlength=5)[1:]
    assert (state[:, 2:6].sum(axis=0) * 16).tolist() == pytest.approx(carried.tolist())
    assert carried.sum() > 0
    room = simulation.config.sites * simulation.config.forage.site_stock
    assert state[:, 6:10].sum() * room == pytest.approx(columns["site_stock"].sum())
    for region in range(4):
        hot = PAIRS[columns["demand"][region]]
        assert np.flatnonzero(state[region, 10:14]).tolist() == list(hot)
        assert np.flatnonzero(state[region, 15:19]).tolist() == list(PAIRS[columns["season"][0]])
    assert state[:, 14].tolist() == columns["door"].tolist()
    assert state[:, 26].sum() * 16 == pytest.approx(simulation.values()[0])
    assert simulation.values()[0] > 0
    assert state[:, 27].tolist() == pytest.approx([1 - 60 / simulation.config.episode_ticks] * 4)
    mean = columns["trail"].mean(axis=2) / simulation.config.forage.trail_cap
    assert state[:, 19:26] == pytest.approx(mean)


def test_the_state_of_one_world_of_a_batch_is_that_of_the_world_alone() -> None:
    batch = Forage(HiveConfig(Size(64, 2, 2, 1, 1, 2, 1)), worlds=2)
    alone = Forage(HiveConfig(Size(64, 2, 2, 1, 1, 2, 1)))
    batch.reset(5)
    alone.reset(6)
    for _ in range(20):
        batch.step(batch.decide("reflex"))
        alone.step(alone.decide("reflex"))

    assert np.array_equal(batch.state(1), alone.state())
    assert not np.array_equal(batch.state(), alone.state())


def test_the_state_does_not_depend_on_the_order_of_rows() -> None:
    simulation = played(**HARSH)
    before = simulation.state()
    simulation.permute(np.random.default_rng(0).permutation(64))

    assert np.array_equal(simulation.state(), before)
