"""What a Forage world is made of: numbers and geometry from a configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Pass
from hive_env.ecs.columns import RESERVED, Array
from hive_env.ecs.systems import replace_system
from hive_env.enums import PLANES, RESOURCE_TYPES, SQUADS, Boundary, Plane
from hive_env.errors import ConfigError
from hive_env.scenarios import breakdowns, consensus, ledgers, offices, strikes
from hive_env.scenarios.forage.columns import COLUMNS
from hive_env.scenarios.forage.levels import levels_of
from hive_env.scenarios.forage.tick import MOTIONS, MOVE, RESET, TICK
from hive_env.simulation import Blueprint
from hive_env.systems.sight import INVERSE_BITS, near_words, squares_across


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns of one world: the geometry of its regions.

    Regions are numbered sector by sector, so that those of a governor lie together.
    """
    size, forage = config.size, config.forage
    side, across, down = config.region_side, size.sector_x, size.sector_y
    grid_y, grid_x = np.divmod(np.arange(size.regions), size.regions_x)
    sector_grid = (grid_y // down) * (size.regions_x // across) + grid_x // across
    order = np.lexsort((grid_x, grid_y, sector_grid))
    region_grid = np.empty(size.regions, np.int32)
    region_grid[order] = np.arange(size.regions)
    at_x, at_y = grid_x[order], grid_y[order]
    sector = sector_grid[order]
    hive_x = at_x // (across * size.hive_x)
    hive_y = at_y // (down * size.hive_y)
    sector_y, sector_x = np.divmod(np.arange(size.sectors), size.regions_x // across)
    hive_of_sector = (sector_y // size.hive_y) * size.hives_x + sector_x // size.hive_x
    table = region_grid.reshape(size.regions_y, size.regions_x)
    neighbour = np.full((size.regions, 9), -1, np.int32)
    near = np.full((size.regions, 8), -1, np.int32)
    torus = forage.boundary is Boundary.TORUS
    for index in range(9):
        to_x, to_y = at_x + index % 3 - 1, at_y + index // 3 - 1
        inside = (to_x >= 0) & (to_x < size.regions_x) & (to_y >= 0) & (to_y < size.regions_y)
        found = table[to_y % size.regions_y, to_x % size.regions_x]
        neighbour[:, index] = found if torus else np.where(inside, found, -1)
    own = np.arange(size.regions)
    filled = np.zeros(size.regions, np.int64)
    for index in range(9):
        other = neighbour[:, index]
        fresh = (other >= 0) & (other != own) & ~(near == other[:, None]).any(axis=1)
        near[own[fresh], filled[fresh]] = other[fresh]
        filled[fresh] += 1
    rates = np.empty(PLANES)
    danger, resource, congestion, exploration = forage.evaporation_rate
    rates[:] = resource
    rates[Plane.DANGER], rates[Plane.CONGESTION], rates[Plane.EXPLORATION] = (
        danger,
        congestion,
        exploration,
    )
    hive_sector = np.argsort(hive_of_sector, kind="stable").reshape(size.hives, -1)
    return {
        "region_grid": region_grid,
        "region_x0": at_x * side,
        "region_y0": at_y * side,
        "region_sector": sector,
        "sector_hive": hive_of_sector,
        "hive_sector": hive_sector,
        "region_hive": hive_y * size.hives_x + hive_x,
        "sector_regions": np.argsort(sector, kind="stable").reshape(size.sectors, -1),
        "neighbour": neighbour,
        "near": near,
        "evaporation": np.round(rates * 65536),
        **offices.statics_of(forage.office_config),
        **consensus.statics_of(forage.office_config),
        **strikes.statics_of(config),
        **breakdowns.statics_of(config),
        **ledgers.statics_of(config, hive_sector),
    }


def decisions_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants of what managers and governors decide."""
    forage = config.forage
    names = [one.name for one in forage.office_config.postures]
    agreeing = config.offices > 0 and forage.office_config.consensus is not None
    return {
        "by_squad": int(forage.orders == "squads"),
        "postures": len(names),
        "order_stride": 1 + max(SQUADS, config.max_span + 2),
        "planned_posture": names.index("planned") if "planned" in names else 0,
        "rotating_posture": names.index("rotating") if "rotating" in names else 0,
        "manager_every": 1 if agreeing else forage.manager_period,
        "governor_every": 1 if agreeing else forage.governor_period,
    }


def blueprint_of(
    config: HiveConfig,
    columns: Sequence[Column] = (),
    tick: Sequence[Pass] = TICK,
    reset: Sequence[Pass] = RESET,
    constants: Mapping[str, int | float] | None = None,
) -> Blueprint:
    """Return what a Forage world of a configuration is made of.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    columns : sequence of Column
        Columns of the user's own, besides `COLUMNS`.
    tick, reset : sequence of Pass
        `TICK` and `RESET`, or edited ones; see `insert_after`. The configuration's motion
        system takes the place of `MOVE`.
    constants : mapping, optional
        Numbers of the user's own that systems may ask for.
    """
    size, forage = config.size, config.forage
    if forage.motion not in MOTIONS:
        raise ConfigError("motion", f"one of {', '.join(MOTIONS)}", forage.motion)
    side = config.region_side
    resolution = forage.trail_resolution
    map_side = -(-side // resolution)
    map_depth = -(-forage.depth // resolution)
    flying = forage.motion == "flight"
    if any(MOVE is system for pass_ in tick for system in pass_.systems()):
        tick = replace_system(tick, MOVE, MOTIONS[forage.motion])
    numbers: dict[str, int | float] = {
        "workers": size.workers,
        "regions": size.regions,
        "sectors": size.sectors,
        "hives": size.hives,
        "region_side": side,
        "cells_x": side * size.regions_x,
        "cells_y": side * size.regions_y,
        "depth": forage.depth,
        "torus": int(forage.boundary is Boundary.TORUS),
        "sites": config.sites,
        "stock": forage.site_stock,
        "site_attempts": forage.site_attempts,
        "site_renewal_ticks": config.ticks(forage.site_renewal_ticks),
        "off_specialist_success": round(forage.off_specialist_success * 2**32),
        "demand_ticks": config.ticks(forage.demand_ticks),
        "door_ticks": config.ticks(forage.door_ticks),
        "season_ticks": config.ticks(forage.season_ticks),
        "demand_pairs": sum(1 << pair for pair in forage.demand_pairs),
        "demand_hot": forage.demand_hot,
        "demand_cold": forage.demand_cold,
        "season_hot": forage.season_hot,
        "season_cold": forage.season_cold,
        "hazards": config.hazards,
        "hazard_period": forage.hazard_period,
        "hazard_fatigue": forage.hazard_fatigue,
        "crowd_capacity": forage.crowd_capacity,
        "fault_mean_ticks": forage.fault_mean_ticks,
        "reboot_ticks": forage.reboot_ticks,
        "repair_ticks": forage.repair_ticks,
        "manager_period": forage.manager_period,
        "governor_period": forage.governor_period,
        "orchestrator_period": forage.orchestrator_period,
        **decisions_of(config),
        "detection": round(forage.detection * 2**32),
        "mean_span": math.ceil(size.span),
        "max_span": config.max_span,
        "hive_sectors": size.hive_sectors,
        "leash": side // 8 if forage.orders == "squads" else side // 4,
        "episode_ticks": config.episode_ticks,
        "map_shift": resolution.bit_length() - 1,
        "map_side": map_side,
        "map_depth": map_depth,
        "trail_cap": forage.trail_cap,
        "diffusion_share": int(forage.diffusion_fraction * 65536 / (6 if map_depth > 1 else 4)),
        "diffusion_period": forage.diffusion_period,
        "diffusion_every": forage.diffusion_period if forage.diffusion_fraction > 0 else 0,
        "deposit_amount": forage.deposit_amount,
        "pick_deposit": forage.pick_deposit,
        "danger_deposit": forage.danger_deposit,
        "congestion_deposit": forage.congestion_deposit,
        "exploration_deposit": forage.exploration_deposit,
        "thrust": round(forage.thrust * 4096),
        "speed_limit": round(forage.speed_limit * 4096),
        "drag": round(forage.drag * 65536),
        "verbs": 10 if forage.depth > 1 else 8,
        "scatter": max(3, side // 16),
        "side_inverse": (1 << INVERSE_BITS) // side + 1,
        "cell_worth": max(2000 // side, 1),
        "regions_x": size.regions_x,
        "radius": 1,
        "difference": 0,
        "shared_by": 1,
        "pheromone": 0,
        "obey": 0,
        "see_demand": 1,
        "heed": 1,
        "medics": 1,
        "by_id": 0,
        "dense_base": 0,
        **offices.numbers_of(forage.office_config, config.offices),
        **consensus.numbers_of(forage.office_config, config.offices),
        **strikes.numbers_of(config),
        **breakdowns.numbers_of(config),
        **ledgers.numbers_of(config),
    }
    taken = {*numbers, *(column.name for column in (*COLUMNS, *columns)), *RESERVED}
    for name in constants or {}:
        if name in taken or not name.isidentifier():
            raise ConfigError("constants", "identifiers that are not taken", name)
    for column in columns:
        if column.name in numbers:
            raise ConfigError("columns", "names that are not constants", column.name)
    numbers.update(constants or {})
    return Blueprint(
        family="forage",
        columns=(*COLUMNS, *columns),
        lengths={
            "E": size.workers,
            "D": size.workers if forage.depth > 1 else 0,
            "V": size.workers if flying else 0,
            "N": forage.memory_width,
            "R": size.regions,
            "Q": size.regions if forage.diffusion_fraction > 0 else 0,
            "S": config.sites,
            "H": config.hazards,
            "C": side * side * forage.depth,
            "M": map_side * map_side * map_depth,
            "l": near_words(side),
            "k": squares_across(side) ** 2,
            "P": PLANES,
            "K": RESOURCE_TYPES,
            "T": size.sectors,
            "O": size.hives,
            "W": 1,
            "r": size.regions,
            "t": size.sectors,
            "o": size.hives,
            "G": size.sector_regions,
            "X": config.max_span,
            "x": len(levels_of(config)["governor"].choices),
            "J": size.hive_sectors,
            "L": 0,
            **offices.lengths_of(forage.office_config, config.offices),
            **consensus.lengths_of(forage.office_config, config.offices),
            **strikes.lengths_of(config),
            **breakdowns.lengths_of(config),
            **ledgers.lengths_of(config),
        },
        constants=numbers,
        reset=reset,
        tick=tick,
        config_hash=config.config_hash(),
    )
