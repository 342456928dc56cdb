"""Motion systems: how a worker's action changes where it is. One of them runs in a world."""

from __future__ import annotations

import numpy as np

from hive_env.config import FRACTION_BITS
from hive_env.enums import Event, Verb
from hive_env.random import rule
from hive_env.systems.workers import free_to_act

_BLOCKED = int(Event.BLOCKED)
_MOVED = int(Event.MOVED)
_NORTH = int(Verb.NORTH)
_EAST = int(Verb.EAST)
_SOUTH = int(Verb.SOUTH)
_WEST = int(Verb.WEST)
_UP = int(Verb.UP)
_DOWN = int(Verb.DOWN)


@rule
def step_axis(position, step, extent, torus):
    """Position after a step along an axis, and whether an edge changed it.

    Parameters
    ----------
    position, step, extent : int
        1/4096 cells; positions lie in [0, extent).
    torus : int
        1: the axis is a ring. 0: a step beyond the edge is not made.
    """
    reached = position + step
    outside = (reached < 0) | (reached >= extent)
    if torus:
        return reached % extent, False
    return (position if outside else reached), outside


@rule
def move_on_grid(
    row, world, workers, cells_x, cells_y, depth, torus, action, id, health, event, x, y, z
):
    """Move a worker one cell in the direction of its action; a wall blocks it."""
    if not free_to_act(row, health, event):
        return
    verb = np.int64(action[world * workers + np.int64(id[row]), 0])
    step_x = np.int64(verb == _EAST) - np.int64(verb == _WEST)
    step_y = np.int64(verb == _SOUTH) - np.int64(verb == _NORTH)
    at_x, out_x = step_axis(
        np.int64(x[row]), step_x << FRACTION_BITS, cells_x << FRACTION_BITS, torus
    )
    at_y, out_y = step_axis(
        np.int64(y[row]), step_y << FRACTION_BITS, cells_y << FRACTION_BITS, torus
    )
    x[row] = at_x
    y[row] = at_y
    wanted = (step_x | step_y) != 0
    blocked = out_x | out_y
    if depth > 1:
        step_z = np.int64(verb == _UP) - np.int64(verb == _DOWN)
        at_z, out_z = step_axis(
            np.int64(z[row]), step_z << FRACTION_BITS, depth << FRACTION_BITS, 0
        )
        z[row] = at_z
        wanted |= step_z != 0
        blocked |= out_z
    mark = (_BLOCKED if blocked else _MOVED) if wanted else 0
    event[row] = np.int64(event[row]) | mark


@rule
def fly_axis(velocity, push, drag, speed_limit):
    """Velocity after a tick of drag and thrust: |v| falls by ceil(|v| * drag), push adds.

    So drag alone brings any speed to rest.

    Parameters
    ----------
    velocity, push, speed_limit : int
        1/4096 cells a tick.
    drag : int
        Share of the speed lost in a tick, 1/65536.
    """
    loss = (abs(velocity) * drag + 65535) >> 16
    slowed = velocity - loss if velocity > 0 else velocity + loss
    return min(max(slowed + push, -speed_limit), speed_limit)


@rule
def fly(
    row, world, workers, cells_x, cells_y, depth, torus, thrust, drag, speed_limit, action, id,
    health, event, x, y, z, vx, vy, vz,
):  # fmt: skip
    """Move a worker by its velocity, which its action pushes and drag slows.

    A worker that may not act drifts on. At a wall it stops along that axis and is blocked.
    """
    verb = np.int64(action[world * workers + np.int64(id[row]), 0])
    push = thrust if free_to_act(row, health, event) else np.int64(0)
    speed_x = fly_axis(
        np.int64(vx[row]),
        push * (np.int64(verb == _EAST) - np.int64(verb == _WEST)),
        drag,
        speed_limit,
    )
    speed_y = fly_axis(
        np.int64(vy[row]),
        push * (np.int64(verb == _SOUTH) - np.int64(verb == _NORTH)),
        drag,
        speed_limit,
    )
    at_x, out_x = step_axis(np.int64(x[row]), speed_x, cells_x << FRACTION_BITS, torus)
    at_y, out_y = step_axis(np.int64(y[row]), speed_y, cells_y << FRACTION_BITS, torus)
    x[row] = at_x
    y[row] = at_y
    vx[row] = 0 if out_x else speed_x
    vy[row] = 0 if out_y else speed_y
    moving = (speed_x | speed_y) != 0
    blocked = out_x | out_y
    if depth > 1:
        speed_z = fly_axis(
            np.int64(vz[row]),
            push * (np.int64(verb == _UP) - np.int64(verb == _DOWN)),
            drag,
            speed_limit,
        )
        at_z, out_z = step_axis(np.int64(z[row]), speed_z, depth << FRACTION_BITS, 0)
        z[row] = at_z
        vz[row] = 0 if out_z else speed_z
        moving |= speed_z != 0
        blocked |= out_z
    mark = (_BLOCKED if blocked else _MOVED) if moving else 0
    event[row] = np.int64(event[row]) | mark
