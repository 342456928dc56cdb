"""The PettingZoo environment: an agent in every seat of a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec_wrapper

from hive_env.config import ForageConfig, Size
from hive_env.ecs.columns import Array
from hive_env.envs.actions import checked_actions
from hive_env.envs.rendering import FPS, Display
from hive_env.envs.settings import RENDER_MODES, Settings
from hive_env.envs.spaces import action_space, mask_parts, observation_space
from hive_env.envs.stage import OnStage, Stage
from hive_env.envs.summary import state_bounds, state_of
from hive_env.errors import ActionError, ArgumentError, ResetNeededError


class HiveParallelEnv(OnStage, ParallelEnv[str, Array, Array]):
    """One world and an agent in every seat of a level. ``hive_v0.parallel_env()``.

    Agents are ``worker_0`` to ``worker_{N-1}``, with the spaces and rewards of `HiveEnv`. The
    values of a step's dicts are row views of one new array. A failed worker stays in ``agents``:
    until it is back, its ``info["action_mask"]`` leaves nothing but (stay, none). All episodes
    end together, by truncation.

    Parameters
    ----------
    size, level, config, max_cycles, observation, render_mode, render_options, device, threads
        As in `HiveEnv`.

    Attributes
    ----------
    simulation : Forage
        The world: the array API.
    possible_agents : list of str
        All agents there ever are.
    agents : list of str
        Those who play: all of them, none after the end.
    state_space : Box
        Space of `state`: 28 numbers for each region, so 448 for nano and 2,800 for v0.

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
        level: str = "worker",
        config: ForageConfig | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        render_mode: str | None = None,
        render_options: Mapping[str, Any] | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        self._display = Display(render_mode, render_options)
        self.render_mode = self._display.mode
        settings = Settings.of(
            size, config, level, None, "random", max_cycles, observation, device, threads
        )
        self._stage = stage = Stage(settings, worlds=1)
        self.possible_agents = [f"{settings.level.name}_{seat}" for seat in range(stage.seats)]
        self.agents: list[str] = []
        self._names = frozenset(self.possible_agents)
        # Agents observe alike, but each draws its own actions when its space is seeded.
        self._observation_space = observation_space(stage.features, observation, None)
        self._action_spaces: dict[str, spaces.MultiDiscrete] = {}
        low, high = state_bounds(settings.config)
        self.state_space = spaces.Box(low, high, dtype=np.float32)

    def observation_space(self, agent: str) -> spaces.Box:
        """Return the space of an agent's observations, the same object every time.

        Raises
        ------
        ArgumentError
            When there is no such agent.
        """
        self._need_agent(agent)
        return self._observation_space

    def action_space(self, agent: str) -> spaces.MultiDiscrete:
        """Return the space of an agent's actions, its own, the same object every time.

        Raises
        ------
        ArgumentError
            When there is no such agent.
        """
        if agent not in self._action_spaces:
            self._need_agent(agent)
            self._action_spaces[agent] = action_space(self._stage.choices)
        return self._action_spaces[agent]

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
        self.agents = self.possible_agents[:]
        self._display.follow(self.simulation)
        return self._observations(), self._infos()

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
            An action for every agent in ``agents`` and for nobody else; checked before anything
            changes.

        Returns
        -------
        observations, rewards, terminations, truncations, infos
            Each with a key for every agent who played this step.

        Raises
        ------
        ActionError
            When an agent is unknown or missing, or an action's shape, dtype or value is wrong;
            nothing has changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        self.simulation.need_ready()
        if not self.agents:
            raise ResetNeededError("step: the episode has ended. Call reset() to start the next.")
        self._stage.advance(self._checked(actions))
        over = bool(self._stage.truncated()[0])
        played = self.possible_agents
        outcome = (
            self._observations(),
            dict(zip(played, self._stage.rewards()[0].tolist(), strict=True)),
            dict.fromkeys(played, False),
            dict.fromkeys(played, over),
            self._infos(),
        )
        if over:
            self.agents = []
        self._display.follow(self.simulation)
        return outcome

    def state(self) -> Array:
        """Return the global state, a new float32 array of `state_space`.

        Aggregates by region (workers, stock, demand, door, season, trails, value, time); see
        `hive_env.envs.summary.STATE_WIDTH`.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        """
        self.simulation.need_ready()
        return state_of(self.simulation)

    def state_hash(self) -> int:
        """Return the hash of the world's state."""
        return self.simulation.state_hash()

    def action_masks(self) -> Array:
        """Return which values of each choice are open, bool[N, 13], agent by agent."""
        self.simulation.need_ready()
        return np.asarray(self._stage.masks()[0])

    def render(self) -> Array | None:
        """Return a picture uint8[height, width, 3] or show it in a window, as the mode says."""
        return self._display.render(self.simulation)

    def close(self) -> None:
        """Close the window, if there is one; a second time does nothing."""
        self._display.close()

    def check_action(self, agent: str, action: Any) -> None:
        """Raise `ActionError` unless an agent could take an action, whatever its mask."""
        self._need_agent(agent)
        choices = self._stage.choices
        checked_actions(action, f"actions[{agent!r}]", (len(choices),), choices)

    def _need_agent(self, agent: str) -> None:
        if agent not in self._names:
            last = self.possible_agents[-1]
            raise ArgumentError("agent", f"one of {self.possible_agents[0]} to {last}", agent)

    def _checked(self, actions: Mapping[str, Array]) -> Array:
        """Return actions in the order of the agents, or raise what is wrong with them."""
        if not isinstance(actions, Mapping):
            raise ActionError("actions", "a mapping with an action for every agent", actions)
        if actions.keys() != self._names:
            self._refuse_keys(actions)
        given = [actions[agent] for agent in self.agents]
        choices = self._stage.choices
        try:
            return checked_actions(given, "actions", (len(given), len(choices)), choices)
        except ActionError:
            for agent in self.agents:
                self.check_action(agent, actions[agent])
            raise

    def _refuse_keys(self, actions: Mapping[str, Array]) -> NoReturn:
        unknown = [agent for agent in actions if agent not in self._names]
        missing = [agent for agent in self.agents if agent not in actions]
        expected = f"an action for each of the {len(self.agents)} agents and for nobody else"
        parts = ((len(unknown), "unknown", unknown), (len(missing), "missing", missing))
        got = " and ".join(
            f"{count} {what}: {', '.join(map(str, them[:3]))}"
            for count, what, them in parts
            if count
        )
        raise ActionError("actions", expected, got)

    def _observations(self) -> dict[str, Array]:
        return dict(zip(self.possible_agents, self._stage.observations()[0], strict=True))

    def _infos(self) -> dict[str, dict[str, Any]]:
        masks = mask_parts(self._stage.masks()[0], self._stage.choices)
        return {
            agent: {"action_mask": mask}
            for agent, mask in zip(self.possible_agents, masks, strict=True)
        }


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
