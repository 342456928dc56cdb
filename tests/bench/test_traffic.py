"""Bytes held and moved, against what can be counted by hand."""

from __future__ import annotations

import pytest

from hive_env.bench.traffic import held_bytes, moved_bytes, pass_bytes
from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Pass, System, Unit
from hive_env.random import rule
from hive_env.scenarios.forage import OBSERVE, Forage, act_pass
from hive_env.sizes import Size
from hive_env.systems import clock

NANO = HiveConfig(Size.of("nano"))


@rule
def tire(row, event, gain, fatigue):
    """Read two columns and write one."""
    fatigue[row] = event[row] + gain[row]


def test_every_byte_of_the_columns_is_counted_once() -> None:
    simulation = Forage(NANO, 2)
    simulation.reset(0)

    found = held_bytes(simulation)
    given = {name: found.pop(name) for name in ("actions", "rewards", "observations")}
    held = sum(column.nbytes for column in simulation.columns.values())
    assert sum(found.values()) * 1024 == pytest.approx(held)
    assert given == {"actions": 2, "rewards": 4, "observations": 64}


def test_persistent_state_is_what_the_simulation_says_and_has_no_memory_in_it() -> None:
    simulation = Forage(HiveConfig(Size.of("nano"), ForageConfig(memory_width=8)))

    found = held_bytes(simulation)
    assert found["state"] * 512 == simulation.bytes()["worker"]
    assert found["memory"] == 32


def test_a_pass_brings_in_what_it_touches_and_takes_back_what_it_writes() -> None:
    simulation = Forage(NANO)
    simulation.reset(0)
    count_ticks = Pass("count", Unit.WORLD, (System(clock.advance_clock, ("tick",), ""),))
    tire_all = act_pass("tire", System(tire, ("fatigue",), ""))

    assert pass_bytes(simulation, count_ticks) * 512 == 2 * 4
    columns = simulation.columns
    read = sum(columns[name].nbytes for name in ("event", "gain", "fatigue"))
    index = sum(columns[name].nbytes for name in ("member_first", "member_stay"))
    members = 512 * columns["member"].itemsize
    written = columns["fatigue"].nbytes
    assert pass_bytes(simulation, tire_all) * 512 == read + index + members + written
    assert pass_bytes(simulation, OBSERVE) > 2 * simulation.features


def test_a_pass_that_never_runs_moves_nothing_and_a_rare_one_little() -> None:
    still = Forage(NANO)
    spreading = Forage(
        HiveConfig(Size.of("nano"), ForageConfig(diffusion_fraction=0.5, diffusion_period=8))
    )
    for simulation in (still, spreading):
        simulation.reset(0)

    assert "diffuse" not in moved_bytes(still)
    trail = spreading.columns["trail"].nbytes / 512
    assert 3 * trail / 8 < moved_bytes(spreading)["diffuse"] < 3.2 * trail / 8
