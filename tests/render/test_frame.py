"""The whole picture, its file, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError, ResetNeededError
from hive_env.render import frame, save
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size


@pytest.fixture(scope="module")
def nano():
    simulation = Forage(HiveConfig(Size.of("nano")), worlds=2)
    simulation.reset(seed=3)
    return simulation


@pytest.mark.parametrize("width", [320, 500, 960])
def test_a_picture_is_as_wide_as_asked_and_holds_the_map_between_two_strips(nano, width):
    picture = frame(nano, width=width)
    assert picture.dtype == np.uint8
    assert picture.shape[1:] == (width, 3)
    assert width + 30 < picture.shape[0] < width + 200


def test_each_picture_is_a_new_array(nano):
    one, other = frame(nano), frame(nano)
    assert not np.shares_memory(one, other)
    assert (one == other).all()
    one[:] = 0
    assert (frame(nano) == other).all()


def test_drawing_changes_nothing(nano):
    before = nano.state_hash()
    columns = {name: column.copy() for name, column in nano.columns.items()}
    frame(nano, channel="danger", types=[1], area=(3, 4, 60, 90))
    assert nano.state_hash() == before
    assert all((nano.columns[name] == column).all() for name, column in columns.items())


def test_the_shape_stays_while_the_world_goes_on():
    simulation = Forage(HiveConfig(Size.of("nano")))
    simulation.reset(seed=3)
    first = frame(simulation, width=400)
    for _ in range(40):
        simulation.step(simulation.decide("reflex"))
    later = frame(simulation, width=400)
    assert later.shape == first.shape
    assert (later != first).any()


def test_equal_states_give_equal_pictures_in_whatever_batch(nano):
    alone = Forage(HiveConfig(Size.of("nano")))
    alone.reset(seed=4)
    here, there = frame(nano, world=1), frame(alone)
    assert (here[40:-70] == there[40:-70]).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("world", 2),
        ("world", -1),
        ("world", 0.0),
        ("world", True),
        ("width", 319),
        ("width", 8_193),
        ("width", "wide"),
        ("width", 500.0),
        ("channel", "pheromone"),
        ("channel", 1),
        ("channel", ["danger"]),
        ("types", [4]),
        ("types", [1, 1]),
        ("types", 2),
        ("types", "01"),
        ("area", (0, 0, 129, 10)),
        ("area", (5, 5, 5, 9)),
        ("area", (0, 0, 10)),
        ("area", (0.0, 0, 10, 10)),
        ("area", 7),
        ("layer", 1),
        ("layer", -1),
    ],
)
def test_a_bad_argument_is_named(nano, name, value):
    with pytest.raises(ArgumentError, match=f"^{name}: expected") as refused:
        frame(nano, **{name: value})
    assert refused.value.argument == name


def test_an_area_too_high_for_the_width_is_refused(nano):
    with pytest.raises(ArgumentError, match="pixels high"):
        frame(nano, width=960, area=(0, 0, 1, 128))


def test_something_that_is_no_simulation_is_refused():
    with pytest.raises(ArgumentError, match=r"^simulation: expected"):
        frame("Hive-v0")


def test_there_is_no_picture_before_a_reset():
    with pytest.raises(ResetNeededError):
        frame(Forage(HiveConfig(Size.of("nano"))))


def test_a_saved_picture_reads_back_as_the_frame(nano, tmp_path):
    from PIL import Image

    path = save(nano, tmp_path / "hive.png", width=320, channel="congestion")
    with Image.open(path) as image:
        assert (np.asarray(image) == frame(nano, width=320, channel="congestion")).all()


@pytest.mark.parametrize("name", ["hive.jpg", "hive", "missing/hive.png"])
def test_a_file_that_cannot_be_is_refused(nano, tmp_path, name):
    with pytest.raises(ArgumentError, match=r"^path: expected"):
        save(nano, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_million_workers_are_drawn_by_density():
    simulation = Forage(HiveConfig(Size.of("1m")))
    simulation.reset(seed=3)
    picture = frame(simulation, width=640)
    assert picture.shape[1] == 640
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
    part = frame(simulation, width=640, area=(0, 0, 112, 112))
    assert part.shape == picture.shape
