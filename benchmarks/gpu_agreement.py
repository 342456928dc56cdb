"""Whether worlds on a GPU go through the states that they go through on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hive_env.consensus import Consensus
from hive_env.ecs import Column, Kind
from hive_env.ecs.columns import WORKER_AXES
from hive_env.ecs.hashing import hash_column
from hive_env.enums import Boundary
from hive_env.errors import HiveError
from hive_env.faults import presets
from hive_env.offices import presets as office_presets
from hive_env.partitions import Ledger
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.sizes import SIZES, Size

Tell = Callable[[], object]
"""What hears of each tick."""

SEED = 7
TINY = Size(24, 2, 2, 1, 1)
"""Four regions of six workers: small enough for a simulator."""


class DisagreementError(HiveError):
    """A world on the GPU has another state than the same world on the CPU."""


@dataclass(frozen=True)
class Case:
    """Worlds that are played on both devices, by the scripted hierarchy.

    Parameters
    ----------
    about : str
        What distinguishes them.
    size : Size
        Of a world.
    worlds, ticks : int
        Worlds, and ticks to play.
    family : str
        Name of the family.
    constants : mapping
        Constants of the family that are not the default ones.
    """

    about: str
    size: Size
    worlds: int
    ticks: int
    family: str = "forage"
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The family, what distinguishes the case, workers and worlds."""
        count = f"{self.worlds} × {self.size.workers:,}"
        return f"{self.family}, {self.about}, {count} workers, {self.ticks} ticks"

    def make(self, device: str) -> tuple[Hive, Crew]:
        """Return the worlds on a device, at the start of an episode, and who plays them."""
        family = FAMILIES[self.family]
        config = family.config(self.size, family.constants(**self.constants))
        hive = family.hive(config, self.worlds, device, None)
        hive.reset(seed=SEED)
        listed = family.fault_controllers if "faults" in self.constants else family.controllers
        return hive, Crew(hive, listed[FULL])


def cases(quick: bool = False, simulated: bool = False) -> list[Case]:
    """Return what is compared: every family, and Forage with faults None, default and harsh.

    Parameters
    ----------
    quick : bool
        Fewer and shorter.
    simulated : bool
        Tiny worlds, for a simulator.
    """
    size, ticks = (TINY, 9) if simulated else (SIZES["nano"], 16 if quick else 128)
    harsh = presets()["harsh"]
    offices = replace(office_presets()["harsh"], consensus=Consensus())
    agreed = replace(harsh, offices=offices, ledger=Ledger(gossip_period=4))
    least = [
        Case("no faults", size, 1, ticks),
        Case("default faults", size, 1, ticks, constants={"faults": "default"}),
        Case("harsh faults, consensus", size, 2, ticks, constants={"faults": agreed}),
        Case("defaults", size, 2, ticks, "queue"),
    ]
    if quick or simulated:
        return least
    others: dict[str, dict[str, Any]] = {
        "flight on a torus": {"motion": "flight", "boundary": Boundary.TORUS},
        "depth 4": {"depth": 4},
        "orders to squads": {"orders": "squads"},
        "diffusing trails": {"diffusion_fraction": 0.5, "trail_resolution": 2},
    }
    v0 = SIZES["v0"]
    return [
        *least,
        *(Case(about, size, 1, 64, constants=given) for about, given in others.items()),
        Case("harsh faults", size, 64, 72, constants={"faults": "harsh"}),
        Case("defaults", size, 64, 72, "queue"),
        Case("no faults", v0, 1, 72),
        Case("default faults", v0, 1, 72, constants={"faults": "default"}),
        Case("harsh faults", v0, 1, 72, constants={"faults": "harsh"}),
        Case("defaults", v0, 1, 72, "queue"),
    ]


def compare(case: Case, tell: Tell, device: str = "cuda") -> dict[str, Any]:
    """Play a case on both devices, and compare the hash of the state after every tick.

    Returns
    -------
    dict
        The case's name, the hash of its last state, and by how much observations and rewards of
        all levels differ at most then; both are floats.

    Raises
    ------
    DisagreementError
        At the first tick with different states; names the first column that differs.
    """
    (here, crew), (there, other) = case.make("cpu"), case.make(device)
    need_same(here, there, f"{case.name}: after reset")
    since: list[dict[str, Any]] = []
    for tick in range(case.ticks):
        since = [{level: hive.counters(level) for level in LEVELS} for hive in (here, there)]
        crew.tick()
        other.tick()
        need_same(here, there, f"{case.name}: tick {tick}")
        tell()
    seen, paid = [], []
    for level in LEVELS:
        seen.append(apart(here.observe(level=level), there.host(there.observe(level=level))))
        for asked in ("components", "rewards"):
            mine, theirs = (
                hive.host(getattr(hive, asked)(level, before[level]))
                for hive, before in zip((here, there), since, strict=True)
            )
            paid.append(apart(mine, theirs))
    found = {"case": case.name, "hash": f"{here.state_hash():016x}"}
    return {**found, "observations": max(seen), "rewards": max(paid)}


def apart(mine: Any, theirs: Any) -> float:
    """Return by how much two arrays differ at most."""
    return float(np.abs(mine.astype(np.float64) - theirs).max(initial=0))


def need_same(here: Hive, there: Hive, when: str) -> None:
    """Raise `DisagreementError`, with the first column that differs, unless states are equal."""
    if here.state_hash() == there.state_hash():
        return
    for column in here.declared:
        for world in range(here.worlds if column.kind is Kind.STATE else 0):
            parts = [keyed(hive, column, world) for hive in (here, there)]
            if not parts[0][1].size:
                continue
            mine, theirs = (hash_column(column.name, rows, keys) for keys, rows in parts)
            if mine == theirs:
                continue
            (key, mine_first), (_, their_first) = first_apart(*parts)
            raise DisagreementError(
                f"{when}: column {column.name!r} of world {world} differs first in row {key}: "
                f"{mine_first} on the CPU, {their_first} on the GPU."
            )
    raise DisagreementError(f"{when}: the hashes of the states differ, and no column does.")


def keyed(hive: Hive, column: Column, world: int) -> tuple[Any, Any]:
    """Return the rows that a column has of one world, after the id or number of each."""
    rows = hive.part(column, world)
    if column.axes[0] not in WORKER_AXES:
        return np.arange(len(rows)), rows
    first = world * hive.workers
    return hive.columns["id"][first : first + len(rows)], rows


def first_apart(here: tuple[Any, Any], there: tuple[Any, Any]) -> list[tuple[int, list[int]]]:
    """Return the lowest key whose rows differ, with its row, of both."""
    (keys, mine), (_, theirs) = (
        (keys[order], rows[order].reshape(len(keys), -1))
        for keys, rows in (here, there)
        for order in (np.argsort(keys, kind="stable"),)
    )
    place = int(np.argmax((mine != theirs).any(axis=1)))
    return [(int(keys[place]), rows[place].tolist()) for rows in (mine, theirs)]
