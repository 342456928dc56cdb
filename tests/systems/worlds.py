"""Small worlds for the tests of the rules, and ways to look at them whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Members, Pass, System, Unit
from hive_env.enums import Event, Ground, Health, Verb
from hive_env.faults import Faults
from hive_env.scenarios.forage import TICK, Forage, system_named
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

Array = NDArray[Any]

TINY = Size(16, 1, 1, 2, 2)
"""Four regions of 12 x 12 cells, each a sector; 16 workers."""

SMALL = Size(64, 2, 2, 1, 1)
"""Four regions of 24 x 24 cells in one sector; 64 workers."""

STAY = int(Verb.STAY)

CLOCKS = {"manager_period": 2, "governor_period": 4, "orchestrator_period": 4}
"""Clocks of the upper levels that all have struck within a few ticks."""

ABOVE = LEVELS[1:]
"""The levels that give orders, lowest first."""


def world(size: Size = TINY, *, worlds: int = 1, seed: int = 1, **forage: Any) -> Forage:
    """A world that has just been reset; quiet unless the arguments say otherwise.

    ``offices`` are the offices of faults that are quiet besides.
    """
    quiet: dict[str, Any] = {"fault_mean_ticks": 0, "hazards_per_region": 0}
    if "offices" in forage:
        forage["faults"] = Faults(offices=forage.pop("offices"))
    hive = Forage(HiveConfig(size, ForageConfig(**{**quiet, **forage})), worlds, threads=1)
    hive.reset(seed)
    return hive


def members(name: str) -> Pass:
    """A pass of one of the tick's own systems over every worker."""
    return Pass(name, Unit.REGION, (Members((system_named(TICK, name),)),))


def alone(name: str, unit: Unit = Unit.REGION) -> Pass:
    """A pass of one of the tick's own systems over every unit."""
    for step in (step for pass_ in TICK for step in pass_.steps):
        if isinstance(step, System):
            if step.name == name:
                return Pass(name, unit, (step,))
            continue
        found = tuple(system for system in step.systems if system.name == name)
        if found:
            return Pass(name, unit, (replace(step, systems=found),))
    raise LookupError(name)


def over(name: str, *systems: System) -> Pass:
    """A pass of given systems over every region."""
    return Pass(name, Unit.REGION, systems)


def idle(hive: Forage) -> Array:
    """Actions by which everybody stays."""
    return np.zeros((hive.worlds * hive.workers, 2), np.uint8)


def verbs(hive: Forage, chosen: int | Array) -> Array:
    """Actions with these verbs, by id, and no deposit."""
    actions = idle(hive)
    actions[:, 0] = chosen
    return actions


def random_actions(hive: Forage, rng: np.random.Generator) -> Array:
    """Uniform actions for everybody."""
    count = hive.worlds * hive.workers
    most = int(hive.blueprint.constants["verbs"])
    return np.stack([rng.integers(0, most, count), rng.integers(0, 5, count)], 1).astype(np.uint8)


def random_orders(hive: Forage, rng: np.random.Generator) -> dict[str, Array]:
    """Uniform orders of every level."""
    return {
        level: rng.integers(
            0,
            hive.levels[level].choices,
            (hive.worlds * hive.levels[level].seats, len(hive.levels[level].choices)),
        ).astype(np.uint8)
        for level in ABOVE
    }


def command(hive: Forage, policy: str = "scripted", **others: str) -> dict[str, Array]:
    """Orders of every level by a built-in policy; the arguments name other policies."""
    return {level: hive.decide(others.get(level, policy), level=level) for level in ABOVE}


def march(hive: Forage, ticks: int, worker: str = "scripted", **others: str) -> None:
    """Play on under built-in policies at every level."""
    for _ in range(ticks):
        hive.step(hive.decide(worker), command(hive, **others))


def put(hive: Forage, row: int | Array, x: Any, y: Any, z: Any = 0) -> None:
    """Stand workers in the middle of world cells; call `settle` afterwards."""
    hive.columns["x"][row] = (np.asarray(x) << 12) + 2048
    hive.columns["y"][row] = (np.asarray(y) << 12) + 2048
    if len(hive.columns["z"]):
        hive.columns["z"][row] = (np.asarray(z) << 12) + 2048


def settle(hive: Forage) -> None:
    """Make the lists and the ground true again after a test changed columns."""
    hive.restore(hive.snapshot())


def place_site(hive: Forage, region: int, cell: int, kind: int = 0, stock: int = 32) -> None:
    """Leave a region exactly one site, in its first slot."""
    hive.columns["site_stock"][region] = 0
    hive.columns["site_wait"][region] = 60_000
    hive.columns["site_cell"][region, 0] = cell
    hive.columns["site_type"][region, 0] = kind
    hive.columns["site_stock"][region, 0] = stock


def standing(hive: Forage) -> Array:
    """Region of all worlds in which each row's worker stands, from its position alone."""
    c, size = hive.columns, hive.config.size
    side = hive.config.region_side
    place = c["region_grid"][
        (c["y"] >> 12) // side * size.regions_x + (c["x"] >> 12) // side
    ].astype(np.int64)
    return np.arange(len(c["x"])) // hive.workers * size.regions + place


def cells(hive: Forage) -> Array:
    """Cell within its region of each row's worker, from its position alone."""
    c, side = hive.columns, hive.config.region_side
    cell = (c["y"] >> 12) % side * side + (c["x"] >> 12) % side
    if len(c["z"]):
        cell = cell + (c["z"] >> 12) * side * side
    return cell.astype(np.int64)


def picture(hive: Forage, tiles: Array, side: int, world_index: int = 0) -> Array:
    """Region-major tiles (R, side * side * depth) of one world as one array (Z, Y, X)."""
    size = hive.config.size
    mine = tiles[world_index * size.regions : (world_index + 1) * size.regions]
    depth = mine.shape[1] // (side * side)
    by_place = mine[hive.columns["region_grid"]].reshape(
        size.regions_y, size.regions_x, depth, side, side
    )
    whole = by_place.transpose(2, 0, 3, 1, 4)
    return whole.reshape(depth, size.regions_y * side, size.regions_x * side)


def ground_reference(hive: Forage) -> Array:
    """The ground as positions, sites and hazards say it must be."""
    c = hive.columns
    side = hive.config.region_side
    region, cell = standing(hive), cells(hive)
    count = np.zeros(c["ground"].shape, np.int64)
    there = c["health"] != Health.ENDED
    np.add.at(count, (region[there], cell[there]), 1)
    bits = np.minimum(count, 15)
    lying = c["health"] == Health.FAILED
    np.bitwise_or.at(bits, (region[lying], cell[lying]), int(Ground.CASUALTY))
    working = (c["event"] & int(Event.WORKED)) != 0
    np.bitwise_or.at(bits, (region[working], cell[working]), int(Ground.WORK))
    for at, stock in zip(c["site_cell"].T, c["site_stock"].T, strict=True):
        live = np.flatnonzero(stock > 0)
        bits[live, at[live]] |= int(Ground.SITE)
    for at in c["hazard_cell"].T:
        for offset in (0, 1, -1, side, -side):
            bits[np.arange(len(bits)), at + offset] |= int(Ground.HAZARD)
    return bits


def listed(hive: Forage) -> list[list[int]]:
    """Rows that the member lists give for each region."""
    c = hive.columns
    lists = []
    for first, stay, left, end in zip(
        c["member_first"], c["member_stay"], c["member_left"], c["member_end"], strict=True
    ):
        slots = [*range(stay), *range(left, end)]
        lists.append([int(c["member"][first + slot]) for slot in slots])
    return lists


def check_lists(hive: Forage) -> None:
    """Every worker is in one list, that of its region, and the ground counts it there."""
    region = standing(hive)
    for index, rows in enumerate(listed(hive)):
        assert sorted(rows) == np.flatnonzero(region == index).tolist()
    np.testing.assert_array_equal(hive.columns["ground"], ground_reference(hive))
