"""Golden traces: the hashes that a few worlds have, tick by tick, whoever runs them.

What changes the rules, the constants or the spaces of a task changes these, and after the first
tag makes a new version of the task. Write them anew, from the root of the repository, with::

    python tests/golden/traces.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from hive_env.config import ForageConfig, HiveConfig
from hive_env.consensus import Consensus
from hive_env.enums import Boundary, Standing
from hive_env.faults import Faults, Outages, WorkerFaults
from hive_env.offices import OfficeConfig
from hive_env.partitions import Ledger, Partitions
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import SIZES, Size

FOLDER = Path(__file__).parent
TINY = Size(24, 2, 2, 1, 1)
"""Four regions of twelve by twelve cells: small enough for plain Python and for a simulator."""

LIVELY = {
    "sites_per_region": 200,
    "hazards_per_region": 8,
    "crowd_capacity": 2,
    "fault_mean_ticks": 24,
    "reboot_ticks": 12,
    "site_stock": 3,
    "site_renewal_ticks": 2,
    "manager_period": 2,
    "governor_period": 4,
    "orchestrator_period": 8,
    "detection": 0.5,
    "demand_ticks": 12,
    "door_ticks": 12,
    "season_ticks": 12,
    "diffusion_fraction": 0.4,
    "diffusion_period": 3,
}
"""Constants with which everything happens within a few ticks."""

FAILING = OfficeConfig(
    fault_mean=80.0,
    members=2,
    resume=2.0,
    transfer=2.0,
    restart=4.0,
    rotation=2,
    skill_decay=0.01,
    practice_every=8,
    standing=Standing.RETREAT,
)
"""Offices in which everything happens within a few ticks."""


BROKEN = Faults(
    WorkerFaults(
        mean_ticks=12.0,
        kill=0.4,
        delay=0.2,
        corruption=0.2,
        delay_mean=4.0,
        corruption_mean=4.0,
        spawn_ticks=3,
    ),
    Outages(region_mean=24.0, host_mean=24.0, length=4.0),
    replace(FAILING, consensus=Consensus(election_ticks=6, heartbeat_ticks=2)),
    Partitions(mean_ticks=8.0, length_ticks=4.0),
    Ledger(gossip_period=2),
)
"""Faults of every kind, so frequent that each happens within a few ticks."""


@dataclass(frozen=True)
class Case:
    """A world and how it is played.

    Parameters
    ----------
    name : str
        Name of the case and of its file.
    config : HiveConfig
        The world.
    policy : str
        Who plays the workers.
    orders : str
        Who plays every level above; empty: nobody, and no orders are given.
    seed : int
        Seed of the only world.
    ticks, every : int
        Ticks played, and ticks between two hashes.
    """

    name: str
    config: HiveConfig
    policy: str
    orders: str
    seed: int
    ticks: int
    every: int


NANO = SIZES["nano"]
CASES = (
    Case("nano_grid", HiveConfig(NANO), "pheromone", "", 0, 512, 16),
    Case("nano_expert", HiveConfig(NANO), "expert", "scripted", 1, 512, 16),
    Case("nano_hierarchy", HiveConfig(NANO), "scripted", "scripted", 7, 512, 16),
    Case(
        "nano_squads",
        HiveConfig(NANO, ForageConfig(orders="squads", boundary=Boundary.TORUS)),
        "trailless",
        "scripted",
        8,
        256,
        16,
    ),
    Case(
        "nano_flight_torus",
        HiveConfig(NANO, ForageConfig(motion="flight", boundary=Boundary.TORUS)),
        "random",
        "random",
        2,
        512,
        16,
    ),
    Case("nano_depth", HiveConfig(NANO, ForageConfig(depth=4)), "scripted", "random", 3, 256, 16),
    Case(
        "nano_diffusion",
        HiveConfig(NANO, ForageConfig(diffusion_fraction=0.5, trail_resolution=2)),
        "pheromone",
        "",
        4,
        256,
        16,
    ),
    Case("tiny_grid", HiveConfig(TINY, ForageConfig(**LIVELY)), "scripted", "scripted", 5, 24, 2),
    Case("tiny_expert", HiveConfig(TINY, ForageConfig(**LIVELY)), "expert", "random", 6, 24, 2),
    Case(
        "tiny_offices",
        HiveConfig(TINY, ForageConfig(**LIVELY, faults=Faults(offices=FAILING))),
        "scripted",
        "random",
        7,
        24,
        2,
    ),
    Case(
        "tiny_flight_depth",
        HiveConfig(
            TINY,
            ForageConfig(
                **LIVELY,
                motion="flight",
                boundary=Boundary.TORUS,
                depth=3,
                trail_resolution=1,
                orders="squads",
            ),
        ),
        "random",
        "random",
        2**64 - 1,
        24,
        2,
    ),
)
TINY_CASES = tuple(case for case in CASES if case.config.size is TINY)


def play(simulation: Forage, policy: str, ticks: int, every: int, orders: str = "") -> list[str]:
    """Play on, over the ends of episodes, and return the hash of world 0 every so many ticks."""
    above = LEVELS[1:] if orders else ()
    hashes = [f"{simulation.state_hash(0):016x}"]
    for tick in range(1, ticks + 1):
        ended = simulation.done()
        if ended.any():
            simulation.reset(worlds=ended)
        given = {level: simulation.decide(orders, level=level) for level in above}
        simulation.step(simulation.decide(policy), given)
        if tick % every == 0:
            hashes.append(f"{simulation.state_hash(0):016x}")
    return hashes


def trace(case: Case, device: str = "cpu", threads: int | None = 1) -> list[str]:
    """Return the hashes of a case: at the start, and after every ``every`` ticks."""
    simulation = Forage(case.config, device=device, threads=threads)
    simulation.reset(seed=case.seed)
    return play(simulation, case.policy, case.ticks, case.every, case.orders)


def golden(case: Case) -> list[str]:
    """Return the hashes of a case as they are committed."""
    stored: dict[str, list[str]] = json.loads((FOLDER / f"{case.name}.json").read_text())
    return stored["hashes"]


def main() -> None:
    """Write the traces of all cases."""
    for case in CASES:
        content = {
            "policy": case.policy,
            "orders": case.orders,
            "seed": case.seed,
            "every": case.every,
            "config_hash": case.config.config_hash(),
            "hashes": trace(case),
        }
        (FOLDER / f"{case.name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
