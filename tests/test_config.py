"""Parameters refuse what they cannot mean, and sizes hold the density."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import sizes, tasks

from hive_env import config
from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary
from hive_env.errors import ConfigError
from hive_env.sizes import CELLS_PER_WORKER, SIZES, Size

PUBLISHED = {
    "nano": (512, 16, 4, 1),
    "v0": (10_000, 100, 4, 1),
    "40k": (40_000, 400, 4, 1),
    "1m": (1_000_000, 10_000, 100, 1),
    "100m": (100_000_000, 100_000, 1_000, 10),
}
"""Workers, managers, governors and orchestrators of each size."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_size_has_its_published_numbers(name: str) -> None:
    size = Size.of(name)

    assert (size.workers, size.regions, size.sectors, size.hives) == PUBLISHED[name]


def test_every_named_size_is_published() -> None:
    assert set(SIZES) == set(PUBLISHED)


@pytest.mark.parametrize(("span", "side"), [(32, 32), (100, 56), (1000, 180)])
def test_the_side_of_a_region_is_the_published_one_for_its_span(span: int, side: int) -> None:
    assert Size(span * 4, 2, 2, 1, 1).region_side == side


@given(sizes)
def test_a_region_divides_into_four_by_four_zones_and_holds_the_density(size: Size) -> None:
    exact = math.sqrt(CELLS_PER_WORKER * size.span)

    assert size.region_side % 4 == 0
    assert abs(size.region_side - exact) <= 2 or size.region_side == 8 > exact


@given(sizes)
def test_sectors_and_hives_partition_the_regions(size: Size) -> None:
    assert size.regions == size.sectors * size.sector_regions
    assert size.sectors == size.hives * size.hive_x * size.hive_y
    assert size.regions == size.regions_x * size.regions_y


@given(st.integers(256, 2**27))
def test_any_number_of_workers_has_a_size_of_about_the_stated_span(workers: int) -> None:
    size = Size.of(workers)
    stated = 32 if workers < 3_200 else 100 if workers < 50_000_000 else 1_000

    assert size.workers == workers
    assert stated / 2 <= size.span <= stated * 2
    assert max(size.sector_regions, size.hive_sectors) <= 100
    HiveConfig(size)


def test_above_a_million_workers_there_are_several_hives_of_a_hundred_governors() -> None:
    assert [Size.of(10**power).hives for power in (5, 6, 7, 8)] == [1, 1, 10, 10]
    assert Size.of(10**8) == Size.of("100m")


@given(st.integers(256, 2**27))
def test_no_world_of_a_number_of_workers_is_long_and_thin(workers: int) -> None:
    size = Size.of(workers)

    assert size.regions_y <= size.regions_x <= 3 * size.regions_y


@pytest.mark.parametrize("size", ["giant", "", 255, 2**27 + 1, True, 1.5, None, [512]])
def test_what_names_no_size_is_refused_by_name(size: object) -> None:
    with pytest.raises(ConfigError, match=r"^size: expected "):
        Size.of(size)  # type: ignore[arg-type]


def test_more_regions_than_workers_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least one worker for each of the 16 regions"):
        Size(15, 2, 2, 2, 2)


def test_a_world_that_is_too_long_for_a_position_is_refused() -> None:
    with pytest.raises(ConfigError, match="world cells an axis"):
        HiveConfig(Size(2**27, 1, 1, 1, 4096))


INTEGERS = [name for name, _, _ in config._INTEGER_RANGES]
NUMBERS = [name for name, _, _ in config._NUMBER_RANGES]


def test_every_parameter_of_the_task_is_checked() -> None:
    named = {field.name for field in dataclasses.fields(ForageConfig)}
    by_hand = {"trail_resolution", "evaporation_rate", "motion", "boundary", "orders", "faults"}
    by_hand |= {"demand_pairs"}

    assert named == {*INTEGERS, *NUMBERS, *by_hand}


PERIODS = ("manager_period", "governor_period", "orchestrator_period")


def among(name: str, value: Any) -> dict[str, Any]:
    """One parameter, beside which every clock is one that the slower ones are multiples of."""
    given = dict.fromkeys(PERIODS, 1 << 16) if name in PERIODS else {}
    for faster in PERIODS[: PERIODS.index(name)] if name in PERIODS else ():
        given[faster] = 1
    return {**given, name: value}


@pytest.mark.parametrize(("name", "low", "high"), config._INTEGER_RANGES)
def test_an_integer_parameter_takes_its_bounds_and_nothing_beyond(
    name: str, low: int, high: int
) -> None:
    for good in (low, high):
        assert getattr(ForageConfig(**among(name, good)), name) == good
    for bad in (low - 1, high + 1, float(low), str(low), None, True):
        with pytest.raises(ConfigError, match=f"^{name}: expected an integer from"):
            ForageConfig(**{name: bad})


@pytest.mark.parametrize(("name", "low", "high"), config._NUMBER_RANGES)
def test_a_real_parameter_takes_its_bounds_and_nothing_beyond(
    name: str, low: float, high: float
) -> None:
    for good in (low, high):
        assert getattr(ForageConfig(**{name: good}), name) == good
    for bad in (low - 0.1, high * 1.1, math.nan, math.inf, str(low), None, True):
        with pytest.raises(ConfigError, match=f"^{name}: expected a finite number from"):
            ForageConfig(**{name: bad})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trail_resolution", 3),
        ("trail_resolution", 8),
        ("evaporation_rate", (0.1, 0.1, 0.1)),
        ("evaporation_rate", [0.1, 0.1, 0.1, 0.1]),
        ("evaporation_rate", (0.1, 0.1, math.nan, 0.1)),
        ("evaporation_rate", (0.1, 0.1, 0.1, 1.1)),
        ("demand_pairs", [0, 1]),
        ("demand_pairs", (0,)),
        ("demand_pairs", (0, 0)),
        ("demand_pairs", (4, 1)),
        ("demand_pairs", (0, 6)),
        ("demand_pairs", (0, -1)),
        ("demand_pairs", (0, True)),
        ("demand_pairs", (0, 1.0)),
        ("demand_pairs", 3),
        ("motion", ""),
        ("motion", None),
        ("boundary", 2),
        ("boundary", "torus"),
        ("orders", "squad"),
        ("orders", None),
    ],
)
def test_a_parameter_of_another_kind_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"^{name}"):
        ForageConfig(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("periods", "named"),
    [
        (
            {"manager_period": 5},
            "governor_period: expected a multiple of manager_period, 5, got 32",
        ),
        ({"governor_period": 40}, "orchestrator_period: expected a multiple of governor_period"),
        ({"governor_period": 4}, "governor_period: expected a multiple of manager_period, 8"),
        ({"orchestrator_period": 16}, "orchestrator_period: expected a multiple of"),
    ],
)
def test_a_clock_that_the_faster_one_does_not_divide_is_refused(
    periods: dict[str, int], named: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{named}"):
        ForageConfig(**periods)


def test_a_governor_has_room_for_the_regions_of_its_sector() -> None:
    nano = SIZES["nano"]
    assert HiveConfig(nano).max_span == 4
    assert HiveConfig(nano, ForageConfig(max_span=7)).max_span == 7
    with pytest.raises(ConfigError, match=r"^max_span: expected 0, or at least the 4 regions"):
        HiveConfig(nano, ForageConfig(max_span=3))


# --- spans -------------------------------------------------------------------------------------


@given(
    spans=st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 30)),
    hives=st.integers(1, 12),
)
def test_initial_spans_of_any_size_make_a_hive_with_just_these(
    spans: tuple[int, int, int], hives: int
) -> None:
    workers = math.prod(spans) * hives
    if workers < 4:
        return
    size = Size.with_spans(workers, *spans)

    assert (size.workers, size.hives) == (workers, hives)
    assert (size.span, size.sector_regions, size.hive_sectors) == spans
    for long, short, area in (
        (size.sector_x, size.sector_y, spans[1]),
        (size.hive_x, size.hive_y, spans[2]),
        (size.hives_x, size.hives_y, hives),
    ):
        assert long * short == area
        better = [d for d in range(short + 1, area) if d * d <= area and area % d == 0]
        assert long >= short
        assert not better, "as nearly square as can be"


@pytest.mark.parametrize("span", [4, 1000])
def test_spans_from_one_to_four_to_one_to_a_thousand_make_worlds(span: int) -> None:
    made = HiveConfig(Size.with_spans(span * 8, span, 4, 2))
    assert made.size.regions == 8
    assert made.max_span == 4


@pytest.mark.parametrize(
    ("spans", "named"),
    [
        ((512, 3, 4, 4), "worker_span: expected a divisor of the 512 workers, got 3"),
        ((512, 32, 5, 4), "manager_span: expected a divisor of the 16 managers, got 5"),
        ((512, 32, 4, 3), "governor_span: expected a divisor of the 4 governors, got 3"),
        ((512, 0, 4, 4), "worker_span: expected an integer from 1 to"),
        ((512, 32, 4.0, 4), "manager_span: expected an integer from 1 to"),
        ((512, 32, 4, True), "governor_span: expected an integer from 1 to"),
        ((3, 1, 1, 1), "workers: expected an integer from 4"),
    ],
)
def test_a_span_that_does_not_divide_is_refused_by_name(spans: tuple[Any, ...], named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named}"):
        Size.with_spans(*spans)


def test_a_size_or_task_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^size: .* Use Size\.of"):
        HiveConfig("nano")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"^forage: "):
        HiveConfig(SIZES["nano"], {})  # type: ignore[arg-type]


@given(size=sizes, task=tasks)
def test_an_episode_is_a_whole_number_of_the_slowest_clock(size: Size, task: ForageConfig) -> None:
    made = HiveConfig(size, task)
    exact = task.episode_ticks * made.growth

    assert made.episode_ticks % task.orchestrator_period == 0
    assert exact <= made.episode_ticks < exact + task.orchestrator_period


def test_durations_and_counts_grow_with_the_side_and_the_area() -> None:
    task = ForageConfig(sites_per_region=12, hazards_per_region=4, episode_ticks=512)
    nano, v0 = HiveConfig(SIZES["nano"], task), HiveConfig(SIZES["v0"], task)

    assert (nano.ticks(128), nano.sites, nano.hazards, nano.episode_ticks) == (128, 12, 4, 512)
    assert (v0.ticks(128), v0.sites, v0.hazards, v0.episode_ticks) == (224, 37, 12, 896)
    assert v0.ticks(0) == 1


def test_equal_configurations_have_equal_hashes_and_others_do_not() -> None:
    base = HiveConfig(SIZES["nano"])
    others = [
        HiveConfig(SIZES["v0"]),
        HiveConfig(SIZES["nano"], ForageConfig(boundary=Boundary.TORUS)),
        HiveConfig(SIZES["nano"], ForageConfig(drag=0.10000001)),
        HiveConfig(SIZES["nano"], ForageConfig(evaporation_rate=(0.1, 0.03, 0.01, 0.2))),
    ]

    assert HiveConfig(Size(512, 2, 2, 2, 2)).config_hash() == base.config_hash()
    assert len({one.config_hash() for one in (base, *others)}) == 5


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ForageConfig().depth = 2  # type: ignore[misc]


def test_train_and_test_seeds_do_not_meet() -> None:
    assert len(config.TRAIN_SEEDS) == 10_000
    assert config.FIRST_TEST_SEED not in config.TRAIN_SEEDS
    assert config.TRAIN_SEEDS.stop == config.FIRST_TEST_SEED


@pytest.mark.parametrize(
    ("size", "constants", "named"),
    [
        (Size.of("v0"), {"site_renewal_ticks": 65_535}, "site_renewal_ticks"),
        (Size.of("100m"), {"season_ticks": 1 << 20, "episode_ticks": 1 << 24}, None),
        (Size(1 << 27, 1, 1, 1, 1), {}, "size"),
    ],
)
def test_what_a_column_could_not_hold_is_refused(
    size: Size, constants: dict[str, int], named: str | None
) -> None:
    if named is None:
        HiveConfig(size, ForageConfig(**constants))
        return
    with pytest.raises(ConfigError, match=named):
        HiveConfig(size, ForageConfig(**constants))
