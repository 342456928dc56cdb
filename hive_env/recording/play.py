"""Episodes of a policy, played to be recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hive_env.config import FIRST_TEST_SEED
from hive_env.ecs.columns import Array
from hive_env.envs.settings import Policy, checked_cycles
from hive_env.errors import ArgumentError
from hive_env.recording.origin import name_of
from hive_env.recording.recorder import Recorder
from hive_env.scenarios.hive import Hive
from hive_env.sizes import Size
from hive_env.wrappers import SeatsVectorEnv

SeatPolicy = str | Callable[[Array, Array], Array]
"""A built-in policy's name, or a function from observations [n, F] and action masks bool[n, A] of
the seats to their actions, integers [n, C]."""

WORLDS = 16
"""Most worlds that are played at once."""

HELD_BYTES = 1 << 30
"""Observations that are held at once, at most, unless one world has more."""


def record(
    folder: str | os.PathLike[str],
    *,
    task: str = "forage",
    size: str | int | Size = "nano",
    level: str = "manager",
    seat: int | None = None,
    config: object | Mapping[str, Any] | None = None,
    policy: SeatPolicy = "scripted",
    policies: Mapping[str, Policy] | None = None,
    episodes: int = 1,
    seed: int = 0,
    observation: str = "float32",
    threads: int | None = None,
    name: str | None = None,
    begin: Callable[[int], Callable[[int], object]] | None = None,
) -> Path:
    """Play a policy in the seats of a level, and leave its episodes as a data set.

    Parameters
    ----------
    folder : path
        Where the data set is to be; its name is the data set's, such as ``forage-mine-v0``.
    task, size, level, seat, config, policies, observation, threads
        As in `SeatsVectorEnv`.
    policy : str or callable
        Who plays the seats: a built-in policy of the level, or a function from their observations
        [n, F] and action masks bool[n, A] to their actions, integers [n, C].
    episodes : int
        Of worlds: each has an episode of every seat that is played.
    seed : int
        Of the first; each has the next one, so that all are first episodes of their seeds.
    name : str, optional
        What the data set calls the policy; its own name by default.
    begin : callable, optional
        Is given the number of steps of all worlds, and returns what hears of them.

    Returns
    -------
    Path
        The folder. ``minari.MinariDataset(folder / "data")`` reads it.

    Raises
    ------
    ArgumentError
        When an argument cannot be used, the folder is there already, or seeds for training and for
        testing would come into one data set.
    HiveError
        When Minari or h5py is not installed.
    """
    count = checked_cycles(episodes, "episodes")
    if count is None:
        raise ArgumentError("episodes", "a positive integer", episodes)
    checked_seeds(seed, count)

    def made(worlds: int) -> SeatsVectorEnv:
        return SeatsVectorEnv(
            worlds,
            size,
            task=task,
            level=level,
            seat=seat,
            policies=policies,
            config=config,
            observation=observation,
            threads=threads,
            autoreset_mode="Disabled",
        )

    worlds = worlds_at_once(made(1), count)
    env = made(worlds)
    act = actor(env, level, policy)
    with Recorder(env, folder, name or name_of(policy)) as recorder:
        tell = begin(count * steps_of(env)) if begin else lambda _: None
        for first in range(seed, seed + count, worlds):
            seen, infos = recorder.reset(seed=first)
            over = False
            while not over:
                seen, _, _, truncated, infos = recorder.step(act(seen, infos["action_mask"]))
                over = bool(truncated.all())
                tell(worlds)
    return recorder.dataset.folder


def actor(env: SeatsVectorEnv, level: str, policy: SeatPolicy) -> Callable[[Array, Array], Array]:
    """Return what gives the actions of the played seats, or raise `ArgumentError`."""
    if callable(policy):
        return policy
    hive, seats = env.simulation, env.settings.seats
    known = hive.levels[level].policies
    if not isinstance(policy, str) or policy not in known:
        raise ArgumentError("policy", f"one of {', '.join(known)}, or a function", policy)

    def built_in(_seen: Array, _masks: Array) -> Array:
        whole = hive.host(hive.decide(policy, level=level))
        by_seat = whole.reshape(env.worlds, hive.levels[level].seats, -1)[:, seats]
        return np.asarray(by_seat.reshape(env.num_envs, -1))

    return built_in


def checked_seeds(seed: int, episodes: int) -> None:
    """Refuse seeds that are none, or that are for training and for testing both."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed <= 2**64 - episodes:
        raise ArgumentError("seed", "an integer from 0 to 2**64 - 1, as the last one is", seed)
    if seed < FIRST_TEST_SEED < seed + episodes:
        raise ArgumentError(
            "seed, episodes",
            f"seeds below {FIRST_TEST_SEED:,}, for training, or from it on, for testing",
            f"{seed:,} to {seed + episodes - 1:,}",
        )


def steps_of(env: SeatsVectorEnv) -> int:
    """Return the steps of an episode."""
    hive: Hive = env.simulation
    return -(-hive.episode_ticks // hive.levels[env.settings.played[0]].period)


def worlds_at_once(env: SeatsVectorEnv, episodes: int) -> int:
    """Return how many worlds to play at once: as many as divide the episodes, and are held."""
    features = env.settings.levels[env.settings.played[0]].features
    row = len(features) * np.dtype(env.settings.observation).itemsize
    world = env.seats * (steps_of(env) + 1) * row
    most = min(WORLDS, max(1, HELD_BYTES // world))
    return max(worlds for worlds in range(1, most + 1) if episodes % worlds == 0)
