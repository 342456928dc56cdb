"""Bytes: what a world holds, and what a tick must move, counted from the declarations."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.backends.driver import MEMBER_COLUMNS
from hive_env.ecs import Kind, Members, Pass
from hive_env.scenarios.forage import Forage

GROUPS = {
    "map": ("trail", "trail_next"),
    "ground": ("ground",),
    "lists": ("member",),
    "memory": ("memory",),
    "standings": ("standing", "errand", "progress"),
}
"""Columns that are counted apart from the workers' state and from all the rest."""


def held_bytes(simulation: Forage) -> dict[str, float]:
    """Return the bytes a worker of every part of a simulation.

    ``state`` is the persistent columns with a row a worker, without the memory embedding;
    ``actions``, ``observations`` and ``rewards`` are the caller's buffers; ``rest`` is regions,
    sites, sectors, hives and geometry.
    """
    total = simulation.worlds * simulation.workers
    grouped = {name for names in GROUPS.values() for name in names}
    found: dict[str, int] = dict.fromkeys(("state", *GROUPS, "rest"), 0)
    group_of = {name: group for group, names in GROUPS.items() for name in names}
    for column in simulation.declared:
        size = int(simulation.arrays[column.name].nbytes)
        if column.name in grouped:
            found[group_of[column.name]] += size
        elif column.axes[0] in ("E", "D", "V") and column.kind is Kind.STATE:
            found["state"] += size
        else:
            found["rest"] += size
    per_worker = {name: size / total for name, size in found.items()}
    return {
        **per_worker,
        "actions": 2.0,
        "observations": float(simulation.features),
        "rewards": 4.0,
    }


def moved_bytes(simulation: Forage) -> dict[str, float]:
    """Return the bytes a worker that each pass of a tick must move.

    Passes that do not run in every tick count for their share of the ticks.
    """
    constants = simulation.blueprint.constants
    found = {}
    for pass_ in simulation.blueprint.tick:
        period = constants[pass_.when] if pass_.when else 1
        if period:
            found[pass_.name] = pass_bytes(simulation, pass_) / period
    return found


def pass_bytes(simulation: Forage, pass_: Pass) -> float:
    """Return the bytes a worker that one pass must move.

    Every column that it touches comes into the caches once, since a line must be there before a
    part of it is written; every column that it writes goes back once. Nothing is counted twice: a
    region's data stay in the caches while the pass works on them.
    """
    total = simulation.worlds * simulation.workers
    sizes: Mapping[str, int] = {
        **{name: int(array.nbytes) for name, array in simulation.arrays.items()},
        "member": 4 * total,
        "action": 2 * total,
        "reward": 4 * total,
        "observation": simulation.features * total,
    }
    touched = {name for system in pass_.systems() for name in system.parameters}
    if any(isinstance(step, Members) for step in pass_.steps):
        touched.update(MEMBER_COLUMNS)
    written = {name for system in pass_.systems() for name in system.writes}
    return sum(sizes.get(name, 0) for names in (touched, written) for name in names) / total
