"""Forage, the default task: what its worlds hold, and what a tick of them does.

Read `TICK`: it is the world. Each line is a system, what it may change, and why it stands
there; its reads are its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, Members, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import PLANES, RESOURCE_TYPES, Boundary, Plane
from hive_env.errors import ActionError, ArgumentError, ConfigError
from hive_env.simulation import Blueprint, Simulation
from hive_env.systems import (
    clock,
    motion,
    placement,
    policies,
    rewards,
    senses,
    sites,
    space,
    trails,
    workers,
    workforce,
)

STATE, CARRIED, DERIVED = Kind.STATE, Kind.CARRIED, Kind.DERIVED
STATIC, OUTPUT = Kind.STATIC, Kind.OUTPUT

COLUMNS = (
    # Worlds.
    Column("seed", np.int64, "W", "bits", "Key of the world's generator, 64 bits."),
    Column("episode", np.int32, "W", "episodes", "Episodes since the last seeding."),
    Column("tick", np.int32, "W", "ticks", "Ticks since the episode began."),
    # Workers: Position, Velocity, Task, Memory, AgentType, Health, ResourceClaim.
    Column("id", np.uint32, "E", "", "Identity of the entity within its world."),
    Column("x", np.int32, "E", "1/4096 cell", "Position along x, eastward."),
    Column("y", np.int32, "E", "1/4096 cell", "Position along y, southward."),
    Column("z", np.int32, "D", "1/4096 cell", "Position along z; no rows in the plane."),
    Column("vx", np.int32, "V", "1/4096 cell a tick", "Velocity along x; no rows on the grid."),
    Column("vy", np.int32, "V", "1/4096 cell a tick", "Velocity along y; no rows on the grid."),
    Column("vz", np.int32, "V", "1/4096 cell a tick", "Velocity along z; no rows on the grid."),
    Column("task", np.uint8, "E", "", "Goal: 0 none, else a resource type plus one."),
    Column(
        "task_zone", np.uint8, "E", "", "Parameter of the goal: 0 anywhere, else a zone plus one."
    ),
    Column("task_priority", np.uint8, "E", "", "Priority of the goal, 0 lowest."),
    Column(
        "memory", np.float32, "E,N", "", "The user's embedding; any width, 0 by default.", CARRIED
    ),
    Column("specialist", np.uint8, "E", "", "AgentType: the resource type the worker is made for."),
    Column("health", np.uint8, "E", "", "Condition, one of Health."),
    Column("fatigue", np.uint8, "E", "1/255", "Wear by hazards; the worker fails at 255."),
    Column("error_count", np.uint16, "E", "failures", "Failures so far."),
    Column("compute_budget", np.uint16, "E", "units a tick", "ResourceClaim: compute granted."),
    Column("memory_usage", np.uint16, "E", "bytes", "ResourceClaim: memory held."),
    Column("home", np.uint32, "E", "region", "Region whose depot pays the worker."),
    Column("cargo", np.uint8, "E", "", "What it carries: 0 nothing, else a type plus one."),
    Column(
        "success",
        np.uint8,
        "E",
        "",
        "Last pick since a drop: 0 none, 1 emptied the site, 2 left stock.",
    ),
    Column("next_fault", np.int32, "E", "tick", "When the next fault strikes."),
    Column("down", np.uint16, "E", "ticks", "Ticks since it failed."),
    Column("repair", np.uint8, "E", "ticks", "Repair it has had since it failed."),
    Column("event", np.uint16, "E", "", "What happened in the last tick, bits of Event."),
    Column("gain", np.int16, "E", "1/1000", "Value delivered in the last tick.", OUTPUT),
    # Buffers by id, owned by the simulation until a caller gives its own.
    Column("action", np.uint8, "B,2", "", "Verb and deposit of each worker, by id.", DERIVED),
    Column(
        "observation", np.uint8, "0,64", "", "Observations; always given by the caller.", DERIVED
    ),
    Column("reward", np.float32, "0", "", "Rewards; always given by the caller.", DERIVED),
    # Regions.
    Column("demand", np.uint8, "R", "", "Pair of types worth something at the depot, of PAIRS."),
    Column("demand_until", np.int32, "R", "tick", "When the demand is redrawn."),
    Column("door", np.uint8, "R", "", "1 when the depot is open."),
    Column("door_word", np.int64, "R", "", "The draw that ranks the region's door.", DERIVED),
    Column("workforce", np.uint8, "R", "", "The governor's order, one of Workforce."),
    Column("region_value", np.int64, "R", "1/1000", "Value delivered in the episode."),
    Column("delivered", np.int64, "R,K", "units", "Units delivered in the episode, by type."),
    Column("discarded", np.int64, "R,K", "units", "Units dropped away from the depot, by type."),
    Column("picked", np.int64, "R,K", "units", "Units picked in the episode, by type."),
    Column("hazard_cell", np.int32, "R,H", "cell", "Where each hazard is, within the region."),
    # Sites.
    Column("site_cell", np.int32, "R,S", "cell", "Where each site is, within the region."),
    Column("site_type", np.uint8, "R,S", "", "Resource type."),
    Column("site_stock", np.int16, "R,S", "units", "Units left."),
    Column("site_wait", np.uint16, "R,S", "ticks", "Ticks until an empty slot has a site again."),
    Column("site_generation", np.uint16, "R,S", "", "Sites that the slot has had."),
    Column("site_taken", np.uint8, "R,S", "units", "Units taken in this tick.", DERIVED),
    Column("claim_first", np.int64, "R,S", "", "Lowest key of this tick's claims.", DERIVED),
    Column("claim_second", np.int64, "R,S", "", "Second lowest key.", DERIVED),
    # Map and ground.
    Column("trail", np.uint16, "R,P,M", "trail", "Trails of the stigmergy map, by plane."),
    Column("trail_next", np.uint16, "Q,P,M", "trail", "Trails while they diffuse.", DERIVED),
    Column(
        "ground", np.uint8, "R,C", "", "Who and what is in a world cell, bits of Ground.", DERIVED
    ),
    # Sectors and hives.
    Column("drawn", np.uint32, "T,G", "region", "Regions ordered to draw workers in."),
    Column("drawn_count", np.int32, "T", "regions", "How many those are."),
    Column("season", np.uint8, "O", "", "Pair of types in season, of PAIRS."),
    Column("season_until", np.int32, "O", "tick", "When the season is redrawn."),
    # Who stands where.
    Column("member", np.uint32, "L", "row", "Rows of the workers in each region.", DERIVED),
    Column("member_first", np.int64, "R", "slot", "First slot of each region.", DERIVED),
    Column("member_room", np.int32, "R", "slots", "Slots of each region.", DERIVED),
    Column("member_stay", np.int32, "R", "slots", "Workers who are in the region.", DERIVED),
    Column(
        "member_left", np.int32, "R", "slots", "End of those who left in the last tick.", DERIVED
    ),
    Column("member_end", np.int32, "R", "slots", "End of those who arrived in it.", DERIVED),
    Column("overflow", np.uint8, "1", "", "1 when a region's slots did not suffice.", DERIVED),
    Column("dense_first", np.int64, "R", "row", "First row of each region in a chunk.", DERIVED),
    # Geometry.
    Column(
        "region_grid", np.int32, "r", "region", "Region by place on the grid, row by row.", STATIC
    ),
    Column("region_x0", np.int32, "r", "cell", "West edge of a region.", STATIC),
    Column("region_y0", np.int32, "r", "cell", "North edge of a region.", STATIC),
    Column("region_sector", np.int32, "r", "sector", "Sector of a region.", STATIC),
    Column("region_hive", np.int32, "r", "hive", "Hive of a region.", STATIC),
    Column("sector_regions", np.int32, "t,G", "region", "Regions of a sector.", STATIC),
    Column(
        "neighbour",
        np.int32,
        "r,9",
        "region",
        "Region by direction, 3 dy + dx + 4; -1 a wall.",
        STATIC,
    ),
    Column("near", np.int32, "r,8", "region", "The different ones among them, then -1.", STATIC),
    Column("evaporation", np.uint32, "P", "1/65536", "Share of a trail lost in a tick.", STATIC),
)

FAULT_WRITES = ("health", "cargo", "down", "repair", "error_count")
INDEX = ("member", "member_stay", "member_left", "member_end")

CLOSE_RANKS = System(
    space.close_ranks, INDEX, "First: the loops below go over those who are in the region now."
)

MOVE = System(
    motion.move_on_grid,
    ("x", "y", "z", "event"),
    "Last of a worker's own systems: all others happen where it stood.",
)
FLY = System(motion.fly, ("x", "y", "z", "vx", "vy", "vz", "event"), MOVE.why)
MOTIONS = {"grid": MOVE, "flight": FLY}
"""Motion systems by the name that ``ForageConfig.motion`` takes."""


SEASONS = Pass(
    "seasons",
    Unit.HIVE,
    (System(clock.turn_season, ("season", "season_until"), "After deliveries were paid."),),
)
DOORS = Pass(
    "doors",
    Unit.SECTOR,
    (System(clock.turn_doors, ("door_word", "door"), "After deliveries were paid."),),
    when="door_ticks",
)
ARRIVALS = Pass(
    "arrivals",
    Unit.REGION,
    (
        System(clock.turn_demand, ("demand", "demand_until"), "After deliveries were paid."),
        System(clock.drift_hazards, ("hazard_cell",), "Before the ground shows them."),
        System(
            space.take_in,
            ("member", "member_end", "overflow"),
            "After every region has seen its leavers off.",
        ),
        System(space.mark_ground, ("ground",), "Last: shows the next tick's start."),
    ),
)
GROUND = Pass(
    "ground", Unit.REGION, (System(space.mark_ground, ("ground",), "After positions changed."),)
)

TICK = (
    Pass(
        "muster",
        Unit.SECTOR,
        (System(workforce.muster, ("drawn", "drawn_count"), "Orders take effect first."),),
        when="governor_period",
    ),
    Pass(
        "workers",
        Unit.REGION,
        (
            CLOSE_RANKS,
            Members(
                (
                    System(
                        workforce.migrate,
                        ("home",),
                        "Before anything that asks for the worker's home.",
                    ),
                    System(
                        workers.strike,
                        (*FAULT_WRITES, "next_fault", "event", "gain"),
                        "Faults strike before anybody acts. Clears last tick's events.",
                    ),
                    System(
                        workers.recover,
                        ("health", "down", "repair", "fatigue", "event"),
                        "After the strike: a worker struck now starts to wait now.",
                    ),
                    System(
                        workers.endure,
                        (*FAULT_WRITES, "fatigue", "event"),
                        "Before the action, which a hazard or a crowd can prevent.",
                    ),
                    System(
                        workers.act,
                        (
                            *("claim_first", "claim_second", "cargo", "success", "event"),
                            *("gain", "region_value", "delivered", "discarded"),
                        ),
                        "Before the move: a worker acts where it stands.",
                    ),
                    System(
                        trails.deposit,
                        ("trail",),
                        "Before the move: traces are left at the tick's start cell, which is "
                        "always in this region's tile.",
                    ),
                )
            ),
            Members(
                (
                    System(
                        sites.grant,
                        ("cargo", "success", "event", "site_taken", "trail"),
                        "In a second loop: all claims are made before any is settled.",
                    ),
                    MOVE,
                )
            ),
            System(
                sites.renew_sites,
                (
                    *("claim_first", "claim_second", "site_taken", "site_cell", "site_type"),
                    *("site_stock", "site_wait", "site_generation", "picked"),
                ),
                "After the grants, which read the stock of the tick's start.",
            ),
            System(trails.evaporate, ("trail",), "After the deposits, as a pass of its own."),
            System(
                space.see_off, INDEX, "After the moves: who is outside now waits to be fetched."
            ),
        ),
    ),
    Pass(
        "diffuse",
        Unit.REGION,
        (System(trails.diffuse, ("trail_next",), "After all evaporation: reads neighbours."),),
        when="diffusion_every",
    ),
    Pass(
        "spread",
        Unit.REGION,
        (System(trails.spread, ("trail",), "After all have read the old trails."),),
        when="diffusion_every",
    ),
    Pass(
        "clock",
        Unit.WORLD,
        (System(clock.advance_clock, ("tick",), "What follows belongs to the next tick."),),
    ),
    SEASONS,
    DOORS,
    ARRIVALS,
)
"""What a tick does, in order."""

RESET = (
    Pass(
        "reset_worlds",
        Unit.WORLD,
        (System(placement.start_clock, ("tick",), "The draws below are those of tick 0."),),
    ),
    Pass(
        "reset_hives",
        Unit.HIVE,
        (System(placement.clear_hive, ("season", "season_until"), "Before a season is drawn."),),
    ),
    Pass(
        "reset_sectors",
        Unit.SECTOR,
        (System(placement.clear_sector, ("drawn", "drawn_count"), "No orders stand."),),
    ),
    Pass(
        "reset_regions",
        Unit.REGION,
        (
            System(
                placement.place_workers,
                (
                    *INDEX,
                    *("id", "x", "y", "z", "vx", "vy", "vz", "home", "cargo", "specialist"),
                    *("health", "fatigue", "error_count", "next_fault", "down", "repair"),
                    *("success", "task", "task_zone", "task_priority", "compute_budget"),
                    *("memory_usage", "event", "gain", "memory"),
                ),
                "A region's workers have consecutive ids and start around its depot.",
            ),
            System(
                placement.clear_region,
                (
                    *("trail", "workforce", "region_value", "delivered", "discarded", "picked"),
                    *("demand", "demand_until", "door", "hazard_cell"),
                ),
                "Before demand and hazards are drawn.",
            ),
            System(
                placement.open_sites,
                (
                    *("claim_first", "claim_second", "site_taken", "site_wait", "site_cell"),
                    *("site_type", "site_stock", "site_generation"),
                ),
                "Before the ground shows them.",
            ),
        ),
    ),
    SEASONS,
    DOORS,
    Pass(
        "reset_ground",
        Unit.REGION,
        (
            System(clock.turn_demand, ("demand", "demand_until"), "The first demand."),
            System(clock.drift_hazards, ("hazard_cell",), "The first place of each hazard."),
            System(space.mark_ground, ("ground",), "Last: shows the first tick's start."),
        ),
    ),
)
"""What starts an episode."""


def act_pass(name: str, *systems: System) -> Pass:
    """Return a pass in which every worker observes, if a system asks for it, and decides."""
    return Pass(name, Unit.REGION, (CLOSE_RANKS, Members(systems)))


CLOSE = Pass("close_ranks", Unit.REGION, (CLOSE_RANKS,))
OBSERVE = act_pass("observe", System(senses.observe, ("observation",), "By id."))
OBSERVE_CHUNK = act_pass(
    "observe_chunk", System(senses.observe_dense, ("observation",), "By place.")
)
REWARD = act_pass(
    "reward", System(rewards.reward_immediate, ("reward",), "Reads the tick's events.")
)
SEE = System(senses.observe_dense, ("observation",), "Before the decision that reads it.")
POLICIES = {
    "random": act_pass("act_randomly", System(policies.act_randomly, ("action",), "")),
    "reflex": act_pass(
        "reflex", SEE, System(policies.reflex, ("action",), "Reads only what was seen.")
    ),
    "expert": act_pass(
        "act_as_expert", SEE, System(policies.act_as_expert, ("action",), "Knows all.")
    ),
}
"""Built-in controllers of workers; ``pheromone`` is ``reflex`` that lays and follows trails."""

EXPERT_ORDERS = Pass(
    "order_as_expert",
    Unit.SECTOR,
    (System(policies.order_as_expert, ("workforce",), "Before the workers of the same tick."),),
)

CHUNK = 1 << 16
"""Workers whose observations are held at once when a built-in policy decides."""


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns of one world: the geometry of its regions.

    Regions are numbered sector by sector, so that those of a governor lie together.
    """
    size, forage = config.size, config.forage
    side, across = size.region_side, size.sector_side
    grid_y, grid_x = np.divmod(np.arange(size.regions), size.regions_x)
    sector_grid = (grid_y // across) * (size.regions_x // across) + grid_x // across
    order = np.lexsort((grid_x, grid_y, sector_grid))
    region_grid = np.empty(size.regions, np.int32)
    region_grid[order] = np.arange(size.regions)
    at_x, at_y = grid_x[order], grid_y[order]
    sector = sector_grid[order]
    hive_x = at_x // (across * size.hive_x)
    hive_y = at_y // (across * size.hive_y)
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
    return {
        "region_grid": region_grid,
        "region_x0": at_x * side,
        "region_y0": at_y * side,
        "region_sector": sector,
        "region_hive": hive_y * size.hives_x + hive_x,
        "sector_regions": np.argsort(sector, kind="stable").reshape(size.sectors, -1),
        "neighbour": neighbour,
        "near": near,
        "evaporation": np.round(rates * 65536),
    }


def blueprint_of(
    config: HiveConfig,
    columns: Sequence[Column] = (),
    tick: Sequence[Pass] | None = None,
    constants: dict[str, int | float] | None = None,
) -> Blueprint:
    """Return what a Forage world of a configuration is made of.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    columns : sequence of Column
        Columns of the user's own, besides `COLUMNS`.
    tick : sequence of Pass, optional
        The tick; by default `TICK` with the configuration's motion system.
    constants : dict, optional
        Numbers of the user's own that systems may ask for.
    """
    size, forage = config.size, config.forage
    if forage.motion not in MOTIONS:
        raise ConfigError("motion", f"one of {', '.join(MOTIONS)}", forage.motion)
    side = size.region_side
    resolution = forage.trail_resolution
    map_side = -(-side // resolution)
    map_depth = -(-forage.depth // resolution)
    flying = forage.motion == "flight"
    passes = replace_system(TICK, MOVE, MOTIONS[forage.motion]) if tick is None else tick
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
        "demand_hot": forage.demand_hot,
        "demand_cold": forage.demand_cold,
        "season_hot": forage.season_hot,
        "season_cold": forage.season_cold,
        "hazards": config.hazards,
        "hazard_period": forage.hazard_period,
        "hazard_fatigue": forage.hazard_fatigue,
        "crowd_capacity": forage.crowd_capacity,
        "fault_mean_ticks": round(forage.fault_mean_ticks),
        "reboot_ticks": forage.reboot_ticks,
        "repair_ticks": forage.repair_ticks,
        "governor_period": forage.governor_period,
        "episode_ticks": config.episode_ticks,
        "map_shift": resolution.bit_length() - 1,
        "map_side": map_side,
        "map_depth": map_depth,
        "trail_cap": forage.trail_cap,
        "diffusion_share": round(
            forage.diffusion_fraction * 65536 / (6 if forage.depth > 1 else 4)
        ),
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
        "pheromone": 0,
        "medics": 1,
        "dense_base": 0,
        **(constants or {}),
    }
    return Blueprint(
        family="forage",
        columns=(*COLUMNS, *columns),
        lengths={
            "E": size.workers,
            "D": size.workers if forage.depth > 1 else 0,
            "V": size.workers if flying else 0,
            "N": forage.memory_width,
            "B": 0,
            "R": size.regions,
            "Q": size.regions if forage.diffusion_fraction > 0 else 0,
            "S": config.sites,
            "H": config.hazards,
            "C": side * side * forage.depth,
            "M": map_side * map_side * map_depth,
            "P": PLANES,
            "K": RESOURCE_TYPES,
            "T": size.sectors,
            "O": size.hives,
            "W": 1,
            "r": size.regions,
            "t": size.sectors,
            "G": size.sector_regions,
            "L": 0,
        },
        constants=numbers,
        reset=RESET,
        tick=passes,
        config_hash=config.config_hash(),
    )


def replace_system(tick: Sequence[Pass], old: System, new: System) -> tuple[Pass, ...]:
    """Return a tick in which one system stands in the place of another.

    Raises
    ------
    ConfigError
        When the old system is not in the tick.
    """
    return _edit(tick, old, (new,))


def insert_after(tick: Sequence[Pass], place: System, *new: System) -> tuple[Pass, ...]:
    """Return a tick in which systems of the user's own follow another, in the same loop.

    Raises
    ------
    ConfigError
        When the system to follow is not in the tick.
    """
    return _edit(tick, place, (place, *new))


def _edit(tick: Sequence[Pass], old: System, new: tuple[System, ...]) -> tuple[Pass, ...]:
    if not any(old is system for pass_ in tick for system in pass_.systems()):
        raise ConfigError("tick", f"the system {old.name!r} in it", "a tick without it")

    def edited(steps: Sequence[Any]) -> tuple[Any, ...]:
        out: list[Any] = []
        for step in steps:
            if isinstance(step, Members):
                out.append(Members(edited(step.systems)))
            else:
                out.extend(new if step is old else (step,))
        return tuple(out)

    return tuple(replace(pass_, steps=edited(pass_.steps)) for pass_ in tick)


def system_named(tick: Sequence[Pass], name: str) -> System:
    """Return the system of a tick by its rule's name.

    Raises
    ------
    ConfigError
        When there is none of that name.
    """
    found = {system.name: system for pass_ in tick for system in pass_.systems()}
    if name not in found:
        raise ConfigError("name", f"one of {', '.join(found)}", name)
    return found[name]


@dataclass(frozen=True)
class Feature:
    """One observed feature: ``float = (byte - zero) / scale``."""

    name: str
    zero: int
    scale: int


class Forage(Simulation):
    """W Forage worlds: the array API.

    Arrays in and out go by id: row ``k * N + i`` is worker i of world k.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    worlds : int
        W.
    device, threads
        As in `Simulation`.
    blueprint : Blueprint, optional
        What a world is made of, where the user has added to it; see `blueprint_of`.
    """

    def __init__(
        self,
        config: HiveConfig | None = None,
        worlds: int = 1,
        device: str = "cpu",
        threads: int | None = None,
        blueprint: Blueprint | None = None,
    ) -> None:
        self.config = config or HiveConfig()
        super().__init__(blueprint or blueprint_of(self.config), worlds, device, threads)
        for name, content in statics_of(self.config).items():
            self.columns[name][...] = content
        self.workers = self.config.size.workers
        base = np.diff(
            -(-np.arange(self.config.size.regions + 1) * self.workers // self.config.size.regions)
        )
        self._base_counts = np.tile(base, self.worlds)

    # --- who stands where ----------------------------------------------------------------------

    def _prepare(self, chosen: Array) -> None:
        if chosen.all() or not len(self.columns["member"]):
            self._allot(self._base_counts)

    def _allot(self, counts: Array) -> None:
        """Give every region slots for what stands in it, and some room."""
        room = np.maximum(counts, self._base_counts)
        room = room + room // 4 + 8
        grown = np.maximum(room, self.columns["member_room"])
        room = grown if grown.sum() <= 4 * room.sum() else room
        first = np.cumsum(room) - room
        self.columns["member_first"][...] = first
        self.columns["member_room"][...] = room
        total = int(first[-1] + room[-1])
        if len(self.columns["member"]) < total:
            self.columns["member"] = np.zeros(total, np.uint32)

    def _restored(self) -> None:
        """Find anew who stands where, and show it on the ground."""
        columns = self.columns
        counts = np.zeros(len(self._base_counts), np.int64)
        layout = (
            columns["x"], columns["y"], columns["region_grid"], self.workers,
            self.config.size.regions, self.config.size.regions_x, self.config.size.region_side,
        )  # fmt: skip
        space.count_members(*layout, counts)
        self._allot(counts)
        space.fill_members(
            *layout, columns["member_first"], columns["member_stay"], columns["member"]
        )
        columns["member_left"][...] = columns["member_stay"]
        columns["member_end"][...] = columns["member_stay"]
        columns["claim_first"][...] = workers.NO_CLAIM
        columns["claim_second"][...] = workers.NO_CLAIM
        columns["overflow"][...] = 0
        self.run_pass(GROUND)

    def sort_rows(self) -> None:
        """Order rows by the region where their workers stand; no result changes."""
        member, first = self.columns["member"], self.columns["member_first"]
        self._close_ranks()
        stay = self.columns["member_stay"]
        parts = [member[f : f + s] for f, s in zip(first, stay, strict=True)]
        self.permute(np.concatenate(parts).astype(np.int64))

    # --- a step --------------------------------------------------------------------------------

    def step(self, actions: Array) -> None:
        """Advance every world by one tick.

        Parameters
        ----------
        actions : uint8[W * N, 2] or integers of shape (W * N, 2) or (W, N, 2)
            Verb and deposit of every worker, by id. A C-contiguous uint8 array is read where it
            lies. What a failed worker asks for is read as (stay, no deposit).

        Raises
        ------
        ActionError
            When shape, dtype or a value is wrong; nothing has changed then.
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        self.tick(action=self.checked(actions))
        if self.columns["overflow"][0]:
            self._restored()

    def checked(self, actions: Array) -> Array:
        """Return actions as uint8[W * N, 2], or raise `ActionError`."""
        given = np.asarray(actions)
        total = self.worlds * self.workers
        if given.dtype.kind not in "iu":
            raise ActionError("actions", "integers", f"dtype {given.dtype}")
        if given.shape not in ((total, 2), (self.worlds, self.workers, 2)):
            raise ActionError("actions", f"shape ({total}, 2)", f"shape {given.shape}")
        flat = given.reshape(total, 2)
        verbs = int(self.blueprint.constants["verbs"])
        if flat.dtype == np.uint8 and flat.flags.c_contiguous:
            bad = space.first_invalid(flat, verbs, 5)
        else:
            wrong = (flat < 0) | (flat >= np.array([verbs, 5]))
            bad = int(np.argmax(wrong.any(axis=1))) if wrong.any() else -1
            flat = flat.astype(np.uint8) if bad < 0 else flat
        if bad >= 0:
            world, worker = divmod(bad, self.workers)
            raise ActionError(
                f"actions[{bad}] (world {world}, worker {worker})",
                f"a verb from 0 to {verbs - 1} and a deposit from 0 to 4",
                flat[bad].tolist(),
            )
        return np.ascontiguousarray(flat)

    def observe(self, out: Array | None = None) -> Array:
        """Write every worker's observation.

        Parameters
        ----------
        out : uint8[W * N, 64], optional
            The caller's buffer; a new one by default.
        """
        self.need_ready()
        shape = (self.worlds * self.workers, senses.WIDTH)
        if out is None:
            out = np.empty(shape, np.uint8)
        elif out.shape != shape or out.dtype != np.uint8 or not out.flags.c_contiguous:
            raise ArgumentError(
                "out", f"C-contiguous uint8 of shape {shape}", f"{out.dtype} of shape {out.shape}"
            )
        self.run_pass(OBSERVE, observation=out)
        return out

    def rewards(self, out: Array | None = None) -> Array:
        """Write every worker's immediate reward for the last tick.

        Parameters
        ----------
        out : float32[W * N], optional
            The caller's buffer; a new one by default.
        """
        self.need_ready()
        shape = (self.worlds * self.workers,)
        if out is None:
            out = np.empty(shape, np.float32)
        elif out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
            raise ArgumentError(
                "out", f"C-contiguous float32 of shape {shape}", f"{out.dtype} of shape {out.shape}"
            )
        self.run_pass(REWARD, reward=out)
        return out

    def _close_ranks(self) -> None:
        self.run_pass(CLOSE)

    def chunks(self, most: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield runs of regions that hold about so many workers each, and set their rows.

        Yields
        ------
        first, last : int
            Regions, the last one excluded.
        base, count : int
            Row at which the run starts among all, and workers in it.
        """
        columns = self.columns
        counts = columns["member_stay"] + (columns["member_end"] - columns["member_left"])
        ends = np.cumsum(counts, dtype=np.int64)
        columns["dense_first"][...] = ends - counts
        first, base = 0, 0
        while first < len(counts):
            last = max(int(np.searchsorted(ends, base + most, side="right")), first + 1)
            yield first, last, base, int(ends[last - 1]) - base
            first, base = last, int(ends[last - 1])

    def decide(self, policy: str, actions: Array | None = None, chunk: int = CHUNK) -> Array:
        """Write the actions of a built-in policy for every worker.

        Parameters
        ----------
        policy : {"random", "reflex", "pheromone", "expert"}
            ``expert`` also orders the workforce of every sector, and knows all.
        actions : uint8[W * N, 2], optional
            The caller's buffer; a new one by default.
        chunk : int
            Workers whose observations are held at once.
        """
        self.need_ready()
        trail = int(policy == "pheromone")
        name = "reflex" if trail else policy
        if name not in POLICIES:
            raise ArgumentError("policy", f"one of {', '.join((*POLICIES, 'pheromone'))}", policy)
        if actions is None:
            actions = np.zeros((self.worlds * self.workers, 2), np.uint8)
        if name == "random":
            self.run_pass(POLICIES[name], action=actions)
            return actions
        if name == "expert":
            self.run_pass(EXPERT_ORDERS)
        most = int(self._base_counts.max())
        view = np.empty((0, senses.WIDTH), np.uint8)
        for first, last, base, count in self.chunks(max(chunk, most)):
            if len(view) < count:
                view = np.empty((count, senses.WIDTH), np.uint8)
            given = {
                "action": actions, "observation": view, "pheromone": trail, "dense_base": base,
            }  # fmt: skip
            self.run_units(POLICIES[name], first, last, count, given)
        return actions

    # --- scores --------------------------------------------------------------------------------

    def values(self) -> Array:
        """Return U of every world: value delivered in the episode so far, float64[W]."""
        by_region = self.columns["region_value"].reshape(self.worlds, -1)
        return np.asarray(by_region.sum(axis=1) / 1000.0)

    def done(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        return np.asarray(self.columns["tick"] >= self.config.episode_ticks)
