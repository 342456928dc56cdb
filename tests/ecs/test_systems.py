"""A system changes what it declares, a pass may run its units in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from golden.traces import LIVELY, TINY, play
from hypothesis import given, settings
from strategies import words

from hive_env.config import ForageConfig, HiveConfig
from hive_env.consensus import Consensus
from hive_env.ecs import Members, Pass, System, Unit
from hive_env.enums import FaultKind, Standing, Verb
from hive_env.errors import ConfigError
from hive_env.faults import Faults, Outages, PlannedFault, WorkerFaults
from hive_env.offices import OfficeConfig
from hive_env.partitions import Ledger, Partitions
from hive_env.scenarios import forage
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.tick import GROUND
from hive_env.scenarios.hive import LEVELS

FAILING = OfficeConfig(
    fault_mean=80.0, members=1, resume=2.0, transfer=2.0, restart=4.0, standing=Standing.HOLD
)
"""Offices that are closed now and then."""

FAULTS = Faults(
    WorkerFaults(
        8.0, kill=0.3, delay=0.3, corruption=0.3, corruption_mean=3.0, spawn_ticks=2, reserve=9
    ),
    Outages(region_mean=24.0, host_mean=24.0, length=3.0),
    offices=replace(FAILING, consensus=Consensus(election_ticks=6, heartbeat_ticks=2)),
    partitions=Partitions(mean_ticks=8.0, length_ticks=4.0),
    ledger=Ledger(gossip_period=2),
    schedule=tuple(
        PlannedFault(tick, kind, level, seat)
        for seat, kind in enumerate(FaultKind)
        for tick in range(12, 30, 2)
        for level in ("worker", "manager")
    ),
)
"""Everything that can happen, within a few ticks."""

WORLDS = {
    "grid": HiveConfig(TINY, ForageConfig(**LIVELY, faults=FAULTS)),
    "flight": HiveConfig(TINY, ForageConfig(**LIVELY, faults=FAULTS, motion="flight", depth=2)),
}
worlds = pytest.mark.parametrize("motion", WORLDS)


def rule(row: Any, x: Any, y: Any) -> None:
    """A rule that is never run."""


def other(row: Any, x: Any) -> None:
    """Another."""


def played(motion: str, ticks: int = 12) -> Forage:
    simulation = Forage(WORLDS[motion])
    simulation.reset(seed=5)
    play(simulation, "expert", ticks, ticks)
    return simulation


def ordered(simulation: Forage) -> dict[str, Any]:
    """Random orders of every level."""
    return {level: simulation.decide("random", level=level) for level in LEVELS[1:]}


def buffers(actions: Any, orders: dict[str, Any]) -> dict[str, Any]:
    """Actions and orders, as the passes of a tick take them."""
    asked = {"intended": actions, "action": np.zeros_like(actions)}
    return asked | {f"{level}_action": given for level, given in orders.items()}


def alone(pass_: Pass, system: System) -> Pass:
    """A pass of one system."""
    return Pass(f"only_{system.name}", pass_.unit, (narrowed(pass_, system),))


def narrowed(pass_: Pass, system: System) -> Any:
    """The step of a pass that runs a system, with that system alone."""
    for step in pass_.steps:
        if step is system:
            return system
        if not isinstance(step, System) and system in step.systems:
            return replace(step, systems=(system,))
    raise LookupError(system.name)


def copies(simulation: Forage) -> dict[str, Any]:
    return {name: array.copy() for name, array in simulation.columns.items()}


# --- what is declared --------------------------------------------------------------------------


def test_a_system_knows_its_name_its_parameters_and_what_it_reads() -> None:
    system = System(rule, ("y",), "First.")

    assert (system.name, system.parameters) == ("rule", ("row", "x", "y"))
    assert (system.reads, system.body) == (("x",), rule)


def test_a_system_cannot_write_what_it_does_not_take() -> None:
    with pytest.raises(ConfigError, match=r"^System\(rule\)\.writes: .* got z, w"):
        System(rule, ("y", "z", "w"), "")


def test_members_outside_a_region_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^Pass\(p\)\.steps"):
        Pass("p", Unit.WORLD, (Members((System(rule, (), ""),)),))


def test_a_pass_yields_its_systems_in_order() -> None:
    first, second, third = (System(one, (), "") for one in (rule, other, rule))
    pass_ = Pass("p", Unit.REGION, (first, Members((second, third)), first))

    assert list(pass_.systems()) == [first, second, third, first]


def test_every_system_of_the_tick_says_why_it_stands_there_and_what_it_does() -> None:
    for pass_ in (*forage.TICK, *forage.RESET):
        for system in pass_.systems():
            assert system.why.endswith((".", "tile.")), system.name
            assert system.body.__doc__, system.name


def test_the_passes_of_a_tick_have_names_of_their_own() -> None:
    for passes in (forage.TICK, forage.RESET):
        names = [pass_.name for pass_ in passes]
        assert len(set(names)) == len(names)


@worlds
@pytest.mark.jitless
def test_a_system_changes_no_column_that_it_does_not_declare(motion: str) -> None:
    """Each system of some ticks alone, in the tick's order, so that each finds work to do."""
    simulation = played(motion)
    changed: set[tuple[str, str]] = set()
    for tick in range(32):
        actions = simulation.decide("pheromone")
        given = buffers(actions, ordered(simulation))
        if tick % 2:
            actions[:, 0] = Verb.EAST  # so that some cross into another region
        for pass_ in simulation.blueprint.tick:
            if not simulation.due(pass_):
                continue
            for system in pass_.systems():
                before = copies(simulation)
                simulation.run_pass(alone(pass_, system), **given)
                written = {
                    name
                    for name, array in simulation.columns.items()
                    if not np.array_equal(array, before[name])
                }
                assert written <= set(system.writes), system.name
                changed |= {(system.name, name) for name in written}
    systems = {name for name, _ in changed}

    idle = {system.name for pass_ in simulation.blueprint.tick for system in pass_.systems()}
    alone_in_its_sector = {"adopt", "follow_claims", "list_reports"}  # there is one governor
    until_a_site_runs_out = {"list_sites"}
    resting = {"close_ranks", *alone_in_its_sector, *until_a_site_runs_out}
    assert idle - systems <= resting, "all others found work to do"


@worlds
@pytest.mark.jitless
def test_a_system_of_the_reset_changes_no_column_that_it_does_not_declare(motion: str) -> None:
    simulation = played(motion)
    for pass_ in simulation.blueprint.reset:
        for system in pass_.systems():
            before = copies(simulation)
            simulation.run_pass(alone(pass_, system))
            written = {n for n, a in simulation.columns.items() if not np.array_equal(a, before[n])}
            assert written <= set(system.writes), system.name


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.jitless
def test_policies_and_views_write_to_the_buffers_given_and_nowhere_else(level: str) -> None:
    simulation = played("grid")
    simulation.run_pass(GROUND)
    before = copies(simulation)
    for name in simulation.levels[level].policies:
        simulation.decide(name, level=level)
    simulation.observe(level=level)
    written = {n for n, a in simulation.columns.items() if not np.array_equal(a, before[n])}

    assert written <= {"dense_first"}


# --- order -------------------------------------------------------------------------------------


@worlds
@settings(max_examples=10)
@given(seed=words)
def test_the_units_of_a_pass_may_run_in_any_order(motion: str, seed: int) -> None:
    """What a thread or a block does to a pass: any unit may be first, any last."""
    plain, mixed = played(motion), played(motion)
    generator = np.random.default_rng(seed)
    for _ in range(4):
        actions, orders = plain.decide("expert"), ordered(plain)
        assert (mixed.decide("expert") == actions).all()
        plain.step(actions, orders)
        given = buffers(actions, orders)
        for pass_ in mixed.blueprint.tick:
            if mixed.due(pass_):
                for unit in generator.permutation(mixed.units(pass_.unit)):
                    mixed.run_units(pass_, int(unit), int(unit) + 1, 0, given)
        assert mixed.state_hash() == plain.state_hash()


@worlds
@pytest.mark.jitless
def test_the_systems_of_a_pass_may_run_one_loop_each(motion: str) -> None:
    """The fused loop over workers is worth the systems one after another over all workers."""
    fused, single = played(motion), played(motion)
    for _ in range(3):
        actions, orders = fused.decide("expert"), ordered(fused)
        fused.step(actions, orders)
        given = buffers(actions, orders)
        for pass_ in single.blueprint.tick:
            if single.due(pass_):
                for system in pass_.systems():
                    single.run_pass(alone(pass_, system), **given)
        assert single.state_hash() == fused.state_hash()


@settings(max_examples=10)
@given(seed=words)
def test_the_workers_of_a_region_may_be_listed_in_any_order(seed: int) -> None:
    """Contention is settled by priority, not by who comes first."""
    plain, mixed = played("grid"), played("grid")
    generator = np.random.default_rng(seed)
    for _ in range(4):
        mixed.run_pass(GROUND)
        columns = mixed.columns
        for first, stay in zip(columns["member_first"], columns["member_stay"], strict=True):
            columns["member"][first : first + stay] = generator.permutation(
                columns["member"][first : first + stay]
            )
        actions, orders = plain.decide("expert"), ordered(plain)
        assert (mixed.decide("expert") == actions).all()
        plain.step(actions, orders)
        mixed.step(actions, orders)
        assert mixed.state_hash() == plain.state_hash()
