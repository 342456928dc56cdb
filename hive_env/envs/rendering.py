"""Where an environment finds what draws it.

Pictures are made in a layer above this one, which installs itself here by `set_renderer`:
`hive_env.hive_v0`, through which every environment is made by name, does so. The renderer is
imported when the first picture is asked for, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hive_env.ecs.columns import Array
from hive_env.envs.settings import checked_render_mode
from hive_env.errors import ConfigError, HiveError
from hive_env.scenarios.families import Family

FPS = 30
"""Most pictures a second in a window."""


class Viewer(Protocol):
    """A window."""

    closed: bool

    def show(self, picture: Array) -> None:
        """Show a picture."""

    def close(self) -> None:
        """Close the window; a second time does nothing."""


class Renderer(Protocol):
    """What draws worlds."""

    @property
    def Viewer(self) -> Callable[..., Viewer]:  # noqa: N802 (it is a class)
        """Open a window."""

    def frame(self, simulation: Any, world: int = 0, **options: Any) -> Array:
        """Return a picture of a world, uint8[height, width, 3]."""


_load: list[Callable[[], Renderer]] = []


def set_renderer(load: Callable[[], Renderer]) -> None:
    """Let environments draw with what ``load`` returns; it is called at the first picture."""
    _load[:] = [load]


class Display:
    """How one environment is drawn.

    Parameters
    ----------
    mode : {"rgb_array", "human"}, optional
        Pictures as arrays, a window, or nothing.
    options : mapping, optional
        Passed on to `hive_env.render.frame`: ``width``, ``channel``, ``area`` and others.
    family : Family
        Kind of task, which may have no pictures.

    Raises
    ------
    ConfigError
        When the mode is none of these, the task has no pictures, or the options are no mapping.
    """

    def __init__(self, mode: str | None, options: Mapping[str, Any] | None, family: Family) -> None:
        if options is not None and not isinstance(options, Mapping):
            raise ConfigError("render_options", "a mapping of the renderer's options", options)
        self.mode = checked_render_mode(mode)
        if self.mode is not None and not family.pictures:
            raise ConfigError("render_mode", f"None: the task {family.name} has no pictures", mode)
        self._options = dict(options or {})
        self._viewer: Viewer | None = None

    def _renderer(self) -> Renderer:
        if not _load:
            raise HiveError("render: no renderer is installed. Import hive_env.hive_v0 first.")
        return _load[0]()

    def picture(self, simulation: Any, world: int = 0) -> Array:
        """Return a picture of a world, a new uint8[height, width, 3]."""
        return self._renderer().frame(simulation, world, **self._options)

    def show(self, simulation: Any) -> None:
        """Draw the first world into the window, opened at the first call.

        Nothing is drawn once the user has closed it.
        """
        if self._viewer is None:
            self._viewer = self._renderer().Viewer(fps=FPS)
        if not self._viewer.closed:
            self._viewer.show(self.picture(simulation))

    def render(self, simulation: Any) -> Array | None:
        """Return a picture of the first world, or show it, or do nothing, as the mode says."""
        if self.mode is None:
            return None
        simulation.need_ready()
        if self.mode == "rgb_array":
            return self.picture(simulation)
        self.show(simulation)
        return None

    def follow(self, simulation: Any) -> None:
        """Show the world after a step, when there is a window to show it in."""
        if self.mode == "human":
            self.show(simulation)

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._viewer is not None:
            self._viewer.close()
            self._viewer = None
