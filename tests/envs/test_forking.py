"""A parent whose threads have run may fork: children make threads of their own."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import hive_env  # noqa: F401 (registers the task)
from hive_env.backends.cpu import SMALL
from hive_env.config import HiveConfig
from hive_env.envs.single import HiveEnv
from hive_env.errors import ActionError
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

THREADED = SMALL
"""Workers from which a world runs on threads, here and in the children."""

REFLEX = {"worker": "reflex"}

pytestmark = pytest.mark.filterwarnings(
    # Python from 3.12 warns of every fork with threads alive; that it works is what is tested.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@pytest.fixture
def busy_parent() -> Forage:
    """A world on two threads that has run in this process."""
    simulation = Forage(HiveConfig(Size.of(THREADED)), threads=2)
    simulation.reset(0)
    simulation.step(simulation.decide("pheromone"))
    return simulation


def alone(steps: int) -> HiveEnv:
    env = HiveEnv(THREADED, level="worker", policies=REFLEX, threads=2)
    env.reset(seed=4)
    for _ in range(steps):
        env.step(np.array([1, 0]))
    return env


def test_gymnasiums_forked_workers_play_after_the_parent_ran_on_threads(
    busy_parent: Forage,
) -> None:
    envs = gymnasium.make_vec(
        "Hive-v0",
        num_envs=2,
        vectorization_mode="async",
        vector_kwargs={"context": "fork"},
        size=THREADED,
        level="worker",
        policies=REFLEX,
        threads=2,
    )
    try:
        envs.reset(seed=3)
        for _ in range(3):
            seen, _, _, _, _ = envs.step(np.array([[1, 0], [1, 0]]))
        hashes = envs.call("state_hash")  # type: ignore[attr-defined]
    finally:
        envs.close()
    busy_parent.step(busy_parent.decide("pheromone"))
    expected = alone(3)

    assert hashes[1] == expected.state_hash() != hashes[0]
    assert seen.shape == (2, 64)


@pytest.mark.filterwarnings("ignore:.*ERROR:UserWarning")  # how Gymnasium tells what happened
def test_an_error_in_a_forked_worker_arrives_with_its_type() -> None:
    envs: Any = gymnasium.make_vec("Hive-v0", 2, "async", size=Size(64, 2, 2, 1, 1), level="worker")
    try:
        envs.reset(seed=0)
        with pytest.raises(ActionError, match=r"action\[0\]: expected 0 to 7, got 9"):
            envs.step(np.array([[0, 0], [9, 0]]))
    finally:
        envs.close(terminate=True)


def test_stable_baselines3_forked_workers_play_after_the_parent_ran_on_threads(
    busy_parent: Forage,
) -> None:
    subproc = pytest.importorskip("stable_baselines3.common.vec_env")

    def make() -> HiveEnv:
        return HiveEnv(THREADED, level="worker", policies=REFLEX, threads=2)

    envs = subproc.SubprocVecEnv([make, make], start_method="fork")
    try:
        envs.seed(3)
        envs.reset()
        for _ in range(3):
            envs.step(np.array([[1, 0], [1, 0]]))
        hashes = envs.env_method("state_hash")
    finally:
        envs.close()

    assert hashes[1] == alone(3).state_hash() != hashes[0]
