"""Motion on the grid and in flight: walls, rings, blocks, drag and limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import TINY, put, random_actions, settle, verbs, world

from hive_env.config import UNIT
from hive_env.enums import Boundary, Event, Health, Verb
from hive_env.systems import motion

SPEED = st.integers(-8 * UNIT, 8 * UNIT)
STEPS = {
    Verb.NORTH: (0, -1, 0),
    Verb.EAST: (1, 0, 0),
    Verb.SOUTH: (0, 1, 0),
    Verb.WEST: (-1, 0, 0),
    Verb.UP: (0, 0, 1),
    Verb.DOWN: (0, 0, -1),
}


@given(cells=st.integers(8, 1 << 17), data=st.data())
@settings(deadline=None)
def test_a_step_ends_inside_and_only_a_wall_blocks_it(cells, data):
    extent = cells * UNIT
    position = data.draw(st.integers(0, extent - 1))
    step = data.draw(SPEED)
    reached, outside = motion.step_axis(position, step, extent, 0)
    assert outside == (not 0 <= position + step < extent)
    assert reached == (position if outside else position + step)
    assert motion.step_axis(position, step, extent, 1) == ((position + step) % extent, False)


@pytest.mark.jitless
@pytest.mark.parametrize("torus", [0, 1])
@pytest.mark.parametrize("depth", [1, 3])
def test_a_worker_on_the_grid_goes_one_cell_where_its_action_points(torus, depth):
    """Every verb from every corner and from within, with the flags it leaves."""
    hive = world(TINY, boundary=Boundary(torus), depth=depth)
    c, side = hive.columns, 2 * hive.config.region_side
    line = (0, side // 2 - 1, side // 2, side - 1)
    starts = [(x, y, z) for x in line for y in line for z in {0, depth - 1}]
    for verb in range(10 if depth > 1 else 8):
        for x, y, z in starts:
            put(hive, 0, x, y, z)
            put(hive, np.arange(1, 16), 5, 5)
            settle(hive)
            hive.step(verbs(hive, np.array([verb] + [0] * 15)))
            dx, dy, dz = STEPS.get(Verb(verb), (0, 0, 0))
            to = [x + dx, y + dy, z + dz]
            limits = (side, side, depth)
            out = [not 0 <= at < limit for at, limit in zip(to, limits, strict=True)]
            blocked = out[2] or (not torus and any(out))
            to = [x, y, z] if blocked else [a % n for a, n in zip(to, limits, strict=True)]
            got = [int(c[axis][0]) >> 12 for axis in ("x", "y", *("z" * (depth > 1)))]
            assert got == to[: len(got)]
            event = int(c["event"][0])
            moving = Verb(verb) in STEPS
            assert bool(event & Event.BLOCKED) == blocked
            assert bool(event & Event.MOVED) == (moving and not blocked)


@given(velocity=SPEED, push=SPEED, drag=st.integers(0, 65_536), limit=st.integers(0, 8 * UNIT))
@settings(deadline=None)
def test_thrust_and_drag_are_symmetric_and_the_limit_holds(velocity, push, drag, limit):
    after = motion.fly_axis(velocity, push, drag, limit)
    assert abs(after) <= limit
    assert motion.fly_axis(-velocity, -push, drag, limit) == -after


@given(velocity=SPEED, drag=st.integers(0, 65_536))
@settings(deadline=None)
def test_drag_slows_and_never_turns_a_worker_round(velocity, drag):
    after = motion.fly_axis(velocity, 0, drag, 8 * UNIT)
    assert abs(after) <= abs(velocity)
    assert after * velocity >= 0


@given(velocity=SPEED, drag=st.integers(655, 65_536))
@settings(deadline=None, max_examples=50)
def test_drag_brings_a_worker_to_rest(velocity, drag):
    """From 1 % a tick on, within a few thousand ticks."""
    for _ in range(3_000):
        velocity = motion.fly_axis(velocity, 0, drag, 8 * UNIT)
    assert velocity == 0


@pytest.mark.parametrize("torus", [0, 1])
@pytest.mark.parametrize("depth", [1, 3])
def test_flight_stays_in_the_world_below_the_limit_and_says_when_a_wall_stops_it(torus, depth):
    """Every step of every axis against its velocity."""
    hive = world(
        TINY, motion="flight", boundary=Boundary(torus), depth=depth, thrust=0.7, speed_limit=2.5
    )
    rng = np.random.default_rng(5)
    c = hive.columns
    side = 2 * hive.config.region_side
    extents = {"x": side, "y": side, "z": depth}
    axes = ("x", "y", "z") if depth > 1 else ("x", "y")
    for _ in range(150):
        before = {axis: c[axis].astype(np.int64) for axis in axes}
        hive.step(random_actions(hive, rng))
        moved = np.zeros(hive.workers, bool)
        for axis in axes:
            extent = extents[axis] * UNIT
            speed = c["v" + axis].astype(np.int64)
            assert (abs(speed) <= 2.5 * UNIT).all()
            assert ((c[axis] >= 0) & (c[axis] < extent)).all()
            assert (c[axis] == (before[axis] + speed) % extent).all()
            moved |= speed != 0
        blocked = (c["event"] & Event.BLOCKED) != 0
        assert not (blocked.any() and torus and depth == 1)
        flagged = (c["event"] & Event.MOVED) != 0
        np.testing.assert_array_equal(flagged, moved & ~blocked)
    if depth == 1:
        assert not len(c["z"])


def test_a_wall_stops_flight_along_its_axis_only():
    hive = world(TINY, motion="flight", speed_limit=4.0)
    c = hive.columns
    put(hive, 0, 23, 10)
    settle(hive)
    c["vx"][0], c["vy"][0] = 3 * UNIT, UNIT
    hive.step(verbs(hive, 0))
    assert (c["vx"][0], c["x"][0] >> 12) == (0, 23)
    assert c["vy"][0] > 0
    assert c["event"][0] & Event.BLOCKED


@pytest.mark.parametrize("kind", ["grid", "flight"])
def test_a_failed_worker_is_not_moved_by_its_action(kind):
    """In flight it drifts on as one that does nothing."""
    hive, other = (world(TINY, motion=kind, drag=0.0, reboot_ticks=1000) for _ in range(2))
    rng = np.random.default_rng(0)
    for one in (hive, other):
        one.columns["health"][:] = Health.FAILED
        one.columns["vx"][:] = 100
    for _ in range(20):
        hive.step(random_actions(hive, rng))
        other.step(verbs(other, 0))
    for name in ("x", "y"):
        np.testing.assert_array_equal(hive.columns[name], other.columns[name])
    assert not (hive.columns["event"] & Event.BLOCKED).any() or kind == "flight"
