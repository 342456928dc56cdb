"""The pool: all workers of a hive decide in batches, each by the network of its kind."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hive_env.backends.cuda import simulated
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import Hive
from hive_env.specialists import kernels
from hive_env.specialists.network import SpecialistNetwork

CHUNK = 4_096
"""Workers of a batch on the CPU: what goes on between two layers stays in the processor's cache."""


@dataclass
class _Bench:
    """What one thread of the CPU works with."""

    order: Array
    counts: Array
    rows: Tensor
    kept: Tensor
    inner: list[Tensor]
    logits: Tensor

    @classmethod
    def of(cls, network: SpecialistNetwork, rows: int) -> _Bench:
        """Return what so many rows need."""
        seen, *inner = network.widths
        return cls(
            np.empty(rows, np.int64),
            np.empty(network.kinds, np.int64),
            torch.empty(rows, seen),
            torch.empty(rows, network.memory),
            [torch.empty(rows, width) for width in inner],
            torch.empty(rows, padded(sum(network.choices))),
        )


class SpecialistPool:
    """Decides for all workers of a hive, those of each kind by their own network, in batches.

    It is a policy: ``policies={"worker": pool}``, or call it with the hive. Workers are brought
    together by kind, a batch goes through the network of each, and what comes out goes back to
    its worker. Where the network has memory it is the hive's own column ``memory``, so it goes
    into snapshots, and a fault that makes a worker forget makes the network forget.

    Parameters
    ----------
    network : SpecialistNetwork
        Its parameters may change between calls. On the device of the hive.
    likeliest : bool
        Whether workers take the likeliest action instead of drawing one. On the CPU draws depend
        on the seed, episode and tick of the world and on the worker's id, and on nothing else; on a
        GPU they are torch's. Where there is memory, every call is a step of it.

    Attributes
    ----------
    chance : float32[W * N]
        The probability with which each last action was drawn, by id.
    """

    def __init__(self, network: SpecialistNetwork, likeliest: bool = False) -> None:
        self.network = network
        self.likeliest = likeliest
        self.chance: Any = np.empty(0, np.float32)
        self._choices = np.array(network.choices, np.int64)
        self._seen: Any = None
        self._actions: Any = None
        self._benches: list[_Bench] = []
        self._pool: tuple[tuple[int, int], ThreadPoolExecutor] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made from: all but threads and buffers."""
        kept = {**self.__dict__, "_seen": None, "_actions": None, "_benches": [], "_pool": None}
        return {**kept, "chance": np.empty(0, np.float32)}

    def __call__(self, hive: Hive) -> Array:
        """Return the actions of all workers, uint8[W * N, C]; the buffer is used again.

        Raises
        ------
        ArgumentError
            When the network does not fit the hive: kinds, features, choices or memory.
        """
        level = hive.levels["worker"]
        shape = (hive.worlds * hive.workers, len(level.features))
        if self._seen is None or self._seen.shape != shape:
            self._seen = hive.zeros(shape, np.uint8)
        hive.observe(self._seen)
        return self.decide(hive, self._seen)

    def decide(self, hive: Hive, observed: Array) -> Array:
        """Return the actions of all workers for what `Hive.observe` has written, by id.

        Parameters
        ----------
        hive : Hive
            Whose workers.
        observed : uint8[W * N, F]
            Where the hive is.

        Raises
        ------
        ArgumentError
            When the observations are of another shape or dtype or elsewhere, or the network does
            not fit the hive.
        """
        self._check(hive)
        _check_observed(hive, observed)
        rows, choices = len(observed), hive.levels["worker"].choices
        if self._actions is None or self._actions.shape != (rows, len(choices)):
            self._actions = hive.zeros((rows, len(choices)), np.uint8)
            self.chance = hive.zeros(rows, np.float32)
        # Where a caller only infers, buffers would be made that nothing else may write to.
        with torch.inference_mode(False), torch.no_grad():
            if hive.backend.shares_memory:
                self._decide_here(hive, observed)
            else:
                self._decide_there(hive, observed)
        return self._actions  # type: ignore[no-any-return]

    def _check(self, hive: Hive) -> None:
        """Raise `ArgumentError` unless the network fits the hive."""
        level, network = hive.levels["worker"], self.network
        found = (
            hive.lengths.get("K", 1),
            len(level.features),
            tuple(level.choices),
            hive.arrays["memory"].shape[1] if "memory" in hive.arrays else 0,
        )
        place = network.zero.device.type
        if (place == "cpu") != hive.backend.shares_memory and not _simulated(hive):
            device = hive.backend.device
            raise ArgumentError("network", f"one on {device}, where the hive is", f"on {place}")
        given = (network.kinds, len(network.zero), network.choices, network.memory)
        names = ("kinds", "features", "choices", "memory")
        for name, expected, got in zip(names, found, given, strict=True):
            if expected != got and not (name == "kinds" and got == 1):
                raise ArgumentError(f"network.{name}", f"{expected}, as the hive has", got)

    # --- on the CPU ----------------------------------------------------------------------------

    def _decide_here(self, hive: Hive, observed: Array) -> None:
        rows = hive.worlds * hive.workers
        threads, most = shares(rows, hive.backend.threads)
        if len(self._benches) != threads or len(self._benches[0].order) != most:
            self._benches = [_Bench.of(self.network, most) for _ in range(threads)]
        layers = _layers_of(self.network)
        able, columns = hive.able("worker"), hive.columns
        memory = columns["memory"] if self.network.memory else np.empty((rows, 0), np.float32)
        kind = columns["specialist"] if self.network.kinds > 1 else np.zeros(rows, np.uint8)
        chunks = itertools.count(0, most)

        def work(bench: _Bench) -> None:
            while (first := next(chunks)) < rows:
                count = min(most, rows - first)
                order, kept = bench.order[:count], bench.kept[:count].numpy()
                kernels.gather(
                    first, hive.workers, columns["id"], kind, observed, memory, order,
                    bench.counts, bench.rows[:count].numpy(), kept,
                )  # fmt: skip
                with torch.no_grad():
                    self._go_through(bench, layers)
                logits = bench.logits[:count]
                kernels.lower_by_the_largest(logits.numpy(), self._choices)
                kernels.choose(
                    logits.exp_().numpy(), self._choices, order, hive.workers, columns["id"], able,
                    columns["seed"], columns["episode"], columns["tick"], self.likeliest,
                    self._actions, self.chance,
                )  # fmt: skip
                kernels.scatter(order, kept, memory)

        self._run(work)

    def _go_through(self, bench: _Bench, layers: list[tuple[Tensor, Tensor]]) -> None:
        """Let the rows of each kind go through all layers, before those of the next."""
        start = 0
        for kind, count in enumerate(bench.counts.tolist()):
            here = slice(start, start + count)
            inner = bench.rows[here]
            for (weight, bias), buffer in zip(layers[:-1], bench.inner, strict=True):
                inner = torch.addmm(bias[kind], inner, weight[kind], out=buffer[here]).relu_()
            if self.network.memory:
                inner = self.network.remember(kind, inner, bench.kept[here])
                bench.kept[here] = inner
            weight, bias = layers[-1]
            torch.addmm(bias[kind], inner, weight[kind], out=bench.logits[here])
            start += count

    def _run(self, work: Callable[[_Bench], None]) -> None:
        """Let every bench be worked at, by a thread each where there are several."""
        if len(self._benches) == 1:
            work(self._benches[0])
            return
        # A forked child has none of its parent's threads.
        key = (os.getpid(), len(self._benches))
        if self._pool is None or self._pool[0] != key:
            before = torch.get_num_threads()
            made = ThreadPoolExecutor(len(self._benches), "specialists", _alone)
            self._pool = (key, made)
            list(made.map(lambda _: None, self._benches))
            # That of a thread is also what threads that begin later would take.
            torch.set_num_threads(before)
        turns = [self._pool[1].submit(work, bench) for bench in self._benches]
        wait(turns)
        for turn in turns:
            turn.result()

    # --- on a GPU ------------------------------------------------------------------------------

    def _decide_there(self, hive: Hive, observed: Array) -> None:
        place = self.network.zero.device
        arrays = {
            name: torch.as_tensor(hive.arrays[name], device=place)
            for name in ("id", "specialist", "memory")
            if name in hive.arrays
        }
        ids = arrays["id"].long()
        rows = torch.arange(len(ids), device=place)
        entity = rows // hive.workers * hive.workers + ids
        kind = torch.zeros(len(ids), dtype=torch.long, device=place)
        if self.network.kinds > 1:
            kind[entity] = arrays["specialist"].long()
        memory = None
        if self.network.memory:
            memory = torch.empty_like(arrays["memory"])
            memory[entity] = arrays["memory"]
        seen = torch.as_tensor(observed, device=place)
        logits, _, memory = self.network(seen, kind, memory)
        able = torch.as_tensor(hive.able("worker"), device=place)
        chance = torch.ones(len(ids), device=place)
        parts = []
        for part in logits.split(self.network.choices, -1):
            weights = part.softmax(-1)
            drawn = weights.argmax(-1) if self.likeliest else weights.multinomial(1).squeeze(-1)
            chance = chance * weights.gather(-1, drawn[:, None]).squeeze(-1)
            parts.append(drawn * able)
        torch.as_tensor(self._actions, device=place).copy_(torch.stack(parts, -1))
        torch.as_tensor(self.chance, device=place).copy_(torch.where(able, chance, 1.0))
        if memory is not None:
            arrays["memory"].copy_(memory[entity])


def _check_observed(hive: Hive, observed: Any) -> None:
    """Raise `ArgumentError` unless these are observations of all workers of the hive."""
    shape = (hive.worlds * hive.workers, len(hive.levels["worker"].features))
    found = tuple(getattr(observed, "shape", ()))
    dtype = str(getattr(observed, "dtype", type(observed).__name__)).removeprefix("torch.")
    elsewhere = hive.backend.shares_memory and not isinstance(observed, np.ndarray)
    if elsewhere or found != shape or dtype != "uint8":
        raise ArgumentError(
            "observed", f"uint8 of shape {shape}, on {hive.backend.device}, as Hive.observe has it",
            f"{type(observed).__name__} of {dtype} of shape {found}",
        )  # fmt: skip


def _simulated(hive: Hive) -> bool:
    """Whether the hive's GPU is numba's simulator, whose memory is the host's."""
    return not hive.backend.shares_memory and simulated()


def _alone() -> None:
    """Let torch keep to this thread."""
    # Asked first: a thread of which nothing was asked yet takes over the common number later.
    torch.get_num_threads()
    torch.set_num_threads(1)


def shares(rows: int, threads: int) -> tuple[int, int]:
    """Return how many threads work on so many rows, and in batches of how many, all alike."""
    threads = max(1, min(threads, 2 * rows // CHUNK))
    each = -(-rows // threads)
    return threads, -(-each // -(-each // CHUNK))


def padded(width: int) -> int:
    """Return a width to which matrix products go faster: the next multiple of sixteen."""
    return -(-width // 16) * 16


def _layers_of(network: SpecialistNetwork) -> list[tuple[Tensor, Tensor]]:
    """Return weights and biases, the first for bytes, the last padded by zeros."""
    more = padded(sum(network.choices)) - sum(network.choices)
    last = network.logits
    inner = [(layer.weight, layer.bias) for layer in network.hidden[1:]]
    ends = (functional.pad(last.weight, (0, more)), functional.pad(last.bias, (0, more)))
    return [network.folded(), *inner, ends]
