"""Environments are drawn by a layer above them, which they find at the first picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from envs.worlds import TINY
from gymnasium.utils.env_checker import check_env

import hive_env  # noqa: F401 (registers the task)
from hive_env import hive_v0
from hive_env.envs import rendering
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ConfigError, HiveError, ResetNeededError
from hive_env.scenarios.hive import LEVELS

STAY = np.zeros(2, int)


class Painter:
    """A renderer that notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, dict[str, Any]]] = []
        self.shown = 0
        self.windows: list[Any] = []

    def frame(self, simulation: Any, world: int = 0, **options: Any) -> Any:
        self.asked.append((world, options))
        return np.full((2, 3, 3), world, np.uint8)

    def Viewer(self, fps: int) -> Any:  # noqa: N802 (it is a class)
        painter = self

        class Window:
            closed = False

            def show(self, picture: Any) -> None:
                painter.shown += 1

            def close(self) -> None:
                self.closed = True

        self.windows.append(Window())
        return self.windows[-1]


@pytest.fixture
def painter() -> Iterator[Painter]:
    before = rendering._load[:]
    made = Painter()
    rendering.set_renderer(lambda: made)
    yield made
    rendering._load[:] = before


def test_no_picture_is_made_unless_one_is_asked_for(painter: Painter) -> None:
    for mode in (None, "rgb_array"):
        env = HiveEnv(TINY, level="worker", render_mode=mode)
        env.reset(seed=0)
        env.step(STAY)
        env.close()
    assert HiveEnv(TINY, level="worker").render() is None
    assert painter.asked == []


def test_a_picture_is_made_with_the_options_of_the_environment(painter: Painter) -> None:
    env = HiveEnv(
        TINY, level="worker", render_mode="rgb_array", render_options={"channel": "danger"}
    )
    env.reset(seed=0)

    assert env.render().shape == (2, 3, 3)  # type: ignore[union-attr]
    assert painter.asked == [(0, {"channel": "danger"})]


def test_a_vector_environment_draws_every_world(painter: Painter) -> None:
    envs = HiveVectorEnv(3, TINY, level="worker", render_mode="rgb_array")
    envs.reset(seed=0)
    pictures = envs.render()

    assert pictures is not None
    assert [picture[0, 0, 0] for picture in pictures] == [0, 1, 2]


def test_a_window_follows_every_step_until_the_user_closes_it(painter: Painter) -> None:
    env = hive_v0.parallel_env(TINY, render_mode="human")
    env.reset(seed=0)
    actions = dict.fromkeys(env.agents, STAY)
    env.step(actions)
    assert env.render() is None
    assert painter.shown == 3
    painter.windows[0].closed = True
    env.step(actions)
    assert (painter.shown, len(painter.windows)) == (3, 1)
    env.close()
    env.close()


def test_closing_an_environment_closes_its_window(painter: Painter) -> None:
    for env in (
        HiveEnv(TINY, level="worker", render_mode="human"),
        HiveVectorEnv(1, TINY, level="worker", render_mode="human"),
    ):
        env.reset(seed=0)
        env.close()
        env.close()
    assert [window.closed for window in painter.windows] == [True, True]


def test_there_is_no_picture_before_the_first_reset(painter: Painter) -> None:
    for env in (
        HiveEnv(TINY, level="worker", render_mode="rgb_array"),
        HiveEnv(TINY, level="worker", render_mode="human"),
        HiveVectorEnv(2, TINY, level="worker", render_mode="rgb_array"),
        hive_v0.parallel_env(TINY, render_mode="rgb_array"),
    ):
        with pytest.raises(ResetNeededError):
            env.render()


@pytest.mark.parametrize("mode", ["rgb_array", "human"])
@pytest.mark.parametrize("facade", [HiveEnv, HiveVectorEnv, hive_v0.parallel_env])
def test_a_task_without_pictures_says_so_when_it_is_made(facade: Any, mode: str) -> None:
    with pytest.raises(ConfigError, match=r"render_mode: .*the task queue has no pictures"):
        facade(size=TINY, task="queue", render_mode=mode)


@pytest.mark.parametrize("level", LEVELS)
def test_a_picture_is_made_at_every_level(painter: Painter, level: str) -> None:
    env = HiveEnv(TINY, level=level, render_mode="rgb_array")
    env.reset(seed=0)
    env.step(env.action_space.sample())

    assert env.render() is not None
    assert len(painter.asked) == 1


def test_without_a_renderer_the_error_says_what_to_import(painter: Painter) -> None:
    rendering._load.clear()
    env = HiveEnv(TINY, level="worker", render_mode="rgb_array")
    env.reset(seed=0)
    with pytest.raises(HiveError, match=r"Import hive_env\.hive_v0"):
        env.render()


def test_the_packages_own_renderer_passes_the_checkers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mode in gymnasium's and PettingZoo's render checks, on a display that shows nothing."""
    pytest.importorskip("pygame")
    pytest.importorskip("hive_env.render")
    from pettingzoo.test import render_test

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    narrow = {"width": 320}
    check_env(gymnasium.make("Hive-v0", size=TINY, render_options=narrow).unwrapped)
    render_test(lambda **given: hive_v0.env(TINY, render_options=narrow, **given))
