"""Sizes: counts that add up, a density that holds, and parameters that are refused."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hive_env.config import AXIS_LIMIT, ForageConfig, HiveConfig
from hive_env.errors import ConfigError
from hive_env.scenarios.forage import blueprint_of
from hive_env.sizes import CELLS_PER_WORKER, SIZES, Size

PUBLISHED = {
    "nano": (512, 16, 4, 1, 32),
    "v0": (10_000, 100, 4, 1, 56),
    "40k": (40_000, 400, 4, 1, 56),
    "1m": (1_000_000, 10_000, 100, 1, 56),
    "100m": (100_000_000, 100_000, 1_000, 10, 180),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_published_size_has_the_counts_of_its_table(name):
    size = Size.of(name)
    counts = (size.workers, size.regions, size.sectors, size.hives, size.region_side)
    assert counts == PUBLISHED[name]
    HiveConfig(size)


def check(size: Size, depth: int = 1) -> None:
    """Counts nest, the side is the multiple of four nearest to the density's."""
    assert size.regions == size.regions_x * size.regions_y
    assert size.regions == size.sectors * size.sector_regions
    assert size.sectors == size.hives * size.hive_x * size.hive_y
    assert size.span == size.workers / size.regions >= 1
    config = HiveConfig(size, ForageConfig(depth=depth))
    side = config.region_side
    assert side % 4 == 0
    ideal = math.sqrt(CELLS_PER_WORKER * size.span / depth)
    assert abs(side - ideal) <= 2 or (side == 8 and ideal < 8)
    assert side * max(size.regions_x, size.regions_y) <= AXIS_LIMIT
    assert config.sites >= 1
    assert config.episode_ticks % config.forage.orchestrator_period == 0
    assert config.episode_ticks >= config.forage.episode_ticks * config.growth


@given(workers=st.one_of(st.integers(256, 20_000), st.integers(256, 1 << 27)))
@settings(deadline=None, max_examples=200)
def test_any_number_of_workers_makes_a_hive_of_the_published_density(workers):
    size = Size.of(workers)
    assert size.workers == workers
    check(size)
    assert min(size.sector_x, size.sector_y) >= 2
    assert 24 <= size.span <= 1_800
    if size.span >= 90:
        cells = size.region_side**2 / size.span
        assert cells == pytest.approx(CELLS_PER_WORKER, rel=0.08)


@given(
    workers=st.integers(4, 1 << 20),
    sector=st.integers(1, 10),
    hive=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    hives=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    depth=st.integers(1, 64),
)
@settings(deadline=None, max_examples=200)
def test_any_nesting_holds_together_in_the_plane_and_in_space(workers, sector, hive, hives, depth):
    assume(workers >= (sector**2) * hive[0] * hive[1] * hives[0] * hives[1])
    check(Size(workers, sector, *hive, *hives), depth)


def test_a_size_may_be_given_by_itself():
    assert Size.of(SIZES["nano"]) is SIZES["nano"]
    assert Size.of("nano") is SIZES["nano"]


@pytest.mark.parametrize("size", ["huge", "", 255, 0, -1, (1 << 27) + 1, True, 1e4, None, [512]])
def test_a_size_that_is_none_is_refused_by_name(size):
    with pytest.raises(ConfigError, match=r"^size: expected") as caught:
        Size.of(size)
    assert caught.value.argument == "size"


def test_a_world_too_long_for_an_axis_is_refused():
    with pytest.raises(ConfigError, match=rf"^size: expected at most {AXIS_LIMIT} world cells"):
        HiveConfig(Size(100_000, 1, 1, 4096, 1, 5, 1))


def test_more_regions_than_workers_are_refused():
    with pytest.raises(ConfigError, match=r"^workers: expected at least one worker for each of"):
        Size(63, 4, 4, 2, 2)


# --- bad parameters ----------------------------------------------------------------------------

INTEGERS = [f.name for f in fields(ForageConfig) if f.type == "int"]
NUMBERS = [f.name for f in fields(ForageConfig) if f.type == "float"]
NOT_NUMBERS = st.one_of(
    st.sampled_from([None, True, False, "1", b"1", (), [1], {}, 1j, math.nan, math.inf, -math.inf]),
    st.text(max_size=3),
)


def test_every_parameter_is_an_integer_a_number_or_tested_by_itself():
    others = {f.name for f in fields(ForageConfig)} - set(INTEGERS) - set(NUMBERS)
    by_hand = {"evaporation_rate", "motion", "boundary", "orders", "faults", "demand_pairs"}
    assert others == by_hand


def refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}: expected .*, got ") as caught:
        ForageConfig(**{name: value})  # type: ignore[arg-type]
    assert caught.value.argument == name


@pytest.mark.parametrize("name", INTEGERS)
@given(value=st.one_of(NOT_NUMBERS, st.floats(), st.integers(max_value=-1), st.integers(1 << 31)))
@settings(deadline=None, max_examples=40)
def test_an_integer_parameter_takes_nothing_else(name, value):
    refused(name, value)


@pytest.mark.parametrize("name", NUMBERS)
@given(
    value=st.one_of(
        NOT_NUMBERS,
        st.floats(max_value=-1e-300),
        st.floats(min_value=1.1e9),
        st.integers(max_value=-1),
        st.integers(10**10, 10**400),
    )
)
@settings(deadline=None, max_examples=40)
def test_a_number_parameter_takes_nothing_else(name, value):
    refused(name, value)


@pytest.mark.parametrize("name", [f.name for f in fields(Size)])
@given(value=st.one_of(NOT_NUMBERS, st.floats(), st.integers(max_value=0), st.integers(1 << 28)))
@settings(deadline=None, max_examples=40)
def test_a_size_parameter_takes_nothing_else(name, value):
    with pytest.raises(ConfigError, match=rf"^{name}: expected") as caught:
        Size(**{"workers": 10_000, name: value})
    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("name", "value", "argument"),
    [
        ("demand_pairs", (4, 1), "demand_pairs"),
        ("demand_pairs", (0, True), "demand_pairs[1]"),
        ("evaporation_rate", [0.1] * 4, "evaporation_rate"),
        ("evaporation_rate", (0.1,) * 3, "evaporation_rate"),
        ("evaporation_rate", 0.1, "evaporation_rate"),
        ("evaporation_rate", (0.1, 0.1, math.nan, 0.1), "evaporation_rate[2]"),
        ("evaporation_rate", (0.1, 1.1, 0.1, 0.1), "evaporation_rate[1]"),
        ("evaporation_rate", (True, 0.1, 0.1, 0.1), "evaporation_rate[0]"),
        ("evaporation_rate", (0.1, 0.1, 0.1, 1e-7), "evaporation_rate[3]"),
        ("drag", 1e-6, "drag"),
        ("thrust", 1e-5, "thrust"),
        ("speed_limit", 1e-5, "speed_limit"),
        ("diffusion_fraction", 1e-5, "diffusion_fraction"),
        ("fault_mean_ticks", 0.5, "fault_mean_ticks"),
        ("trail_resolution", 3, "trail_resolution"),
        ("boundary", 1, "boundary"),
        ("boundary", "torus", "boundary"),
        ("motion", "", "motion"),
        ("motion", None, "motion"),
    ],
)
def test_other_bad_parameters_are_refused_by_name(name, value, argument):
    with pytest.raises(ConfigError) as caught:
        ForageConfig(**{name: value})
    assert caught.value.argument == argument


def test_an_unknown_motion_system_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"^motion: expected one of grid, flight, got swim"):
        blueprint_of(HiveConfig(SIZES["nano"], ForageConfig(motion="swim")))


@pytest.mark.parametrize(
    ("arguments", "argument"), [({"size": "nano"}, "size"), ({"forage": {}}, "forage")]
)
def test_a_configuration_is_made_of_records(arguments, argument):
    with pytest.raises(ConfigError) as caught:
        HiveConfig(**arguments)
    assert caught.value.argument == argument


def test_equal_configurations_have_equal_hashes_and_others_differ():
    one = HiveConfig(SIZES["nano"])
    assert one.config_hash() == HiveConfig(Size(512)).config_hash()
    others = [
        HiveConfig(SIZES["v0"]),
        HiveConfig(SIZES["nano"], ForageConfig(depth=2)),
        HiveConfig(SIZES["nano"], ForageConfig(evaporation_rate=(0.1, 0.1, 0.2, 0.02))),
    ]
    assert len({c.config_hash() for c in (one, *others)}) == 4
