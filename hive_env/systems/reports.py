"""Reports: what the manager of a region learns at each of its decisions.

Who stands where is counted, and what was delivered since the last report. A manager knows a site
once one of its workers has picked there, or by chance, with probability ``detection`` at
each decision; it then knows the site's stock until the site is empty.
"""

from __future__ import annotations

import numpy as np

from hive_env.atomics import add
from hive_env.enums import RESOURCE_TYPES, SQUADS, ZONES_ACROSS, Event, Health, Stream
from hive_env.random import draw, rule
from hive_env.systems.mandates import quality
from hive_env.systems.members import INSTANT_SHIFT
from hive_env.systems.space import cell_of

_TYPES = RESOURCE_TYPES
_SHIFT = INSTANT_SHIFT
_SQUADS = SQUADS
_ACROSS = ZONES_ACROSS
_ALIVE = int(Health.ALIVE)
_FAILED = int(Health.FAILED)
_HAZARD = int(Event.HAZARD)
_REPORT = int(Stream.REPORT)

CROWD, FAILED, LADEN, HIT, CENSUS = 0, 1, 2, 3, 4
"""Counts of a region: alive, failed, carrying something, in a hazard; first of those by kind."""

COUNTS = CENSUS + RESOURCE_TYPES
"""How many counts there are."""


@rule
def zone_of(cell, region_side):
    """Zone of a cell of a region, 0 to 15, row by row; depth does not matter."""
    line = (cell // region_side) % region_side
    part = region_side // _ACROSS
    return (line // part) * _ACROSS + (cell % region_side) // part


@rule
def is_served(office, role, offices, office_filled):
    """Whether a role of an office is filled; so it is where there are no offices, or not it."""
    if offices == 0 or role < 0:
        return True
    return ((np.int64(office_filled[office]) >> role) & 1) == 1


@rule
def open_report(
    region, place, world, tick, manager_period, offices, report_role, office_filled, delivered,
    counted, lately, squad_units, squad_lately,
):  # fmt: skip
    """Begin a region's report with what was delivered since the last one.

    While nobody serves the office's role ``report`` the level above keeps what it was told last.
    """
    if tick % manager_period != 0:
        return
    if is_served(world * offices + place, report_role, offices, office_filled):
        for kind in range(_TYPES):
            lately[region, kind] = delivered[region, kind] - counted[region, kind]
            counted[region, kind] = delivered[region, kind]
    for which in range(_SQUADS):
        squad_lately[region, which] = squad_units[region, which]
        squad_units[region, which] = 0


@rule
def clear_counts(region, tick, manager_period, zone_crowd, zone_failed, census, laden, hit):
    """Empty a region's counts of who stands there."""
    if tick % manager_period != 0:
        return
    for kind in range(_TYPES):
        census[region, kind] = 0
    for zone in range(_ACROSS * _ACROSS):
        zone_crowd[region, zone] = 0
        zone_failed[region, zone] = 0
    laden[region] = 0
    hit[region] = 0


@rule
def report(
    row, region, place, tick, manager_period, region_side, x, y, region_x0, region_y0, health,
    specialist, cargo, event, zone_crowd, zone_failed, census, laden, hit,
):  # fmt: skip
    """Count a worker in the report of the region where it stands."""
    if tick % manager_period != 0:
        return
    part = region_side // _ACROSS
    zone = ((cell_of(y[row]) - region_y0[place]) // part) * _ACROSS
    zone += (cell_of(x[row]) - region_x0[place]) // part
    condition = np.int64(health[row])
    if condition == _ALIVE:
        add(zone_crowd, (region, zone), 1)
        add(census, (region, np.int64(specialist[row])), 1)
        if cargo[row] > 0:
            add(laden, region, 1)
        if np.int64(event[row]) & _HAZARD:
            add(hit, region, 1)
    elif condition == _FAILED:
        add(zone_failed, (region, zone), 1)


@rule
def counted_in(region, which, zone_crowd, zone_failed, laden, hit, census):
    """One of the `COUNTS` of a region, as its manager last counted."""
    if which >= CENSUS:
        return np.int64(census[region, which - CENSUS])
    if which == LADEN:
        return np.int64(laden[region])
    if which == HIT:
        return np.int64(hit[region])
    total = np.int64(0)
    for zone in range(_ACROSS * _ACROSS):
        total += np.int64(zone_crowd[region, zone] if which == CROWD else zone_failed[region, zone])
    return total


@rule
def known_above(region, which, zone_crowd, zone_failed, laden, hit, census, reported):
    """One of the `COUNTS` of a region as the levels above its manager know it.

    With offices what was last reported, else what was last counted.
    """
    if reported.shape[0] > 0:
        return np.int64(reported[region, which])
    return counted_in(region, which, zone_crowd, zone_failed, laden, hit, census)


@rule
def tell(
    region, place, world, tick, manager_period, offices, report_role, office_filled, zone_crowd,
    zone_failed, laden, hit, census, reported,
):  # fmt: skip
    """Report a region's counts to those above, if somebody serves its office's role ``report``."""
    if reported.shape[0] == 0 or tick % manager_period != 0:
        return
    if is_served(world * offices + place, report_role, offices, office_filled):
        for which in range(COUNTS):
            reported[region, which] = counted_in(
                region, which, zone_crowd, zone_failed, laden, hit, census
            )


@rule
def forget_stock(
    region, place, world, tick, manager_period, offices, report_role, office_filled, stock_seen
):
    """Begin a region's sum of the stock that is known, if somebody reports it."""
    if tick % manager_period != 0:
        return
    if is_served(world * offices + place, report_role, offices, office_filled):
        for kind in range(_TYPES):
            stock_seen[region, kind] = 0


@rule
def detect(
    region, place, site, world, seed, episode, tick, manager_period, offices, sense_role,
    report_role, scout_role, skill_half_life, sites, detection, slot_of, practised_at, role_holder,
    office_filled, site_type, site_stock, site_known, stock_seen,
):  # fmt: skip
    """Let a manager learn of a site by itself, and add up the stock of those it knows.

    With an office, only while somebody serves its role ``scout``, and as well as its role
    ``sense`` is served; the level above hears the sum while somebody serves ``report``.

    Parameters
    ----------
    detection : int
        Probability for each site at each decision, times 2**32.
    """
    left = np.int64(site_stock[region, site])
    if tick % manager_period != 0 or left <= 0:
        return
    office = world * offices + place
    if site_known[region, site] == 0:
        chance = np.int64(detection)
        if offices > 0:
            now = np.int64(tick) << _SHIFT
            known = quality(
                office, sense_role, now, skill_half_life, slot_of, practised_at, role_holder
            )
            scouted = is_served(office, scout_role, offices, office_filled)
            chance = (chance * known) >> 16 if scouted else np.int64(0)
        word = draw(seed, episode, tick, _REPORT, place * sites + site)[0]
        site_known[region, site] = np.int64(word < chance)
    if site_known[region, site] and is_served(office, report_role, offices, office_filled):
        add(stock_seen, (region, np.int64(site_type[region, site])), left)
