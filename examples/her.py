"""Train a worker to be where it is told, with hindsight experience replay.

    pip install "hive-env[baselines]"
    python examples/her.py

`HiveGoal-v0` tells one worker of a hive a cell of its region, and pays 0 when it is there and -1
when it is not. A worker that does not know the way hardly ever meets a reward. Hindsight replays
what it did as if the cells that it came to had been asked for, and so it learns to reach any.

Stable-Baselines3's `HerReplayBuffer` takes the environment as it is: it calls its
``compute_reward`` with whole batches of goals. `baselines/hindsight.py` measures what it is worth.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import gymnasium
from stable_baselines3 import DQN, HerReplayBuffer

EPISODES = 100


def learner(seed: int) -> DQN:
    """Return a DQN whose replay buffer tells four of five transitions with another goal."""
    return DQN(
        "MultiInputPolicy",
        gymnasium.make("hive_env:HiveGoal-v0"),
        learning_rate=1e-3,
        buffer_size=100_000,
        batch_size=128,
        gamma=0.95,
        learning_starts=1_000,
        target_update_interval=500,
        exploration_fraction=0.5,
        policy_kwargs={"net_arch": [128, 128]},
        replay_buffer_class=HerReplayBuffer,
        replay_buffer_kwargs={"n_sampled_goal": 4, "goal_selection_strategy": "future"},
        seed=seed,
        device="cpu",
    )


def success(model: DQN, episodes: int) -> float:
    """Return the share of episodes at whose end the worker is where it was told to be."""
    env = gymnasium.make("hive_env:HiveGoal-v0")
    reached = 0
    for episode in range(episodes):
        seen, info = env.reset(seed=10_000 + episode)
        over = False
        while not over:
            action, _ = model.predict(seen, deterministic=True)
            seen, _, _, over, info = env.step(action)
        reached += info["is_success"]
    return reached / episodes


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say how often the worker arrives before and after."""
    top = argparse.ArgumentParser(description="Hindsight experience replay on HiveGoal-v0.")
    top.add_argument("--steps", type=int, default=24_000, help="steps of training (24000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    model = learner(given.seed)
    before = success(model, EPISODES)
    model.learn(given.steps)
    after = success(model, EPISODES)
    print(
        f"arrives in {before:.0%} of episodes untrained, in {after:.0%} after {given.steps} steps"
    )


if __name__ == "__main__":
    main()
