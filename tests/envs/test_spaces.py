"""Features, masks and the spaces that hold them."""

from __future__ import annotations

import numpy as np
import pytest
from envs.worlds import TINY
from gymnasium.spaces import MultiDiscrete
from hypothesis import given
from hypothesis import strategies as st

from hive_env.config import ForageConfig, HiveConfig
from hive_env.envs.spaces import Scaling, action_space, mask_parts, observation_space
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.levels import worker_features
from hive_env.systems import senses

GROUPS = {
    "SITE": "site_a_dx",
    "CROWD": "crowd_here",
    "HAZARD": "threat_here",
    "TRAIL": "trail_danger",
    "CARGO": "cargo_a",
    "SPECIALIST": "specialist_a",
    "HEALTH": "health",
    "FATIGUE": "fatigue",
    "HOME": "home_dx",
    "SUCCESS": "success",
    "GOAL": "goal_a",
    "ZONE": "zone_dx",
    "TIME": "time_left",
    "BLOCKED": "blocked",
}


@pytest.mark.parametrize(("depth", "width"), [(1, 64), (2, 80)])
def test_every_feature_has_a_name_of_its_own_and_stands_where_the_world_writes_it(
    depth: int, width: int
) -> None:
    names = [feature.name for feature in worker_features(depth)]

    assert len(names) == len(set(names)) == width
    for group, name in GROUPS.items():
        first = getattr(senses, f"{group}_AT") + (senses.DEEP[group] if depth > 1 else 0)
        assert names.index(name) == first


@pytest.mark.parametrize("depth", [1, 3])
def test_what_a_world_writes_lies_in_the_stated_ranges(depth: int) -> None:
    """Random play in a harsh little world reaches most of what can be seen."""
    task = ForageConfig(depth=depth, hazards_per_region=8, fault_mean_ticks=20, sites_per_region=40)
    simulation = Forage(HiveConfig(TINY, task))
    space = observation_space(worker_features(depth), "float32", TINY.workers)
    scaling = Scaling(worker_features(depth))
    simulation.reset(3)

    for _ in range(60):
        simulation.step(simulation.decide("random"))
        assert space.contains(scaling.floats(simulation.observe()))


@given(st.integers(0, 255))
def test_the_float_is_a_linear_map_of_the_byte_that_loses_nothing(byte: int) -> None:
    features = worker_features(1)
    row = Scaling(features).floats(np.full(64, byte, np.uint8))
    back = [
        value * feature.scale + feature.zero for value, feature in zip(row, features, strict=True)
    ]

    assert row.dtype == np.float32
    assert np.rint(back).tolist() == [byte] * 64


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(1, 4), st.data())
def test_the_parts_of_a_mask_are_its_values_choice_after_choice_and_seat_after_seat(
    choices: list[int], seats: int, data: st.DataObject
) -> None:
    width = sum(choices) * seats
    rows = data.draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), max_size=3))
    flat = np.array(rows, bool).reshape(-1, width)

    parted = mask_parts(flat, choices)

    assert len(parted) == len(rows)
    for parts, row in zip(parted, rows, strict=True):
        assert [len(part) for part in parts] == choices * seats
        assert all(part.dtype == np.int8 for part in parts)
        assert np.concatenate(parts).astype(bool).tolist() == row


def test_masks_are_what_the_action_space_samples_with() -> None:
    space = action_space((8, 5), seats=3)
    assert isinstance(space, MultiDiscrete)
    flat = np.ones((1, 3, 13), bool)
    flat[0, 1] = [True] + [False] * 7 + [True] + [False] * 4

    parts = mask_parts(flat.reshape(1, -1), (8, 5))[0]
    sampled = np.array([space.sample(mask=parts) for _ in range(40)])

    assert np.all(sampled[:, 2:4] == 0)
    assert np.any(sampled[:, [0, 1, 4, 5]] > 0)
