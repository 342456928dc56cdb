"""One number for an action, where a library knows no action of several parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from hive_env.ecs.columns import Array
from hive_env.errors import ActionError, ConfigError
from hive_env.wrappers.level import (
    HiveWrapper,
    Outcome,
    Reset,
    choices_of,
    groups_of,
    hive_of,
    level_of,
    need_known,
)

MOST = 4_096
"""Most actions that an agent may have as one number."""


class DiscreteActions(HiveWrapper):
    """The same hive, in which an agent's action is one number for all its choices.

    Number k stands for ``np.unravel_index(k, choices)``: the last choice changes fastest. A worker
    of Forage has 40 actions, a manager 405, a governor of four regions 81, an orchestrator 256. It
    is open where each of its parts is: ``info["action_mask"]`` is an int8 array of that length, as
    ``action_space.sample`` takes it.

    Parameters
    ----------
    env : ParallelEnv
        A hive of any family and level, or one that is wrapped.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, its actions are numbers already, or there are more than 4,096.
    """

    def __init__(self, env: ParallelEnv[str, Array, Array]) -> None:
        super().__init__(env)
        groups = groups_of(env, hive_of(env))
        self._choices = {level: choices_of(env, group[0]) for level, group in groups.items()}
        for level, choices in self._choices.items():
            if math.prod(choices) > MOST:
                expected = f"at most {MOST:,} actions of a {level}"
                raise ConfigError("env", expected, f"{' x '.join(map(str, choices))} of them")
        self._spaces = {
            agent: spaces.Discrete(math.prod(self._choices[level]))
            for level, group in groups.items()
            for agent in group
        }

    def action_space(self, agent: str) -> spaces.Discrete:
        """Return the space of an agent's actions; raise `ArgumentError` if there is no such."""
        if agent not in self._spaces:
            self.env.action_space(agent)
        return self._spaces[agent]

    def action_masks(self) -> dict[str, Array]:
        """Return by level which actions are open, bool[S, actions], seat by seat."""
        return {
            level: np.array([_joined(row, self._choices[level]) for row in masks])
            for level, masks in self.env.action_masks().items()
        }

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Reset:
        """Start an episode; as the environment's own ``reset``."""
        seen, infos = self.env.reset(seed=seed, options=options)
        return seen, self._masked(infos)

    def step(self, actions: Mapping[str, Any]) -> Outcome:
        """Take one step of the environment.

        Parameters
        ----------
        actions : mapping of str to int
            Of the agents that the environment asks.

        Raises
        ------
        ActionError
            When an agent is unknown or missing, or an action is no such number; nothing has
            changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        need_known(actions, frozenset(self._spaces))
        seen, rewards, terminated, truncated, infos = self.env.step(
            {agent: self._parts(agent, action) for agent, action in actions.items()}
        )
        return seen, rewards, terminated, truncated, self._masked(infos)

    def _parts(self, agent: str, action: Any) -> Array:
        whole = np.asarray(action)
        actions = int(self._spaces[agent].n)
        if whole.shape != () or whole.dtype.kind not in "iu" or not 0 <= whole < actions:
            raise ActionError(f"actions[{agent!r}]", f"an integer from 0 to {actions - 1}", action)
        return np.array(np.unravel_index(int(whole), self._choices[level_of(agent)]))

    def _masked(self, infos: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            agent: {**info, "action_mask": _outer(info["action_mask"])}
            for agent, info in infos.items()
        }


def _outer(parts: Sequence[Array]) -> Array:
    """Return which combinations are open, where these values of each choice are."""
    return np.asarray(reduce(np.multiply.outer, parts).ravel())


def _joined(mask: Array, choices: Sequence[int]) -> Array:
    return _outer(np.split(mask, np.cumsum(choices)[:-1]))
