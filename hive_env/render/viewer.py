"""A window that shows pictures, for ``render_mode="human"``. Needs pygame-ce."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError, DeviceError
from hive_env.render.view import is_integer


def _pygame() -> Any:
    """Return the pygame module."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ImportError as missing:
        raise DeviceError(
            'render_mode "human" needs pygame-ce, which is not installed. '
            "Run: pip install 'hive-env[render]', or use render_mode \"rgb_array\"."
        ) from missing
    if not hasattr(pygame, "Window"):
        raise DeviceError(
            f'render_mode "human" needs pygame-ce 2.5 or later, this is pygame '
            f"{pygame.version.ver}. Run: pip uninstall pygame; pip install 'hive-env[render]'."
        )
    return pygame


class Viewer:
    """A window for pictures of one shape after another. It opens with the first of them.

    Parameters
    ----------
    title : str
        Title of the window.
    fps : int
        Most pictures a second, `show` waits to keep to it; 0 for no limit.

    Attributes
    ----------
    closed : bool
        Whether the window was closed, by `close` or by the user. What is shown after that is
        not seen: a policy runs on when somebody closes its window.

    Raises
    ------
    ArgumentError
        When ``fps`` is no integer from 0 to 1,000.
    DeviceError
        When pygame-ce is not installed.
    """

    def __init__(self, title: str = "hive_env", fps: int = 30) -> None:
        if not is_integer(fps) or not 0 <= fps <= 1000:
            raise ArgumentError("fps", "an integer from 0 to 1000", fps)
        self._pygame = _pygame()
        self._clock = self._pygame.time.Clock()
        self._window: Any = None
        self.title = title
        self.fps = fps
        self.closed = False

    def show(self, picture: Array) -> None:
        """Show a picture.

        Parameters
        ----------
        picture : uint8[h, w, 3]
            RGB, as `frame` returns it.

        Raises
        ------
        ArgumentError
            When it has another dtype or shape.
        DeviceError
            When there is no display to open a window on.
        """
        given = np.asarray(picture)
        if given.dtype != np.uint8 or given.ndim != 3 or given.shape[2] != 3 or not given.size:
            raise ArgumentError(
                "picture", "uint8 of shape (h, w, 3)", f"{given.dtype} of shape {given.shape}"
            )
        if self.closed:
            return
        size = (given.shape[1], given.shape[0])
        if self._window is None:
            self._window = self._open(size)
        elif self._window.size != size:
            self._window.size = size
        source = self._pygame.image.frombuffer(given.tobytes(), size, "RGB")
        self._window.get_surface().blit(source, (0, 0))
        self._window.flip()
        self._heed_events()
        self._clock.tick(self.fps)

    def _open(self, size: tuple[int, int]) -> Any:
        try:
            self._pygame.display.init()
            return self._pygame.Window(self.title, size)
        except self._pygame.error as refused:
            raise DeviceError(
                f'no window could be opened ({refused}). Use render_mode "rgb_array", or set '
                "SDL_VIDEODRIVER=dummy to run without a display."
            ) from refused

    def _heed_events(self) -> None:
        """Notice that the user closed this window; leave what belongs to another to it."""
        pygame = self._pygame
        for event in pygame.event.get((pygame.WINDOWCLOSE, pygame.QUIT)):
            if event.type == pygame.QUIT or event.window is self._window:
                self.close()
            else:
                pygame.event.post(event)
        pygame.event.pump()

    def close(self) -> None:
        """Close the window; a second time does nothing."""
        self.closed = True
        if self._window is not None:
            self._window.destroy()
            self._window = None
