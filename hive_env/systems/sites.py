"""Resource sites: who gets a unit, and what becomes of a site."""

from __future__ import annotations

import numpy as np

from hive_env.atomics import add
from hive_env.enums import RESOURCE_TYPES, Event, Plane, Stream
from hive_env.random import below, draw, rule
from hive_env.systems.priorities import kept
from hive_env.systems.space import flat_cell
from hive_env.systems.trails import add_trail, own_map_cell
from hive_env.systems.workers import NO_CLAIM, claim_key, site_at

_CLAIMED = int(Event.CLAIMED)
_PICKED = int(Event.PICKED)
_MATCHED = int(Event.MATCHED)
_MISMATCHED = int(Event.MISMATCHED)
_PICK = int(Stream.PICK)
_SITE = int(Stream.SITE)
_RESOURCE = int(Plane.RESOURCE)
_TYPES = RESOURCE_TYPES


@rule
def grant(
    row, region, place, seed, episode, tick, region_side, depth, sites, site_attempts,
    off_specialist_success, map_shift, map_side, trail_cap, pick_deposit, id, x, y, z, specialist,
    region_x0, region_y0, site_cell, site_stock, site_type, claim_first, claim_second,
    task_priority, cargo, success, event, site_taken, site_known, trail,
):  # fmt: skip
    """Settle a worker's claim on a site.

    The lowest keys win, as many as the site admits and has stock for. A winner of the site's
    own kind takes a unit, one of another kind with probability ``off_specialist_success``. Whoever
    sees stock left, its own and all lower keys' attempts taken off, leaves a trail of the type.
    The manager of the region learns of the site.

    Parameters
    ----------
    off_specialist_success : int
        Probability, times 2**32.
    """
    if (np.int64(event[row]) & _CLAIMED) == 0:
        return
    cell = flat_cell(row, place, region_side, depth, x, y, z, region_x0, region_y0)
    site = site_at(region, cell, sites, site_cell, site_stock)
    key = claim_key(row, seed, episode, tick, id)
    rank = np.int64(2)
    if key == claim_first[region, site]:
        rank = np.int64(0)
    elif key == claim_second[region, site]:
        rank = np.int64(1)
    stock = np.int64(site_stock[region, site])
    if rank >= site_attempts or rank >= stock:
        return
    kind = np.int64(site_type[region, site])
    word = draw(seed, episode, tick, _PICK, id[row])[1]
    if kind == np.int64(specialist[row]) or word < off_specialist_success:
        cargo[row] = 1 + kind
        left = stock - rank - 1
        success[row] = 2 if left > 0 else 1
        happened = np.int64(event[row]) | _PICKED
        match = kept(np.int64(task_priority[row]), kind)
        if match == 1:
            happened |= _MATCHED
        elif match == 0:
            happened |= _MISMATCHED
        event[row] = happened
        add(site_taken, (region, site), 1)
        site_known[region, site] = 1
        if left > 0:
            tile_cell = own_map_cell(
                row, place, map_shift, map_side, depth, x, y, z, region_x0, region_y0
            )
            add_trail(region, _RESOURCE + kind, tile_cell, pick_deposit, trail_cap, trail)


@rule
def found_site(
    region, place, site, seed, episode, region_side, depth, sites, stock, site_cell, site_type,
    site_stock, site_generation, site_known,
):  # fmt: skip
    """Open the next site of a slot at a place and of a type drawn by slot and generation.

    So the sites that a slot will ever offer, in order, are the same whoever empties them.
    """
    generation = np.int64(site_generation[region, site])
    words = draw(seed, episode, generation, _SITE, place * sites + site)
    local_x = below(words[0], region_side)
    local_y = below(words[1], region_side)
    layer = below(words[3], depth)
    site_cell[region, site] = (layer * region_side + local_y) * region_side + local_x
    site_type[region, site] = below(words[2], _TYPES)
    site_stock[region, site] = stock
    site_known[region, site] = 0
    site_generation[region, site] = (generation + 1) & 0xFFFF


@rule
def found_sites(
    region, place, seed, episode, region_side, depth, sites, stock, site_cell, site_type,
    site_stock, site_generation, site_known,
):  # fmt: skip
    """Open the next site of every slot of a region."""
    for site in range(sites):
        found_site(
            region, place, site, seed, episode, region_side, depth, sites, stock, site_cell,
            site_type, site_stock, site_generation, site_known,
        )  # fmt: skip


@rule
def renew_site(
    region, place, site, seed, episode, region_side, depth, sites, stock, site_renewal_ticks,
    claim_first, claim_second, site_taken, site_cell, site_type, site_stock, site_wait,
    site_generation, site_known, picked,
):  # fmt: skip
    """Take what was picked from a site, and open the slot's next one where time is up.

    Nobody has told the manager of a new site yet.
    """
    taken = np.int64(site_taken[region, site])
    claim_first[region, site] = NO_CLAIM
    claim_second[region, site] = NO_CLAIM
    if taken > 0:
        site_taken[region, site] = 0
        left = np.int64(site_stock[region, site]) - taken
        site_stock[region, site] = left
        add(picked, (region, np.int64(site_type[region, site])), taken)
        if left == 0:
            site_wait[region, site] = site_renewal_ticks
    elif site_stock[region, site] == 0:
        wait = np.int64(site_wait[region, site]) - 1
        site_wait[region, site] = max(wait, 0)
        if wait <= 0:
            found_site(
                region, place, site, seed, episode, region_side, depth, sites, stock, site_cell,
                site_type, site_stock, site_generation, site_known,
            )  # fmt: skip
