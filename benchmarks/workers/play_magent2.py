"""MAgent2's battle: its C++ grid world by itself, and through PettingZoo.

Both teams take uniform random actions, which are drawn before the clock starts. Those who die
leave, as MAgent2 has it, so everyone is put back in place after every 64 steps, off the clock.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import clock
import numpy as np
from magent2 import GridWorld, gridworld
from magent2.environments.battle import battle

Result = dict[str, Any]

DRAWS = 8
"""Sets of random actions, taken in turn."""

EPISODE = 64
"""Steps after which everyone is in place again."""


def raw(
    map_size: int, observe: bool, narrow: bool, seconds: float, repeats: int, seed: int
) -> Result:
    """Measure the grid world: actions in; rewards and, when asked for, observations out.

    ``narrow`` windows are of 5 x 5 cells, not 13 x 13, beside no embedding of the agent's number.
    """
    config = battle.get_config(map_size, False, seed, **battle.default_reward_args)
    if narrow:
        config.set({"embedding_size": 0})
        config.agent_type_dict["small"]["view_range"] = gridworld.CircleRange(2)
    env = GridWorld(config, map_size=map_size)
    handles = env.get_handles()
    # The environment's own way of placing two teams, without its object of spaces for each agent.
    place = battle._parallel_env.generate_map
    stage = SimpleNamespace(env=env, map_size=map_size, handles=handles, leftID=0, rightID=1)

    def reset() -> None:
        env.reset()
        place(stage)

    reset()
    agents = [env.get_num(handle) for handle in handles]
    choices = env.get_action_space(handles[0])[0]
    draw = np.random.default_rng(seed)
    actions = [
        [draw.integers(choices, size=count, dtype=np.int32) for count in agents]
        for _ in range(DRAWS)
    ]
    seen = sum(part.nbytes for handle in handles for part in env.get_observation(handle))

    def step(number: int) -> int:
        acted = 0
        for handle, given in zip(handles, actions[number % DRAWS], strict=True):
            count = env.get_num(handle)
            acted += count
            env.set_action(handle, given[:count])
        env.step()
        for handle in handles:
            env.get_reward(handle)
        env.clear_dead()
        if observe:
            for handle in handles:
                env.get_observation(handle)
        return acted

    return {
        "agents": sum(agents),
        "observation_bytes": seen / sum(agents) if observe else 0,
        **clock.measure(step, seconds, repeats, reset, EPISODE),
    }


def pettingzoo(map_size: int, seconds: float, repeats: int, seed: int) -> Result:
    """Measure the environment of PettingZoo's parallel API: dicts in and out."""
    env = battle.parallel_env(map_size=map_size, max_cycles=1 << 30, seed=seed)
    seen, _ = env.reset(seed=seed)
    draw = np.random.default_rng(seed)
    choices = env.action_space(env.possible_agents[0]).n
    agents = list(env.possible_agents)
    actions = [
        dict(zip(agents, draw.integers(choices, size=len(agents)).tolist(), strict=True))
        for _ in range(DRAWS)
    ]

    def step(number: int) -> int:
        acted = len(env.agents)
        env.step(actions[number % DRAWS])
        return acted

    return {
        "agents": len(agents),
        "observation_bytes": sum(view.nbytes for view in seen.values()) / len(agents),
        **clock.measure(step, seconds, repeats, lambda: env.reset(seed=seed), EPISODE),
    }


def case(api: str, **parameters: Any) -> Result:
    """Measure one of the two interfaces."""
    return {"raw": raw, "pettingzoo": pettingzoo}[api](**parameters)


if __name__ == "__main__":
    clock.run(case, "magent2", "pettingzoo", "numpy")
