"""RLlib's view of a PettingZoo hive.

Needs ``ray[rllib]``; nothing else of the package imports this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pettingzoo import ParallelEnv

from hive_env.ecs.columns import Array
from hive_env.errors import ConfigError

try:
    from ray.rllib.env.multi_agent_env import MultiAgentEnv
except ImportError as missing:
    raise ImportError(
        "hive_env.wrappers.rllib needs ray[rllib], which is not installed. "
        "Run: pip install 'hive-env[rllib]'"
    ) from missing

EVERYBODY = "__all__"
"""RLlib's key for the episode as a whole."""


class HiveMultiAgentEnv(MultiAgentEnv):
    """A PettingZoo hive as a `MultiAgentEnv`.

    An agent is asked for an action when it decides: where all levels play on one clock
    (``level="all"``), a manager once in 8 steps. Then, and at its end, it observes; it is paid in
    every step. The episode is over when nobody is left: cut off (truncated) if anybody was cut
    off, else terminated. Whatever the environment returns is left as it is.

    RLlib takes an episode in whose last step every agent has a flag of its own for one that
    terminates, and values nothing after it. So where an episode is cut off, that is said of the
    whole alone; only who is destroyed in that step has a flag.

    Parameters
    ----------
    env : ParallelEnv
        A hive of any family and level, or one that is wrapped.

    Raises
    ------
    ConfigError
        When ``env`` is no `ParallelEnv`.
    """

    def __init__(self, env: ParallelEnv[str, Array, Array]) -> None:
        if not isinstance(env, ParallelEnv):
            raise ConfigError("env", "a PettingZoo ParallelEnv, as hive_v0.parallel_env makes", env)
        super().__init__()
        self.env = env
        self.possible_agents = list(env.possible_agents)
        self.agents: list[str] = []
        self.observation_spaces = {a: env.observation_space(a) for a in self.possible_agents}
        self.action_spaces = {a: env.action_space(a) for a in self.possible_agents}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; as the environment's own ``reset``."""
        seen, infos = self.env.reset(seed=seed, options=options)
        self.agents = list(self.env.agents)
        return _of(_deciding(infos), seen), _of(_deciding(infos), infos)

    def step(self, action_dict: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """Take one step.

        Parameters
        ----------
        action_dict : mapping of str to integers
            Of every agent that observed in the step before, and goes on.

        Returns
        -------
        observations, rewards, terminateds, truncateds, infos
            Observations and infos of the agents who decide next or have ended; of the episode
            under ``"__all__"`` in both of the others.
        """
        seen, rewards, terminated, truncated, infos = self.env.step(action_dict)
        self.agents = list(self.env.agents)
        over = not self.agents
        cut = over and any(truncated.values())
        due = _deciding(infos) | {agent for agent in seen if terminated[agent] or truncated[agent]}
        return (
            _of(due, seen),
            dict(rewards),
            {**terminated, EVERYBODY: over and not cut},
            {**({} if over else truncated), EVERYBODY: cut},
            _of(due, infos),
        )

    def render(self) -> Any:
        """Return the environment's picture."""
        return self.env.render()

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


def _deciding(infos: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {agent for agent, info in infos.items() if info.get("decision", True)}


def _of(agents: set[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {agent: value for agent, value in values.items() if agent in agents}
