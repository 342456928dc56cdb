"""Built-in controllers of workers, as systems: each writes the action of the row at hand.

`act_randomly` and `act_in_a_loop` read nothing of the world, `reflex` nothing but the worker's
own observation and a random word; `act_as_expert` reads the whole world, and is a reference for
scripted play.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Channel, Plane, Stream, Verb
from hive_env.random import below, draw, rule
from hive_env.systems.senses import (
    CARGO_AT,
    CASUALTY,
    GOAL_AT,
    HAZARD,
    HAZARD_AT,
    HOME_AT,
    SITE_AT,
    SPECIALIST_AT,
    SUCCESS_AT,
    TRAIL_AT,
    ZONE_AT,
    cells_of,
    seen_at,
)
from hive_env.systems.space import cell_of, way
from hive_env.systems.workers import value_of

_TYPES = RESOURCE_TYPES
_STAY = int(Verb.STAY)
_NORTH = int(Verb.NORTH)
_EAST = int(Verb.EAST)
_SOUTH = int(Verb.SOUTH)
_WEST = int(Verb.WEST)
_UP = int(Verb.UP)
_DOWN = int(Verb.DOWN)
_PICK = int(Verb.PICK)
_DROP = int(Verb.DROP)
_WORK = int(Verb.WORK)
_LEAVE_RESOURCE = int(Channel.RESOURCE) + 1
_RESOURCE_PLANE = int(Plane.RESOURCE)
_POLICY = int(Stream.POLICY)
_HEADING = int(Stream.HEADING)

STRIDE = 8
"""Ticks for which a searching worker keeps its heading."""


@rule
def act_randomly(row, world, seed, episode, tick, workers, verbs, id, action):
    """Draw both parts of the action uniformly."""
    words = draw(seed, episode, tick, _POLICY, id[row])
    out = world * workers + np.int64(id[row])
    action[out, 0] = below(words[0], verbs)
    action[out, 1] = below(words[1], 5)


@rule
def act_in_a_loop(row, world, tick, workers, region_side, id, action):
    """Walk out straight, trying to pick at every cell, walk back and drop; seeing nothing.

    Each worker has a direction and a distance of its own. Another direction follows each trip.
    """
    entity = np.int64(id[row])
    far = 2 + (entity // 4) % (region_side // 2 - 2)
    length = 3 * far + 1
    trip = tick // length
    phase = tick - trip * length
    outward = (entity + trip) % 4
    verb = np.int64(_DROP)
    if phase < 2 * far:
        verb = _NORTH + outward if phase % 2 == 0 else np.int64(_PICK)
    elif phase < 3 * far:
        verb = np.int64(_NORTH + (outward + 2) % 4)
    out = world * workers + entity
    action[out, 0] = verb
    action[out, 1] = 0


@rule
def toward(offset_x, offset_y, offset_z):
    """Step along the longest axis of an offset; ties go along x, then y; STAY at zero."""
    if offset_x == 0 and offset_y == 0 and offset_z == 0:
        return _STAY
    if abs(offset_z) > max(abs(offset_x), abs(offset_y)):
        return _UP if offset_z > 0 else _DOWN
    if abs(offset_x) >= abs(offset_y):
        return _EAST if offset_x > 0 else _WEST
    return _SOUTH if offset_y > 0 else _NORTH


@rule
def heading(seed, episode, tick, entity, deep):
    """Direction in which a worker searches, kept for `STRIDE` ticks."""
    word = draw(seed, episode, (tick + 5 * entity) // STRIDE, _HEADING, entity)[0]
    way = below(word, 4 + 2 * deep)
    return _NORTH + way if way < 4 else _UP + way - 4


@rule
def around(verb, out, deep, observation):
    """The same step, or a quarter turn where a hazard lies ahead."""
    for _ in range(3):
        if verb < _NORTH or verb > _WEST:
            return verb
        if observation[out, HAZARD_AT + 6 * deep + verb] != HAZARD:
            return verb
        verb = verb + 1 if verb < _WEST else _NORTH
    return verb


@rule
def hurt_beside(out, deep, observation):
    """Whether a failed worker lies in the own cell or one beside it."""
    hurt = False
    for index in range(5):
        hurt = hurt | (observation[out, HAZARD_AT + 6 * deep + index] == CASUALTY)
    return hurt


@rule
def urgency(out, deep, kind, obey, observation):
    """Weight of a type in a worker's order: 1 high, 1/2 normal, 0 off; 1 for who obeys nobody."""
    if obey == 0:
        return 1.0
    return np.int64(observation[out, GOAL_AT + 16 * deep + kind]) / 255.0


@rule
def best_site(out, deep, kind, obey, observation):
    """Type of the visible site that is best for a worker of a kind, -1 where none is wanted.

    A site scores urgency * success / (distance + 4); another kind's success is .35.
    """
    best = np.int64(-1)
    best_score = np.float64(0)
    for site in range(_TYPES):
        index = SITE_AT + (3 + deep) * site
        if observation[out, index + 2 + deep] > 0:
            far = np.int64(0)
            for axis in range(2 + deep):
                far += abs((np.int64(observation[out, index + axis]) - 128) >> 5)
            score = urgency(out, deep, site, obey, observation)
            score *= (1.0 if site == kind else 0.35) / (far + 4)
            if score > best_score:
                best = np.int64(site)
                best_score = score
    return best


@rule
def approach(out, deep, site, observation):
    """Step toward the visible site of a type, or PICK when it is underfoot."""
    index = SITE_AT + (3 + deep) * site
    to_x = (np.int64(observation[out, index]) - 128) >> 5
    to_y = (np.int64(observation[out, index + 1]) - 128) >> 5
    to_z = ((np.int64(observation[out, index + 2]) - 128) >> 5) if deep else np.int64(0)
    verb = toward(to_x, to_y, to_z)
    return _PICK if verb == _STAY else verb


@rule
def follow(out, deep, kind, obey, off_x, off_y, observation):
    """Step up the best trail that leads outward from the depot, STAY where there is none.

    Who obeys nobody follows trails of its own kind; who obeys, the trail of the type with the
    most of urgency * success * slope.

    Parameters
    ----------
    off_x, off_y : int
        Way home, cells.
    """
    best = np.float64(0)
    verb = np.int64(_STAY)
    for sort in range(_TYPES):
        if obey == 0 and sort != kind:
            continue
        index = TRAIL_AT + 8 * deep + (3 + deep) * (_RESOURCE_PLANE + sort)
        slope_x = np.int64(observation[out, index + 1]) - 128
        slope_y = np.int64(observation[out, index + 2]) - 128
        if off_x * slope_x > 0:
            slope_x = np.int64(0)
        if off_y * slope_y > 0:
            slope_y = np.int64(0)
        score = urgency(out, deep, sort, obey, observation) * (1.0 if sort == kind else 0.35)
        score *= abs(slope_x) + abs(slope_y)
        if score > best:
            best = score
            verb = np.int64(toward(slope_x, slope_y, np.int64(0)))
    return verb


@rule
def search(
    out, deep, kind, entity, seed, episode, tick, region_side, leash, pheromone, obey, off_x,
    off_y, observation,
):  # fmt: skip
    """Step of a worker that sees no site it wants.

    Back toward its region when it has left it, up a trail that leads outward, toward its ordered
    zone when it is outside, else straight on.

    Parameters
    ----------
    pheromone, obey : int
        1 to follow trails, and orders.
    leash : int
        Cells that a worker may be from the centre of its zone.
    off_x, off_y : int
        Way home, cells.
    """
    if max(abs(off_x), abs(off_y)) >= region_side // 2:
        return toward(off_x, off_y, np.int64(0))
    if pheromone:
        verb = follow(out, deep, kind, obey, off_x, off_y, observation)
        word = draw(seed, episode, tick, _POLICY, entity)[2]
        if verb != _STAY and below(word, 10) > 0:
            return verb
    if obey:
        zone_x = cells_of(np.int64(observation[out, ZONE_AT + 16 * deep]))
        zone_y = cells_of(np.int64(observation[out, ZONE_AT + 16 * deep + 1]))
        if max(abs(zone_x), abs(zone_y)) > leash:
            return toward(zone_x, zone_y, np.int64(0))
    return heading(seed, episode, tick, entity, deep)


@rule
def go_home(off_x, off_y, off_z):
    """Step toward the depot, or DROP within one cell of it."""
    if abs(off_x) + abs(off_y) + abs(off_z) <= 1:
        return _DROP
    return toward(off_x, off_y, off_z)


@rule
def reflex(
    row, number, region, world, seed, episode, tick, by_id, workers, region_side, leash, depth,
    pheromone, obey, medics, id, dense_first, dense_base, observation, action,
):  # fmt: skip
    """Fetch what is in sight, take it home, help the fallen beside you, else search.

    With ``pheromone`` at 1 a carrier from a site that still has stock lays a trail, and a
    searcher follows trails away from home. With ``obey`` at 1 it keeps to its order: it
    fetches what has a priority, and searches where it is sent.
    """
    deep = np.int64(depth > 1)
    entity = np.int64(id[row])
    out = seen_at(row, number, region, world, by_id, workers, id, dense_first, dense_base)
    home = HOME_AT + 15 * deep
    off_x = cells_of(np.int64(observation[out, home]))
    off_y = cells_of(np.int64(observation[out, home + 1]))
    off_z = cells_of(np.int64(observation[out, home + 2])) if deep else np.int64(0)
    loaded = False
    kind = np.int64(0)
    for index in range(_TYPES):
        loaded = loaded | (observation[out, CARGO_AT + 15 * deep + index] > 0)
        if observation[out, SPECIALIST_AT + 15 * deep + index] > 0:
            kind = np.int64(index)
    deposit = np.int64(0)
    if loaded:
        verb = go_home(off_x, off_y, off_z)
        if pheromone and observation[out, SUCCESS_AT + 16 * deep] == 255:
            deposit = np.int64(_LEAVE_RESOURCE)
    elif medics and hurt_beside(out, deep, observation):
        verb = np.int64(_WORK)
    else:
        site = best_site(out, deep, kind, obey, observation)
        if site >= 0:
            verb = approach(out, deep, site, observation)
        else:
            verb = search(
                out, deep, kind, entity, seed, episode, tick, region_side, leash, pheromone, obey,
                off_x, off_y, observation,
            )  # fmt: skip
    to = world * workers + entity
    action[to, 0] = around(verb, out, deep, observation)
    action[to, 1] = deposit


@rule
def act_as_expert(
    row, number, region, world, by_id, workers, regions, hives, region_side, cells_x, cells_y,
    depth, torus, sites, medics,
    demand_hot, demand_cold, season_hot, season_cold, id, x, y, z, home, cargo, specialist,
    region_x0, region_y0, region_hive, site_cell, site_stock, site_type, demand, season,
    dense_first, dense_base, observation, action,
):  # fmt: skip
    """Fetch from the site of the own region that promises most, knowing all.

    A site scores value * success / (way to it and home + 8) among those worth anything.
    """
    deep = np.int64(depth > 1)
    to = world * workers + np.int64(id[row])
    out = seen_at(row, number, region, world, by_id, workers, id, dense_first, dense_base)
    place = np.int64(home[row])
    paying = world * regions + place
    half = region_side // 2
    at_x = half - way(np.int64(region_x0[place]) + half - cell_of(x[row]), cells_x, torus)
    at_y = half - way(np.int64(region_y0[place]) + half - cell_of(y[row]), cells_y, torus)
    at_z = cell_of(z[row]) if deep else np.int64(0)
    action[to, 1] = 0
    if cargo[row] > 0:
        verb = go_home(half - at_x, half - at_y, deep * (depth // 2 - at_z))
        action[to, 0] = around(verb, out, deep, observation)
        return
    if medics and hurt_beside(out, deep, observation):
        action[to, 0] = _WORK
        return
    kind = np.int64(specialist[row])
    reason = np.int64(season[world * hives + np.int64(region_hive[place])])
    best_score = np.float64(-1)
    to_x = half - at_x
    to_y = half - at_y
    to_z = np.int64(0)
    for site in range(sites):
        if site_stock[paying, site] <= 0:
            continue
        sort = np.int64(site_type[paying, site])
        worth = value_of(
            sort, np.int64(demand[paying]), reason, np.int64(1), demand_hot, demand_cold,
            season_hot, season_cold,
        )  # fmt: skip
        if worth <= 0:
            continue
        cell = np.int64(site_cell[paying, site])
        line = cell // region_side
        layer = line // region_side
        off_x = cell - line * region_side - at_x
        off_y = line - layer * region_side - at_y
        off_z = layer - at_z
        back = abs(off_x + at_x - half) + abs(off_y + at_y - half)
        far = abs(off_x) + abs(off_y) + abs(off_z) + back + 8
        score = worth * (1.0 if sort == kind else 0.35) / far
        if score > best_score:
            best_score = score
            to_x = off_x
            to_y = off_y
            to_z = off_z
    verb = toward(to_x, to_y, to_z)
    if verb == _STAY and best_score > 0:
        verb = np.int64(_PICK)
    action[to, 0] = around(verb, out, deep, observation)
