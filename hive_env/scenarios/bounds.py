"""U_fluid: an upper bound on the value that any play of Forage can deliver in an episode.

It reads the exogenous trace alone (where sites will lie, of what type, what depots will pay) and
treats labour as a fluid. A relaxation, so no policy exceeds it; it is far from tight, since it
lets every unit be delivered when its depot pays most.

- Labour: N workers, one action a tick, plus one free outward trip each: N * (T + reach).
- A unit from a site at distance d of its depot takes at least 2 * max(d, 1) ticks to fetch and
  deliver; at the nearest other depot, at distance e, max(d, 1) + max(e, 1).
- A slot's next site opens only when the last is empty: every unit of it must have been picked,
  which takes at least a tick, whether delivered or not.
- A site of stock s gives at most ``site_attempts`` units a tick, and a slot rests
  ``site_renewal_ticks`` between sites, which bounds how many sites a slot can offer.

For each slot the most value for given labour is a concave envelope; the bound fills the labour
with the steepest segments of all of them (the fractional knapsack of Dantzig, *Discrete-variable
extremum problems*, Operations Research 5, 1957).
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import RESOURCE_TYPES
from hive_env.scenarios.forage import DOORS, SEASONS, Forage
from hive_env.systems import clock, sites, workers

Segment = tuple[float, float]
"""Cost in ticks of labour, and value in thousandths."""

CLOCK = Pass(
    "bound_clock",
    Unit.WORLD,
    (System(clock.advance_clock, ("tick",), "What follows belongs to the next tick."),),
)
DEMAND = Pass(
    "bound_demand",
    Unit.REGION,
    (System(clock.turn_demand, ("demand", "demand_until"), "As in the tick."),),
)
NEXT_SITES = Pass(
    "bound_sites",
    Unit.REGION,
    (
        System(
            sites.found_sites,
            ("site_cell", "site_type", "site_stock", "site_generation"),
            "Each call opens the next site of every slot.",
        ),
    ),
)


def fluid_bound(config: HiveConfig, seed: int, episode: int = 0) -> float:
    """Return U_fluid of one world and episode: no policy delivers more value.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    seed, episode : int
        Which exogenous trace.
    """
    forage = config.forage
    simulation = Forage(config)
    simulation.reset(seed=seed)
    for _ in range(episode):
        simulation.reset()
    rest = math.ceil(forage.site_stock / forage.site_attempts) + config.ticks(
        forage.site_renewal_ticks
    )
    generations = 1 + (config.episode_ticks - 1) // rest
    types, own_cost, other_cost, reach = _sites(simulation, generations)
    own_value, best_value = _values(simulation)
    places = np.arange(config.size.regions)[:, None]
    stock = forage.site_stock
    slopes: list[float] = []
    costs: list[float] = []
    values = own_value[places[None], types]
    for region in range(types.shape[1]):
        for slot in range(types.shape[2]):
            options = np.stack(
                [
                    own_cost[:, region, slot],
                    values[:, region, slot],
                    other_cost[:, region, slot],
                    np.full(generations, best_value),
                ],
                axis=1,
            )
            for cost, value in _envelope(options):
                slopes.append(value / cost)
                costs.append(cost * stock)
    labour = config.size.workers * (config.episode_ticks + reach)
    order = np.argsort(slopes)[::-1]
    taken = np.minimum(np.cumsum(np.array(costs)[order]), labour)
    return float((np.diff(taken, prepend=0.0) * np.array(slopes)[order]).sum()) / 1000.0


def _sites(simulation: Forage, generations: int) -> tuple[Array, Array, Array, float]:
    """Type, cost at the own depot and at the nearest other one of every site to come.

    Returns arrays of shape (generations, regions, sites), and the longest outward trip.
    """
    config = simulation.config
    side = config.region_side
    found_types, own, other = [], [], []
    reach = 0.0
    simulation.put("site_generation", 0)
    for _ in range(generations):
        simulation.run_pass(NEXT_SITES)
        cell = simulation.columns["site_cell"].astype(np.int64)
        line, local_x = np.divmod(cell, side)
        layer, local_y = np.divmod(line, side)
        away_x, away_y = abs(local_x - side // 2), abs(local_y - side // 2)
        away_z = abs(layer - config.forage.depth // 2)
        near = _ticks(config, away_x, away_y, away_z)
        nearest_other = np.minimum(
            _ticks(config, side - away_x, away_y, away_z),
            _ticks(config, away_x, side - away_y, away_z),
        )
        found_types.append(simulation.columns["site_type"].astype(np.int64))
        own.append(2 * near)
        other.append(near + nearest_other)
        reach = max(reach, float(near.max()))
    return np.stack(found_types), np.stack(own), np.stack(other), reach


def _ticks(config: HiveConfig, away_x: Array, away_y: Array, away_z: Array) -> Array:
    """Fewest ticks from a site to within a cell of a depot and the drop, or there and the pick."""
    forage = config.forage
    if forage.motion == "grid":
        return np.asarray(np.maximum(away_x + away_y + away_z, 1), float)
    longest = np.maximum(np.maximum(away_x, away_y), away_z)
    return np.asarray(np.maximum((longest - 2) / max(forage.speed_limit, 1e-3), 0.0) + 1.0)


def _values(simulation: Forage) -> tuple[Array, float]:
    """Most that each depot will ever pay for each type, and the most of all, thousandths."""
    config = simulation.config
    forage = config.forage
    columns = simulation.columns
    regions = config.size.regions
    kinds = np.arange(RESOURCE_TYPES)
    best = np.zeros((regions, RESOURCE_TYPES))
    for _ in range(config.episode_ticks):
        season = columns["season"][columns["region_hive"]].astype(np.int64)
        demand = columns["demand"].astype(np.int64)
        wanted = (workers.PAIR_BITS >> (4 * demand[:, None] + kinds)) & 1
        dear = (workers.PAIR_BITS >> (4 * season[:, None] + kinds)) & 1
        worth = np.where(wanted, forage.demand_hot, forage.demand_cold)
        factor = np.where(dear, forage.season_hot, forage.season_cold)
        best = np.maximum(best, columns["door"][:, None] * worth * factor // 1000)
        simulation.run_pass(CLOCK)
        simulation.run_pass(SEASONS)
        if simulation.due(DOORS):
            simulation.run_pass(DOORS)
        simulation.run_pass(DEMAND)
    return best, float(best.max())


def _envelope(options: Array) -> list[Segment]:
    """Segments of the concave envelope of a slot's value by labour, one unit a site.

    Parameters
    ----------
    options : float[generations, 4]
        Cost and value of a unit delivered at the own depot, and at another; costs at least 2.
    """
    points = [(0.0, 0.0)]
    upgrades: list[Segment] = []
    for opened, (cost, value, far_cost, far_value) in enumerate(options, start=1):
        # Every unit of an opened site is picked, for one tick; delivering it costs the rest.
        upgrades += _steps([(0.0, 0.0), (cost - 1, value), (far_cost - 1, far_value)])
        at_cost, at_value = float(opened), 0.0
        points.append((at_cost, at_value))
        for extra, gain in sorted(upgrades, key=lambda step: -step[1] / step[0]):
            at_cost += extra
            at_value += gain
            points.append((at_cost, at_value))
    return _steps(points)


def _steps(points: list[Segment]) -> list[Segment]:
    """Segments (cost, value) of the upper concave hull of points, the first at the origin."""
    hull: list[Segment] = []
    for cost, value in sorted(points, key=lambda point: (point[0], -point[1])):
        if hull and value <= hull[-1][1]:
            continue
        while len(hull) > 1 and _bends_up(hull[-2], hull[-1], (cost, value)):
            hull.pop()
        hull.append((cost, value))
    return [(cost - before[0], value - before[1]) for before, (cost, value) in pairwise(hull)]


def _bends_up(first: Segment, middle: Segment, last: Segment) -> bool:
    """Whether a middle point lies on or below the line between two others."""
    rise = (middle[1] - first[1]) * (last[0] - first[0])
    return rise <= (last[1] - first[1]) * (middle[0] - first[0])
