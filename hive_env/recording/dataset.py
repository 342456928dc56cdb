"""A data set of episodes on disk, in Minari's format: its storage writes it, `Minari` reads it."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hive_env import __version__
from hive_env.config import FIRST_TEST_SEED
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError, HiveError
from hive_env.recording.origin import origin_of, spec_of
from hive_env.wrappers import SeatsVectorEnv

NAME = re.compile(r"[\w-]*\w-v\d+")
"""Names that Minari takes for a data set's."""


MEND = "With Python 3.11 or newer, run: pip install 'hive-env[offline]'."


@dataclass(frozen=True)
class Episode:
    """One episode of all played seats of a world.

    Parameters
    ----------
    seed, number : int
        It was the so many-th episode, from 0, since the world was reset with the seed.
    observations : array [T + 1, S, F]
        The last one is what was seen after the last step.
    actions : int64[T, S, C]
        What was chosen.
    rewards : float32[T, S]
        What each step paid.
    terminations, truncations : bool[T, S]
        Whether the episode ended with a step.
    infos : mapping of str to array [T + 1, S, ...]
        What else was told of every seat, beginning with the reset.
    """

    seed: int
    number: int
    observations: Array
    actions: Array
    rewards: Array
    terminations: Array
    truncations: Array
    infos: Mapping[str, Array]


class Dataset:
    """A data set that is being written: beside its folder, until it is finished.

    Parameters
    ----------
    folder : path
        Where it is to be. Its name is the data set's, as Minari has them: ``forage-mine-v0``.
    env : SeatsVectorEnv
        Whose seats are recorded.
    policy : str
        Who plays them, in words.
    description : str
        What else there is to say.

    Raises
    ------
    ArgumentError
        When the folder is there already, or Minari does not take its name.
    HiveError
        When Minari or h5py is not installed.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        env: SeatsVectorEnv,
        policy: str,
        description: str = "",
    ) -> None:
        self.folder = checked_folder(folder)
        if not isinstance(policy, str) or not policy:
            raise ArgumentError("policy", "words that say who plays", policy)
        self._new, self._buffer = _minari()
        self._origin = origin_of(env, policy)
        self._seeds: list[int] = []
        self._steps = 0
        self._about = {
            "dataset_id": self.folder.name,
            "algorithm_name": policy,
            "description": description,
            "requirements": [f"hive-env=={__version__}"],
            "minari_version": importlib.metadata.version("minari"),
        }
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._work = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}.", dir=self.folder.parent))
        self._storage = self._new(
            self._work / "data",
            env.single_observation_space,
            env.single_action_space,
            spec_of(env),
            jpeg_encoding=False,
        )

    @property
    def episodes(self) -> int:
        """Episodes of single seats so far."""
        return len(self._seeds)

    def add(self, episode: Episode, first: int = 0) -> None:
        """Write an episode of every seat of a world; ``first`` is the number of its first seat."""
        seats = range(episode.rewards.shape[1])
        at = self.episodes
        self._storage.update_episodes(
            self._buffer(
                seed=episode.seed,
                observations=episode.observations[:, seat],
                actions=episode.actions[:, seat],
                rewards=episode.rewards[:, seat],
                terminations=episode.terminations[:, seat],
                truncations=episode.truncations[:, seat],
                infos={name: values[:, seat] for name, values in episode.infos.items()},
            )
            for seat in seats
        )
        returns = episode.rewards.sum(axis=0, dtype=np.float64).tolist()
        told: Iterable[dict[str, Any]] = (
            {"seat": first + seat, "episode": episode.number, "rewards_sum": returns[seat]}
            for seat in seats
        )
        self._storage.update_episode_metadata(told, range(at, at + len(seats)))
        self._seeds += [episode.seed] * len(seats)

    def finish(self, left_out: int = 0) -> Path:
        """Put the data set where it is to be, and return its folder.

        Parameters
        ----------
        left_out : int
            Episodes of single seats that had begun and are not in it, for they had not ended.

        Raises
        ------
        HiveError
            When there is no episode in it; nothing is left then.
        """
        if not self._seeds:
            self.discard()
            raise HiveError(f"{self.folder}: no episode has ended, so there is nothing to keep.")
        seeds = {"least": min(self._seeds), "greatest": max(self._seeds)}
        origin = {**self._origin, "seeds": seeds, "split": split_of(seeds), "left_out": left_out}
        self._storage.update_metadata({**self._about, "hive_env": origin})
        # Not before now: a folder that is there is whole. Of two who write one, one fails here.
        self._work.rename(self.folder)
        return self.folder

    def discard(self) -> None:
        """Remove what has been written so far."""
        shutil.rmtree(self._work, ignore_errors=True)


def split_of(seeds: Mapping[str, int]) -> str:
    """Return whether seeds are for training or for testing: ``train``, ``test`` or ``both``."""
    if seeds["greatest"] < FIRST_TEST_SEED:
        return "train"
    return "test" if seeds["least"] >= FIRST_TEST_SEED else "both"


def checked_folder(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a folder that a data set can be put at, or raise `ArgumentError`."""
    try:
        path = Path(folder).absolute()
    except TypeError:
        raise ArgumentError("folder", "a path", folder) from None
    if not NAME.fullmatch(path.name):
        raise ArgumentError("folder", "one whose name ends like forage-mine-v0", path.name)
    if path.exists():
        mend = "Nothing is written over: remove it, or take another name or version."
        raise ArgumentError("folder", "one that is not there yet", str(path), mend)
    return path


def _minari() -> tuple[Any, Any]:
    """Return what makes a storage of Minari's, and what it takes an episode as."""
    try:
        importlib.import_module("h5py")
        storage = importlib.import_module("minari.dataset.minari_storage")
        buffer = importlib.import_module("minari.data_collector.episode_buffer")
    except ImportError as error:
        raise HiveError(f"recording: Minari and h5py are needed. {MEND}") from error
    new = storage.MinariStorage.new
    if "jpeg_encoding" not in inspect.signature(new).parameters:
        raise HiveError(f"recording: this Minari would store bytes as JPEG pictures. {MEND}")
    return new, buffer.EpisodeBuffer
