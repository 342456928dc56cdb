"""Hypothesis strategies for what worlds are made of, shared by all tests."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hive_env.config import ORDERS, ForageConfig
from hive_env.enums import Boundary
from hive_env.sizes import Size

JITLESS = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
"""Whether the rules run in plain Python, a hundred times slower."""


def examples(count: int) -> int:
    """How many examples to try of what runs whole worlds: fewer in plain Python."""
    return max(2, count // 4) if JITLESS else count


words = st.integers(0, 2**32 - 1)
"""A 32-bit word: a counter word, a key word, or what the generator gives."""

seeds = st.integers(0, 2**64 - 1)
"""A world's seed."""

sizes = st.builds(
    Size,
    workers=st.integers(72, 160),
    sector_x=st.integers(1, 3),
    sector_y=st.integers(1, 3),
    hive_x=st.integers(1, 2),
    hive_y=st.integers(1, 2),
    hives_x=st.integers(1, 2),
    hives_y=st.just(1),
)
"""A small world: at most 72 regions, which need not divide its workers."""


def _task(clocks: tuple[int, int, int], **constants: Any) -> ForageConfig:
    """A task whose slower clocks are multiples of the faster ones."""
    manager, governor, orchestrator = clocks
    return ForageConfig(
        manager_period=manager,
        governor_period=manager * governor,
        orchestrator_period=manager * governor * orchestrator,
        **constants,
    )


tasks = st.builds(
    _task,
    clocks=st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 2)),
    episode_ticks=st.just(64),
    sites_per_region=st.integers(4, 40),
    site_stock=st.integers(1, 40),
    site_attempts=st.integers(1, 2),
    hazards_per_region=st.integers(0, 8),
    hazard_fatigue=st.sampled_from([0, 32, 255]),
    crowd_capacity=st.integers(1, 6),
    fault_mean_ticks=st.sampled_from([0, 20, 2048]),
    reboot_ticks=st.integers(1, 32),
    repair_ticks=st.integers(1, 4),
    orders=st.sampled_from(ORDERS),
    detection=st.sampled_from([0.0, 0.3, 1.0]),
    demand_cold=st.sampled_from([0, 300]),
    trail_resolution=st.sampled_from([1, 2, 4]),
    trail_cap=st.sampled_from([100, 65535]),
    diffusion_fraction=st.sampled_from([0.0, 0.3, 1.0]),
    diffusion_period=st.integers(1, 4),
    depth=st.sampled_from([1, 3]),
    motion=st.sampled_from(["grid", "flight"]),
    boundary=st.sampled_from(Boundary),
    memory_width=st.sampled_from([0, 3]),
)
"""A short task in which much happens: faults, hazards, crowds, orders, diffusion."""


def actions(rows: int, verbs: int = 8) -> st.SearchStrategy[Any]:
    """Valid actions for so many rows, uint8[rows, 2], of which some are all alike."""

    def made(seed: int, verb: int | None) -> Any:
        given = np.random.default_rng(seed).integers(0, (verbs, 5), (rows, 2)).astype(np.uint8)
        if verb is not None:
            given[:, 0] = verb
        return given

    return st.builds(made, words, st.none() | st.integers(0, verbs - 1))


def row_orders(workers: int, worlds: int = 1) -> st.SearchStrategy[Any]:
    """Orders of rows that keep each row within its world, as `Simulation.permute` takes."""

    def made(seed: int) -> Any:
        generator = np.random.default_rng(seed)
        parts = [world * workers + generator.permutation(workers) for world in range(worlds)]
        return np.concatenate(parts)

    return st.builds(made, words)
