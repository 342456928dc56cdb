"""Stable-Baselines3's view of seats: every seat of a level is one of its environments.

Needs Stable-Baselines3; nothing else of the package imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from hive_env.errors import ArgumentError, ConfigError
from hive_env.wrappers.seats import SeatsVectorEnv

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as missing:
    raise ImportError(
        "hive_env.wrappers.sb3 needs stable-baselines3, which is not installed. "
        "Run: pip install 'hive-env[baselines]'"
    ) from missing


class SeatsVecEnv(VecEnv):
    """The seats of a `SeatsVectorEnv` as a `VecEnv`.

    Parameters
    ----------
    seats : SeatsVectorEnv
        Of the mode ``SameStep``, which is what a `VecEnv` does, with arrays of the host.

    Raises
    ------
    ConfigError
        When these are no seats, reset in another way, or give arrays of a GPU.
    """

    def __init__(self, seats: SeatsVectorEnv) -> None:
        if not isinstance(seats, SeatsVectorEnv):
            raise ConfigError("seats", "a SeatsVectorEnv", seats)
        if seats.arrays != "host":
            raise ConfigError("seats", "a SeatsVectorEnv with arrays='host'", seats.arrays)
        if seats.autoreset_mode is not AutoresetMode.SAME_STEP:
            expected = "a SeatsVectorEnv with autoreset_mode='SameStep', as a VecEnv resets"
            raise ConfigError("seats", expected, seats.autoreset_mode)
        self.env = seats
        # Read while the base class sets itself up.
        self.render_mode = None
        super().__init__(seats.num_envs, seats.single_observation_space, seats.single_action_space)
        self._actions: Any = None

    def reset(self) -> Any:
        """Start an episode everywhere; with the seed that `seed` has given, if any."""
        seed = self._seeds[0]
        observations, _ = self.env.reset(seed=None if seed is None else int(seed))
        self._reset_seeds()
        return observations

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Let the next reset give world k the seed ``seed + k``; refuse what is no seed."""
        if seed is not None and (not isinstance(seed, int | np.integer) or seed < 0):
            raise ArgumentError("seed", "an integer of at least 0, or None", seed)
        self._seeds = [seed] * self.num_envs
        return self._seeds

    def step_async(self, actions: Any) -> None:
        """Keep actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Take the step; the infos are empty but where episodes have ended."""
        observations, rewards, _, truncated, infos = self.env.step(self._actions)
        told: list[dict[str, Any]] = [{}] * self.num_envs
        if truncated.any():
            last = infos["final_obs"]
            told = [
                {"terminal_observation": last[index], "TimeLimit.truncated": True} if over else {}
                for index, over in enumerate(truncated)
            ]
        return observations, rewards.astype(np.float32), truncated, told

    def close(self) -> None:
        """Close the seats."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the seats, once for each index."""
        return [getattr(self.env, attr_name)] * self._count(indices)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: seats share one environment."""
        raise NotImplementedError("seats share one environment; set the attribute of `env`")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """Return what a method of the seats returns, row by row where that is an array of rows.

        ``env_method("action_masks")`` is what sb3-contrib asks for.
        """
        found = getattr(self.env, method_name)(*args, **kwargs)
        if isinstance(found, np.ndarray) and len(found) == self.num_envs:
            return list(found if indices is None else found[self._get_indices(indices)])
        return [found] * self._count(indices)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Return False for each index."""
        return [False] * self._count(indices)

    def _count(self, indices: Any) -> int:
        return len(list(self._get_indices(indices)))
