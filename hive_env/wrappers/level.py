"""Views of a PettingZoo hive: policies in some levels, one level's view of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils import BaseParallelWrapper

from hive_env.ecs.columns import Array
from hive_env.envs.actions import checked_actions
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError
from hive_env.scenarios.hive import Hive

AgentPolicy = str | Callable[[Array, Array], Array]
"""A built-in policy's name, or a function from observations [n, F] and action masks bool[n, A] of
a level's agents to their actions, integers [n, C]."""

Reset = tuple[dict[str, Array], dict[str, dict[str, Any]]]
Outcome = tuple[
    dict[str, Array],
    dict[str, float],
    dict[str, bool],
    dict[str, bool],
    dict[str, dict[str, Any]],
]


class HiveWrapper(BaseParallelWrapper[str, Any, Any]):
    """A wrapper of a PettingZoo hive, whose spaces by agent are its own."""

    @property
    def observation_spaces(self) -> dict[str, Any]:
        """The spaces of all possible agents' observations, for libraries that ask for them."""
        return {agent: self.observation_space(agent) for agent in self.possible_agents}

    @property
    def action_spaces(self) -> dict[str, Any]:
        """The spaces of all possible agents' actions, for libraries that ask for them."""
        return {agent: self.action_space(agent) for agent in self.possible_agents}


class WithPolicies(HiveWrapper):
    """The same environment, in which the agents of some levels follow policies.

    Those agents are gone from ``agents`` and from every dict. Of what is left nothing changes:
    steps stay as long, and rewards are those that the environment pays. Policies are asked when
    their agents decide, all before anything changes, each for all the agents of its level at once.

    Parameters
    ----------
    env : ParallelEnv
        A hive of ``level="all"``, of any family, or one that is wrapped.
    policies : mapping of str to (str or callable)
        By level. A name is one of the family's built-in policies, which read the hive itself. A
        function is given what the level's agents observe from ``env``, one row an agent in the
        order of ``agents``, and which values of each choice are open to them, the choices one
        after another.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, a level has no agents in it, none would be left to play, or a
        policy is neither built in nor a function.
    """

    def __init__(
        self, env: ParallelEnv[str, Array, Array], policies: Mapping[str, AgentPolicy]
    ) -> None:
        super().__init__(env)
        self._groups = groups_of(env, self._hive)
        self._policies = checked_policies(policies, self._groups, self._hive)
        self.possible_agents = [agent for agent in env.possible_agents if self._is_mine(agent)]
        self._mine = frozenset(self.possible_agents)
        self._seen: dict[str, Array] = {}
        self._infos: dict[str, dict[str, Any]] = {}

    @property
    def agents(self) -> list[str]:
        """Those who play and follow no policy of this wrapper."""
        return [agent for agent in self.env.agents if agent in self._mine]

    def observation_space(self, agent: str) -> Any:
        """Return the space of an agent's observations; raise `ArgumentError` if it is not here."""
        self._need_agent(agent)
        return self.env.observation_space(agent)

    def action_space(self, agent: str) -> Any:
        """Return the space of an agent's actions; raise `ArgumentError` if it is not here."""
        self._need_agent(agent)
        return self.env.action_space(agent)

    def action_masks(self) -> dict[str, Array]:
        """Return by level which values of each choice are open, bool[S, A], agent by agent."""
        masks = self.env.action_masks()
        return {level: masks[level] for level in masks if level not in self._policies}

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Reset:
        """Start an episode; as the environment's own ``reset``."""
        self._seen, self._infos = self.env.reset(seed=seed, options=options)
        return self._rest(self._seen), self._rest(self._infos)

    def step(self, actions: Mapping[str, Array]) -> Outcome:
        """Take one step of the environment.

        Parameters
        ----------
        actions : mapping of str to integers
            Of the agents that are left, as the environment asks for them.

        Raises
        ------
        ActionError
            When an agent is not here or missing, or an action, given or by a policy, has the
            wrong shape, dtype or value; nothing has changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        need_episode(self.env, self._infos)
        need_known(actions, self._mine)
        decided: dict[str, Array] = {}
        for level, policy in self._policies.items():
            decided |= self._ask(level, policy)
        outcome = self.env.step({**decided, **actions})
        self._seen, self._infos = outcome[0], outcome[4]
        seen, rewards, terminated, truncated, infos = (self._rest(part) for part in outcome)
        return seen, rewards, terminated, truncated, infos

    @property
    def _hive(self) -> Hive:
        # Not kept: a copy of the environment has a hive of its own.
        return hive_of(self.env)

    def _ask(self, level: str, policy: AgentPolicy) -> dict[str, Array]:
        """Return the actions of a level's agents, none between their decisions."""
        group = self._groups[level]
        playing = set(self.env.agents)
        agents = [agent for agent in group if agent in playing and decides(self._infos, agent)]
        if not agents:
            return {}
        if isinstance(policy, str):
            hive = self._hive
            seated = zip(
                hive.host(hive.occupants(level)).tolist(),
                hive.host(hive.decide(policy, level=level)),
                strict=True,
            )
            return {group[agent]: action for agent, action in seated if agent >= 0}
        seen = np.stack([self._seen[agent] for agent in agents])
        masks = np.stack([np.concatenate(self._infos[agent]["action_mask"]) for agent in agents])
        choices = choices_of(self.env, agents[0])
        given = policy(seen, masks.astype(bool))
        name = f"policies[{level!r}](observations, masks)"
        rows = checked_actions(given, name, (len(agents), len(choices)), choices)
        return dict(zip(agents, rows, strict=True))

    def _is_mine(self, agent: str) -> bool:
        return level_of(agent) not in self._policies

    def _need_agent(self, agent: str) -> None:
        if agent not in self._mine:
            ends = f"one of {self.possible_agents[0]} to {self.possible_agents[-1]}"
            raise ArgumentError("agent", ends, agent)

    def _rest(self, part: Mapping[str, Any]) -> dict[str, Any]:
        return {agent: value for agent, value in part.items() if agent in self._mine}


class LevelView(HiveWrapper):
    """What one level sees of a hive: its agents alone, on its clock.

    A step goes from one decision of the level to its next, or to the end of the episode; what an
    agent is paid within is summed. Everybody else follows policies. Over a hive of ``level="all"``
    it plays as that hive does with ``level=`` this one, but for ``max_cycles``, which counts the
    steps of what is wrapped. It goes agent by agent: for speed let the environment itself play
    one level, or take `SeatsVectorEnv`.

    Parameters
    ----------
    env : ParallelEnv
        A hive of any family, or one that is wrapped, by `WithPolicies` for one.
    level : str
        Level whose agents are left.
    policies : mapping of str to (str or callable), optional
        As in `WithPolicies`, for the other levels that have agents in ``env``; those not named
        are scripted.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, has no agents of the level, or a policy cannot be used.
    """

    def __init__(
        self,
        env: ParallelEnv[str, Array, Array],
        level: str,
        policies: Mapping[str, AgentPolicy] | None = None,
    ) -> None:
        hive = hive_of(env)
        groups = groups_of(env, hive)
        if not isinstance(level, str) or level not in groups:
            raise ConfigError("level", f"one of {', '.join(groups)}, who have agents here", level)
        given = {} if policies is None else policies
        if isinstance(given, Mapping):
            if level in given:
                raise ConfigError("policies", f"no policy of the level viewed, {level}", given)
            others = {name: hive.levels[name].scripted for name in groups if name != level}
            given = {**others, **given}
        super().__init__(WithPolicies(env, given) if given else env)
        self.level = level
        self.possible_agents = list(self.env.possible_agents)
        self._infos: dict[str, dict[str, Any]] = {}

    @property
    def agents(self) -> list[str]:
        """The agents of the level who play."""
        return list(self.env.agents)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Reset:
        """Start an episode; as the environment's own ``reset``."""
        seen, self._infos = self.env.reset(seed=seed, options=options)
        return seen, self._infos

    def step(self, actions: Mapping[str, Array]) -> Outcome:
        """Take one decision of the level.

        Parameters
        ----------
        actions : mapping of str to integers
            Of every agent of the level.

        Raises
        ------
        ActionError
            When an agent is not here or missing, or an action has the wrong shape, dtype or
            value; nothing has changed then. When a policy's has, at the tick in which it was
            asked.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        need_episode(self.env, self._infos)
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        while self.env.agents and not decides(infos, self.env.agents[0]):
            more = self.env.step({})
            seen, infos = {**seen, **more[0]}, {**infos, **more[4]}
            rewards = {
                agent: rewards.get(agent, 0.0) + more[1].get(agent, 0.0)
                for agent in {**rewards, **more[1]}
            }
            terminated, truncated = {**terminated, **more[2]}, {**truncated, **more[3]}
        self._infos = infos
        return seen, rewards, terminated, truncated, infos


def hive_of(env: Any) -> Hive:
    """Return the hive under a PettingZoo environment, or raise `ConfigError`."""
    hive = getattr(env.unwrapped, "simulation", None) if isinstance(env, ParallelEnv) else None
    if not isinstance(hive, Hive):
        raise ConfigError("env", "a PettingZoo parallel environment of a hive", env)
    return hive


def groups_of(env: ParallelEnv[str, Array, Array], hive: Hive) -> dict[str, list[str]]:
    """Return the possible agents of an environment by level, in their order."""
    groups: dict[str, list[str]] = {}
    for agent in env.possible_agents:
        groups.setdefault(level_of(agent), []).append(agent)
    unknown = [name for name in groups if name not in hive.levels]
    if unknown:
        raise ConfigError("env", f"agents of {', '.join(hive.levels)}", ", ".join(unknown))
    return groups


def level_of(agent: str) -> str:
    """Return the level of an agent: what its name begins with."""
    return agent.rpartition("_")[0]


def checked_policies(
    policies: Mapping[str, AgentPolicy], groups: Mapping[str, list[str]], hive: Hive
) -> dict[str, AgentPolicy]:
    """Return policies by level, or raise `ConfigError`."""
    if not isinstance(policies, Mapping):
        raise ConfigError("policies", "a mapping of levels to policies", policies)
    for level, policy in policies.items():
        if level not in groups:
            have = ", ".join(groups)
            raise ConfigError("policies", f"levels among {have}, who have agents", f"{level!r}")
        known = hive.levels[level].policies
        if not callable(policy) and (not isinstance(policy, str) or policy not in known):
            expected = f"one of {', '.join(known)}, or a function"
            raise ConfigError(f"policies[{level!r}]", expected, policy)
    if len(policies) == len(groups):
        raise ConfigError("policies", "a level left without one, to play", ", ".join(policies))
    return dict(policies)


def choices_of(env: ParallelEnv[str, Array, Array], agent: str) -> list[int]:
    """Return the number of values of each part of an agent's action, or raise `ConfigError`."""
    space = env.action_space(agent)
    if not isinstance(space, spaces.MultiDiscrete):
        raise ConfigError("env", "MultiDiscrete actions where a function plays", space)
    return [int(size) for size in space.nvec]


def decides(infos: Mapping[str, Mapping[str, Any]], agent: str) -> bool:
    """Whether an agent decides in the next step, as its info says."""
    return bool(infos[agent].get("decision", True))


def need_episode(env: ParallelEnv[str, Array, Array], infos: Mapping[str, Any]) -> None:
    """Raise `ResetNeededError` before the first reset and after the end of an episode."""
    if not infos:
        raise ResetNeededError("step: called before reset. Call reset(seed=...) first.")
    if not env.agents:
        raise ResetNeededError("step: the episode has ended. Call reset() to start the next.")


def need_known(actions: object, agents: frozenset[str]) -> None:
    """Raise `ActionError` unless actions are a mapping for nobody but these agents."""
    if not isinstance(actions, Mapping):
        raise ActionError("actions", "a mapping with an action for every agent", actions)
    unknown = [str(agent) for agent in actions if agent not in agents]
    if unknown:
        shown = f"{len(unknown)} unknown: {', '.join(unknown[:3])}"
        raise ActionError("actions", f"actions of the {len(agents)} agents here", shown)
