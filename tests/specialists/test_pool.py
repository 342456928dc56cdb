"""The pool: every worker gets what the network of its kind says, by id, whatever the batches."""

from __future__ import annotations

import copy
import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from hive_env.backends.cuda import simulated  # noqa: E402 (needs torch)
from hive_env.config import ForageConfig, HiveConfig  # noqa: E402
from hive_env.enums import Health  # noqa: E402
from hive_env.envs.single import HiveEnv  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.scenarios.queue import Queue  # noqa: E402
from hive_env.sizes import Size  # noqa: E402
from hive_env.specialists import SpecialistNetwork, SpecialistPool, pool  # noqa: E402

SMALL = Size(300, 2, 2, 1, 1)


def worlds(count: int = 2, memory: int = 0, threads: int = 2, **forage: Any) -> Forage:
    config = HiveConfig(SMALL, ForageConfig(memory_width=memory, **forage))
    hive = Forage(config, count, threads=threads)
    hive.reset(seed=3)
    return hive


def network(hive: Any, memory: int = 0, kinds: int = 4, spread: float = 0.5) -> SpecialistNetwork:
    torch.manual_seed(1)
    level = hive.levels["worker"]
    made = SpecialistNetwork(kinds, level.features, level.choices, (8, 8), memory)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(spread * torch.randn_like(parameter))
    return made


def by_id(hive: Any, column: str) -> np.ndarray:
    """A column by worker, in the order of ids."""
    c = hive.columns
    out = np.empty_like(c[column])
    out[np.arange(len(c["id"])) // hive.workers * hive.workers + c["id"]] = c[column]
    return out


@pytest.mark.parametrize("memory", [0, 3])
def test_a_pool_does_as_the_network_does_with_all_rows_at_once(
    memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In chunks of 64 on two threads, with rows in any order, tick after tick."""
    monkeypatch.setattr(pool, "CHUNK", 64)
    hive = worlds(memory=memory, fault_mean_ticks=20)
    made = network(hive, memory)
    policy = SpecialistPool(made, likeliest=True)
    rng = np.random.default_rng(0)
    failed = 0
    for tick in range(12):
        if tick % 3 == 1:
            order = np.concatenate([300 * w + rng.permutation(300) for w in range(2)])
            hive.permute(order)
        before = torch.as_tensor(by_id(hive, "memory").copy()) if memory else None
        kinds = torch.as_tensor(by_id(hive, "specialist")).long()
        seen = torch.as_tensor(hive.observe())
        with torch.no_grad():
            logits, _, after = made(seen, kinds, before)
        chosen = torch.stack([one.argmax(-1) for one in logits.split(made.choices, -1)], -1)
        able = hive.able("worker")
        failed += int((~able).sum())
        actions = policy(hive)
        np.testing.assert_array_equal(actions, chosen.numpy() * able[:, None])
        weights = [one.softmax(-1).amax(-1) for one in logits.split(made.choices, -1)]
        expected = torch.where(torch.as_tensor(able), weights[0] * weights[1], 1.0)
        np.testing.assert_allclose(policy.chance, expected.numpy(), rtol=1e-4)
        if memory:
            np.testing.assert_allclose(by_id(hive, "memory"), after.numpy(), atol=1e-5)
        hive.step(actions)
    assert failed, "somebody whose action does not count"


@pytest.mark.cudasim
@pytest.mark.parametrize("memory", [0, 3])
def test_on_cuda_workers_decide_and_remember_as_on_the_cpu(memory: int) -> None:
    """Rows in any order, some of them of workers that have failed."""
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    config = HiveConfig(Size(16, 2, 2, 1, 1), ForageConfig(memory_width=memory, fault_mean_ticks=4))
    hives = [Forage(config, 2, device) for device in ("cpu", "cuda")]
    order = np.concatenate([16 * w + np.random.default_rng(w).permutation(16) for w in range(2)])
    for hive in hives:
        hive.reset(seed=3)
        hive.permute(order)
    # On a real GPU the network lies where the hive does.
    place = "cpu" if simulated() else hives[1].backend.device
    made = network(hives[0], memory)
    policies = [
        SpecialistPool(one, likeliest=True) for one in (made, copy.deepcopy(made).to(place))
    ]
    failed = 0
    for _ in range(3):
        actions = [policy(hive) for policy, hive in zip(policies, hives, strict=True)]
        failed += int((~hives[0].able("worker")).sum())
        np.testing.assert_array_equal(torch.as_tensor(actions[1]).cpu(), actions[0])
        chance = torch.as_tensor(policies[1].chance).cpu()
        np.testing.assert_allclose(chance, policies[0].chance, rtol=1e-4)
        if memory:
            there = torch.as_tensor(hives[1].arrays["memory"]).cpu()
            np.testing.assert_allclose(there, hives[0].columns["memory"], atol=1e-5)
        for hive, chosen in zip(hives, actions, strict=True):
            hive.step(chosen)
    assert failed, "somebody whose action does not count"


@pytest.mark.cudasim
def test_draws_on_cuda_are_those_of_the_networks_probabilities() -> None:
    """30 draws of 32 workers who are told nothing: chi-square over both parts of an action."""
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    hive = Forage(HiveConfig(Size(16, 2, 2, 1, 1), ForageConfig(fault_mean_ticks=0)), 2, "cuda")
    hive.reset(seed=0)
    made = network(hive, spread=0.0)
    with torch.no_grad():
        made.logits.bias[:] = torch.linspace(-1, 1, 13)
        made.logits.weight.zero_()
    place = "cpu" if simulated() else hive.backend.device
    policy = SpecialistPool(made.to(place))
    seen = hive.observe()
    counts, told = np.zeros((8, 5)), []
    for _ in range(30):
        actions = torch.as_tensor(policy.decide(hive, seen)).cpu().numpy()
        np.add.at(counts, tuple(actions.T), 1)
        chance = torch.as_tensor(policy.chance).cpu().numpy()
        told.append((actions.astype(int), chance.copy()))
    bias = made.logits.bias[0].detach().cpu()
    first, second = (bias[part].softmax(0).double().numpy() for part in (slice(8), slice(8, 13)))
    for actions, chance in told:
        np.testing.assert_allclose(chance, first[actions[:, 0]] * second[actions[:, 1]], rtol=1e-4)
    # The 99.9 % quantiles of chi-square with 7, 4 and 39 degrees of freedom: each, and together.
    for found, expected, most in (
        (counts.sum(1), first, 24.32), (counts.sum(0), second, 18.47),
        (counts, np.outer(first, second), 72.05),
    ):  # fmt: skip
        expected = expected * counts.sum()
        assert ((found - expected) ** 2 / expected).sum() < most


def test_draws_are_those_of_the_networks_probabilities() -> None:
    """60 ticks of 600 workers: chi-square over all values of both parts of an action."""
    hive = worlds(fault_mean_ticks=0)
    made = network(hive, spread=0.0)
    with torch.no_grad():
        made.logits.bias[0] = torch.linspace(-1, 1, 13)
        made.logits.weight.zero_()
    policy = SpecialistPool(made)
    kinds = by_id(hive, "specialist") == 0
    counts = np.zeros(13)
    for _ in range(60):
        actions = policy(hive)[kinds & hive.able("worker")]
        counts[:8] += np.bincount(actions[:, 0], minlength=8)
        counts[8:] += np.bincount(actions[:, 1], minlength=5)
        hive.step(np.zeros((600, 2), np.uint8))
    bias = made.logits.bias[0].detach()
    # The 99.9 % quantiles of chi-square with 7 and 4 degrees of freedom.
    for part, most in ((slice(0, 8), 24.32), (slice(8, 13), 18.47)):
        expected = bias[part].softmax(0).double().numpy()
        expected = expected / expected.sum() * counts[part].sum()
        assert ((counts[part] - expected) ** 2 / expected).sum() < most


def test_draws_depend_on_seed_tick_and_id_and_not_on_threads_batches_or_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A world among three, on one thread, in other chunks, permuted: the same play."""
    one, many = worlds(1, threads=1), worlds(3)
    policies = [SpecialistPool(network(one)) for _ in range(2)]
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(8):
        monkeypatch.setattr(pool, "CHUNK", 1000)
        mine = policies[0](one).copy()
        monkeypatch.setattr(pool, "CHUNK", 37)
        many.permute(np.concatenate([300 * w + rng.permutation(300) for w in range(3)]))
        others = policies[1](many).copy()
        np.testing.assert_array_equal(mine, others[:300])
        assert (others[:300] != others[300:600]).any()
        seen.add(mine.tobytes())
        one.step(mine)
        many.step(others)
    assert one.state_hash(0) == many.state_hash(0)
    assert len(seen) == 8


def test_it_plays_the_workers_of_an_environment_and_of_the_other_family() -> None:
    queue = Queue(SMALL)
    queue.reset(seed=0)
    policy = SpecialistPool(network(queue))
    for _ in range(4):
        queue.step(policy(queue))
    env = HiveEnv(SMALL, policies={"worker": SpecialistPool(network(worlds()))})
    env.reset(seed=0)
    env.step(env.action_space.sample())
    assert env.simulation.columns["tick"][0] == 8


def test_the_memory_of_a_network_is_in_snapshots_and_lost_with_the_worker() -> None:
    hive = worlds(memory=3, fault_mean_ticks=0)
    policy = SpecialistPool(network(hive, 3))
    for _ in range(3):
        hive.step(policy(hive))
    kept = hive.snapshot()
    chosen = [policy(hive).copy()]
    hive.restore(kept)
    chosen.append(policy(hive).copy())
    np.testing.assert_array_equal(*chosen)
    assert (hive.columns["health"] == Health.ALIVE).all()
    assert np.abs(hive.columns["memory"]).min() > 0
    hive.reset(seed=4)
    assert not hive.columns["memory"].any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kinds": 3}, r"network\.kinds: expected 4, as the hive has, got 3"),
        ({"memory": 2}, r"network\.memory: expected 0, as the hive has, got 2"),
    ],
)
def test_a_network_that_does_not_fit_the_hive_is_refused(
    changed: dict[str, int], said: str
) -> None:
    hive = worlds()
    with pytest.raises(ArgumentError, match=said):
        SpecialistPool(network(hive, **changed))(hive)
    narrow = SpecialistNetwork(4, hive.levels["worker"].features[:5], (8, 5))
    with pytest.raises(ArgumentError, match=r"network\.features: expected 64"):
        SpecialistPool(narrow)(hive)


@pytest.mark.parametrize(
    ("changed", "got"),
    [
        (lambda seen: seen[:10], r"ndarray of uint8 of shape \(10, 64\)"),
        (lambda seen: seen[:, :10], r"ndarray of uint8 of shape \(\d+, 10\)"),
        (lambda seen: np.tile(seen, 2), r"ndarray of uint8 of shape \(\d+, 128\)"),
        (lambda seen: seen / np.float32(255), r"ndarray of float32 of shape"),
        (lambda seen: seen.astype(np.int64), r"ndarray of int64 of shape"),
        (lambda seen: seen.tolist(), r"list of list of shape \(\)"),
        (torch.as_tensor, r"Tensor of uint8 of shape"),
    ],
)
def test_observations_that_are_not_the_hives_are_refused(
    changed: Callable[[Any], Any], got: str
) -> None:
    hive = worlds()
    policy = SpecialistPool(network(hive))
    before = policy(hive).copy()
    with pytest.raises(ArgumentError, match=r"observed: expected uint8 of shape .*, got " + got):
        policy.decide(hive, changed(hive.observe()))
    np.testing.assert_array_equal(policy.decide(hive, hive.observe()[::1]), before)


def test_one_network_for_all_kinds_is_a_pool_too() -> None:
    hive = worlds()
    made = network(hive, kinds=1)
    seen = torch.as_tensor(hive.observe())
    logits = made(seen, torch.zeros(len(seen), dtype=torch.long))[0].detach()
    actions = SpecialistPool(made, likeliest=True)(hive)
    chosen = torch.stack([one.argmax(-1) for one in logits.split((8, 5), -1)], -1)
    np.testing.assert_array_equal(actions, chosen.numpy())


@given(rows=st.integers(1, 300_000), threads=st.integers(1, 8))
def test_batches_are_alike_cover_all_rows_and_fit_the_cache(rows: int, threads: int) -> None:
    several, each = pool.shares(rows, threads)
    assert 1 <= several <= threads
    assert 1 <= each <= pool.CHUNK
    count = -(-rows // each)
    assert count % several == 0 or count < 2 * several or rows < 8 * pool.CHUNK
    assert each * count - rows < each


def test_other_work_in_torch_keeps_its_threads() -> None:
    before = torch.get_num_threads()
    hive = Forage(40_000, threads=2)
    hive.reset(seed=0)
    policy = SpecialistPool(network(hive))
    policy(hive)
    assert torch.get_num_threads() == before
    assert policy._pool is not None
    assert policy._pool[1].submit(torch.get_num_threads).result() == 1


def test_a_pool_can_be_copied_and_used_where_a_caller_only_infers() -> None:
    hive = Forage(40_000, threads=2)
    hive.reset(seed=0)
    policy = SpecialistPool(network(hive))
    with torch.inference_mode():
        chosen = policy(hive).copy()
    np.testing.assert_array_equal(copy.deepcopy(policy)(hive), chosen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_threads_of_its_own() -> None:
    """As environments in processes are: the parent has decided before."""
    hive = Forage(40_000, threads=2)
    hive.reset(seed=0)
    INHERITED.append((SpecialistPool(network(hive)), hive))
    expected = INHERITED[0][0](hive).copy()
    with multiprocessing.get_context("fork").Pool(1) as processes:
        found = processes.apply_async(decide_again).get(timeout=120)
    INHERITED.clear()
    np.testing.assert_array_equal(found, expected)


INHERITED: list[tuple[SpecialistPool, Forage]] = []
"""What a forked child finds as its parent left it."""


def decide_again() -> Any:
    policy, hive = INHERITED[0]
    return policy(hive)


@pytest.mark.parametrize("parts", [2])
def test_the_parts_of_an_action_are_drawn_apart_and_with_the_chance_that_is_told(
    parts: int,
) -> None:
    """Uniform networks: all pairs of the 8 x 5 are equally likely, and told to be."""
    hive = worlds(fault_mean_ticks=0)
    made = network(hive, spread=0.0)
    with torch.no_grad():
        made.logits.weight.zero_()
    policy = SpecialistPool(made)
    counts = np.zeros((8, 5))
    for _ in range(30):
        actions, able = policy(hive), hive.able("worker")
        np.testing.assert_allclose(policy.chance[able], 1 / 40, rtol=1e-5)
        assert (policy.chance[~able] == 1).all()
        np.add.at(counts, tuple(actions[able].T), 1)
        hive.step(np.zeros((600, parts), np.uint8))
    expected = counts.sum() / 40
    # The 99.9 % quantile of chi-square with 39 degrees of freedom.
    assert ((counts - expected) ** 2 / expected).sum() < 72.1
