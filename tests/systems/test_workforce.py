"""Migration: who leaves a pushed-out region, where to, and who comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import CLOCKS, alone, idle, members, world

from hive_env.ecs import Unit
from hive_env.enums import Health, Workforce
from hive_env.sizes import SIZES, Size
from hive_env.systems import workforce

ORDER = alone("order_sector", Unit.SECTOR)
MIGRATE = members("migrate")
HOLD, PUSH, DRAW = (int(order) for order in Workforce)


def decide(hive, orders, tick=0):
    """Give orders and let them take effect."""
    hive.columns["workforce"][:] = orders
    hive.columns["tick"][:] = tick
    hive.run_pass(ORDER, governor_action=np.zeros((0, hive.config.max_span), np.uint8))
    hive.run_pass(MIGRATE)
    return hive.columns["home"]


def refuges(hive, orders, region):
    """The drawn-in regions of a region's sector that are nearest to it, four at most."""
    c = hive.columns
    drawn = [r for r in c["sector_regions"][c["region_sector"][region]] if orders[r] == DRAW]
    away = {
        r: sum(abs(int(c[axis][r]) - int(c[axis][region])) for axis in ("region_x0", "region_y0"))
        for r in drawn
    }
    return sorted(drawn, key=lambda r: (away[r], r))[:4]


@given(workers=st.integers(4, 1 << 27), data=st.data())
@settings(deadline=None)
def test_ids_are_dealt_to_regions_in_order_with_spans_that_differ_by_one(workers, data):
    regions = data.draw(st.integers(1, min(workers, 100_000)))
    place = data.draw(st.integers(0, regions - 1))
    first = workforce.first_of(place, workers, regions)
    after = workforce.first_of(place + 1, workers, regions)
    assert after - first in (workers // regions, -(-workers // regions))
    assert workforce.base_of(first, workers, regions) == place
    assert workforce.base_of(after - 1, workers, regions) == place
    assert workforce.first_of(regions, workers, regions) == workers


@pytest.mark.parametrize("size", [SIZES["nano"], Size(90, 3, 3, 1, 1), Size(1000, 3, 3, 2, 1)])
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=15)
def test_the_idle_of_pushed_out_regions_go_to_the_nearest_drawn_in_siblings_evenly(size, seed):
    """Every worker's new home against the rule in words, in two worlds."""
    hive = world(size, worlds=2)
    rng = np.random.default_rng(seed)
    c, n, regions = hive.columns, size.workers, size.regions
    orders = rng.integers(0, 3, 2 * regions)
    c["cargo"][:] = rng.choice([0, 0, 0, 2], 2 * n)
    c["health"][:] = rng.choice([Health.ALIVE, Health.ALIVE, Health.FAILED], 2 * n)
    old = rng.integers(0, regions, 2 * n)
    c["home"][:] = old
    home = decide(hive, orders)
    base = np.arange(n) * regions // n
    for row in range(2 * n):
        here, own = row // n * regions, base[row % n]
        drawn = refuges(hive, orders[here : here + regions], own)
        if c["cargo"][row] or c["health"][row] != Health.ALIVE:
            assert home[row] == old[row]
        elif orders[here + own] != PUSH or not drawn:
            assert home[row] == own
        else:
            assert home[row] in drawn
    # Of a region whose workers are all idle, the drawn-in get shares that differ by one at most.
    c["cargo"][:] = 0
    c["health"][:] = Health.ALIVE
    home = decide(hive, orders)
    for world_index in range(2):
        here = world_index * regions
        for region in np.flatnonzero(orders[here : here + regions] == PUSH):
            drawn = refuges(hive, orders[here : here + regions], region)
            if drawn:
                leavers = home[world_index * n : (world_index + 1) * n][base == region]
                shares = [int((leavers == r).sum()) for r in drawn]
                assert max(shares) - min(shares) <= 1


def test_hold_brings_everybody_home_at_the_next_decision_and_not_before():
    hive = world(SIZES["nano"], **CLOCKS)
    n = hive.workers
    base = np.arange(n) * 16 // n
    hive.columns["workforce"][:] = [PUSH, DRAW, DRAW, HOLD] * 4
    hive.step(idle(hive))
    home = hive.columns["home"].copy()
    assert (home != base).sum() == n // 4
    hive.columns["workforce"][:] = HOLD
    for _ in range(3):
        hive.step(idle(hive))
        np.testing.assert_array_equal(hive.columns["home"], home)
    hive.step(idle(hive))
    np.testing.assert_array_equal(hive.columns["home"], base)


@pytest.mark.jitless
def test_a_carrier_keeps_its_home_until_a_decision_finds_it_unloaded():
    hive = world(SIZES["nano"])
    hive.columns["cargo"][0] = 1
    orders = np.array([PUSH, DRAW, HOLD, HOLD] * 4)
    assert decide(hive, orders)[0] == 0
    hive.columns["cargo"][0] = 0
    assert decide(hive, orders, tick=1)[0] == 0, "between decisions nothing moves"
    assert decide(hive, orders, tick=32)[0] == 1


def test_where_nobody_draws_the_pushed_out_stay():
    hive = world(SIZES["nano"])
    base = np.arange(512) * 16 // 512
    np.testing.assert_array_equal(decide(hive, np.full(16, PUSH)), base)


@pytest.mark.jitless
def test_orders_of_other_sectors_do_not_matter():
    hive = world(SIZES["nano"])
    orders = np.full(16, HOLD)
    orders[0] = PUSH
    orders[4:] = DRAW
    np.testing.assert_array_equal(decide(hive, orders), np.arange(512) * 16 // 512)
