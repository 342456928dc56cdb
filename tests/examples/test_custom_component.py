"""The example of a user's own component and systems, from outside the package."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from systems.worlds import SMALL, random_actions

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Kind
from hive_env.enums import Event
from hive_env.scenarios.forage import COLUMNS, Forage

PATH = Path(__file__).parents[2] / "examples" / "custom_component.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("custom_component", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def config(**forage):
    return HiveConfig(SMALL, ForageConfig(**{"fault_mean_ticks": 60, **forage}))


def test_the_example_runs_from_the_command_line_and_prints_its_figure():
    done = subprocess.run(
        [sys.executable, str(PATH)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "mean charge" in done.stdout
    assert "512 workers empty" in done.stdout


def near_a_depot(hive):
    side = hive.config.region_side
    x, y = hive.columns["x"] >> 12, hive.columns["y"] >> 12
    return abs(x % side - side // 2) + abs(y % side - side // 2) <= 1


@pytest.mark.parametrize("motion", ["grid", "flight"])
def test_a_battery_drains_by_moving_and_recharges_at_a_depot(example, motion):
    """Every battery at every tick against the rule in NumPy."""
    hive = example.with_batteries(config(motion=motion), worlds=2)
    hive.reset(3)
    battery = hive.columns["battery"]
    assert (battery == 100).all()
    expected = battery.astype(int)
    for _ in range(150):
        hive.step(hive.decide("reflex"))
        moved = (hive.columns["event"] & Event.MOVED) != 0
        expected = np.maximum(expected - moved, 0)
        expected = np.minimum(expected + 20 * near_a_depot(hive), 100)
        np.testing.assert_array_equal(battery, expected)
    assert 0 <= battery.min() < 100


def test_the_worlds_own_columns_are_those_of_a_world_without_batteries(example):
    """What observes changes nothing: column by column, and with it their part of the hash."""
    plain = Forage(config(), 2)
    mine = example.with_batteries(config(), 2)
    for hive in (plain, mine):
        hive.reset(1)
    rng = np.random.default_rng(0)
    for _ in range(60):
        actions = random_actions(plain, rng)
        plain.step(actions)
        mine.step(actions)
    for column in COLUMNS:
        if column.kind in (Kind.STATE, Kind.OUTPUT):
            np.testing.assert_array_equal(mine.columns[column.name], plain.columns[column.name])
    assert mine.state_hash() != plain.state_hash(), "the battery is part of the state"
    mine.declared = tuple(c for c in mine.declared if c.name != "battery")
    assert mine.state_hash() == plain.state_hash()


def test_a_battery_follows_its_worker_into_snapshots_permutations_and_episodes(example):
    one, other = (example.with_batteries(config()) for _ in range(2))
    rng = np.random.default_rng(0)
    one.reset(7)
    other.reset(8)
    for _ in range(30):
        one.step(random_actions(one, rng))
    other.restore(one.snapshot())
    assert other.state_hash() == one.state_hash()
    other.permute(rng.permutation(64))
    assert other.state_hash() == one.state_hash()
    for _ in range(20):
        actions = random_actions(one, rng)
        one.step(actions)
        other.step(actions)
    assert other.state_hash() == one.state_hash()
    other.reset(7)
    one.reset(7)
    assert (other.columns["battery"] == 100).all()
    assert other.state_hash() == one.state_hash()
