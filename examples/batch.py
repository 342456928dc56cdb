"""Train the managers of thousands of small worlds, with nothing leaving the device.

    pip install "hive-env[baselines]"               # with a GPU: "hive-env[baselines,gpu]"
    python examples/batch.py                        # 16,384 worlds on a GPU, 64 without one
    python examples/batch.py --device cpu --worlds 16 --updates 8

Every manager of every world shares one small network, trained by PPO (Schulman et al., *Proximal
policy optimization algorithms*, 2017); all other levels follow their scripted policies. Worlds and
network lie on one device: `torch.as_tensor` shares the memory of an array of the worlds, and the
worlds read a tensor of orders where it lies. The host starts what the device does, no more.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from tqdm import tqdm

from hive_env.ecs.columns import Array
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.controllers import CONTROLLERS

LEVEL = "manager"
TEST_SEED = 1_000_000  # Of the first world of a test: far from the seeds of training.
STEPS = 8  # Decisions of every manager between two updates; they divide the 64 of an episode.
EPOCHS, BATCHES = 8, 16  # More worlds make the parts of the data larger, and not more of them.
LEARNING_RATE, CLIP, ENTROPY = 1e-3, 0.2, 0.003
DISCOUNT, TRACE = 0.6, 0.9  # By decision.


class Network(nn.Module):
    """What managers do about what they observe, and what they expect of it."""

    def __init__(self, features: int, choices: Sequence[int]) -> None:
        super().__init__()
        self.choices = list(choices)
        self.body = nn.Sequential(nn.Linear(features, 128), nn.Tanh(), nn.Linear(128, 128))
        self.logits, self.value = nn.Linear(128, sum(choices)), nn.Linear(128, 1)
        nn.init.orthogonal_(self.logits.weight, 0.01)

    def forward(self, seen: Tensor) -> tuple[list[Categorical], Tensor]:
        """Return a distribution for each part of an order, and the value, float32[n]."""
        inner = torch.tanh(self.body(seen))
        parts = self.logits(inner).split(self.choices, -1)
        return [Categorical(logits=part) for part in parts], self.value(inner).squeeze(-1)

    @torch.no_grad()
    def orders(self, seen: Tensor, likeliest: bool = False) -> Tensor:
        """Return orders, drawn by their probabilities or the likeliest ones, uint8[n, parts]."""
        heads, _ = self(seen)
        chosen = [head.logits.argmax(-1) if likeliest else head.sample() for head in heads]
        return torch.stack(chosen, -1).to(torch.uint8)


class Managers:
    """Worlds whose managers are played from outside, and all others by the scripted hierarchy."""

    def __init__(self, worlds: int, device: str) -> None:
        self.hive = Forage("nano", worlds, device)
        self.crew = Crew(self.hive, CONTROLLERS[FULL])
        self.played = self.hive.levels[LEVEL]
        self.seats = worlds * self.played.seats
        # Numba's simulator of a GPU has its memory on the host.
        self.place = device if torch.cuda.is_available() else "cpu"
        self._buffer = self.hive.zeros((self.seats, len(self.played.features)), np.float32)
        self._seen = torch.as_tensor(self._buffer, device=self.place)

    def observe(self) -> Tensor:
        """Return what the managers observe, float32[seats, features]; the memory is used again."""
        self.hive.observe(self._buffer, LEVEL)
        return self._seen

    def step(self, orders: Tensor | Array) -> Tensor:
        """Give orders, play on to the next decision, and return the rewards, float32[seats]."""
        since = self.hive.counters(LEVEL)
        for _ in range(self.played.period):
            above = self.crew.orders({LEVEL: orders})
            self.hive.step(self.crew.actions(), above)
        return torch.as_tensor(self.hive.rewards(LEVEL, since), device=self.place)

    def worth(self, choose: Callable[[Tensor], Tensor | Array]) -> Array:
        """Return U by worker of an episode, float64[worlds]."""
        self.hive.reset(seed=TEST_SEED)
        while not self.hive.done().all():
            self.step(choose(self.observe()))
        return self.hive.values() / self.hive.workers

    def built_in(self, policy: str) -> Array:
        """Return U by worker of an episode under a built-in policy of the managers."""
        return self.worth(lambda _: self.hive.decide(policy, level=LEVEL))


def improve(network: Network, adam: torch.optim.Adam, seen: Tensor, orders: Tensor, paid: Tensor):
    """Take PPO's steps on decisions, [STEPS, seats]; one observation more stands at the end."""
    with torch.no_grad():
        values = network(seen)[1]
        before = log_chance(network(seen[:-1])[0], orders)
    gains = torch.zeros_like(paid)
    gain = torch.zeros_like(paid[0])
    for step in reversed(range(STEPS)):
        # Episodes end by truncation, and after the last step: what comes then has a value too.
        surprise = paid[step] + DISCOUNT * values[step + 1] - values[step]
        gain = gains[step] = surprise + DISCOUNT * TRACE * gain
    data = [one.flatten(0, 1) for one in (seen[:-1], orders, before, gains, gains + values[:-1])]
    for _ in range(EPOCHS):
        for rows in torch.randperm(gains.numel(), device=gains.device).chunk(BATCHES):
            view, order, chance, gain, target = (one[rows] for one in data)
            heads, value = network(view)
            ratio = (log_chance(heads, order) - chance).exp()
            gain = (gain - gain.mean()) / (gain.std() + 1e-8)
            loss = -torch.minimum(ratio * gain, ratio.clamp(1 - CLIP, 1 + CLIP) * gain).mean()
            loss = loss + 0.5 * (value - target).square().mean()
            loss = loss - ENTROPY * sum(head.entropy().mean() for head in heads)
            adam.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            adam.step()


def log_chance(heads: Sequence[Categorical], orders: Tensor) -> Tensor:
    """Return the logarithm of the probability of each order."""
    return sum(head.log_prob(part) for head, part in zip(heads, orders.unbind(-1), strict=True))


def train(managers: Managers, network: Network, updates: int, seed: int, quiet: bool) -> float:
    """Train the network, and return how many worker-ticks a second it saw."""
    hive, place = managers.hive, managers.place
    adam = torch.optim.Adam(network.parameters(), LEARNING_RATE, eps=1e-5)
    hive.reset(seed=seed)
    seen = torch.zeros((STEPS + 1, *managers.observe().shape), device=place)
    shape = (STEPS, managers.seats, len(managers.played.choices))
    orders = torch.zeros(shape, dtype=torch.uint8, device=place)
    paid = torch.zeros(shape[:2], device=place)
    ticks = hive.worlds * hive.workers * managers.played.period * STEPS
    started = time.perf_counter()
    with tqdm(total=updates * ticks, unit=" worker-ticks", unit_scale=True, disable=quiet) as bar:
        for number in range(updates):
            adam.param_groups[0]["lr"] = LEARNING_RATE * (1 - number / updates)
            for step in range(STEPS):
                seen[step] = managers.observe()
                orders[step] = network.orders(seen[step])
                paid[step] = managers.step(orders[step])
            seen[STEPS] = managers.observe()
            if hive.done().all():
                hive.reset()
            improve(network, adam, seen, orders, paid)
            if place == "cuda":
                torch.cuda.synchronize()  # That bar and rate tell of what has been done.
            bar.update(ticks)
    return updates * ticks / (time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the managers were worth before and after."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--device", choices=("cpu", "cuda"), default=device)
    top.add_argument("--worlds", type=int, help="16384 on a GPU, else 64")
    top.add_argument("--updates", type=int, default=40, help="of the network (40)")
    top.add_argument("--seed", type=int, default=0)
    top.add_argument("--json", metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    torch.manual_seed(given.seed)
    managers = Managers(given.worlds or (16_384 if given.device == "cuda" else 64), given.device)
    played = managers.played
    network = Network(len(played.features), played.choices).to(managers.place)
    worth = {name: managers.built_in(name) for name in ("random", "scripted")}
    worth["untrained"] = managers.worth(network.orders)
    rate = train(managers, network, given.updates, given.seed, given.quiet)
    worth["trained"] = managers.worth(lambda seen: network.orders(seen, likeliest=True))
    told = {"device": given.device, "worlds": managers.hive.worlds, "updates": given.updates}
    told["worker_ticks_a_second"] = rate
    told |= {name: [float(u.mean()), float(u.std() / len(u) ** 0.5)] for name, u in worth.items()}
    if given.json:
        Path(given.json).write_text(json.dumps(told) + "\n")
    print(f"{rate / 1e6:,.1f} M worker-ticks a second, updates included, on {given.device}")
    for name in worth:
        mean, error = told[name]
        print(f"{name:>9} managers: U by worker {mean:.2f} (standard error {error:.2f})")


if __name__ == "__main__":
    main()
