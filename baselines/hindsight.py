"""What hindsight is worth: DQN on HiveGoal-v0 with and without hindsight experience replay.

    python -m baselines.hindsight                      # all seeds, about ten minutes on two cores
    python -m baselines.hindsight --seeds 2 --steps 4000 --quiet      # a smoke test
    python -m baselines.hindsight --json out.json --markdown docs/hindsight_table.md

Both arms are Stable-Baselines3's DQN with the same seeds, networks, budget and episodes; they
differ in the replay buffer alone. Andrychowicz et al., "Hindsight Experience Replay", 2017.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3 import DQN, HerReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from tqdm import tqdm

from baselines.learning.processes import Tell, in_processes
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import CONFIDENCE, RESAMPLES, paired_difference
from hive_env.bench.tables import origin, table
from hive_env.config import FIRST_TEST_SEED
from hive_env.enums import Verb
from hive_env.envs.goal import HiveGoalEnv
from hive_env.errors import ConfigError

Policy = Callable[[dict[str, np.ndarray]], int]
"""What takes an observation and returns a verb."""

Bar = Callable[[Iterable[Any], int], Iterable[Any]]
"""What passes on so many results and shows how many have come."""

ARMS = ("off", "on")
"""Without hindsight, and with it."""


@dataclass(frozen=True)
class Settings:
    """One training run and its test."""

    steps: int = 24_000
    """Environment steps of training."""
    episodes: int = 100
    """Test episodes, on seeds that no training sees."""
    points: int = 5
    """How often the policy is tested, at equal intervals, the last time at the end."""
    goal: str = "cell"
    """Kind of goal."""
    max_cycles: int = 50
    """Steps of an episode."""
    k: int = 4
    """Relabelled transitions for each real one, strategy `future`."""
    learning_rate: float = 1e-3
    """Of Adam."""
    buffer_size: int = 100_000
    """Transitions kept: all of them."""
    learning_starts: int = 1_000
    """Steps of random actions before the first gradient step."""
    batch_size: int = 128
    """Transitions of a gradient step."""
    gamma: float = 0.95
    """Discount: a horizon of twenty steps."""
    train_freq: int = 4
    """Environment steps for each gradient step."""
    target_update_interval: int = 500
    """Environment steps between copies to the target network."""
    exploration_fraction: float = 0.5
    """Share of training in which the share of random actions falls from one..."""
    exploration_final_eps: float = 0.05
    """...to this."""
    width: int = 128
    """Units of both hidden layers."""


def environment(settings: Settings) -> HiveGoalEnv:
    """Return the environment of a run."""
    return HiveGoalEnv(goal=settings.goal, max_cycles=settings.max_cycles)


def success(policy: Policy, settings: Settings) -> float:
    """Return the share of test episodes at whose end the worker is where it was told to be."""
    env = environment(settings)
    reached = 0
    for episode in range(settings.episodes):
        seen, info = env.reset(seed=FIRST_TEST_SEED + episode)
        over = False
        while not over:
            seen, _, _, over, info = env.step(policy(seen))
        reached += info["is_success"]
    return reached / settings.episodes


class Tester(BaseCallback):
    """Tests the greedy policy at equal intervals of training."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.found: list[float] = []

    def _on_step(self) -> bool:
        every = self._settings.steps // self._settings.points
        if self.num_timesteps % every == 0:
            self.found.append(success(self._greedy, self._settings))
        return True

    def _greedy(self, seen: dict[str, np.ndarray]) -> int:
        return int(self.model.predict(seen, deterministic=True)[0])


def train(arm: str, seed: int, settings: Settings) -> list[float]:
    """Train one agent and return its test success at every point."""
    hindsight: dict[str, Any] = {}
    if arm == "on":
        hindsight = {
            "replay_buffer_class": HerReplayBuffer,
            "replay_buffer_kwargs": {
                "n_sampled_goal": settings.k,
                "goal_selection_strategy": "future",
            },
        }
    model = DQN(
        "MultiInputPolicy",
        environment(settings),
        learning_rate=settings.learning_rate,
        buffer_size=settings.buffer_size,
        learning_starts=settings.learning_starts,
        batch_size=settings.batch_size,
        gamma=settings.gamma,
        train_freq=settings.train_freq,
        target_update_interval=settings.target_update_interval,
        exploration_fraction=settings.exploration_fraction,
        exploration_final_eps=settings.exploration_final_eps,
        policy_kwargs={"net_arch": [settings.width, settings.width]},
        seed=seed,
        device="cpu",
        **hindsight,
    )
    tester = Tester(settings)
    model.learn(settings.steps, callback=tester)
    return tester.found


def at_random(seed: int) -> Policy:
    """Return a policy that draws verbs uniformly."""
    random = np.random.default_rng(seed)
    return lambda _: int(random.integers(Verb.WORK + 1))


def straight(seen: dict[str, np.ndarray]) -> int:
    """Walk to the goal along the longer axis, and stay."""
    east, south = seen["desired_goal"] - seen["achieved_goal"]
    if max(abs(east), abs(south)) < 1e-4:
        return int(Verb.STAY)
    if abs(east) >= abs(south):
        return int(Verb.EAST if east > 0 else Verb.WEST)
    return int(Verb.SOUTH if south > 0 else Verb.NORTH)


def _train(job: tuple[str, int, Settings], _tell: Tell) -> list[float]:
    return train(*job)


def measure(
    seeds: int,
    settings: Settings,
    processes: int,
    bar: Callable[[Iterable[Any], int], Iterable[Any]],
) -> dict[str, Any]:
    """Train both arms on the seeds 0 to ``seeds - 1`` and return the report."""
    jobs = [(arm, seed, settings) for seed, arm in product(range(seeds), ARMS)]
    found = dict(bar(in_processes(_train, jobs, processes, lambda: None), len(jobs)))
    curves = {arm: [found[at] for at, job in enumerate(jobs) if job[0] == arm] for arm in ARMS}
    last = {arm: [curve[-1] for curve in curves[arm]] for arm in ARMS}
    gain = paired_difference(last["on"], last["off"])
    every = settings.steps // settings.points
    return {
        **provenance("hindsight", environment(settings).simulation.config, 0),
        "seeds": list(range(seeds)),
        "settings": asdict(settings),
        "confidence": CONFIDENCE,
        "at_steps": [every * (point + 1) for point in range(settings.points)],
        "success": curves,
        "random": success(at_random(0), settings),
        "straight": success(straight, settings),
        "gain": asdict(gain),
        "gain_holds": gain.positive,
    }


def markdown(report: dict[str, Any]) -> str:
    """Return the page of the documentation that a report makes."""
    settings, gain = report["settings"], report["gain"]
    rows = [
        (f"{steps:,}", *(_spread([c[at] for c in report["success"][arm]]) for arm in ARMS))
        for at, steps in enumerate(report["at_steps"])
    ]
    curve = table(("steps of training", "hindsight off", "hindsight on"), rows)
    both = zip(*(report["success"][arm] for arm in ARMS), strict=True)
    each = table(
        ("seed", "hindsight off", "hindsight on"),
        [
            (str(seed), f"{off[-1]:.3f}", f"{on[-1]:.3f}")
            for seed, (off, on) in zip(report["seeds"], both, strict=True)
        ],
    )
    holds = "above zero" if report["gain_holds"] else "not above zero"
    return f"""# HiveGoal: what hindsight is worth

Share of test episodes at whose end the worker is in the {settings["goal"]} that it was told to be
in, after {settings["max_cycles"]} steps; {settings["episodes"]} episodes on seeds that no training
sees, greedy actions. Stable-Baselines3's DQN with and without its `HerReplayBuffer` (`future`,
k = {settings["k"]}), all else equal; mean over {len(report["seeds"])} training seeds, and their
standard deviation.

{curve}

Verbs at random reach {report["random"]:.3f}. A worker that walks straight to its goal reaches
{report["straight"]:.3f}: crowds, hazards and faults prevent the rest.

{each}

After {settings["steps"]:,} steps hindsight is worth {gain["mean"]:.3f}, paired by seed. The lower
end of the two-sided 95 % interval is {gain["t_lower"]:.3f} by Student's t and
{gain["bootstrap_lower"]:.3f} by the percentile bootstrap ({RESAMPLES:,} resamples of seeds):
{holds}.

Written by `python -m baselines.hindsight --markdown docs/hindsight_table.md`. {origin(report)}
"""


def _spread(shares: list[float]) -> str:
    return f"{np.mean(shares):.3f} ({np.std(shares, ddof=1):.3f})"


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    top = argparse.ArgumentParser(description="What hindsight is worth on HiveGoal-v0.")
    top.add_argument(
        "--seeds", type=read.integer(2, FIRST_TEST_SEED), default=8,
        help="training seeds of each arm (8)",
    )  # fmt: skip
    top.add_argument(
        "--steps", type=read.integer(2_000, 10**9), default=Settings.steps,
        help="steps of a training",
    )  # fmt: skip
    top.add_argument(
        "--episodes", type=read.integer(1, 10**6), default=Settings.episodes,
        help="episodes of a test",
    )  # fmt: skip
    top.add_argument("--goal", default=Settings.goal, help="kind of goal (cell)")
    top.add_argument(
        "--processes", type=read.integer(1, 64), default=2, help="trainings at a time (2)"
    )
    top.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    top.add_argument("--markdown", type=Path, metavar="FILE", help="write the page here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line says."""
    top = parser()
    given = top.parse_args(arguments)
    settings = Settings(steps=given.steps, episodes=given.episodes, goal=given.goal)
    try:
        environment(settings)
    except ConfigError as error:
        top.error(str(error))

    def bar(done: Iterable[Any], total: int) -> Iterable[Any]:
        return tqdm(done, "trainings", total, disable=given.quiet, file=sys.stderr)

    report = measure(given.seeds, settings, given.processes, bar)
    page = markdown(report)
    print(page, end="")
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    if given.markdown:
        given.markdown.write_text(page)


if __name__ == "__main__":
    main()
