"""Rollouts: what is bootstrapped after an end is the last observation, not the next first one."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from baselines.learning.policies import log_chance, network_of  # noqa: E402 (needs torch)
from baselines.learning.ppo import Learner, Recipe  # noqa: E402
from baselines.learning.rollouts import Collector  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.faults import Faults, WorkerFaults  # noqa: E402
from hive_env.sizes import Size  # noqa: E402
from hive_env.wrappers import SeatsVectorEnv  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)


def collector(level: str, cycles: int = 5) -> Collector:
    torch.manual_seed(0)
    env = SeatsVectorEnv(
        2, SMALL, level=level, max_cycles=cycles, autoreset_mode="Disabled",
        observation="uint8" if level == "worker" else "float32",
    )  # fmt: skip
    network = network_of(env.simulation, View(level), (8,))
    return Collector(env, Learner(network, Recipe(1)), View(level), seed=3)


@pytest.mark.parametrize("level", ["worker", "manager"])
def test_a_step_is_followed_by_what_was_seen_after_it(level: str) -> None:
    """Values of the next row, and where an episode ended, of its own last observation."""
    one = collector(level)
    rollout = one.collect(12)
    inside = ~rollout.ended[:-1]
    torch.testing.assert_close(rollout.after[:-1][inside], rollout.values[1:][inside])
    assert rollout.ended.all(dim=1).tolist() == [step % 5 == 4 for step in range(12)]

    other = collector(level, cycles=1_000)
    plain = other.collect(5)
    last = other.seats.learner.value(other.seats.seen, other.seats.kind)
    torch.testing.assert_close(plain.seen, rollout.seen[:5])
    torch.testing.assert_close(rollout.after[4], last)
    assert not torch.allclose(rollout.after[4], rollout.values[5])
    torch.testing.assert_close(plain.after[4], last)


def test_rollouts_go_on_where_the_last_one_stopped() -> None:
    one, other = collector("manager"), collector("manager")
    whole = one.collect(8)
    torch.manual_seed(0)
    one, other = collector("manager"), collector("manager")
    torch.manual_seed(5)
    whole = one.collect(8)
    torch.manual_seed(5)
    parts = [other.collect(3), other.collect(5)]
    assert torch.equal(whole.actions, torch.cat([part.actions for part in parts]))
    assert torch.equal(whole.rewards, torch.cat([part.rewards for part in parts]))
    torch.testing.assert_close(whole.after, torch.cat([part.after for part in parts]))


def test_what_does_not_count_is_what_the_world_says() -> None:
    """Failed workers: their mask leaves them the first value alone."""
    env = SeatsVectorEnv(
        1, SMALL, level="worker", config={"fault_mean_ticks": 4}, autoreset_mode="Disabled",
        observation="uint8",
    )  # fmt: skip
    network = network_of(env.simulation, View("worker"), (8,))
    rollout = Collector(env, Learner(network, Recipe(1)), View("worker"), 0).collect(10)
    failed = ~rollout.counted
    assert failed.any()
    assert not rollout.actions[failed].any()
    assert torch.equal(failed, rollout.masks.sum(-1) == 2)


def recurrent(**config: object) -> Collector:
    torch.manual_seed(0)
    env = SeatsVectorEnv(
        2, SMALL, level="worker", max_cycles=3, autoreset_mode="Disabled", observation="uint8",
        config={"memory_width": 8, **config},
    )  # fmt: skip
    network = network_of(env.simulation, View("worker"), (8,), 8)
    return Collector(env, Learner(network, Recipe(1, memory=8)), View("worker"), seed=3)


def test_what_is_remembered_lies_in_the_hive_and_begins_anew_with_an_episode() -> None:
    one = recurrent()
    rollout = one.collect(3)
    assert not rollout.memory.any()
    assert rollout.forgot.all(dim=1).tolist() == [False, False, True]
    assert not one.env.simulation.columns["memory"].any(), "all ended with the third step"
    later = one.collect(2)
    assert not later.memory.any()
    assert one.env.simulation.columns["memory"].any(axis=1).all()
    assert one.collect(1).memory.any(dim=-1).all()


def test_a_fault_that_makes_a_worker_forget_is_seen_by_who_learns() -> None:
    faults = Faults(workers=WorkerFaults(mean_ticks=2.0, kill=0.0, delay=0.0, corruption=0.0))
    rollout = recurrent(faults=faults).collect(2)
    assert 0 < rollout.forgot.sum() < rollout.forgot.numel()


def test_learning_goes_through_sequences_as_they_were_played() -> None:
    """Before the first step of an update, chances are those with which actions were drawn."""
    one = recurrent()
    rollout = one.collect(5)
    found = torch.empty_like(rollout.chance)
    for logits, _, at in one.seats.learner._recurrent(rollout):
        chance, _ = log_chance(
            logits, one.seats.learner.network.choices, rollout.actions[at].flatten(0, 1)
        )
        found[at] = chance.detach().reshape(found[at].shape)
    torch.testing.assert_close(found, rollout.chance)
