"""Where a result comes from, and what memory it takes."""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

from hive_env.bench import machine
from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

NANO = HiveConfig(Size.of("nano"))


def test_a_result_says_version_seed_configuration_date_and_machine() -> None:
    found = machine.provenance("run", NANO, 7)

    assert found["seed"] == 7
    assert found["config_hash"] == NANO.config_hash()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert all(found["machine"].values())


def test_a_result_does_not_say_whose_machine_it_was() -> None:
    assert os.uname().nodename not in str(machine.provenance("run", NANO, 0))


@pytest.mark.parametrize("worlds", [1, 3])
def test_the_bytes_of_a_column_are_foreseen_from_its_declaration(worlds: int) -> None:
    simulation = Forage(NANO, worlds)
    simulation.reset(0)

    foreseen = machine.column_bytes(NANO, worlds)
    held = {name: column.nbytes for name, column in simulation.columns.items()}
    assert foreseen.pop("member") == pytest.approx(held.pop("member"), rel=0.01)
    assert foreseen == held


def test_worlds_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = sum(machine.column_bytes(NANO).values()) + 2 * 512
    monkeypatch.setattr(machine, "memory_bytes", lambda: needs)
    machine.need_memory(NANO)

    with pytest.raises(ArgumentError, match="size"):
        machine.need_memory(NANO, 2)


def test_the_peak_of_memory_sees_what_was_held_and_given_back() -> None:
    before = machine.peak_bytes()["VmHWM"]
    held = np.ones(max(before, 1 << 26), np.uint8)
    size = held.nbytes
    del held

    assert machine.peak_bytes()["VmHWM"] >= size


def test_a_process_holds_its_columns_and_no_more_than_it_has_held_at_most() -> None:
    simulation = Forage(NANO)
    simulation.reset(0)

    found = machine.held_bytes(simulation)

    assert found["columns_bytes"] == sum(one.nbytes for one in simulation.columns.values())
    assert found["columns_bytes"] < found["resident_bytes"] <= found["peak_bytes"]


def test_memory_is_foreseen_with_everything_that_can_fail() -> None:
    config = HiveConfig(Size.of("nano"), ForageConfig(faults="default"))

    assert machine.column_bytes(config)["fault_at"] == 8 * 512
