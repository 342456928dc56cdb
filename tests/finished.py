"""Finished runs of baselines, as they lie on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from baselines.learning.results import METRIC, Cell, write_json
from hive_env.bench.machine import provenance

SUITE = {"about": "A test.", "share": 1.0, "checkpoints": 2, "episodes": 2, "tests": 8}


def keep(root: Path, task: str, name: str, seed: int, u: float, decisions: int = 0) -> None:
    """Write a finished run that reached so much, give or take what a test seed gives."""
    cell = Cell(task, "nano", name, seed)
    test = (u + np.linspace(-0.1, 0.1, 8)).tolist()
    points = [
        {
            "decisions": decisions * step // 2,
            "ticks": 8_000_000 * decisions * step // 2,
            "seconds": 1.0 * step,
            METRIC: [u * step / 2] * 2,
        }
        for step in (1, 2)
    ]
    found: dict[str, Any] = {
        **provenance("baselines.run", None, seed),
        "commit": "abc", "torch": "2", "suite": SUITE, "seconds": 2.0, "checkpoints": points,
        "best": seed % 2,
        "cell": {"task": task, "size": "nano", "algorithm": name, "seed": seed}, "test": test,
    }  # fmt: skip
    write_json(cell.result(root), found)


def publish(root: Path) -> None:
    """Write runs of two tasks; random play is worth 1, the expert 5, on Queue ten times that."""
    for task, scale in (("forage", 1.0), ("queue", 10.0)):
        keep(root, task, "random", 0, 1.0 * scale)
        keep(root, task, "expert", 0, 5.0 * scale)
        keep(root, task, "full", 0, 4.0 * scale)
        for seed in range(3):
            keep(root, task, "feudal", seed, (3.0 + 0.2 * seed) * scale, 100)
            keep(root, task, "ippo", seed, 2.0 * scale, 100)
    keep(root, "forage", "manager", 0, 4.5, 50)
