"""The window, on SDL's dummy driver."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from hive_env.errors import ArgumentError, DeviceError
from hive_env.render import Viewer

PICTURE = np.zeros((40, 60, 3), np.uint8)


@pytest.fixture
def pygame(monkeypatch):
    module = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield module
    module.display.quit()


def test_a_window_opens_at_the_first_picture_and_takes_its_size(pygame):
    viewer = Viewer(fps=0)
    assert viewer._window is None
    viewer.show(PICTURE)
    assert viewer._window.size == (60, 40)
    viewer.show(np.zeros((50, 70, 3), np.uint8))
    assert viewer._window.size == (70, 50)
    assert not viewer.closed
    viewer.close()


def test_the_window_shows_the_pixels_of_the_picture(pygame):
    picture = PICTURE.copy()
    picture[5, 9] = (10, 200, 30)
    viewer = Viewer(fps=0)
    viewer.show(picture)
    shown = viewer._window.get_surface()
    assert tuple(shown.get_at((9, 5)))[:3] == (10, 200, 30)
    assert tuple(shown.get_at((5, 9)))[:3] == (0, 0, 0)
    viewer.close()


def test_closing_twice_is_once_and_what_comes_after_is_not_shown(pygame):
    viewer = Viewer(fps=0)
    viewer.show(PICTURE)
    viewer.close()
    viewer.close()
    viewer.show(PICTURE)
    assert viewer.closed


def test_a_window_never_opened_closes(pygame):
    viewer = Viewer()
    viewer.close()
    assert viewer.closed


def test_the_user_closes_one_window_and_the_other_stays(pygame):
    first, second = Viewer("one", fps=0), Viewer("two", fps=0)
    first.show(PICTURE)
    second.show(PICTURE)
    pygame.event.post(pygame.event.Event(pygame.WINDOWCLOSE, window=second._window))
    first.show(PICTURE)
    assert not first.closed
    second.show(PICTURE)
    assert second.closed
    first.show(PICTURE)
    assert not first.closed
    first.close()


def test_a_window_shows_no_more_pictures_a_second_than_asked(pygame, monkeypatch):
    viewer = Viewer(fps=24)
    asked = []

    class Clock:
        def tick(self, fps):
            asked.append(fps)

    monkeypatch.setattr(viewer, "_clock", Clock())
    viewer.show(PICTURE)
    assert asked == [24]
    viewer.close()


@pytest.mark.parametrize(
    "picture",
    [PICTURE.astype(float), PICTURE[..., :2], PICTURE[0], np.zeros((0, 4, 3), np.uint8), "a"],
)
def test_what_is_no_picture_is_refused(pygame, picture):
    with pytest.raises(ArgumentError, match=r"^picture: expected"):
        Viewer(fps=0).show(picture)


@pytest.mark.parametrize("fps", [-1, 1.5, "30", 2_000, True])
def test_a_bad_rate_is_refused(pygame, fps):
    with pytest.raises(ArgumentError, match=r"^fps: expected"):
        Viewer(fps=fps)


def test_a_missing_pygame_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(DeviceError, match=r"pip install 'hive-env\[render\]'"):
        Viewer()


def test_an_old_pygame_is_named_with_what_replaces_it(monkeypatch):
    class Old:
        class version:  # noqa: N801 (pygame calls it so)
            ver = "2.1.0"

    monkeypatch.setitem(sys.modules, "pygame", Old)
    with pytest.raises(DeviceError, match=r"2\.1\.0.*pip install 'hive-env\[render\]'"):
        Viewer()


def test_a_missing_display_is_named(pygame, monkeypatch):
    pygame.display.quit()
    monkeypatch.setenv("SDL_VIDEODRIVER", "no such driver")
    with pytest.raises(DeviceError, match="SDL_VIDEODRIVER=dummy"):
        Viewer(fps=0).show(PICTURE)


def test_drawing_to_an_array_imports_no_pygame():
    import subprocess

    code = (
        "import sys, hive_env.render as r\n"
        "assert 'pygame' not in sys.modules and 'PIL' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
