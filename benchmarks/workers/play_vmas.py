"""VMAS's simple_spread: many environments in one call, on torch.

Actions are continuous, as VMAS has them by default, and drawn before the clock starts. A step
returns observations, rewards and dones; VMAS has no step without observations.
"""

from __future__ import annotations

from typing import Any

import clock
import torch
import vmas

DRAWS = 8
"""Sets of random actions, taken in turn."""


def case(agents: int, envs: int, seconds: float, repeats: int, seed: int) -> dict[str, Any]:
    """Measure a step of all environments."""
    env = vmas.make_env("simple_spread", num_envs=envs, n_agents=agents, device="cpu", seed=seed)
    seen = env.reset()
    draw = torch.Generator().manual_seed(seed)
    actions = [
        [torch.rand((envs, 2), generator=draw) * 2 - 1 for _ in range(agents)] for _ in range(DRAWS)
    ]

    def step(number: int) -> int:
        # A list of its own: VMAS writes into the one that it is given.
        env.step(list(actions[number % DRAWS]))
        return agents * envs

    return {
        "agents": agents * envs,
        "observation_bytes": sum(part.nbytes for part in seen) / (agents * envs),
        **clock.measure(step, seconds, repeats),
    }


if __name__ == "__main__":
    clock.run(case, "vmas", "torch", "numpy")
