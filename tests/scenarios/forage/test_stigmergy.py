"""The map by hand agrees with a plain NumPy map of the whole world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary, Channel, Plane
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

CAP = 65_535


def world_of(**constants: Any) -> Forage:
    """Return a started nano world with some trail everywhere."""
    simulation = Forage(HiveConfig(Size.of("nano"), ForageConfig(**constants)), worlds=2)
    simulation.reset(seed=5)
    shape = simulation.columns["trail"].shape
    simulation.columns["trail"][...] = np.random.default_rng(0).integers(0, CAP, shape)
    return simulation


def whole(simulation: Forage, world: int) -> np.ndarray:
    """Return the map of a world as one array, [P, z, y, x] in map cells."""
    c, n = simulation.columns, simulation.blueprint.constants
    side, depth, shift = n["map_side"], n["map_depth"], n["map_shift"]
    planes = c["trail"].shape[1]
    out = np.zeros((planes, depth, n["cells_y"] >> shift, n["cells_x"] >> shift), np.int64)
    for place in range(n["regions"]):
        y, x = c["region_y0"][place] >> shift, c["region_x0"][place] >> shift
        tile = c["trail"][world * n["regions"] + place].reshape(planes, depth, side, side)
        out[:, :, y : y + side, x : x + side] = tile
    return out


@pytest.mark.parametrize("depth", [1, 8])
@pytest.mark.parametrize("resolution", [1, 2, 4])
@pytest.mark.parametrize("boundary", list(Boundary))
def test_sense_finds_levels_and_slopes_of_the_whole_map(
    depth: int, resolution: int, boundary: Boundary
) -> None:
    simulation = world_of(depth=depth, trail_resolution=resolution, boundary=boundary)
    world, radius = 1, 2
    rng = np.random.default_rng(1)
    extent = [simulation.blueprint.constants[k] for k in ("cells_x", "cells_y", "depth")]
    cells = np.stack([rng.integers(0, most, 200) for most in extent], axis=1)
    sensed = simulation.map(world).sense(cells, radius)
    padded = whole(simulation, world)
    around = "edge" if boundary is Boundary.WALL else "wrap"
    padded = np.pad(padded, ((0, 0), (0, 0), (radius, radius), (radius, radius)), around)
    padded = np.pad(padded, ((0, 0), (radius, radius), (0, 0), (0, 0)), "edge")
    x, y, z = (cells // resolution + radius).T
    expected = np.zeros((200, 7, 3))
    for step in range(1, radius + 1):
        expected[:, :, 0] += (padded[:, z, y, x + step] - padded[:, z, y, x - step]).T
        expected[:, :, 1] += (padded[:, z, y + step, x] - padded[:, z, y - step, x]).T
        expected[:, :, 2] += (padded[:, z + step, y, x] - padded[:, z - step, y, x]).T
    expected /= radius * (radius + 1)
    level = padded[:, z, y, x].T.copy()
    level[:, Plane.EXPLORATION] = CAP - level[:, Plane.EXPLORATION]
    expected[:, Plane.EXPLORATION] *= -1
    np.testing.assert_array_equal(sensed.level, level)
    np.testing.assert_allclose(sensed.gradient, expected)


@given(
    st.lists(st.tuples(st.integers(0, 127), st.integers(0, 127), st.integers(0, CAP)), max_size=30),
    st.sampled_from(Channel),
    st.integers(0, 3),
    st.randoms(),
)
@settings(deadline=None, max_examples=40)
def test_deposits_add_up_to_the_cap_whatever_their_order(
    deposits: list[tuple[int, int, int]], channel: Channel, kind: int, random: Any
) -> None:
    simulation = world_of()
    plane = Plane[channel.name] + (kind if channel is Channel.RESOURCE else 0)
    expected = whole(simulation, 0)
    untouched = whole(simulation, 1)
    for x, y, amount in deposits:
        expected[plane, 0, y // 4, x // 4] += amount
    random.shuffle(deposits)
    rows = np.array(deposits, np.int64).reshape(-1, 3)
    typed = kind if channel is Channel.RESOURCE else None
    simulation.map(0).deposit(rows[:, :2], channel, rows[:, 2], typed)
    np.testing.assert_array_equal(whole(simulation, 0), np.minimum(expected, CAP))
    np.testing.assert_array_equal(whole(simulation, 1), untouched)


def test_a_linear_trail_has_its_own_slope_at_any_radius() -> None:
    simulation = world_of()
    for place in range(16):
        x0 = int(simulation.columns["region_x0"][place]) // 4
        row = 100 * (x0 + np.arange(8))
        simulation.columns["trail"][place, Plane.DANGER] = np.tile(row, 8)
    cell = np.array([[64, 64]])
    for radius in range(1, 9):
        _, gradient = simulation.map().sense(cell, radius).channel(Channel.DANGER)
        assert gradient[0].tolist() == [100.0, 0.0, 0.0]


def test_evaporate_and_diffuse_does_what_ticks_without_workers_do() -> None:
    """Every worker has ended, so ticks change the map by evaporation and diffusion alone."""
    constants = {"diffusion_fraction": 0.5, "diffusion_period": 3}
    simulation, by_hand = world_of(**constants), world_of(**constants)
    simulation.columns["health"][...] = 2
    simulation.columns["tick"][...] = 1
    actions = np.zeros((2 * simulation.workers, 2), np.uint8)
    for _ in range(6):
        simulation.step(actions)
    by_hand.map(0).evaporate_and_diffuse(6)
    np.testing.assert_array_equal(whole(simulation, 0), whole(by_hand, 0))
    assert not np.array_equal(whole(by_hand, 0), whole(by_hand, 1))
    only_fading = world_of()
    only_fading.map(0).evaporate_and_diffuse(6)
    assert not np.array_equal(whole(simulation, 0), whole(only_fading, 0))


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("sense", ([[0.5, 1.0]],), "cells"),
        ("sense", ([[0, 128]],), "cells"),
        ("sense", ([0, 1],), "cells"),
        ("sense", ([[0, 0]], 0), "radius"),
        ("sense", ([[0, 0]], 9), "radius"),
        ("deposit", ([[-1, 0]], Channel.DANGER, 1), "cells"),
        ("deposit", ([[0, 0]], "danger", 1), "channel"),
        ("deposit", ([[0, 0]], Channel.DANGER, -1), "amount"),
        ("deposit", ([[0, 0]], Channel.DANGER, [1, 2]), "amount"),
        ("deposit", ([[0, 0]], Channel.DANGER, 1.5), "amount"),
        ("deposit", ([[0, 0]], Channel.RESOURCE, 1), "kind"),
        ("deposit", ([[0, 0]], Channel.RESOURCE, 1, True), "kind"),
        ("deposit", ([[0, 0]], Channel.RESOURCE, 1, 1.0), "kind"),
        ("deposit", ([[0, 0]], Channel.RESOURCE, 1, 4), "kind"),
        ("deposit", ([[0, 0]], Channel.DANGER, 1, 2), "kind"),
        ("evaporate_and_diffuse", (-1,), "dt"),
        ("evaporate_and_diffuse", (0.5,), "dt"),
    ],
)
def test_bad_arguments_are_named_and_change_nothing(
    method: str, arguments: tuple[Any, ...], named: str
) -> None:
    simulation = world_of()
    before = simulation.state_hash()
    with pytest.raises(ArgumentError, match=named):
        getattr(simulation.map(), method)(*arguments)
    assert simulation.state_hash() == before


def test_a_world_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError, match="world"):
        world_of().map(2)
