"""Built-in controllers of workers, as systems: each writes the action of the row at hand.

``act_randomly``, ``reflex`` read nothing but the worker's own observation and a random word;
`act_as_expert` reads the whole world, and is a reference for scripted play.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Channel, Ground, Health, Plane, Stream, Verb
from hive_env.random import below, draw, rule
from hive_env.systems.senses import (
    CARGO_AT,
    CASUALTY,
    HAZARD,
    HAZARD_AT,
    HOME_AT,
    SITE_AT,
    SPECIALIST_AT,
    SUCCESS_AT,
    TRAIL_AT,
)
from hive_env.systems.space import cell_of
from hive_env.systems.workers import value_of

_TYPES = RESOURCE_TYPES
_STAY = int(Verb.STAY)
_NORTH = int(Verb.NORTH)
_EAST = int(Verb.EAST)
_SOUTH = int(Verb.SOUTH)
_WEST = int(Verb.WEST)
_PICK = int(Verb.PICK)
_DROP = int(Verb.DROP)
_WORK = int(Verb.WORK)
_LEAVE_RESOURCE = int(Channel.RESOURCE) + 1
_RESOURCE_PLANE = int(Plane.RESOURCE)
_POLICY = int(Stream.POLICY)
_HEADING = int(Stream.HEADING)
_ALIVE = int(Health.ALIVE)
_GROUND_HAZARD = int(Ground.HAZARD)

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
def toward(offset_x, offset_y):
    """Step along the longer axis of an offset; ties go along x; STAY at zero."""
    if offset_x == 0 and offset_y == 0:
        return _STAY
    if abs(offset_x) >= abs(offset_y):
        return _EAST if offset_x > 0 else _WEST
    return _SOUTH if offset_y > 0 else _NORTH


@rule
def heading(seed, episode, tick, entity):
    """Direction in which a worker searches, kept for `STRIDE` ticks."""
    word = draw(seed, episode, (tick + 5 * entity) // STRIDE, _HEADING, entity)[0]
    return _NORTH + below(word, 4)


@rule
def around(verb, out, observation):
    """The same step, or a quarter turn where a hazard lies ahead."""
    for _ in range(3):
        if verb < _NORTH or verb > _WEST:
            return verb
        if observation[out, HAZARD_AT + verb] != HAZARD:
            return verb
        verb = verb + 1 if verb < _WEST else _NORTH
    return verb


@rule
def best_site(out, kind, observation):
    """Type of the visible site that is best for a worker of a kind, -1 where none is seen.

    A site scores success / (distance + 4); another kind's success is .35.
    """
    best = np.int64(-1)
    best_score = np.float64(0)
    for site in range(_TYPES):
        index = SITE_AT + 3 * site
        if observation[out, index + 2] > 0:
            off_x = (np.int64(observation[out, index]) - 128) >> 5
            off_y = (np.int64(observation[out, index + 1]) - 128) >> 5
            score = (1.0 if site == kind else 0.35) / (abs(off_x) + abs(off_y) + 4)
            if score > best_score:
                best = np.int64(site)
                best_score = score
    return best


@rule
def search(
    out, kind, entity, seed, episode, tick, region_side, pheromone, off_x, off_y, observation
):
    """Step of a worker that sees no site: up a trail that leads outward, else straight on.

    Parameters
    ----------
    pheromone : int
        1 to follow trails.
    off_x, off_y : int
        Way home, cells.
    """
    if max(abs(off_x), abs(off_y)) >= region_side // 2:
        return toward(off_x, off_y)
    if pheromone:
        index = TRAIL_AT + 3 * (_RESOURCE_PLANE + kind)
        slope_x = np.int64(observation[out, index + 1]) - 128
        slope_y = np.int64(observation[out, index + 2]) - 128
        if off_x * slope_x > 0:
            slope_x = np.int64(0)
        if off_y * slope_y > 0:
            slope_y = np.int64(0)
        word = draw(seed, episode, tick, _POLICY, entity)[2]
        if (slope_x != 0 or slope_y != 0) and below(word, 10) > 0:
            return toward(slope_x, slope_y)
    return heading(seed, episode, tick, entity)


@rule
def reflex(
    row, number, region, world, seed, episode, tick, workers, region_side, pheromone, medics, id,
    dense_first, dense_base, observation, action,
):  # fmt: skip
    """Fetch what is in sight, take it home, help the fallen beside you, else search.

    With ``pheromone`` at 1 a carrier from a site that still has stock lays a trail, and a
    searcher follows the trail of its own kind away from home.
    """
    entity = np.int64(id[row])
    out = dense_first[region] + number - dense_base
    off_x = np.int64(observation[out, HOME_AT]) - 128
    off_y = np.int64(observation[out, HOME_AT + 1]) - 128
    loaded = False
    kind = np.int64(0)
    for index in range(_TYPES):
        loaded = loaded | (observation[out, CARGO_AT + index] > 0)
        if observation[out, SPECIALIST_AT + index] > 0:
            kind = np.int64(index)
    deposit = np.int64(0)
    if loaded:
        verb = toward(off_x, off_y) if abs(off_x) + abs(off_y) > 1 else _DROP
        if pheromone and observation[out, SUCCESS_AT] == 255:
            deposit = np.int64(_LEAVE_RESOURCE)
    else:
        site = best_site(out, kind, observation)
        hurt = False
        for index in range(5):
            hurt = hurt | ((medics > 0) & (observation[out, HAZARD_AT + index] == CASUALTY))
        if hurt:
            verb = _WORK
        elif site >= 0:
            to_x = (np.int64(observation[out, SITE_AT + 3 * site]) - 128) >> 5
            to_y = (np.int64(observation[out, SITE_AT + 3 * site + 1]) - 128) >> 5
            verb = toward(to_x, to_y) if (to_x != 0 or to_y != 0) else _PICK
        else:
            verb = search(
                out, kind, entity, seed, episode, tick, region_side, pheromone, off_x, off_y,
                observation,
            )  # fmt: skip
    to = world * workers + entity
    action[to, 0] = around(verb, out, observation)
    action[to, 1] = deposit


@rule
def order_as_expert(sector, world, regions, sectors, sector_regions, door, workforce):
    """Push workers out of the regions whose depots are shut, into those that are open."""
    part = sector - world * sectors
    for index in range(sector_regions.shape[1]):
        region = world * regions + np.int64(sector_regions[part, index])
        workforce[region] = 2 if door[region] else 1


@rule
def act_as_expert(
    row, number, region, world, workers, regions, hives, region_side, sites, medics, demand_hot,
    demand_cold, season_hot, season_cold, id, x, y, home, cargo, specialist, region_x0,
    region_y0, region_hive, site_cell, site_stock, site_type, demand, season,
    dense_first, dense_base, observation, action,
):  # fmt: skip
    """Fetch from the site of the own region that promises most, knowing all.

    A site scores value * success / (distance to it + its distance home + 8) among those whose
    type is worth at least half the dearest.
    """
    entity = np.int64(id[row])
    to = world * workers + entity
    out = dense_first[region] + number - dense_base
    place = np.int64(home[row])
    paying = world * regions + place
    hive = world * hives + np.int64(region_hive[place])
    half = region_side // 2
    at_x = cell_of(x[row]) - np.int64(region_x0[place])
    at_y = cell_of(y[row]) - np.int64(region_y0[place])
    action[to, 1] = 0
    if cargo[row] > 0:
        verb = (
            toward(half - at_x, half - at_y) if abs(half - at_x) + abs(half - at_y) > 1 else _DROP
        )
        action[to, 0] = around(verb, out, observation)
        return
    hurt = False
    for index in range(5):
        hurt = hurt | ((medics > 0) & (observation[out, HAZARD_AT + index] == CASUALTY))
    if hurt:
        action[to, 0] = _WORK
        return
    kind = np.int64(specialist[row])
    best_score = np.float64(-1)
    to_x = half - at_x
    to_y = half - at_y
    found = False
    for site in range(sites):
        if site_stock[paying, site] > 0:
            sort = np.int64(site_type[paying, site])
            worth = value_of(
                sort, np.int64(demand[paying]), np.int64(season[hive]), np.int64(1),
                demand_hot, demand_cold, season_hot, season_cold,
            )  # fmt: skip
            if worth > 0:
                cell = np.int64(site_cell[paying, site])
                cell_y = cell // region_side
                off_x = cell - cell_y * region_side - at_x
                off_y = cell_y - at_y
                back = abs(off_x + at_x - half) + abs(off_y + at_y - half)
                way = abs(off_x) + abs(off_y) + back + 8
                score = worth * (1.0 if sort == kind else 0.35) / way
                if score > best_score:
                    best_score = score
                    to_x = off_x
                    to_y = off_y
                    found = True
    if found and to_x == 0 and to_y == 0:
        action[to, 0] = _PICK
    else:
        action[to, 0] = around(toward(to_x, to_y), out, observation)
