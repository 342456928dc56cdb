"""A recorder: it watches the seats of a level being played, and keeps every whole episode."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorWrapper

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError, ResetNeededError
from hive_env.recording.dataset import Dataset, Episode
from hive_env.scenarios.hive import Hive
from hive_env.wrappers import SeatsVectorEnv


class Recorder(VectorWrapper):
    """The same environment, whose episodes are written down as they end.

    Every seat of every world is an episode of its own in the data set, which Minari reads:
    ``minari.MinariDataset(folder / "data")``. Those of a world have one seed, and lie together. An
    episode that has not ended when its world is reset, or when the recording is finished, is left
    out and counted in the metadata.

    In a ``with`` statement the data set is finished at its end, and discarded when an error leaves
    it.

    Parameters
    ----------
    env : SeatsVectorEnv
        Of any autoreset mode. One seat of each world, or all of a level.
    folder : path
        Where the data set is to be; see `Dataset`.
    policy : str
        Who plays the seats, in words.
    description : str
        What else there is to say.

    Raises
    ------
    ArgumentError
        When ``env`` is another environment, or the folder is there already or has no name that
        Minari takes.
    HiveError
        When Minari or h5py is not installed.
    """

    # Gymnasium before 1.4 also closes what a constructor has refused to make.
    _writing = False

    def __init__(
        self,
        env: SeatsVectorEnv,
        folder: str | os.PathLike[str],
        policy: str,
        description: str = "",
    ) -> None:
        if not isinstance(env, SeatsVectorEnv):
            raise ArgumentError(
                "env", "a SeatsVectorEnv", env, "Minari's own DataCollector takes a HiveEnv."
            )
        super().__init__(env)
        self._seats = env
        self.left_out = 0
        """Episodes of single seats that had not ended when their world was reset."""
        self.dataset = Dataset(folder, env, policy, description)
        self._tapes: list[_Tape | None] = [None] * env.worlds
        self._watched = np.zeros(env.worlds, bool)
        self._writing = True

    @property
    def simulation(self) -> Hive:
        """The worlds: the array API."""
        hive: Hive = self._seats.simulation
        return hive

    def action_masks(self) -> Array:
        """Return which values of each choice are open, bool[W * S, A]."""
        return self._seats.action_masks()

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Start episodes; as `SeatsVectorEnv.reset`."""
        observations, infos = self._seats.reset(seed=seed, options=options)
        for world in np.flatnonzero(infos["_tick"][:: self._seats.seats]):
            self._start(int(world), observations, infos)
            self._watched[world] = True
        return observations, infos

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Take one step in every world; as `SeatsVectorEnv.step`.

        Raises
        ------
        ResetNeededError
            Also where a world was reset before anybody recorded it; no world has moved then.
        """
        if not self._watched.all():
            raise ResetNeededError("step: the recorder has not seen every world's reset. Reset it.")
        outcome = self._seats.step(actions)
        observations, rewards, terminations, truncations, infos = outcome
        taken = np.asarray(self.simulation.host(actions))
        paid = self.simulation.host(rewards)
        for world, tape in enumerate(self._tapes):
            if tape is None:
                # Under NextStep this step has reset the world, and nobody has acted in it.
                self._start(world, observations, infos)
                continue
            rows = self._rows(world)
            over = bool((terminations | truncations)[rows].all())
            restarted = over and self._seats.autoreset_mode is AutoresetMode.SAME_STEP
            seen = infos["final_obs"] if restarted else observations
            told = infos["final_info"] if restarted else infos
            tape.actions.append(taken[rows].astype(np.int64))
            tape.rewards.append(paid[rows].copy())
            tape.terminations.append(terminations[rows].copy())
            tape.truncations.append(truncations[rows].copy())
            self._see(tape, rows, seen, told)
            if over:
                self.dataset.add(tape.episode(), self._seats.settings.seats.start or 0)
                self._tapes[world] = None
            if restarted:
                self._start(world, observations, infos)
        return outcome

    def finish(self) -> Path:
        """Put the data set where it is to be, and return its folder.

        Raises
        ------
        HiveError
            When no episode has ended; nothing is left then.
        """
        self._writing = False
        return self.dataset.finish(self.left_out + self._begun())

    def discard(self) -> None:
        """Remove what has been written so far."""
        self._writing = False
        self.dataset.discard()

    def close(self, **kwargs: Any) -> None:
        """Finish the data set if there is anything in it, and close the environment."""
        if self._writing and self.dataset.episodes:
            self.finish()
        elif self._writing:
            self.discard()
        super().close(**kwargs)

    def __enter__(self) -> Recorder:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the data set, or discard it after an error."""
        if self._writing and kind is not None:
            self.discard()
        elif self._writing:
            self.finish()

    def _rows(self, world: int) -> slice:
        seats = self._seats.seats
        return slice(world * seats, (world + 1) * seats)

    def _begun(self) -> int:
        """Return how many episodes of single seats have begun, and not ended."""
        return self._seats.seats * sum(tape is not None and tape.begun for tape in self._tapes)

    def _start(self, world: int, observations: Array, infos: Mapping[str, Any]) -> None:
        """Begin the episode that a world has been reset to."""
        before = self._tapes[world]
        if before is not None and before.begun:
            self.left_out += self._seats.seats
        columns = self.simulation.columns
        tape = _Tape(int(columns["seed"][world]), int(columns["episode"][world]))
        self._tapes[world] = tape
        self._see(tape, self._rows(world), observations, infos)
        # A reset pays nothing; under SameStep these are the step's before it.
        tape.infos["reward_components"][0][:] = 0

    def _see(self, tape: _Tape, rows: slice, observations: Array, infos: Mapping[str, Any]) -> None:
        """Keep what the seats of a world are shown and told."""
        host = self.simulation.host
        tape.observations.append(host(observations)[rows].copy())
        for name, values in infos.items():
            if f"_{name}" in infos and not name.startswith("final_"):
                tape.infos.setdefault(name, []).append(host(values)[rows].copy())


class _Tape:
    """An episode of a world as it goes: lists by step of what `Episode` has."""

    def __init__(self, seed: int, number: int) -> None:
        self.seed, self.number = seed, number
        self.observations: list[Array] = []
        self.actions: list[Array] = []
        self.rewards: list[Array] = []
        self.terminations: list[Array] = []
        self.truncations: list[Array] = []
        self.infos: dict[str, list[Array]] = {}

    @property
    def begun(self) -> bool:
        """Whether anybody has acted in it."""
        return bool(self.actions)

    def episode(self) -> Episode:
        """Return it in arrays."""
        return Episode(
            self.seed,
            self.number,
            np.stack(self.observations),
            np.stack(self.actions),
            np.stack(self.rewards),
            np.stack(self.terminations),
            np.stack(self.truncations),
            {name: np.stack(values) for name, values in self.infos.items()},
        )
