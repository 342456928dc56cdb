"""The command behind the pictures of the documentation."""

from __future__ import annotations

import pytest

from hive_env.errors import ArgumentError
from hive_env.render.gallery import SCENES, Scene, draw, main

SMALL = (Scene(256, {"one": {"width": 320}, "two": {"width": 320, "channel": None}}, ticks=2),)


def test_a_scene_gives_its_pictures_and_gives_them_again(tmp_path):
    first = draw(tmp_path / "a", scenes=SMALL)
    again = draw(tmp_path / "b", ["one"], scenes=SMALL)
    assert [file.name for file in first] == ["one.png", "two.png"]
    assert [file.name for file in again] == ["one.png"]
    assert first[0].read_bytes() == again[0].read_bytes()


def test_an_unknown_picture_is_refused_before_any_is_drawn(tmp_path):
    with pytest.raises(ArgumentError, match=r"^names: expected"):
        draw(tmp_path / "a", ["one", "three"], scenes=SMALL)
    assert not (tmp_path / "a").exists()


def test_names_of_pictures_differ():
    names = [name for scene in SCENES for name in scene.pictures]
    assert len(set(names)) == len(names)


@pytest.mark.slow
def test_the_command_draws_what_it_is_asked_for(tmp_path):
    assert main([str(tmp_path), "nano"]) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["nano.png"]
