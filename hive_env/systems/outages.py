"""Outages: when all of a region, or of a host, goes down at once, and for how long.

All of it is exogenous. Each region and each host is up and down in turn, for exponential times
that are kept in fractions of a tick, so that nothing depends on a tick's length. The draws go by
(seed, episode, number of the change, entity); an entity is a region, or after all regions a host.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Stream
from hive_env.random import draw, rule
from hive_env.systems.members import INSTANT_SHIFT, lasting

_SHIFT = INSTANT_SHIFT
_OUTAGE = int(Stream.OUTAGE)


@rule
def first_turn(seed, episode, entity, mean):
    """Instant at which the first outage of an entity begins."""
    return lasting(draw(seed, episode, 0, _OUTAGE, entity)[0], mean)


@rule
def alternate(now, turn, changes, seed, episode, entity, mean, length):
    """Go through an entity's changes up to an instant; it is down after an odd number of them.

    Returns
    -------
    tuple of three int
        Instant of the next change, changes so far, and 1 when an outage has begun on the way.
    """
    begun = np.int64(0)
    while turn <= now:
        changes += 1
        word = draw(seed, episode, changes, _OUTAGE, entity)[0]
        if changes & 1:
            begun = np.int64(1)
            turn += lasting(word, length)
        else:
            turn += lasting(word, mean)
    return turn, changes, begun


@rule
def clear_region_outage(
    region, place, seed, episode, region_outages, region_outage_mean, region_out, region_hit,
    region_turn, region_changes,
):  # fmt: skip
    """Let a region be up, and draw when its first outage begins."""
    region_out[region] = 0
    region_hit[region] = 0
    if region_outages:
        region_changes[region] = 0
        region_turn[region] = first_turn(seed, episode, place, region_outage_mean)


@rule
def advance_region_outage(
    region, place, seed, episode, tick, region_outage_mean, outage_length, region_out, region_hit,
    region_turn, region_changes,
):  # fmt: skip
    """Find out whether a region is down at the beginning of a tick.

    Parameters
    ----------
    region_outage_mean, outage_length : int
        Mean times up and down, 1/65536 tick.
    """
    now = np.int64(tick) << _SHIFT
    turn, changes, begun = alternate(
        now, np.int64(region_turn[region]), np.int64(region_changes[region]), seed, episode, place,
        region_outage_mean, outage_length,
    )  # fmt: skip
    region_turn[region] = turn
    region_changes[region] = changes
    region_out[region] = changes & 1
    region_hit[region] = begun


@rule
def clear_host_outages(
    world, seed, episode, regions, hosts, host_outages, host_outage_mean, host_out, host_hit,
    host_hits, host_turn, host_changes,
):  # fmt: skip
    """Let the hosts of a world be up, and draw when the first outage of each begins."""
    host_hits[world] = 0
    for host in range(hosts):
        host_out[world, host] = 0
        host_hit[world, host] = 0
        if host_outages:
            host_changes[world, host] = 0
            turn = first_turn(seed, episode, regions + host, host_outage_mean)
            host_turn[world, host] = turn


@rule
def advance_host_outages(
    world, seed, episode, tick, regions, hosts, host_outage_mean, outage_length, host_out, host_hit,
    host_hits, host_turn, host_changes,
):  # fmt: skip
    """Find out which hosts of a world are down at the beginning of a tick."""
    now = np.int64(tick) << _SHIFT
    hits = np.int64(0)
    for host in range(hosts):
        turn, changes, begun = alternate(
            now, np.int64(host_turn[world, host]), np.int64(host_changes[world, host]), seed,
            episode, regions + host, host_outage_mean, outage_length,
        )  # fmt: skip
        host_turn[world, host] = turn
        host_changes[world, host] = changes
        host_out[world, host] = changes & 1
        host_hit[world, host] = begun
        hits += begun
    host_hits[world] = hits
