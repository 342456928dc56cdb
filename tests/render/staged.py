"""Worlds set up by hand, so that a test knows what a picture must show."""

from __future__ import annotations

import numpy as np

from hive_env.config import UNIT, ForageConfig, HiveConfig
from hive_env.enums import Health
from hive_env.render.layers import paint_map
from hive_env.render.view import view_of
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

SIDE = 32
WIDTH = 128 * 9
"""A nano world's cell has nine pixels at this width, and its centre is a pixel."""


def nano(worlds: int = 1, **forage: object) -> Forage:
    """A nano world at the start of an episode."""
    simulation = Forage(HiveConfig(Size.of("nano"), ForageConfig(**forage)), worlds=worlds)
    simulation.reset(seed=3)
    return simulation


def bare(worlds: int = 1, **forage: object) -> Forage:
    """A nano world without workers or sites, whose hazards all lie in cell (1, 1) of a region."""
    simulation = nano(worlds, **forage)
    simulation.columns["health"][:] = Health.ENDED
    simulation.columns["site_stock"][:] = 0
    simulation.columns["hazard_cell"][:] = SIDE + 1
    simulation.columns["trail"][:] = 0
    return simulation


def put_worker(
    simulation: Forage, row: int, x: int, y: int, kind: int, cargo: int = 0, failed: bool = False
) -> None:
    """Stand a worker in the middle of a cell."""
    columns = simulation.columns
    columns["x"][row] = x * UNIT + UNIT // 2
    columns["y"][row] = y * UNIT + UNIT // 2
    columns["specialist"][row] = kind
    columns["cargo"][row] = cargo
    columns["health"][row] = Health.FAILED if failed else Health.ALIVE


def put_site(simulation: Forage, slot: int, x: int, y: int, kind: int, stock: int) -> None:
    """Put a site in a cell of the first region."""
    columns = simulation.columns
    columns["site_cell"][0, slot] = y * SIDE + x
    columns["site_type"][0, slot] = kind
    columns["site_stock"][0, slot] = stock


def painted(simulation: Forage, width: int = WIDTH, **arguments: object) -> np.ndarray:
    """The map alone, without trails unless they are asked for."""
    arguments.setdefault("channel", None)
    return paint_map(simulation, view_of(simulation, width=width, **arguments))[0]


def centre(picture: np.ndarray, x: int, y: int) -> tuple[int, ...]:
    """Colour of the pixel in the middle of a cell of a nano world."""
    return tuple(map(int, picture[9 * y + 4, 9 * x + 4]))


def cell(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    """Pixels of a cell of a nano world."""
    return picture[9 * y : 9 * y + 9, 9 * x : 9 * x + 9]


def shows(picture: np.ndarray, hue: np.ndarray) -> int:
    """How many pixels have a colour."""
    return int((picture == hue).all(axis=-1).sum())
