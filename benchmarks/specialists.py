"""Measure how many workers decide in a second, each by the network of its kind.

    python -m benchmarks.specialists --markdown docs/specialists_table.md --json specialists.json
    python -m benchmarks.specialists --quick

Beside the pool: one network for all kinds, the same way; the naive loop over kinds (a mask, a
network, and a categorical distribution for each); and one network so. The limit is what the
machine's matrix products of the same shapes allow. A pool with a memory, too.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.distributions import Categorical
from tqdm import tqdm

from hive_env.bench import arguments as read
from hive_env.bench.limits import Spread, spread
from hive_env.bench.machine import cores, provenance
from hive_env.bench.tables import origin, table
from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size
from hive_env.specialists import SpecialistNetwork, SpecialistPool

HIDDEN = (64, 64)
RECURRENT, MEMORY = (64,), 32
"""Hidden layers of networks with a memory, and its width: those of `baselines.worker_gru`."""

TARGET = 5e6
"""Worker decisions a second."""

HEADS = {
    "pool": "pool",
    "observing": "observing, then pool",
    "single": "pool, one network for all",
    "recurrent": "pool with a memory",
    "naive": "naive loop over kinds",
    "naive_single": "plain, one network for all",
    "limit": "matrix products alone",
}


class Plain(torch.nn.Module):
    """An ordinary network of the same shape."""

    def __init__(self, features: int, choices: Sequence[int]) -> None:
        super().__init__()
        widths = [features, *HIDDEN]
        layers: list[torch.nn.Module] = []
        for before, after in pairwise(widths):
            layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
        self.all = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], sum(choices)))
        self.choices = list(choices)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Return actions, uint8[n, C]."""
        parts = self.all(seen).split(self.choices, -1)
        heads: list[Any] = [Categorical(logits=part) for part in parts]
        return torch.stack([head.sample() for head in heads], -1).byte()


def naive(networks: Sequence[Plain], seen: torch.Tensor, kind: torch.Tensor) -> torch.Tensor:
    """Return actions by a loop over kinds."""
    actions = torch.empty(len(seen), len(networks[0].choices), dtype=torch.uint8)
    for index, network in enumerate(networks):
        mine = kind == index
        actions[mine] = network(seen[mine].float() / 255)
    return actions


def limit(rows: int, widths: Sequence[int]) -> Callable[[], object]:
    """Return what multiplies matrices as the layers do, in batches of a few thousand rows."""
    batch = -(-rows // -(-rows // 4096))
    layers = [
        (torch.rand(batch, before), torch.rand(before, after), torch.empty(batch, after))
        for before, after in pairwise(widths)
    ]

    def work() -> None:
        for _ in range(-(-rows // batch)):
            for left, right, out in layers:
                torch.mm(left, right, out=out)

    return work


def begun(config: HiveConfig, threads: int) -> Forage:
    """Return a hive in which something has happened."""
    hive = Forage(config, threads=threads)
    hive.reset(seed=0)
    for _ in range(4):
        hive.step(hive.decide("scripted"))
    return hive


def rates(workers: int, threads: int, seconds: float, repeats: int) -> dict[str, Any]:
    """Measure all ways at one size: workers a second."""
    hive, remembering = (
        begun(HiveConfig(Size.of(workers), ForageConfig(memory_width=width)), threads)
        for width in (0, MEMORY)
    )
    level = hive.levels["worker"]
    seen = hive.observe()
    by_id = np.empty(workers, np.uint8)
    by_id[hive.columns["id"]] = hive.columns["specialist"]
    kinds = int(hive.lengths["K"])
    torch.manual_seed(0)
    pools = [
        SpecialistPool(SpecialistNetwork(count, level.features, level.choices, HIDDEN))
        for count in (kinds, 1)
    ]
    recurrent = SpecialistPool(
        SpecialistNetwork(kinds, level.features, level.choices, RECURRENT, MEMORY)
    )
    plain = [Plain(len(level.features), level.choices) for _ in range(kinds)]
    given, kind = torch.as_tensor(seen), torch.as_tensor(by_id)
    widths = (len(level.features), *HIDDEN, sum(level.choices))
    ways: dict[str, Callable[[], object]] = {
        "pool": lambda: pools[0].decide(hive, seen),
        "observing": lambda: pools[0](hive),
        "single": lambda: pools[1].decide(hive, seen),
        "recurrent": lambda: recurrent.decide(remembering, seen),
        "naive": lambda: naive(plain, given, kind),
        "naive_single": lambda: plain[0](given.float() / 255),
        "limit": limit(workers, widths),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    with torch.no_grad():
        for repeat in range(repeats + 1):
            # In turn, so that a slow minute of the machine meets all of them.
            for name, way in ways.items():
                began, turns = time.perf_counter(), 0
                while time.perf_counter() - began < seconds:
                    way()
                    turns += 1
                if repeat:
                    found[name].append(workers * turns / (time.perf_counter() - began))
    flops = 2 * sum(a * b for a, b in pairwise(widths))
    return {"workers": workers, "flops": flops, **{k: spread(v) for k, v in found.items()}}


def millions(rate: Spread) -> str:
    """Return a rate in millions, with the least and the most."""
    median, least, most = (rate[name] / 1e6 for name in ("median", "min", "max"))
    return f"{median:.2f} ({least:.2f}–{most:.2f})"


ABOUT = (
    "Millions of workers that decide in a second: observations of 64 bytes lie in a buffer, go "
    "through an MLP of {hidden} units of their kind ({flops:,} floating-point operations each), "
    "and an action of two parts is drawn for each. Medians of several repeats, with the least and "
    "the most. The naive loop and the plain network go through all rows at once and draw by "
    "torch's `Categorical`, as one writes it first: what the pool gains over them is for its "
    "batches and for its draws together. With a memory the second layer is a gated recurrent unit "
    "of {memory}, whose state lies in the hive."
)


def markdown(report: dict[str, Any]) -> str:
    """Return the page of a report."""
    rows = []
    for one in report["sizes"]:
        share = one["pool"]["median"] / one["limit"]["median"]
        figures = [millions(one[name]) for name in HEADS]
        rows.append((f"{one['workers']:,}", *figures, f"{100 * share:.0f} %"))
    alone, seen = (
        sum(one[name]["median"] >= TARGET for one in report["sizes"])
        for name in ("pool", "observing")
    )
    flops = report["sizes"][0]["flops"]
    parts = (
        "# Specialists: decisions a second",
        "Made by `python -m benchmarks.specialists --markdown docs/specialists_table.md`, all in "
        f"one run, on {report['threads']} threads.\n{origin(report)}",
        ABOUT.format(hidden=" and ".join(map(str, HIDDEN)), flops=flops, memory=MEMORY),
        table(("workers", *HEADS.values(), "pool / products"), rows),
        f"The target of {TARGET / 1e6:.0f} M decisions a second is reached at {alone} of the "
        f"{len(rows)} sizes, and with observing at {seen}.",
    )
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--threads", type=read.integer(1, cores()), default=cores(), metavar="NUMBER")
    top.add_argument("--quick", action="store_true", help="a smoke test")
    top.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    top.add_argument("--json", type=read.result_file, metavar="FILE", help="write the result here")
    top.add_argument("--quiet", action="store_true", help="no progress bar")
    given = top.parse_args(arguments)
    torch.set_num_threads(given.threads)
    sizes = (1_000, 10_000) if given.quick else (10_000, 100_000, 1_000_000)
    seconds, repeats = (0.05, 2) if given.quick else (1.0, 5)
    bar = tqdm(sizes, disable=given.quiet, unit="size")
    report = {
        **provenance("specialists", None, 0),
        "threads": given.threads,
        "sizes": [rates(size, given.threads, seconds, repeats) for size in bar],
    }
    if given.json:
        Path(given.json).write_text(json.dumps(report) + "\n")
    page = markdown(report)
    if given.markdown:
        Path(given.markdown).write_text(page)
    print(page)


if __name__ == "__main__":
    main()
