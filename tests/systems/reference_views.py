"""What upper levels observe, written a second time with NumPy, from the documented features.

Nothing here comes from `hive_env.systems`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.enums import PAIRS
from hive_env.scenarios.forage import Forage

Array = NDArray[Any]


def told(count: Any, scale: float) -> float:
    """A count as its documented share, to float32."""
    return float(count) / (float(count) + scale) if count else 0.0


def share(count: Any, of: Any) -> float:
    """A share of a number, 0 of none."""
    return float(count) / float(of) if of else 0.0


def pair(index: Any) -> list[float]:
    """One for each type of a pair."""
    return [float(kind in PAIRS[int(index)]) for kind in range(4)]


def left(hive: Forage, world: int) -> float:
    """Share of the episode that is left."""
    length = hive.config.episode_ticks
    return max(length - int(hive.columns["tick"][world]), 0) / length


def span(hive: Forage) -> int:
    """Mean workers of a region, rounded up: the scale of crowds."""
    return math.ceil(hive.config.size.workers / hive.config.size.regions)


def hive_of(hive: Forage, region: int) -> int:
    """Row of the hive that a region belongs to."""
    size = hive.config.size
    return region // size.regions * size.hives + int(
        hive.columns["region_hive"][region % size.regions]
    )


def manager(hive: Forage, region: int) -> list[float]:
    """The features of one manager."""
    c, side, mean = hive.columns, hive.config.region_side, span(hive)
    stock = np.zeros((16, 4))
    for site in range(hive.config.sites):
        if c["site_known"][region, site]:
            line, column = divmod(int(c["site_cell"][region, site]) % side**2, side)
            zone = line * 4 // side * 4 + column * 4 // side
            stock[zone, c["site_type"][region, site]] += c["site_stock"][region, site]
    features: list[float] = []
    for zone in range(16):
        features += [told(one, hive.config.forage.site_stock) for one in stock[zone]]
        features.append(told(c["zone_crowd"][region, zone], mean / 16))
        features.append(told(c["zone_failed"][region, zone], mean / 16))
    features += pair(c["demand"][region])
    features += [told(count, mean / 4) for count in c["census"][region]]
    features += [float(c["workforce"][region] == order) for order in (1, 2)]
    quotas = c["quota"][hive_of(hive, region)].astype(int)
    features += [quota / 3 for quota in quotas]
    alive = c["census"][region].sum()
    features += [share(c["hit"][region], alive), left(hive, region // hive.config.size.regions)]
    features += [told(units, mean / 8) for units in c["squad_lately"][region]]
    forage = hive.config.forage
    paid = np.where(pair(c["demand"][region]), forage.demand_hot, forage.demand_cold) * quotas
    asked = (paid > 0) & (2 * paid >= paid.max())
    known = (stock * asked).sum(axis=1).reshape(2, 2, 2, 2).sum(axis=(1, 3)).ravel()
    return [*features, *asked.astype(float), *(share(there, known.sum()) for there in known)]


def governor(hive: Forage, sector: int) -> list[float]:
    """The features of one governor."""
    c, size, mean = hive.columns, hive.config.size, span(hive)
    world, part = divmod(sector, size.sectors)
    mine = np.flatnonzero(c["governor"][world * size.regions :][: size.regions] == part)
    features: list[float] = []
    for place in mine:
        region = world * size.regions + int(place)
        alive, failed = c["zone_crowd"][region].sum(), c["zone_failed"][region].sum()
        features += [1, float(c["door"][region])]
        features += [float(c["workforce"][region] == order) for order in range(3)]
        features += [told(alive, mean), share(failed, alive + failed)]
        room = hive.config.sites * hive.config.forage.site_stock
        features.append(told(c["stock_seen"][region].sum(), room / 4))
        features.append(told(c["lately"][region].sum(), mean / 4))
        features += [share(c["laden"][region], alive), share(c["hit"][region], alive)]
        features += [told(count, mean / 4) for count in c["census"][region]]
        features.append(float(c["region_sector"][place] != part))
    features += [0.0] * 16 * (hive.config.max_span - len(mine))
    above = world * size.hives + int(c["sector_hive"][part])
    features += [quota / 3 for quota in c["quota"][above]]
    doors = hive.config.ticks(hive.config.forage.door_ticks)
    features += [left(hive, world), (doors - int(c["tick"][world]) % doors) / doors]
    features.append(len(mine) / hive.config.max_span)
    units = sum(c["lately"][world * size.regions + place].sum() for place in mine)
    return [*features, told(units, max(len(mine), 1) * mean / 4)]


def orchestrator(hive: Forage, row: int) -> list[float]:
    """The features of one orchestrator."""
    c, size, mean = hive.columns, hive.config.size, span(hive)
    world, part = divmod(row, size.hives)
    features: list[float] = []
    for sector in np.flatnonzero(c["sector_hive"] == part):
        regions = world * size.regions + np.flatnonzero(
            c["governor"][world * size.regions :][: size.regions] == sector
        )
        count = len(regions)
        alive, failed = c["census"][regions].sum(), c["zone_failed"][regions].sum()
        features += [1, told(alive, mean * count), share(failed, alive + failed)]
        room = hive.config.sites * hive.config.forage.site_stock
        features += [told(one, count * room / 16) for one in c["stock_seen"][regions].sum(axis=0)]
        features += [told(one, count * mean / 16) for one in c["lately"][regions].sum(axis=0)]
        features.append(share((c["workforce"][regions] == 1).sum(), count))
        features += [told(one, count * mean / 4) for one in c["census"][regions].sum(axis=0)]
    features += pair(c["season"][row])
    season = hive.config.ticks(hive.config.forage.season_ticks)
    until = int(c["season_until"][row]) - int(c["tick"][world])
    return [*features, max(until, 0) / (2 * season)]


WRITERS = {"manager": manager, "governor": governor, "orchestrator": orchestrator}


def views(hive: Forage, level: str) -> Array:
    """What every seat of an upper level observes."""
    seats = hive.worlds * hive.levels[level].seats
    return np.array([WRITERS[level](hive, seat) for seat in range(seats)], np.float32)
