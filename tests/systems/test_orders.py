"""Orders: when they take effect, how long they stand, and what reaches the workers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import (
    ABOVE,
    CLOCKS,
    TINY,
    alone,
    idle,
    members,
    put,
    random_orders,
    world,
)

from hive_env.ecs import Unit
from hive_env.enums import Boundary, Workforce
from hive_env.errors import ActionError
from hive_env.sizes import SIZES, Size
from hive_env.systems import orders, priorities

SECTOR = alone("order_sector", Unit.SECTOR)
REGION = alone("order_region")
HIVE = alone("order_hive", Unit.HIVE)
ASSIGN = members("assign")
HOLD, PUSH, DRAW = (int(order) for order in Workforce)

TWO_HIVES = Size(96, 2, 2, 2, 1, 2, 1)
SQUADS = {"orders": "squads"}


def standing(hive, level):
    """The orders of a level that stand, by seat, as its action would have said them."""
    c, seats = hive.columns, hive.worlds * hive.levels[level].seats
    if level == "manager" and hive.config.forage.orders == "squads":
        return c["squad"]
    if level == "manager":
        return np.concatenate([c["priority"], c["focus"][:, None]], axis=1)
    if level == "orchestrator":
        return c["quota"]
    size = hive.config.size
    by_sector = np.zeros((seats, hive.config.max_span), int)
    for sector in range(seats):
        at, count = sector // size.sectors * size.regions, c["reports_count"][sector]
        by_sector[sector, :count] = c["workforce"][at + c["reports"][sector, :count].astype(int)]
    return by_sector


# --- when --------------------------------------------------------------------------------------


@pytest.mark.jitless
@pytest.mark.parametrize("forage", [{}, SQUADS], ids=["priorities", "squads"])
def test_an_order_takes_effect_at_a_decision_tick_and_stands_until_the_next(forage):
    """In a batch whose worlds are at different ticks, with other orders asked for in every tick."""
    clocks = {"manager_period": 2, "governor_period": 4, "orchestrator_period": 8}
    hive = world(TWO_HIVES, worlds=2, **clocks, **forage)
    rng = np.random.default_rng(0)
    for _ in range(3):
        hive.step(idle(hive))
    hive.reset(worlds=np.array([True, False]))
    expected = {level: standing(hive, level) for level in ABOVE}
    for _ in range(17):
        given = random_orders(hive, rng)
        for level in ABOVE:
            seats = hive.levels[level].seats
            due = np.repeat(hive.deciding(level), seats)
            expected[level] = np.where(due[:, None], given[level], expected[level])
        hive.step(idle(hive), given)
        for level in ABOVE:
            np.testing.assert_array_equal(standing(hive, level), expected[level])
    assert hive.columns["tick"].tolist() == [17, 20], "the worlds decide at different ticks"


@pytest.mark.jitless
@pytest.mark.parametrize("silent", ABOVE)
def test_orders_of_a_level_that_says_nothing_are_held(silent):
    hive = world(TWO_HIVES, **CLOCKS)
    rng = np.random.default_rng(1)
    hive.step(idle(hive), random_orders(hive, rng))
    before = standing(hive, silent)
    for tick in range(8):
        given = random_orders(hive, rng)
        del given[silent]
        hive.step(idle(hive), given if tick else None)
    np.testing.assert_array_equal(standing(hive, silent), before)


def test_a_new_episode_begins_without_orders():
    hive = world(TWO_HIVES, **CLOCKS)
    hive.step(idle(hive), random_orders(hive, np.random.default_rng(1)))
    hive.reset()
    c = hive.columns
    assert (c["priority"] == priorities.NORMAL).all()
    assert (c["quota"] == orders.NEUTRAL_QUOTA).all()
    assert (c["task_priority"] == priorities.NEUTRAL).all()
    for name in ("focus", "squad", "workforce", "refuges", "task", "task_zone"):
        assert not c[name].any()


def spoiled(given, damage, most):
    """An order that cannot be."""
    return {
        "few": given[:-1],
        "float": given.astype(float),
        "large": given + most,
        "negative": given.astype(int) - most,
        "none": None,
        "narrow": given[:, :-1],
    }[damage]


@pytest.mark.parametrize("level", ABOVE)
@pytest.mark.parametrize("damage", ["few", "float", "large", "negative", "none", "narrow"])
def test_a_bad_order_is_refused_by_name_and_the_state_untouched(level, damage):
    hive = world(TWO_HIVES, worlds=2)
    given = random_orders(hive, np.random.default_rng(0))
    given[level] = spoiled(given[level], damage, max(hive.levels[level].choices))
    before = hive.state_hash()
    with pytest.raises(ActionError, match=rf"^orders\['{level}'\]"):
        hive.step(idle(hive), given)
    assert hive.state_hash() == before


@pytest.mark.parametrize("level", ["worker", "emperor"])
def test_an_order_of_a_level_that_gives_none_is_refused(level):
    with pytest.raises(ActionError, match=r"^orders: expected levels among manager, governor"):
        world(TINY).step(idle(world(TINY)), {level: np.zeros((16, 2), np.uint8)})


# --- what reaches the workers ------------------------------------------------------------------


def handed(hive, row):
    """Goal, zone and packed priorities of a worker, from the order of its home, in words."""
    c, size = hive.columns, hive.config.size
    entity, home = int(c["id"][row]), int(c["home"][row])
    place = row // size.workers * size.regions + home
    number = entity - min(i for i in range(size.workers) if i * size.regions // size.workers
                          == entity * size.regions // size.workers)  # fmt: skip
    if hive.config.forage.orders == "squads":
        goal = int(c["squad"][place, number % 8])
        levels = [1] * 4 if goal == 0 else [2 * (kind == (goal - 1) % 4) for kind in range(4)]
        zone = 0 if goal == 0 else 1 + (goal - 1) // 4
    else:
        levels = [int(level) for level in c["priority"][place]]
        zone = 16 + int(c["focus"][place]) if c["focus"][place] else 0
    packed = sum(level * 4**kind for kind, level in enumerate(levels))
    wanted = [kind for kind in range(4) if levels[kind] == max(levels) > 0]
    own = int(c["specialist"][row])
    task = 0
    if wanted and (levels != [1] * 4 or zone):
        task = 1 + (own if own in wanted else wanted[entity % len(wanted)])
    return task, zone, packed


@pytest.mark.jitless
@pytest.mark.parametrize("forage", [{}, SQUADS], ids=["priorities", "squads"])
def test_every_worker_is_handed_the_order_of_its_home(forage):
    """Some have homes elsewhere, some regions have no order, and spans differ."""
    hive = world(Size(53, 2, 2, 1, 1), worlds=2, **CLOCKS, **forage)
    rng = np.random.default_rng(3)
    c = hive.columns
    for _ in range(6):
        c["home"][:] = rng.integers(0, 4, 106)
        c["priority"][...] = rng.integers(0, 3, (8, 4))
        c["priority"][rng.integers(8)] = 1
        c["focus"][:] = rng.integers(0, 5, 8) * rng.integers(0, 2, 8)
        c["squad"][...] = rng.integers(0, 65, (8, 8)) * (rng.random((8, 8)) < 0.7)
        hive.run_pass(ASSIGN)
        for row in range(106):
            got = c["task"][row], c["task_zone"][row], c["task_priority"][row]
            assert got == handed(hive, row)


def test_between_decisions_nobody_is_handed_anything():
    hive = world(TINY, **CLOCKS)
    hive.columns["tick"][:] = 1
    hive.columns["priority"][...] = 2
    hive.run_pass(ASSIGN)
    assert (hive.columns["task_priority"] == priorities.NEUTRAL).all()


def test_a_worker_who_migrates_is_handed_the_order_of_its_new_home_in_the_same_tick():
    hive = world(SIZES["nano"], **CLOCKS)
    given = {
        "governor": np.tile([PUSH, DRAW, HOLD, HOLD], (4, 1)),
        "manager": np.tile([0, 2, 0, 0, 3], (16, 1)),
    }
    given["manager"][1::4] = [2, 0, 0, 0, 1]
    hive.step(idle(hive), given)
    c = hive.columns
    moved = c["home"] != np.arange(512) // 32
    assert moved.sum() == 128
    assert (c["task"][moved] == 1).all()
    assert (c["task_zone"][moved] == 17).all()


@pytest.mark.parametrize("workers", [64, 53, 200])
def test_a_squad_has_one_kind_and_squads_differ_by_one_at_most(workers):
    hive = world(Size(workers, 2, 2, 1, 1))
    regions = 4
    for region in range(regions):
        mine = [i for i in range(workers) if i * regions // workers == region]
        squads = [int(orders.squad_of(i, workers, regions)) for i in mine]
        sizes = np.bincount(squads, minlength=8)
        assert max(sizes) - min(sizes) <= 1
        for entity, squad in zip(mine, squads, strict=True):
            assert hive.columns["specialist"][entity] == squad % 4


@given(packed=st.integers(0, 255), kind=st.integers(0, 3), number=st.integers(0, 1 << 30))
@settings(deadline=None)
def test_a_worker_prefers_its_own_kind_among_the_types_of_highest_priority(packed, kind, number):
    levels = [packed // 4**sort % 4 for sort in range(4)]
    got = orders.preferred(packed, kind, number)
    if max(levels) == 0:
        assert got == -1
        return
    best = [sort for sort in range(4) if levels[sort] == max(levels)]
    assert got == (kind if kind in best else best[number % len(best)])


# --- refuges -----------------------------------------------------------------------------------


@pytest.mark.jitless
@pytest.mark.parametrize("size", [TWO_HIVES, Size(120, 5, 3, 2, 1), Size(48, 6, 1, 1, 2)])
@pytest.mark.parametrize("boundary", Boundary)
def test_refuges_are_the_nearest_drawn_in_regions_under_the_same_governor(size, boundary):
    """Four at most, ties by number, in the order of the chart as it is now."""
    room = size.sector_regions + 2
    hive = world(size, worlds=2, max_span=room, boundary=boundary)
    rng = np.random.default_rng(0)
    c = hive.columns
    for _ in range(4):
        manager, governor = rng.integers(size.regions), rng.integers(size.sectors)
        if c["sector_hive"][governor] == c["region_hive"][manager]:
            hive.reparent(int(manager), int(governor), 1)
    workforce = rng.integers(0, 3, 2 * size.regions)
    c["workforce"][:] = workforce
    hive.run_pass(SECTOR, governor_action=np.zeros((0, room), np.uint8))

    def away(one, other):
        total = 0
        for axis in "xy":
            gap = abs(int(c[f"region_{axis}0"][one]) - int(c[f"region_{axis}0"][other]))
            extent = int(hive.blueprint.constants[f"cells_{axis}"])
            total += min(gap, extent - gap) if boundary is Boundary.TORUS else gap
        return total

    for row in range(2 * size.regions):
        at, place = row // size.regions * size.regions, row % size.regions
        drawn = [
            (away(r, place), r)
            for r in range(size.regions)
            if workforce[at + r] == DRAW and c["governor"][at + r] == c["governor"][row]
        ]
        expected = [r for _, r in sorted(drawn)][:4] if workforce[row] == PUSH else []
        assert c["refuge"][row, : c["refuges"][row]].tolist() == expected


def test_a_governor_orders_its_regions_slot_by_slot():
    """Those it has adopted too; slots that it has not filled order nobody."""
    hive = world(SIZES["nano"], max_span=6)
    hive.reparent(4, 0)
    action = np.zeros((4, 6), np.uint8)
    action[0] = [PUSH, DRAW, HOLD, DRAW, PUSH, DRAW]
    action[1] = [DRAW, DRAW, DRAW, PUSH, PUSH, PUSH]
    hive.step(idle(hive), {"governor": action})
    workforce = hive.columns["workforce"]
    assert workforce[:8].tolist() == [PUSH, DRAW, HOLD, DRAW, PUSH, DRAW, DRAW, DRAW]
    assert not workforce[8:].any()
    homes = hive.columns["home"][4 * 32 : 5 * 32]
    assert set(homes.tolist()) == {1, 3}, "the adopted region's workers go to its new siblings"


# --- zones -------------------------------------------------------------------------------------


@given(side=st.integers(2, 60).map(lambda quarter: 4 * quarter))
@settings(deadline=None, max_examples=20)
def test_zones_and_quadrants_tile_a_region_around_their_centres(side):
    for first, across in ((1, 4), (17, 2)):
        part = side // across
        for number in range(across * across):
            row, column = divmod(number, across)
            assert orders.zone_x(first + number, side) == column * part + part // 2
            assert orders.zone_y(first + number, side) == row * part + part // 2


@pytest.mark.jitless
def test_a_worker_is_outside_its_zone_by_the_cells_it_has_to_go():
    """Against the distance to the nearest cell within reach of the zone's centre."""
    hive = world(TINY)
    c, side = hive.columns, hive.config.region_side
    rng = np.random.default_rng(0)
    for _ in range(20):
        put(hive, np.arange(16), rng.integers(0, 2 * side, 16), rng.integers(0, 2 * side, 16))
        c["home"][:] = rng.integers(0, 4, 16)
        for row, zone in enumerate(rng.permutation(np.arange(1, 21))[:16]):
            part, across, first = (side // 2, 2, 17) if zone > 16 else (side // 4, 4, 1)
            line, column = divmod(int(zone) - first, across)
            gaps = []
            for axis, index in (("x", column), ("y", line)):
                corner = int(c[f"region_{axis}0"][c["home"][row]])
                centre, reach = corner + index * part + part // 2, part // 2
                here = int(c[axis][row]) >> 12
                gaps.append(
                    min(abs(here - cell) for cell in range(centre - reach, centre + reach + 1))
                )
            got = orders.outside_zone(
                row, zone, side, 2 * side, 2 * side, 0,
                c["x"], c["y"], c["home"], c["region_x0"], c["region_y0"],
            )  # fmt: skip
            assert got == sum(gaps)
