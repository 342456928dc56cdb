"""Stable-Baselines3 on every seat of a level: PPO, or sb3-contrib's PPO that knows action masks.

    pip install "hive-env[plugs]"
    python examples/sb3.py                                            # governors
    python examples/sb3.py --level manager --steps 100000 --masks

`SeatsVecEnv` is the native vector environment as Stable-Baselines3 wants it: it tells where
episodes are cut off, so that the value of what was seen last is learned. `MaskablePPO` asks it for
``action_masks`` before every step; plain PPO draws whatever it likes, and what is not open to a
seat is read as the first value of that choice.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from stable_baselines3 import PPO

from hive_env.wrappers import SeatsVectorEnv
from hive_env.wrappers.sb3 import SeatsVecEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 8, 10_000


def learner(level: str, masks: bool, seed: int) -> PPO:
    """Return a PPO for all seats of a level."""
    env = SeatsVecEnv(SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="SameStep"))
    kind = PPO
    if masks:
        from sb3_contrib import MaskablePPO

        kind = MaskablePPO
    return kind(
        "MlpPolicy",
        env,
        n_steps=STEPS,
        batch_size=STEPS * env.num_envs // 4,
        learning_rate=1e-3,
        gamma=0.9,
        ent_coef=0.003,
        seed=seed,
        device="cpu",
    )


def worth(level: str, model: PPO, masks: bool) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="Disabled")
    seen, infos = env.reset(seed=TEST_SEED)
    ended = np.zeros(1, bool)
    while not ended.all():
        known = {"action_masks": infos["action_mask"]} if masks else {}
        actions, _ = model.predict(seen, deterministic=True, **known)
        seen, _, _, ended, infos = env.step(actions)
    return float(infos["u_per_worker"].mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--steps", type=int, default=20_000, help="decisions of single seats (20000)")
    top.add_argument("--masks", action="store_true", help="sb3-contrib's MaskablePPO")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    model = learner(given.level, given.masks, given.seed)
    print(f"untrained: U by worker {worth(given.level, model, given.masks):.2f}")
    model.learn(given.steps)
    print(f"  trained: U by worker {worth(given.level, model, given.masks):.2f}")


if __name__ == "__main__":
    main()
