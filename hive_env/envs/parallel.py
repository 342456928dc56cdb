"""The PettingZoo environment: an agent in every seat of a level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec_wrapper

from hive_env.ecs.columns import Array
from hive_env.envs.actions import checked_actions
from hive_env.envs.rendering import FPS, Display
from hive_env.envs.settings import RENDER_MODES, Policy, Settings, Weights
from hive_env.envs.spaces import action_space, mask_parts, observation_space
from hive_env.envs.stage import OnStage, Report, Stage
from hive_env.errors import ActionError, ArgumentError, ResetNeededError
from hive_env.sizes import Size


class HiveParallelEnv(OnStage, ParallelEnv[str, Array, Array]):
    """One world and an agent in every seat of a level, or of all. ``hive_v0.parallel_env()``.

    Agents are ``worker_0`` to ``worker_{N-1}``, or ``manager_0``, ``governor_0``,
    ``orchestrator_0`` and so on, with the spaces and rewards of `HiveEnv`. The values of a step's
    dicts are row views of a few new arrays. A failed worker stays in ``agents``: until it is back,
    its ``info["action_mask"]`` leaves nothing but the first value of each choice. All episodes end
    together, by truncation.

    Where workers' faults have kinds, one that is found out corrupt is destroyed: it is terminated
    in that step, and never comes back. The next worker of its place is an agent of its own: the
    k-th of place i is ``worker_{i + k * N}``. It is in ``agents`` from the step in which it starts,
    with its first observation and no reward.

    At one level a step is that level's period. With ``level="all"`` a step is one tick. An upper
    agent then stays in ``agents`` between its decisions: what it does is ignored and may be left
    out, ``info["decision"]`` is False, and its reward is paid at its next decision, or at the end.

    Parameters
    ----------
    level : {"worker", "manager", "governor", "orchestrator", "all"}
        Whose seats are agents.
    size, task, policies, weights, global_mode, config, max_cycles, observation, render_mode
        As in `HiveEnv`.
    render_options, device, threads
        As in `HiveEnv`.

    Attributes
    ----------
    simulation : Hive
        The world: the array API.
    possible_agents : list of str
        All agents there ever are, replacements too, lowest level first.
    agents : list of str
        Those who play now, seat by seat; none after the end.
    state_space : Box
        Space of `state`.

    Raises
    ------
    ConfigError
        Names the argument that cannot be used.
    """

    metadata: dict[str, Any] = {
        "name": "hive_v0",
        "render_modes": list(RENDER_MODES),
        "render_fps": FPS,
        "is_parallelizable": True,
    }

    def __init__(
        self,
        size: str | int | Size = "v0",
        *,
        task: str = "forage",
        level: str = "worker",
        policies: Mapping[str, Policy] | None = None,
        weights: Weights | None = None,
        global_mode: str = "mean",
        config: object | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        render_mode: str | None = None,
        render_options: Mapping[str, Any] | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        settings = Settings.of(
            size,
            task=task,
            level=level,
            policies=policies,
            weights=weights,
            global_mode=global_mode,
            config=config,
            max_cycles=max_cycles,
            observation=observation,
            device=device,
            threads=threads,
        )
        self._display = Display(render_mode, render_options, settings.family)
        self.render_mode = self._display.mode
        self._stage = stage = Stage(settings, worlds=1)
        self._groups = {
            name: [f"{name}_{agent}" for agent in range(stage.hive.agents(name))]
            for name in settings.played
        }
        self.possible_agents = [agent for group in self._groups.values() for agent in group]
        self.agents: list[str] = []
        self._playing = False
        self._held: dict[str, Array] = {}
        self._present: frozenset[str] = frozenset()
        self._seated: dict[str, list[str | None]] = {}
        self._level_of = {agent: name for name, group in self._groups.items() for agent in group}
        # Agents of a level observe alike, but each draws its own actions when its space is seeded.
        self._observation_spaces = {
            name: observation_space(stage.levels[name].features, observation, None)
            for name in settings.played
        }
        self._action_spaces: dict[str, spaces.MultiDiscrete] = {}
        low, high = stage.hive.state_bounds()
        self.state_space = spaces.Box(low, high, dtype=np.float32)

    def observation_space(self, agent: str) -> spaces.Box:
        """Return the space of an agent's observations, the same object every time.

        Raises
        ------
        ArgumentError
            When there is no such agent.
        """
        self._need_agent(agent)
        return self._observation_spaces[self._level_of[agent]]

    def action_space(self, agent: str) -> spaces.MultiDiscrete:
        """Return the space of an agent's actions, its own, the same object every time.

        Raises
        ------
        ArgumentError
            When there is no such agent.
        """
        if agent not in self._action_spaces:
            self._need_agent(agent)
            choices = self._stage.levels[self._level_of[agent]].choices
            self._action_spaces[agent] = action_space(choices)
        return self._action_spaces[agent]

    @cached_property
    def observation_spaces(self) -> dict[str, spaces.Box]:
        """The spaces of all possible agents' observations, for libraries that ask for them."""
        return {agent: self.observation_space(agent) for agent in self.possible_agents}

    @cached_property
    def action_spaces(self) -> dict[str, spaces.MultiDiscrete]:
        """The spaces of all possible agents' actions, for libraries that ask for them."""
        return {agent: self.action_space(agent) for agent in self.possible_agents}

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
        """Start an episode: the first of a seed, or the next one.

        Parameters
        ----------
        seed : int, optional
            From 0 to 2**64 - 1.
        options : dict, optional
            Not used by this environment; what is unknown is tolerated.

        Raises
        ------
        ArgumentError
            When the seed is no such integer; the episode goes on then.
        """
        self._stage.reset(seed)
        self._playing = True
        self._seat()
        self._display.follow(self.simulation)
        reports = {name: self._stage.report(name) for name in self._groups}
        return self._by_agent(self._observations()), self._by_agent(self._infos(reports))

    def step(
        self, actions: Mapping[str, Array]
    ) -> tuple[
        dict[str, Array],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Take one step.

        Parameters
        ----------
        actions : mapping of str to integers
            An action for every agent that decides now and for nobody who is not in ``agents``;
            checked before anything changes. Those of agents that do not decide now are ignored.

        Returns
        -------
        observations, rewards, terminations, truncations, infos
            Each with a key for every agent who played this step, and for those who start with it.

        Raises
        ------
        ActionError
            When an agent is unknown or missing, or an action's shape, dtype or value is wrong;
            nothing has changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        self.simulation.need_ready()
        if not self._playing:
            raise ResetNeededError("step: the episode has ended. Call reset() to start the next.")
        self._stage.advance(self._checked(actions))
        over = bool(self._stage.truncated()[0])
        reports = {name: self._stage.report(name) for name in self._groups}
        before = self._seated
        self._seat()
        rows, gone = self._played(before, over)
        paid = {name: report.rewards[0].tolist() for name, report in reports.items()}
        played = [agent for group in rows.values() for agent in group if agent is not None]
        outcome = (
            self._by_agent(self._observations(), rows),
            self._by_agent(paid, rows),
            {agent: agent in gone for agent in played},
            {agent: over and agent not in gone for agent in played},
            self._by_agent(self._infos(reports), rows),
        )
        if over:
            self.agents = []
            self._playing = False
        self._display.follow(self.simulation)
        return outcome

    def state(self) -> Array:
        """Return the global state, a new float32 array of `state_space`.

        Aggregates by region, or in large worlds by sector: see `hive_env.scenarios.areas`.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        """
        return np.asarray(self._stage.hive.state())

    def state_hash(self) -> int:
        """Return the hash of the world's state."""
        return int(self.simulation.state_hash())

    def action_masks(self) -> dict[str, Array]:
        """Return by level which values of each choice are open, bool[S, A], seat by seat."""
        self.simulation.need_ready()
        return {name: self._stage.masks(name)[0] for name in self._groups}

    def render(self) -> Array | None:
        """Return a picture uint8[height, width, 3] or show it in a window, as the mode says."""
        return self._display.render(self.simulation)

    def close(self) -> None:
        """Close the window, if there is one; a second time does nothing."""
        self._display.close()

    def check_action(self, agent: str, action: Any) -> None:
        """Raise `ActionError` unless an agent could take an action, whatever its mask.

        Of an agent that does not decide now, anything will do.
        """
        self._need_agent(agent)
        name = self._level_of[agent]
        if name in self._deciding():
            choices = self._stage.levels[name].choices
            checked_actions(action, f"actions[{agent!r}]", (len(choices),), choices)

    def _need_agent(self, agent: str) -> None:
        if agent not in self._level_of:
            last = self.possible_agents[-1]
            raise ArgumentError("agent", f"one of {self.possible_agents[0]} to {last}", agent)

    def _deciding(self) -> list[str]:
        """Return the levels whose agents decide now: the one that is played, or those due."""
        if len(self._groups) == 1:
            return list(self._groups)
        return [name for name in self._groups if self._stage.hive.deciding(name)[0]]

    def _checked(self, actions: Mapping[str, Array]) -> dict[str, Array]:
        """Return actions by level, in the order of the agents, or raise what is wrong with them."""
        if not isinstance(actions, Mapping):
            raise ActionError("actions", "a mapping with an action for every agent", actions)
        due = self._deciding()
        needed = [agent for name in due for agent in self._seated[name] if agent is not None]
        if not all(agent in actions for agent in needed) or any(
            agent not in self._present for agent in actions
        ):
            self._refuse_keys(actions, needed)
        return {name: self._checked_group(actions, name) for name in due}

    def _checked_group(self, actions: Mapping[str, Array], name: str) -> Array:
        group, choices = self._seated[name], self._stage.levels[name].choices
        nothing = (0,) * len(choices)
        given = [nothing if agent is None else actions[agent] for agent in group]
        try:
            return checked_actions(given, "actions", (len(given), len(choices)), choices)
        except ActionError:
            for agent in group:
                if agent is not None:
                    self.check_action(agent, actions[agent])
            raise

    def _refuse_keys(self, actions: Mapping[str, Array], needed: list[str]) -> NoReturn:
        unknown = [agent for agent in actions if agent not in self._present]
        missing = [agent for agent in needed if agent not in actions]
        expected = f"an action for each of the {len(needed)} agents that decide, for nobody unknown"
        parts = ((len(unknown), "unknown", unknown), (len(missing), "missing", missing))
        got = " and ".join(
            f"{count} {what}: {', '.join(map(str, them[:3]))}"
            for count, what, them in parts
            if count
        )
        raise ActionError("actions", expected, got)

    def _seat(self) -> None:
        """Take note of who holds each seat now."""
        hive = self._stage.hive
        held = {name: hive.host(hive.occupants(name)) for name in self._groups}
        same = {name: np.array_equal(held[name], self._held.get(name, ())) for name in held}
        if self.agents and all(same.values()):
            return
        self._held = held
        self._seated = {
            name: self._seated[name]
            if same[name]
            else [self._groups[name][agent] if agent >= 0 else None for agent in agents.tolist()]
            for name, agents in held.items()
        }
        self.agents = [agent for group in self._seated.values() for agent in group if agent]
        self._present = frozenset(self.agents)

    def _played(
        self, before: dict[str, list[str | None]], over: bool
    ) -> tuple[dict[str, list[str | None]], set[str]]:
        """Return who is told of a step, by seat, and who of them ended in it.

        No seat changes hands in one step: it is empty in between. Nobody starts in the last step.
        """
        rows, gone = dict(before), set()
        for name, were in before.items():
            are = self._seated[name]
            if are is not were:
                pairs = list(zip(were, are, strict=True))
                rows[name] = [old or (None if over else new) for old, new in pairs]
                gone |= {old for old, new in pairs if old and old != new}
        return rows, gone

    def _by_agent(
        self,
        values: Mapping[str, Iterable[Any]],
        seated: Mapping[str, Sequence[str | None]] | None = None,
    ) -> dict[str, Any]:
        """Return values of seats, level by level, by the agents in them."""
        return {
            agent: value
            for name, group in (seated or self._seated).items()
            for agent, value in zip(group, values[name], strict=True)
            if agent is not None
        }

    def _observations(self) -> dict[str, Iterable[Array]]:
        return {name: self._stage.observations(name)[0] for name in self._groups}

    def _infos(self, reports: Mapping[str, Report]) -> dict[str, Iterable[dict[str, Any]]]:
        infos: dict[str, Iterable[dict[str, Any]]] = {}
        due = self._deciding()
        for name, report in reports.items():
            masks = mask_parts(report.masks[0], self._stage.levels[name].choices)
            decides = name in due
            infos[name] = [
                {"action_mask": mask, "reward_components": earned, "decision": decides}
                for mask, earned in zip(masks, report.components[0], strict=True)
            ]
        return infos


class HiveAECEnv(parallel_to_aec_wrapper):
    """The same hive with one agent acting after another; the world moves when all have acted.

    Parameters
    ----------
    parallel_env : HiveParallelEnv
        What it plays.
    """

    def step(self, action: Array | None) -> None:
        """Take the action of ``agent_selection``; None for an agent whose episode has ended.

        Raises
        ------
        ActionError
            At once, not when the world moves, when the action's shape, dtype or value is wrong.
        """
        agent = self.agent_selection
        over = self.terminations[agent] or self.truncations[agent]
        if not over:
            self.env.check_action(agent, action)
        elif action is not None:
            raise ActionError("action", f"None: {agent} has ended", action)
        super().step(action)
