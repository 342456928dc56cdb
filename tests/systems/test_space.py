"""Who stands where: the lists of members and the ground, whatever the workers do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import (
    TINY,
    check_lists,
    ground_reference,
    put,
    random_actions,
    settle,
    standing,
    verbs,
    world,
)

from hive_env.enums import Boundary, Health, Verb
from hive_env.errors import ActionError
from hive_env.sizes import Size
from hive_env.systems import space

RING = Size(24, 1, 1, 2, 2)
ONE = Size(8, 1, 1, 1, 1)
STRIP = Size(24, 1, 1, 3, 1)
WORLDS = {
    "walls": (TINY, {}),
    "torus": (TINY, {"boundary": Boundary.TORUS}),
    "one region": (ONE, {"boundary": Boundary.TORUS}),
    "strip": (STRIP, {"boundary": Boundary.TORUS}),
    "space": (TINY, {"depth": 3, "boundary": Boundary.TORUS}),
    "flight": (
        Size(8, 1, 1, 2, 2),
        {"motion": "flight", "speed_limit": 8.0, "thrust": 8.0, "drag": 0.0},
    ),
    "flight on a torus": (
        RING,
        {
            "motion": "flight",
            "speed_limit": 8.0,
            "thrust": 5.3,
            "drag": 0.01,
            "boundary": Boundary.TORUS,
        },
    ),
}


@pytest.mark.parametrize("kind", WORLDS)
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=5)
def test_every_worker_is_in_one_list_that_of_the_region_where_it_stands(kind, seed):
    """Over random actions with faults and hazards, in every geometry, two worlds at once."""
    size, forage = WORLDS[kind]
    hive = world(size, worlds=2, seed=seed, fault_mean_ticks=20, hazards_per_region=4, **forage)
    rng = np.random.default_rng(seed)
    check_lists(hive)
    for _ in range(40):
        hive.step(random_actions(hive, rng))
        check_lists(hive)


@pytest.mark.jitless
@pytest.mark.parametrize("kind", ["torus", "flight", "space"])
def test_lists_hold_after_restore_permute_and_sorting(kind):
    size, forage = WORLDS[kind]
    hive = world(size, **forage)
    rng = np.random.default_rng(0)
    for change in ("restore", "permute", "sort"):
        for _ in range(6):
            hive.step(random_actions(hive, rng))
        if change == "restore":
            hive.restore(hive.snapshot())
        elif change == "permute":
            hive.permute(rng.permutation(hive.workers))
        else:
            hive.sort_rows()
        check_lists(hive)
        hive.step(random_actions(hive, rng))
        check_lists(hive)


@pytest.mark.parametrize("kind", WORLDS)
def test_the_order_of_rows_changes_nothing(kind):
    """Two equal worlds, one with its rows shuffled now and then, stay equal by hash."""
    size, forage = WORLDS[kind]
    one, other = (world(size, fault_mean_ticks=30, **forage) for _ in range(2))
    rng = np.random.default_rng(3)
    for tick in range(24):
        actions = random_actions(one, rng)
        one.step(actions)
        other.step(actions)
        if tick % 5 == 2:
            other.permute(rng.permutation(other.workers))
        if tick % 7 == 3:
            other.sort_rows()
        assert one.state_hash() == other.state_hash()


@pytest.mark.parametrize("place", range(4))
def test_a_region_takes_in_everybody_and_its_list_grows(place):
    """All walk to one corner region: the slots overflow, and nobody is lost on the way."""
    hive = world(Size(64, 1, 1, 2, 2), crowd_capacity=14)
    c, side = hive.columns, hive.config.region_side
    goal_x, goal_y = c["region_x0"][place] + 1, c["region_y0"][place] + 1
    overflowed = False
    room = int(c["member_room"][place])
    for _ in range(8 * side):
        at_x, at_y = c["x"] >> 12, c["y"] >> 12
        verb = np.where(at_x < goal_x, int(Verb.EAST), int(Verb.WEST))
        verb[at_x == goal_x] = np.where(at_y < goal_y, int(Verb.SOUTH), int(Verb.NORTH))[
            at_x == goal_x
        ]
        verb[(at_x == goal_x) & (at_y == goal_y)] = int(Verb.STAY)
        hive.step(verbs(hive, verb.astype(np.uint8)))
        check_lists(hive)
        overflowed = overflowed or c["member_room"][place] > room
    assert overflowed
    assert (standing(hive) == place).all()
    cell = (goal_y - c["region_y0"][place]) * side + goal_x - c["region_x0"][place]
    assert c["ground"][place, cell] & 15 == 15


def test_an_overflow_leaves_the_same_state_as_ample_room():
    """The hash after a crowding does not depend on how much room the lists had before."""
    one, other = (world(Size(64, 1, 1, 2, 2), crowd_capacity=14) for _ in range(2))
    rows = np.arange(64)
    for hive in (one, other):
        put(hive, rows, 15, 2 + rows % 20)
        settle(hive)
    other.columns["member_room"][:] = other.columns["member_stay"]
    for verb in (Verb.EAST, Verb.EAST, Verb.WEST, Verb.WEST, Verb.WEST):
        for hive in (one, other):
            hive.step(verbs(hive, int(verb)))
        assert one.state_hash() == other.state_hash()
        check_lists(other)


@pytest.mark.jitless
def test_the_ground_shows_counts_casualties_sites_and_hazards():
    """Counts stop at fifteen; the ended do not show."""
    hive = world(Size(64, 1, 1, 2, 2), hazards_per_region=16)
    c = hive.columns
    put(hive, np.arange(20), 3, 3)
    c["health"][:3] = Health.FAILED
    c["health"][30:33] = Health.ENDED
    settle(hive)
    np.testing.assert_array_equal(c["ground"], ground_reference(hive))
    side = hive.config.region_side
    assert c["ground"][0, 3 * side + 3] & 15 == 15
    assert (c["ground"] & 64).any()


@pytest.mark.parametrize("torus", [0, 1])
@pytest.mark.parametrize("size", [TINY, ONE, STRIP, Size(100, 5, 5, 1, 1)])
def test_a_cell_beyond_a_border_is_found_in_the_neighbour(size, torus):
    hive = world(size, boundary=Boundary(torus))
    c, side = hive.columns, hive.config.region_side
    wide, high = size.regions_x * side, size.regions_y * side
    for place in range(size.regions):
        for local_x in (-2, -1, 0, side - 1, side, side + 1):
            for local_y in (-2, 0, side - 1, side + 1):
                x, y = c["region_x0"][place] + local_x, c["region_y0"][place] + local_y
                got = space.across(place, local_x, local_y, side, c["neighbour"])
                if not torus and not (0 <= x < wide and 0 <= y < high):
                    assert got[0] == -1
                    continue
                x, y = x % wide, y % high
                expected = c["region_grid"][y // side * size.regions_x + x // side]
                assert got == (expected, x % side, y % side)


@given(seed=st.integers(0, 2**32), bad=st.integers(0, 31), deposit=st.booleans())
@settings(deadline=None, max_examples=25)
def test_the_first_invalid_action_is_named_and_nothing_changes(seed, bad, deposit):
    hive = world(TINY, worlds=2)
    rng = np.random.default_rng(seed)
    actions = random_actions(hive, rng)
    actions[bad:, int(deposit)] = rng.integers(8, 256)
    before = hive.state_hash()
    with pytest.raises(ActionError, match=rf"actions\[{bad}\] \(world {bad // 16}, worker"):
        hive.step(actions)
    assert hive.state_hash() == before


@pytest.mark.parametrize(
    ("ids", "good"),
    [([2, 0, 1], True), ([], True), ([0, 1, 1], False), ([0, 1, 3], False), ([2**32 - 1], False)],
)
def test_ids_name_each_worker_once_or_they_do_not(ids, good):
    assert space.names_each_once(np.array(ids, np.uint32)) == good
