"""The areas of which the global state tells: as many as a critic can take, whatever the size."""

from __future__ import annotations

import numpy as np
import pytest
from envs.worlds import HARSH

from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ResetNeededError
from hive_env.scenarios import areas
from hive_env.scenarios.areas import AREA_LIMIT, areas_of
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import UPPER, Hive
from hive_env.scenarios.queue import Queue, QueueHive
from hive_env.sizes import SIZES, Size

HIVES = Size(256, 1, 1, 2, 2, 2, 2)
"""Sixteen sectors of one region; those of a hive do not lie together in Forage."""

SECTORS = Size(256, 2, 2, 2, 2)


def made(family: str, size: Size, worlds: int = 2) -> Hive:
    if family == "forage":
        return Forage(HiveConfig(size, ForageConfig(**HARSH)), worlds)
    return Queue(QueueHive(size), worlds)


def play(hive: Hive, ticks: int = 40) -> None:
    hive.reset(5)
    for _ in range(ticks):
        orders = {
            level: hive.decide("scripted", level=level)
            for level in UPPER
            if hive.deciding(level).any()
        }
        hive.step(hive.decide("scripted"), orders)


def hives_of(hive: Hive) -> np.ndarray:
    if isinstance(hive, Forage):
        return np.asarray(hive.columns["region_hive"])
    return np.arange(16) // 4


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("nano", "region", 16),
        ("v0", "region", 100),
        ("40k", "region", 400),
        ("1m", "sector", 100),
        ("100m", "sector", 1_000),
    ],
)
def test_every_published_size_has_its_areas(name: str, kind: str, count: int) -> None:
    assert areas_of(SIZES[name]) == (kind, count)


def test_no_size_has_more_areas_than_the_limit() -> None:
    for size in (Size(4_096, 32, 32, 1, 1), Size(8_192, 64, 32, 1, 1), Size(8_192, 1, 1, 64, 32)):
        assert areas_of(size).number <= AREA_LIMIT
    assert areas_of(Size(4_096, 32, 32, 1, 1)) == ("region", 1_024)
    assert areas_of(Size(8_192, 1, 1, 64, 32)) == ("hive", 1)
    assert areas_of(Size(8_192, 1, 1, 1, 1, 64, 32)) == ("world", 1)


@pytest.mark.parametrize(
    ("limit", "size"),
    [(15, SECTORS), (15, HIVES), (3, SECTORS), (3, HIVES)],
    ids=["sector", "hive", "one hive", "world"],
)
@pytest.mark.parametrize("family", ["forage", "queue"])
def test_a_greater_area_shows_the_mean_of_its_regions(
    family: str, limit: int, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    hive = made(family, size)
    play(hive)
    by_region = hive.states().reshape(2, 16, -1).astype(np.float64)
    monkeypatch.setattr(areas, "AREA_LIMIT", limit)

    kind, count = areas_of(size)
    group = {"sector": np.arange(16) // 4, "hive": hives_of(hive) * (count > 1)}.get(
        kind, np.zeros(16, int)
    )
    low, high = hive.state_bounds()
    states = hive.states()
    assert states.shape == (2, len(low))
    assert ((low <= states) & (states <= high)).all()
    rows = states.reshape(2, count, -1)
    for area in range(count):
        expected = by_region[:, group == area].mean(axis=1)
        np.testing.assert_allclose(rows[:, area], expected, rtol=1e-6, atol=1e-6)
    assert np.ptp(by_region, axis=1).max() > 0.1, "the regions differ, so means can be told apart"


@pytest.mark.parametrize("family", ["forage", "queue"])
def test_the_states_of_all_worlds_are_those_of_each(family: str) -> None:
    hive = made(family, SECTORS, worlds=3)
    with pytest.raises(ResetNeededError):
        hive.states()
    play(hive)
    states = hive.states()
    assert states.dtype == np.float32
    assert not np.array_equal(states[0], states[1])
    for world in range(3):
        assert np.array_equal(states[world], hive.state(world))
    states[:] = -1
    assert (hive.states() >= 0).all(), "what is returned is the caller's own"


@pytest.mark.parametrize("family", ["forage", "queue"])
def test_all_workers_of_a_world_at_home_in_one_area_are_within_the_bounds(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts reach what the bounds say, and no more."""
    monkeypatch.setattr(areas, "AREA_LIMIT", 4)
    hive = made(family, SECTORS, worlds=1)
    hive.reset(0)
    if family == "forage":
        hive.columns["home"][:] = 3
        reached = 4.0
    else:
        hive.columns["present"][:] = 0
        hive.columns["present"][::4, 0] = 64
        reached = 1.0
    _, high = hive.state_bounds()
    state = hive.state()
    assert state.max() == reached
    assert (state <= high).all()
