"""The start of an episode."""

from __future__ import annotations

import numpy as np
import pytest
from systems.worlds import SMALL, TINY, check_lists, random_actions, standing, world

from hive_env.enums import Health
from hive_env.sizes import Size

SIZES_TRIED = {"tiny": TINY, "small": SMALL, "uneven": Size(90, 2, 2, 2, 1)}


@pytest.mark.jitless
@pytest.mark.parametrize("size", SIZES_TRIED.values(), ids=SIZES_TRIED)
@pytest.mark.parametrize("depth", [1, 4])
def test_workers_start_around_the_depot_of_the_region_they_belong_to(size, depth):
    hive = world(size, worlds=2, depth=depth)
    c, n, regions = hive.columns, size.workers, size.regions
    check_lists(hive)
    ids = np.tile(np.arange(n), 2)
    np.testing.assert_array_equal(c["id"], ids)
    base = ids * regions // n
    np.testing.assert_array_equal(c["home"], base)
    np.testing.assert_array_equal(standing(hive), base + np.repeat([0, regions], n))
    scatter = hive.blueprint.constants["scatter"]
    half = hive.config.region_side // 2
    for axis in "xy":
        off = (c[axis] >> 12) - c[f"region_{axis}0"][base] - half
        assert abs(off).max() <= scatter
        assert len(np.unique(off)) > 1
    first = -(-np.arange(regions) * n // regions)
    np.testing.assert_array_equal(c["specialist"], (ids - first[base]) % 4)
    assert (c["health"] == Health.ALIVE).all()
    assert not any(c[name].any() for name in ("cargo", "fatigue", "error_count", "task", "event"))
    if depth > 1:
        assert set(c["z"] >> 12) <= set(range(depth))


@pytest.mark.parametrize("forage", [{}, {"depth": 3}, {"motion": "flight"}])
def test_a_used_world_that_is_reset_equals_a_new_one(forage):
    """By hash and by the hash after ten more ticks, whatever happened before."""
    noisy = {"fault_mean_ticks": 30, "hazards_per_region": 4, "memory_width": 3, **forage}
    used, new = world(SMALL, seed=5, **noisy), world(SMALL, seed=9, **noisy)
    rng = np.random.default_rng(0)
    used.columns["memory"][...] = 1
    for _ in range(40):
        used.step(random_actions(used, rng))
    used.columns["task"][:] = 3
    used.columns["workforce"][:] = 1
    used.permute(rng.permutation(64))
    used.reset(9)
    assert used.state_hash() == new.state_hash()
    assert not used.columns["memory"].any()
    for _ in range(10):
        actions = random_actions(new, rng)
        used.step(actions)
        new.step(actions)
        assert used.state_hash() == new.state_hash()


def test_episodes_differ_and_resetting_one_world_leaves_the_others():
    hive = world(SMALL, worlds=3, seed=2)
    rng = np.random.default_rng(0)
    for _ in range(12):
        hive.step(random_actions(hive, rng))
    before = [hive.state_hash(k) for k in range(3)]
    hive.reset(worlds=np.array([False, True, False]))
    after = [hive.state_hash(k) for k in range(3)]
    assert (before[0], before[2]) == (after[0], after[2])
    assert before[1] != after[1]
    assert hive.columns["episode"].tolist() == [0, 1, 0]
    check_lists(hive)
    hive.reset(seed=2, worlds=np.array([False, True, False]))
    assert hive.state_hash(1) == world(SMALL, seed=3).state_hash(0)


@pytest.mark.parametrize("forage", [{}, {"depth": 3}])
def test_sites_open_anywhere_in_the_region_with_full_stock_and_every_type(forage):
    hive = world(SMALL, worlds=60, sites_per_region=30, **forage)
    c, side = hive.columns, hive.config.region_side
    depth = hive.config.forage.depth
    assert (c["site_stock"] == hive.config.forage.site_stock).all()
    assert (c["site_generation"] == 1).all()
    cell = c["site_cell"].ravel()
    assert cell.min() >= 0
    assert cell.max() < side * side * depth
    for values, count in (
        (cell % side, side),
        (cell // side % side, side),
        (cell // (side * side), depth),
        (c["site_type"].ravel(), 4),
    ):
        seen = np.bincount(values, minlength=count) / len(cell)
        assert (abs(seen - 1 / count) <= 5 * np.sqrt((1 - 1 / count) / count / len(cell))).all()
