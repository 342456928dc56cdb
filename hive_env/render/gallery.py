"""The pictures of the documentation: ``python -m hive_env.render.gallery FOLDER [NAME ...]``.

Each shows a world after ticks under the built-in controller that lays and follows trails, from
a seed of its own, so that the command makes the same pictures again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ArgumentError
from hive_env.render.frame import save
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size


@dataclass(frozen=True)
class Scene:
    """A world at a time, and the pictures to take of it.

    Parameters
    ----------
    size : str or int
        As for `Size.of`.
    pictures : dict of str to dict
        Arguments of `save` by the name of the picture.
    ticks : int
        Ticks before the pictures are taken.
    forage : ForageConfig
        Constants of the task.
    seed : int
        Seed of the world.
    """

    size: str | int
    pictures: dict[str, dict[str, Any]]
    ticks: int = 200
    forage: ForageConfig = field(default_factory=ForageConfig)
    seed: int = 7


SCENES = (
    Scene(
        "nano",
        {
            "nano": {},
            "nano-danger": {"channel": "danger", "width": 480},
            "nano-congestion": {"channel": "congestion", "width": 480},
            "nano-exploration": {"channel": "exploration", "width": 480},
        },
    ),
    Scene("v0", {"v0": {}}),
    Scene("1m", {"1m": {"width": 560}, "1m-sectors": {"area": (0, 0, 1120, 1120)}}),
)
"""What the documentation shows."""


def draw(folder: Path, names: Sequence[str] = (), scenes: Sequence[Scene] = SCENES) -> list[Path]:
    """Run the worlds of some pictures, and write the pictures.

    Parameters
    ----------
    folder : Path
        Where to; made where it is missing.
    names : sequence of str
        Pictures to draw; all by default.
    scenes : sequence of Scene
        Where they are found.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ArgumentError
        When a name is no picture's. Nothing has been drawn then.
    """
    known = [name for scene in scenes for name in scene.pictures]
    for name in names:
        if name not in known:
            raise ArgumentError("names", f"some of {', '.join(known)}", name)
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for scene in scenes:
        chosen = [name for name in scene.pictures if name in (names or known)]
        if chosen:
            simulation = played(scene)
            files += [
                save(simulation, folder / f"{name}.png", **scene.pictures[name]) for name in chosen
            ]
    return files


def played(scene: Scene) -> Forage:
    """Return the world of a scene at its time."""
    simulation = Forage(HiveConfig(Size.of(scene.size), scene.forage))
    simulation.reset(seed=scene.seed)
    actions = np.zeros((simulation.workers, 2), np.uint8)
    for _ in range(scene.ticks):
        simulation.step(simulation.decide("pheromone", actions))
    return simulation


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m hive_env.render.gallery", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("names", nargs="*", help="pictures to draw; all by default")
    given = parser.parse_args(arguments)
    draw(given.folder, given.names)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
