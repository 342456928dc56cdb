"""JaxMARL on JAX's CPU: MPE's simple_spread and SMAX, many environments in one compiled call.

A call is ``env.step``, which starts finished episodes anew, over all environments. Its
observations, rewards and dones are values of the call, so nothing of them is optimised away.
Actions are drawn before the clock starts; compiling falls into the warm-up.
"""

from __future__ import annotations

from typing import Any

import clock
import jax
from jaxmarl import make
from jaxmarl.environments import MultiAgentEnv
from jaxmarl.environments.smax import map_name_to_scenario

DRAWS = 8
"""Sets of random actions, taken in turn."""


def made(name: str) -> MultiAgentEnv:
    """Return the environment of a name; of SMAX, all units of the map 2s3z are agents."""
    if name == "SMAX":
        return make(name, scenario=map_name_to_scenario("2s3z"))
    return make(name)


def case(name: str, envs: int, seconds: float, repeats: int, seed: int) -> dict[str, Any]:
    """Measure a step of all environments."""
    env = made(name)
    key, first = jax.random.split(jax.random.key(seed))
    seen, state = jax.vmap(env.reset)(jax.random.split(first, envs))
    keys, actions = [], []
    for _ in range(DRAWS):
        key, *parts = jax.random.split(key, env.num_agents + 2)
        keys.append(jax.random.split(parts[0], envs))
        actions.append(
            {
                agent: jax.vmap(env.action_space(agent).sample)(jax.random.split(part, envs))
                for agent, part in zip(env.agents, parts[1:], strict=True)
            }
        )
    step_all = jax.jit(jax.vmap(env.step), donate_argnums=1)

    def step(number: int) -> int:
        nonlocal state
        at = number % DRAWS
        found, state, rewards, dones, _ = step_all(keys[at], state, actions[at])
        jax.block_until_ready((found, state, rewards, dones))
        return env.num_agents * envs

    agents = env.num_agents * envs
    return {
        "agents": agents,
        "observation_bytes": sum(seen[agent].nbytes for agent in env.agents) / agents,
        **clock.measure(step, seconds, repeats),
    }


if __name__ == "__main__":
    clock.run(case, "jaxmarl", "jax", "numpy")
