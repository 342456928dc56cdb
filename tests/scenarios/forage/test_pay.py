"""What upper levels earn, against sums over the regions made in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import CLOCKS, command, world

from hive_env.enums import PAIRS
from hive_env.errors import ArgumentError, ResetNeededError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.scales import SCALES
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.rewards import COMPONENTS, GLOBAL_MODES, WEIGHTS
from hive_env.sizes import SIZES, Size

TWO_HIVES = Size(160, 2, 2, 2, 1, 2, 1)
SPAN = {"manager": 10, "governor": 40, "orchestrator": 80}
"""Workers that a seat of that size has at first."""


def changed(seed: int = 0) -> tuple[Forage, dict[str, Any]]:
    """Two worlds of two hives, with adopted regions, random counts and quotas, and the past."""
    hive = world(TWO_HIVES, worlds=2, max_span=6)
    hive.reparent(0, 1)
    hive.reparent(9, 2, world=1)
    rng = np.random.default_rng(seed)
    c = hive.columns
    c["quota"][...] = rng.integers(0, 4, (4, 4))
    c["quota"][seed % 4] = 2
    c["region_value"][:] = rng.integers(0, 9000, 32)
    c["demand"][:] = rng.integers(0, 6, 32)
    for name in ("delivered", "paid", "picked"):
        c[name][...] = rng.integers(0, 50, (32, 4))
    since = hive.counters()
    c["region_value"] += rng.integers(0, 9000, 32)
    c["picked"] += rng.integers(0, 9, (32, 4))
    units = rng.integers(0, 9, (32, 4))
    c["delivered"] += units
    c["paid"] += units // 2
    hive.resume()
    return hive, since


def kept_by(hive: Forage, since: dict[str, Any], level: str, row: int, quota: list[int]) -> float:
    """What a region's people add to the local component of a seat, in plain Python."""
    c = hive.columns
    grown = {name: (c[name][row] - since[name][row]).tolist() for name in since if c[name].ndim > 1}
    pays = [1000 if kind in PAIRS[c["demand"][row]] else 0 for kind in range(4)]
    worth = [pays[kind] * quota[kind] for kind in range(4)] if level == "manager" else quota
    asked = [one > 0 and 2 * one >= max(worth) for one in worth]
    kept = 0.0
    for kind in range(4):
        if level == "manager":
            kept += grown["picked"][kind] * (1 if asked[kind] else -0.5)
        else:
            good = grown["paid"][kind] if asked[kind] else 0
            kept += good - 0.5 * (grown["delivered"][kind] - good)
    return kept


def people(hive: Forage, level: str, seat: int) -> list[int]:
    """Rows of the regions under a seat."""
    c, seats = hive.columns, hive.levels[level].seats
    world_index, number = divmod(seat, seats)
    rows = range(16 * world_index, 16 * world_index + 16)
    if level == "manager":
        return [16 * world_index + number]
    if level == "governor":
        return [row for row in rows if c["governor"][row] == number]
    return [row for row in rows if c["region_hive"][row % 16] == number]


def hive_of(hive: Forage, level: str, seat: int) -> tuple[int, int]:
    """World of a seat, and its hive within it."""
    world_index, number = divmod(seat, hive.levels[level].seats)
    name = {"manager": "region_hive", "governor": "sector_hive"}.get(level)
    return world_index, int(hive.columns[name][number]) if name else number


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("mode", GLOBAL_MODES)
@pytest.mark.parametrize("seed", range(3))
def test_the_components_are_value_orders_kept_and_what_the_hive_gained(
    level: str, mode: str, seed: int
) -> None:
    hive, since = changed(seed)
    got = hive.components(level, since, mode)
    gain = (hive.columns["region_value"] - since["region_value"]) / 1000
    assert got.dtype == np.float32
    assert got.shape == (2 * hive.levels[level].seats, 3)
    for seat, parts in enumerate(got):
        world_index, number = hive_of(hive, level, seat)
        mine = people(hive, level, seat)
        quota = hive.columns["quota"][2 * world_index + number].tolist()
        value = sum(gain[row] for row in mine) / SPAN[level]
        kept = sum(kept_by(hive, since, level, row, quota) for row in mine) / SPAN[level]
        regions = [
            16 * world_index + r for r in range(16) if hive.columns["region_hive"][r] == number
        ]
        mean = sum(gain[row] for row in regions) / 80
        if level == "orchestrator":
            value = kept = 0.0
        shared = {"mean": mean, "none": 0.0, "difference": value}[mode]
        if level == "orchestrator" and mode == "difference":
            shared = mean
        assert parts == pytest.approx([value, kept, shared], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_the_difference_is_u_less_u_without_the_subtrees_deliveries(level: str) -> None:
    """U is counted anew with the seat's regions left as they were, per worker of the seat."""
    hive, since = changed()
    got = hive.components(level, since, "difference")[:, 2]
    whole = hive.values()
    after = hive.columns["region_value"].copy()
    for seat in range(len(got)):
        mine = people(hive, level, seat)
        hive.columns["region_value"][mine] = since["region_value"][mine]
        lost = (whole - hive.values())[seat // hive.levels[level].seats]
        hive.columns["region_value"][:] = after
        assert got[seat] == pytest.approx(lost / SPAN[level], rel=1e-5)


def test_the_means_over_a_level_are_the_gain_of_the_world_by_worker() -> None:
    """Over a whole episode, step by step of each level's own period."""
    hive = world(SIZES["nano"], worlds=2, **CLOCKS)
    earned = {level: np.zeros((2, 3)) for level in LEVELS[1:]}
    since = {level: hive.counters() for level in LEVELS[1:]}
    for tick in range(1, 101):
        hive.step(hive.decide("scripted"), command(hive))
        for level in earned:
            if tick % hive.levels[level].period == 0:
                parts = hive.components(level, since[level])
                since[level] = hive.counters()
                earned[level] += parts.reshape(2, -1, 3).mean(axis=1)
    worth = hive.values() / 512
    assert (worth > 0).all()
    for level, sums in earned.items():
        np.testing.assert_allclose(sums[:, 2], worth, rtol=1e-5)
        if level != "orchestrator":
            np.testing.assert_allclose(sums[:, 0], worth, rtol=1e-5)
            assert (sums[:, 1] > 0).all(), "scripted play keeps to what is asked for"


def test_units_are_paid_for_where_the_depot_is_open_and_wants_them() -> None:
    hive = world(SIZES["nano"], worlds=2, sites_per_region=60)
    c = hive.columns
    for _ in range(150):
        before = {name: c[name].copy() for name in ("delivered", "paid", "region_value")}
        wants, door = c["demand"].copy(), c["door"].copy()
        hive.step(hive.decide("reflex"))
        units, paid = (c[name] - before[name] for name in ("delivered", "paid"))
        wanted = np.array([[kind in PAIRS[pair] for kind in range(4)] for pair in wants])
        np.testing.assert_array_equal(paid, units * wanted * door[:, None])
    assert 0 < c["paid"].sum() < c["delivered"].sum()


def test_counters_are_copies() -> None:
    hive, _ = changed()
    since = hive.counters()
    before = {name: count.copy() for name, count in since.items()}
    hive.columns["region_value"] += 5
    for name, count in before.items():
        np.testing.assert_array_equal(since[name], count)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("mode", ["median", None, ["mean"]])
def test_a_mode_that_does_not_exist_is_refused(level: str, mode: Any) -> None:
    hive, since = changed()
    with pytest.raises(ArgumentError, match=r"^mode: expected one of mean, difference, none"):
        hive.components(level, since, mode)
    with pytest.raises(ArgumentError, match=r"^mode: expected one of mean, difference, none"):
        hive.scales(level, mode)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_paid_before_a_reset(level: str) -> None:
    with pytest.raises(ResetNeededError):
        Forage("nano").components(level, {})


@pytest.mark.parametrize("level", LEVELS)
def test_each_component_has_a_positive_constant_and_a_weight(level: str) -> None:
    hive = Forage("nano")
    for mode in GLOBAL_MODES:
        scales = hive.scales(level, mode)
        assert scales.shape == (len(COMPONENTS),)
        assert (scales > 0).all()
    assert hive.scales(level, "none").tolist() == hive.scales(level, "mean").tolist()
    assert hive.scales(level, "difference")[2] == np.float32(SCALES[level][3])
    assert sum(WEIGHTS[level]) == pytest.approx(1)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("name", "past"),
    [("paid", None), ("region_value", np.zeros(3, np.int64)), ("picked", np.zeros((32, 4)))],
)
def test_counts_that_are_not_those_of_the_world_are_refused(
    level: str, name: str, past: Any
) -> None:
    hive, _ = changed()
    since = {**hive.counters(), name: past}
    with pytest.raises(ArgumentError, match=rf"^since\['{name}'\]: expected int64 of shape"):
        hive.components(level, since)


def test_a_gain_of_any_size_is_rounded_once() -> None:
    """A float64 sum of the regions' values would lose the last digits."""
    hive, since = changed()
    hive.columns["region_value"][:] = since["region_value"] + 10**13 + np.arange(32)
    own = hive_of(hive, "manager", 0)[1] == hive.columns["region_hive"]
    exact = sum(10**13 + int(row) for row in np.flatnonzero(own))
    got = hive.components("orchestrator", since)[0, 2]
    assert got == np.float32(exact * 2 / (1000 * 160))
