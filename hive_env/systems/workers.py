"""What a worker goes through and does in a tick, short of moving."""

from __future__ import annotations

import numpy as np

from hive_env.atomics import add, lower
from hive_env.enums import PAIRS, Event, Ground, Health, Stream, Verb
from hive_env.random import below, draw, exponential, rule
from hive_env.systems.orders import squad_of
from hive_env.systems.space import cell_of, flat_cell, ground_about

NEVER = 2**31 - 1
"""Tick of an event that does not come."""

NO_CLAIM = 2**62
"""Key of a claim that nobody made: above every key."""

_ALIVE = int(Health.ALIVE)
_FAILED = int(Health.FAILED)
_STRUCK = int(Event.STRUCK)
_REPAIRED = int(Event.REPAIRED)
_HAZARD_HIT = int(Event.HAZARD)
_SLOWED = int(Event.SLOWED)
_CLAIMED = int(Event.CLAIMED)
_DELIVERED = int(Event.DELIVERED)
_WORKED = int(Event.WORKED)
_COUNT = int(Ground.COUNT)
_WORK = int(Ground.WORK)
_HAZARD = int(Ground.HAZARD)
_SITE = int(Ground.SITE)
_PICK_VERB = int(Verb.PICK)
_DROP_VERB = int(Verb.DROP)
_WORK_VERB = int(Verb.WORK)
_FAULT = int(Stream.FAULT)
_CROWD = int(Stream.CROWD)
_PICK = int(Stream.PICK)
PAIR_BITS = sum(((1 << a) | (1 << b)) << (4 * i) for i, (a, b) in enumerate(PAIRS))
"""Four bits a pair: the types that belong to it."""


@rule
def fault_gap(seed, episode, tick, entity, fault_mean_ticks):
    """Ticks until the next fault of a worker: one more than a rounded-down exponential.

    So faults strike in each tick with probability 1 - exp(-1 / mean), the discrete chain of a
    Poisson process; its mean is within half a tick of ``fault_mean_ticks`` plus a half.
    """
    word = draw(seed, episode, tick, _FAULT, entity)[0]
    return 1 + ((exponential(word) * fault_mean_ticks) >> 16)


@rule
def fail(row, health, cargo, down, repair, error_count):
    """Fail a worker: what it carries is lost, its repair starts from nothing."""
    health[row] = _FAILED
    cargo[row] = 0
    down[row] = 0
    repair[row] = 0
    error_count[row] = min(np.int64(error_count[row]) + 1, 65535)


@rule
def strike(
    row, seed, episode, tick, fault_mean_ticks, id, next_fault, health, cargo, down, repair,
    error_count, event, gain,
):  # fmt: skip
    """Let the fault due now strike a worker, and draw the time of the next.

    The times do not depend on health or action: a fault that meets a failed worker passes.
    """
    event[row] = 0
    gain[row] = 0
    if tick >= next_fault[row]:
        entity = np.int64(id[row])
        due = tick + fault_gap(seed, episode, tick, entity, fault_mean_ticks)
        next_fault[row] = min(due, NEVER)
        if health[row] == _ALIVE:
            fail(row, health, cargo, down, repair, error_count)
            event[row] = _STRUCK


@rule
def held_down(row, region, world, outages, hosts, id, region_out, host_out):
    """Whether an outage of a region, or of a worker's host, keeps the worker from coming back."""
    if outages == 0:
        return False
    return (region_out[region] > 0) | (host_out[world, np.int64(id[row]) % hosts] > 0)


@rule
def recover(
    row, region, place, world, regions, region_side, reboot_ticks, repair_ticks, outages, hosts, id,
    x, y, z, region_x0, region_y0, region_out, host_out, neighbour, ground, health, down, repair,
    fatigue, event,
):  # fmt: skip
    """Bring a failed worker nearer to its return.

    Each tick in which somebody worked in its cell or beside it in the tick before counts as
    one tick of repair. It returns when the repair is done, or reboots after long enough; in an
    outage of its region or host, not before that is over.
    """
    if health[row] != _FAILED or (np.int64(event[row]) & _STRUCK):
        return
    about = ground_about(
        row, place, world, regions, region_side, x, y, z, region_x0, region_y0, neighbour, ground
    )
    waited = np.int64(down[row]) + 1
    down[row] = min(waited, 65535)
    done = min(np.int64(repair[row]) + np.int64((about & _WORK) > 0), 255)
    repair[row] = done
    ready = done >= repair_ticks or waited >= reboot_ticks
    if ready and not held_down(row, region, world, outages, hosts, id, region_out, host_out):
        health[row] = _ALIVE
        fatigue[row] = 0
        event[row] = np.int64(event[row]) | _REPAIRED


@rule
def endure(
    row, region, place, seed, episode, tick, region_side, depth, crowd_capacity, hazard_fatigue,
    id, x, y, z, region_x0, region_y0, ground,
    health, cargo, down, repair, error_count, fatigue, event,
):  # fmt: skip
    """Let a worker's cell tell on it: a hazard tires it, a crowd may hold it up this tick."""
    if health[row] != _ALIVE:
        return
    cell = flat_cell(row, place, region_side, depth, x, y, z, region_x0, region_y0)
    bits = np.int64(ground[region, cell])
    tired = np.int64(fatigue[row])
    if bits & _HAZARD:
        event[row] = np.int64(event[row]) | _HAZARD_HIT
        tired += hazard_fatigue
        if tired >= 255:
            tired = 255
            fail(row, health, cargo, down, repair, error_count)
    else:
        tired = max(tired - 1, 0)
    fatigue[row] = tired
    crowd = bits & _COUNT
    if crowd > crowd_capacity:
        word = draw(seed, episode, tick, _CROWD, id[row])[0]
        if below(word, crowd) >= crowd_capacity:
            event[row] = np.int64(event[row]) | _SLOWED


@rule
def free_to_act(row, health, event):
    """Whether a worker's action counts: alive, not held up, not just back."""
    return (health[row] == _ALIVE) & ((np.int64(event[row]) & (_SLOWED | _REPAIRED)) == 0)


@rule
def site_at(region, cell, sites, site_cell, site_stock):
    """Slot of the first live site in a cell of a region, -1 where there is none."""
    for site in range(sites):
        if site_cell[region, site] == cell and site_stock[region, site] > 0:
            return site
    return -1


@rule
def in_pair(kind, pair):
    """Whether a resource type is one of a pair of `PAIRS`: 1 or 0."""
    return (PAIR_BITS >> (4 * pair + kind)) & 1


@rule
def value_of(kind, demand, season, door, demand_hot, demand_cold, season_hot, season_cold):
    """Value of a unit of a type at a depot, thousandths: demand times season, zero if shut.

    Parameters
    ----------
    kind : int
        Resource type.
    demand, season : int
        Pairs of types, indices into `PAIRS`.
    door : int
        1 when the depot is open.
    demand_hot, demand_cold, season_hot, season_cold : int
        Thousandths.
    """
    worth = demand_hot if in_pair(kind, demand) else demand_cold
    factor = season_hot if in_pair(kind, season) else season_cold
    return door * worth * factor // 1000


@rule
def claim_key(row, seed, episode, tick, id):
    """Priority of a worker's attempt this tick: the lowest wins, ties by id."""
    return (draw(seed, episode, tick, _PICK, id[row])[0] << 28) | np.int64(id[row])


@rule
def act(
    row, region, place, world, seed, episode, tick, workers, regions, region_side, depth, sites,
    hives, demand_hot, demand_cold, season_hot, season_cold, action, id, x, y, z, home, health,
    region_x0, region_y0, region_hive, ground, site_cell, site_stock, demand, season, door,
    claim_first, claim_second, cargo, success, event, gain, region_value, delivered, paid,
    squad_units,
):  # fmt: skip
    """Carry out a worker's pick, drop or work.

    A pick only claims: `grant` settles claims when all are made. A drop within one cell of the
    depot of the worker's own region delivers; elsewhere it is in vain.
    """
    if not free_to_act(row, health, event):
        return
    verb = np.int64(action[world * workers + np.int64(id[row]), 0])
    if verb < _PICK_VERB or verb > _WORK_VERB:
        return
    load = np.int64(cargo[row])
    if verb == _PICK_VERB:
        cell = flat_cell(row, place, region_side, depth, x, y, z, region_x0, region_y0)
        if load == 0 and (np.int64(ground[region, cell]) & _SITE):
            site = site_at(region, cell, sites, site_cell, site_stock)
            key = claim_key(row, seed, episode, tick, id)
            # Whoever is not the lowest is displaced once, and then may be the second lowest.
            other = max(lower(claim_first, (region, site), key), key)
            lower(claim_second, (region, site), other)
            event[row] = np.int64(event[row]) | _CLAIMED
    elif verb == _DROP_VERB:
        if load > 0:
            kind = load - 1
            half = region_side // 2
            off_x = cell_of(x[row]) - region_x0[place] - half
            off_y = cell_of(y[row]) - region_y0[place] - half
            off_z = np.int64(0)
            if depth > 1:
                off_z = cell_of(z[row]) - depth // 2
            near = abs(off_x) + abs(off_y) + abs(off_z) <= 1
            if near and np.int64(home[row]) == place:
                cargo[row] = 0
                success[row] = 0
                hive = world * hives + np.int64(region_hive[place])
                worth = value_of(
                    kind, np.int64(demand[region]), np.int64(season[hive]), np.int64(door[region]),
                    demand_hot, demand_cold, season_hot, season_cold,
                )  # fmt: skip
                gain[row] = worth
                add(region_value, region, worth)
                add(delivered, (region, kind), 1)
                add(squad_units, (region, squad_of(np.int64(id[row]), workers, regions)), 1)
                add(paid, (region, kind), np.int64(worth > 0))
                event[row] = np.int64(event[row]) | _DELIVERED
    else:
        event[row] = np.int64(event[row]) | _WORKED
