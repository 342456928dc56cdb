"""Forage whole: what is kept, how a blueprint is edited, and the geometry of regions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import CLOCKS, SMALL, TINY, check_lists, random_actions, world

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, Pass, System, Unit
from hive_env.ecs.columns import INDICES
from hive_env.enums import Boundary, Event, Health
from hive_env.errors import ActionError, ConfigError, ResetNeededError
from hive_env.scenarios.forage import (
    COLUMNS,
    MOVE,
    RESET,
    TICK,
    Forage,
    blueprint_of,
    insert_after,
    replace_system,
    statics_of,
    system_named,
)
from hive_env.sizes import SIZES, Size
from hive_env.systems import clock


@pytest.mark.parametrize("policy", ["random", "pheromone", "expert"])
@pytest.mark.parametrize("motion", ["grid", "flight"])
def test_every_unit_picked_is_delivered_lost_or_carried(policy, motion):
    """Lost: what a worker carried when it failed, counted from the events alone."""
    hive = world(
        SMALL,
        worlds=2,
        fault_mean_ticks=60,
        hazards_per_region=6,
        sites_per_region=40,
        site_stock=3,
        motion=motion,
    )
    c, lost = hive.columns, np.zeros(4, int)
    opened = np.zeros(4, int)
    np.add.at(opened, c["site_type"].ravel(), c["site_stock"].ravel())
    generation = c["site_generation"].copy()
    for _ in range(200):
        cargo, health = c["cargo"].copy(), c["health"].copy()
        hive.step(hive.decide(policy))
        fell = (health == Health.ALIVE) & (c["health"] == Health.FAILED)
        loaded = fell & (cargo > 0)
        np.add.at(lost, cargo[loaded] - 1, 1)
        assert not c["cargo"][c["health"] != Health.ALIVE].any()
        assert (c["site_stock"] >= 0).all()
        fresh = c["site_generation"] != generation
        np.add.at(opened, c["site_type"][fresh], 3)
        generation = c["site_generation"].copy()
        carried = np.bincount(c["cargo"], minlength=5)[1:]
        settled = c["delivered"].sum(axis=0)
        np.testing.assert_array_equal(c["picked"].sum(axis=0), settled + carried + lost)
        left = np.zeros(4, int)
        np.add.at(left, c["site_type"].ravel(), c["site_stock"].ravel())
        np.testing.assert_array_equal(opened, left + c["picked"].sum(axis=0))
    assert c["picked"].sum() > 0
    if policy == "pheromone" and motion == "grid":
        assert lost.sum() > 0
        assert c["delivered"].sum() > 0


def test_events_agree_with_the_counters_of_the_episode():
    hive = world(SMALL, fault_mean_ticks=60, sites_per_region=40)
    c = hive.columns
    counts = {Event.PICKED: 0, Event.DELIVERED: 0}
    for _ in range(150):
        hive.step(hive.decide("pheromone"))
        for event in counts:
            counts[event] += int(((c["event"] & event) != 0).sum())
    assert counts[Event.PICKED] == c["picked"].sum() > 0
    assert counts[Event.DELIVERED] == c["delivered"].sum() > 0


# --- geometry ----------------------------------------------------------------------------------


@given(
    sector=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    hive=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    hives=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    torus=st.integers(0, 1),
)
@settings(deadline=None, max_examples=40)
def test_regions_nest_in_sectors_and_sectors_in_hives(sector, hive, hives, torus):
    size = Size(4096, *sector, *hive, *hives)
    got = statics_of(HiveConfig(size, ForageConfig(boundary=Boundary(torus))))
    side = size.region_side
    x, y = got["region_x0"] // side, got["region_y0"] // side
    across = size.regions_x
    np.testing.assert_array_equal(got["region_grid"][y * across + x], np.arange(size.regions))
    np.testing.assert_array_equal(
        got["region_sector"], y // sector[1] * (across // sector[0]) + x // sector[0]
    )
    hive_x, hive_y = x // (sector[0] * hive[0]), y // (sector[1] * hive[1])
    np.testing.assert_array_equal(got["region_hive"], hive_y * hives[0] + hive_x)
    assert sorted(got["sector_regions"].ravel()) == list(range(size.regions))
    for index, regions in enumerate(got["sector_regions"]):
        assert (got["region_sector"][regions] == index).all()
        assert (got["region_hive"][regions] == got["sector_hive"][index]).all()
    for index, sectors in enumerate(got["hive_sector"]):
        assert sectors.tolist() == np.flatnonzero(got["sector_hive"] == index).tolist()
    place = {(int(b), int(a)): i for i, (a, b) in enumerate(zip(x, y, strict=True))}
    for region in range(size.regions):
        expected = []
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                to = (int(y[region]) + dy, int(x[region]) + dx)
                if torus:
                    to = (to[0] % size.regions_y, to[1] % across)
                expected.append(place.get(to, -1))
        assert got["neighbour"][region].tolist() == expected
        near = got["near"][region]
        assert set(near[near >= 0]) == set(expected) - {-1, region}
        assert len(set(near[near >= 0])) == (near >= 0).sum()


# --- editing -----------------------------------------------------------------------------------


def test_the_tick_names_only_columns_and_constants_that_exist():
    blueprint = blueprint_of(HiveConfig(TINY))
    names = {column.name for column in COLUMNS}
    for pass_ in (*TICK, *RESET):
        for system in pass_.systems():
            assert set(system.writes) <= names
            assert system.why
            known = names | set(blueprint.constants)
            assert set(system.parameters) <= known | set(INDICES)


def test_every_column_says_what_it_is():
    for column in COLUMNS:
        assert column.meaning.endswith(".")
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_a_system_is_inserted_or_replaced_in_its_own_loop():
    new = System(clock.advance_clock, ("tick",), "For the test.")
    names = [s.name for p in insert_after(TICK, MOVE, new) for s in p.systems()]
    assert names[names.index("move_on_grid") + 1] == "advance_clock"
    assert len(names) == sum(1 for p in TICK for _ in p.systems()) + 1
    swapped = [s.name for p in replace_system(TICK, MOVE, new) for s in p.systems()]
    assert "move_on_grid" not in swapped
    assert len(swapped) == len(names) - 1
    assert MOVE in [s for p in TICK for s in p.systems()], "the tick itself is untouched"


def test_what_is_not_in_the_tick_cannot_be_edited():
    stranger = System(clock.advance_clock, ("tick",), "")
    with pytest.raises(ConfigError, match=r"^tick: expected the system 'advance_clock' in it"):
        insert_after(TICK, stranger, stranger)
    with pytest.raises(ConfigError, match=r"^name: expected one of .*move_on_grid.*, got swim"):
        system_named(TICK, "swim")
    assert system_named(TICK, "move_on_grid") is MOVE


def test_an_edited_tick_keeps_the_motion_that_the_configuration_names():
    config = HiveConfig(TINY, ForageConfig(motion="flight"))
    tick = insert_after(TICK, MOVE, System(clock.advance_clock, ("tick",), ""))
    names = [s.name for p in blueprint_of(config, tick=tick).tick for s in p.systems()]
    assert "fly" in names
    assert "move_on_grid" not in names


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([Column("x", np.int32, "E", "", "Again.")], "names that differ, got 'x' twice"),
        ([Column("mine", np.int32, "E,zz", "", "A letter too many.")], r"mine'\.shape"),
    ],
)
def test_a_column_that_cannot_be_is_refused(columns, message):
    with pytest.raises(ConfigError, match=message):
        Forage(HiveConfig(TINY), blueprint=blueprint_of(HiveConfig(TINY), columns=columns))


def test_a_rule_that_asks_for_an_unknown_name_is_refused():
    def leap(row, wings):
        """Never run."""

    hive = Forage(HiveConfig(TINY), threads=1)
    hive.reset(0)
    with pytest.raises(ConfigError, match=r"System\(leap\)\.wings.*unknown name 'wings'"):
        hive.run_pass(Pass("leap", Unit.REGION, (System(leap, (), ""),)))


def test_a_step_before_a_reset_is_refused():
    hive = Forage(HiveConfig(TINY), threads=1)
    with pytest.raises(ResetNeededError, match="Call reset"):
        hive.step(np.zeros((16, 2), np.uint8))


@pytest.mark.parametrize(
    "actions",
    [
        np.zeros((15, 2), np.uint8),
        np.zeros((16, 2)),
        np.full((16, 2), -1),
        np.full((16, 2), 8),
        [[0, 5]] * 16,
        np.full((16, 2), np.nan),
        np.zeros((16, 2), bool),
        "north",
        None,
    ],
    ids=["few", "float", "negative", "large", "deposit", "nan", "bool", "text", "none"],
)
def test_a_bad_action_is_refused_and_the_state_untouched(actions):
    hive = world(TINY)
    before = hive.state_hash()
    with pytest.raises(ActionError, match=r"^actions"):
        hive.step(actions)
    assert hive.state_hash() == before
    check_lists(hive)


def test_actions_of_any_integer_type_and_either_shape_mean_the_same():
    hives = [world(TINY, worlds=2) for _ in range(3)]
    actions = random_actions(hives[0], np.random.default_rng(0))
    hives[0].step(actions)
    hives[1].step(actions.astype(np.int64).reshape(2, 16, 2))
    hives[2].step(np.asfortranarray(actions))
    assert len({hive.state_hash() for hive in hives}) == 1


def test_an_episode_of_the_published_sizes_ends_when_it_should():
    """Grown with the region side, and a multiple of the slowest clock."""
    for name, ticks in (("nano", 512), ("v0", 896), ("100m", 2880)):
        config = HiveConfig(SIZES[name])
        assert config.episode_ticks == ticks
        assert ticks % config.forage.orchestrator_period == 0
    hive = world(TINY, episode_ticks=64, **CLOCKS)
    for _ in range(hive.config.episode_ticks):
        assert not hive.done().any()
        hive.step(hive.decide("random"))
    assert hive.done().all()
