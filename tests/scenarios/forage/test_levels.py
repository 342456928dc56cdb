"""The four levels: seats, clocks and choices, and the one fact that each keeps to itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples, seeds
from systems.worlds import CLOCKS, command, march, random_orders, world

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Health
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.levels import levels_of, worker_features
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import SIZES, Size
from hive_env.systems import senses

TWO_HIVES = Size(160, 2, 2, 2, 1, 2, 1)

SECRETS = {"manager": ("demand", 6), "governor": ("door", 2), "orchestrator": ("season", 6)}
"""The private fact of each upper level, and how many values it has."""

LIVELY: dict[str, Any] = {
    "sites_per_region": 60,
    "fault_mean_ticks": 40,
    "hazards_per_region": 4,
    "demand_ticks": 24,
    "door_ticks": 24,
    "season_ticks": 24,
    "detection": 0.3,
    **CLOCKS,
}


# --- what a level is ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nano", "v0", "1m"])
def test_the_levels_have_the_seats_of_the_size_and_the_clocks_of_the_task(name: str) -> None:
    config = HiveConfig(SIZES[name])
    levels = levels_of(config)
    size = config.size
    assert tuple(levels) == LEVELS
    assert [level.seats for level in levels.values()] == [
        size.workers, size.regions, size.sectors, size.hives
    ]  # fmt: skip
    assert [level.period for level in levels.values()] == [1, 8, 32, 64]
    assert levels["worker"].choices == (8, 5)
    assert levels["manager"].choices == (3, 3, 3, 3, 5)
    assert levels["governor"].choices == (3,) * size.sector_regions
    assert levels["orchestrator"].choices == (4, 4, 4, 4)
    for level in levels.values():
        assert level.scripted in level.policies


def test_the_fine_form_of_a_managers_order_is_a_goal_for_each_of_eight_squads() -> None:
    hive = Forage(HiveConfig(SIZES["nano"], ForageConfig(orders="squads")))
    assert hive.levels["manager"].choices == (65,) * 8


def test_what_a_seat_sees_and_chooses_does_not_depend_on_how_large_the_hive_is() -> None:
    one, other = (
        Forage(HiveConfig(Size(32 * 4 * sectors, 2, 2, 2, sectors // 2))) for sectors in (2, 12)
    )
    for level in LEVELS[:-1]:
        assert one.levels[level].features == other.levels[level].features
        assert one.levels[level].choices == other.levels[level].choices


def test_a_failed_worker_may_only_stay_and_every_other_seat_may_all_it_can() -> None:
    hive = world(TWO_HIVES, worlds=2)
    hive.columns["health"][[3, 170]] = Health.FAILED
    hive.permute(np.concatenate([np.arange(160)[::-1], 160 + np.arange(160)[::-1]]))
    able = hive.able("worker")
    assert np.flatnonzero(~able).tolist() == [3, 170]
    masks = hive.masks("worker")
    stay = [True] + [False] * 7 + [True] + [False] * 4
    assert masks[3].tolist() == masks[170].tolist() == stay
    assert masks[able].all()
    assert hive.masks("manager").all()
    assert hive.masks("orchestrator").all()


def test_a_governor_may_order_only_the_regions_that_it_has() -> None:
    hive = world(TWO_HIVES, worlds=2, max_span=6)
    hive.reparent(0, 1, world=1)
    masks = hive.masks("governor").reshape(2, 4, 6, 3)
    spans = hive.columns["reports_count"].reshape(2, 4)
    assert spans.tolist() == [[4, 4, 4, 4], [3, 5, 4, 4]]
    for at, sector in np.ndindex(2, 4):
        span = spans[at, sector]
        assert masks[at, sector, :span].all()
        assert (masks[at, sector, span:] == [True, False, False]).all()


@pytest.mark.parametrize("method", ["observe", "decide", "able", "masks", "deciding", "components"])
@pytest.mark.parametrize("level", ["emperor", None, 3, ["worker"]])
def test_a_level_that_does_not_exist_is_refused_by_name(method: str, level: Any) -> None:
    hive = world(TWO_HIVES)
    before = hive.state_hash()
    arguments = {
        "observe": (None, level), "decide": ("scripted", None, level),
        "components": (level, hive.counters()),
    }.get(method, (level,))  # fmt: skip
    with pytest.raises(ArgumentError, match=r"^level: expected one of worker, manager, governor"):
        getattr(hive, method)(*arguments)
    assert hive.state_hash() == before


@pytest.mark.parametrize("level", LEVELS)
def test_an_option_that_no_policy_knows_is_refused_by_name(level: str) -> None:
    with pytest.raises(TypeError, match="haste"):
        world(TWO_HIVES).decide("scripted", level=level, haste=True)


# --- what a level keeps to itself --------------------------------------------------------------


def another(rng: np.random.Generator, fact: Any, values: int) -> Any:
    """A fact that is everywhere other than it was."""
    return (fact + rng.integers(1, values, fact.shape)) % values


def seen(hive: Forage, but: str) -> dict[str, Any]:
    """What all levels but one observe."""
    return {level: hive.observe(level=level) for level in LEVELS if level != but}


def decided(hive: Forage, but: str) -> dict[tuple[str, str], Any]:
    """What the built-in policies of all levels but one ask for, the all-knowing expert aside."""
    return {
        (level, name): hive.decide(name, level=level)
        for level in LEVELS
        if level != but
        for name in hive.levels[level].policies
        if name != "expert"
    }


def assert_equal(one: dict[Any, Any], other: dict[Any, Any]) -> None:
    for key, value in one.items():
        np.testing.assert_array_equal(value, other[key], err_msg=str(key))


@pytest.mark.parametrize("level", SECRETS)
@settings(max_examples=examples(4), deadline=None)
@given(seed=seeds, ticks=st.integers(0, 30))
def test_what_one_level_alone_knows_is_seen_by_no_other(level: str, seed: int, ticks: int) -> None:
    """Not by those below, nor by those above or beside them; by itself it is."""
    hive = world(TWO_HIVES, seed=seed, **LIVELY)
    march(hive, ticks)
    before, choices = seen(hive, but=level), decided(hive, but=level)
    own = hive.observe(level=level)
    name, values = SECRETS[level]
    rng = np.random.default_rng(seed % 2**32)
    hive.columns[name][:] = another(rng, hive.columns[name], values)
    assert_equal(before, seen(hive, but=level))
    assert_equal(choices, decided(hive, but=level))
    assert (hive.observe(level=level) != own).any(axis=1).all()


@pytest.mark.parametrize("level", SECRETS)
@pytest.mark.parametrize("worker", ["scripted", "pheromone"])
def test_nor_does_it_come_out_later_while_everybody_acts_alike(level: str, worker: str) -> None:
    """Two worlds that differ in the fact alone, made another in every tick; the same actions and
    orders. Much is delivered, at another value: no count, site or trail tells of it."""
    plain, other = (world(TWO_HIVES, worlds=2, seed=9, **LIVELY) for _ in range(2))
    name, values = SECRETS[level]
    rng = np.random.default_rng(0)
    for _ in range(120):
        other.columns[name][:] = another(rng, plain.columns[name], values)
        assert_equal(seen(plain, but=level), seen(other, but=level))
        actions, orders = plain.decide(worker), command(plain)
        assert (other.decide(worker) == actions).all()
        for below in LEVELS[1:]:
            if below != level:
                assert (other.decide("scripted", level=below) == orders[below]).all()
        plain.step(actions, orders)
        other.step(actions, orders)
    assert plain.columns["delivered"].sum() > 100
    assert (plain.columns["delivered"] == other.columns["delivered"]).all()
    assert (plain.values() != other.values()).all(), "it was worth something else"


def test_nor_under_orders_of_every_kind() -> None:
    """Doors, demand and season all at once: what workers see goes by their actions alone."""
    plain, other = (world(TWO_HIVES, seed=2, orders="squads", **LIVELY) for _ in range(2))
    rng = np.random.default_rng(0)
    for _ in range(60):
        for name, values in SECRETS.values():
            other.columns[name][:] = another(rng, plain.columns[name], values)
        actions, orders = plain.decide("scripted"), random_orders(plain, rng)
        np.testing.assert_array_equal(plain.observe(), other.observe())
        plain.step(actions, orders)
        other.step(actions, orders)
    assert plain.columns["delivered"].any()


@pytest.mark.parametrize("depth", [1, 3])
def test_a_workers_feature_is_where_its_name_says(depth: int) -> None:
    """The groups' first places in the rules, by the names that the level gives them."""
    names = [feature.name for feature in worker_features(depth)]
    first = {
        "SITE": "site_a_dx", "CROWD": "crowd_here", "HAZARD": "threat_here",
        "TRAIL": "trail_danger", "CARGO": "cargo_a", "SPECIALIST": "specialist_a",
        "HEALTH": "health", "FATIGUE": "fatigue", "HOME": "home_dx", "SUCCESS": "success",
        "GOAL": "goal_a", "ZONE": "zone_dx", "TIME": "time_left", "BLOCKED": "blocked",
    }  # fmt: skip
    for group, name in first.items():
        at = getattr(senses, f"{group}_AT") + (senses.DEEP[group] if depth > 1 else 0)
        assert names[at] == name
    assert len(set(names)) == len(names) == senses.WIDTH + (16 if depth > 1 else 0)


def test_an_unsigned_feature_begins_at_zero_and_a_way_has_zero_in_the_middle() -> None:
    for feature in worker_features(1):
        ends = [(byte - feature.zero) / feature.scale for byte in (0, 255)]
        assert (feature.low, feature.high) in {(0.0, 1.0), (-1.0, 1.0)}
        assert (feature.zero == 0) == (feature.low == 0)
        if feature.low == 0:
            assert ends == [0.0, 1.0]
