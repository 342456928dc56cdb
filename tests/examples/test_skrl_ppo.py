"""The example of skrl."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")
pytest.importorskip("skrl")


@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_and_values_what_was_seen_last(
    level: str, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = small("skrl_ppo")
    torch.manual_seed(0)
    seats = example.SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="NextStep")
    env = example.wrap_env(seats, wrapper="gymnasium", verbose=False)
    agent = example.learner(env)
    before = [one.clone() for one in agent.policy.parameters()]
    kept: list[Any] = []
    add = agent.memory.add_samples
    monkeypatch.setattr(agent.memory, "add_samples", lambda **row: (kept.append(row), add(**row)))
    steps: list[Any] = []
    step = env.step
    monkeypatch.setattr(env, "step", lambda actions: steps.append(step(actions)) or steps[-1])

    example.train(env, agent, 2 * example.STEPS)

    assert all(bool((a != b).any()) for a, b in zip(before, agent.policy.parameters(), strict=True))
    assert all(bool(one.isfinite().all()) for one in agent.value.parameters())
    ends = [index for index, row in enumerate(kept) if row["truncated"].all()]
    assert ends == [4, 10], "an episode of five steps, and one in which it is begun anew"
    for end in ends:
        # The trainer hands on what it was given: the reset shows the next episode's first.
        assert torch.equal(kept[end + 1]["observations"], steps[end][0])
        assert (kept[end + 1]["rewards"] == 0).all()


def test_agents_of_a_pettingzoo_hive_learn_one_model(small: Any) -> None:
    example = small("skrl_ppo")
    torch.manual_seed(0)
    hive = example.hive_v0.parallel_env(example.SIZE, level="manager")
    env = example.wrap_env(hive, wrapper="pettingzoo", verbose=False)
    agent = example.learners(env)
    models = set(agent.policies.values())
    assert len(models) == 1
    assert len(agent.policies) == 4
    model = models.pop()
    before = [one.clone() for one in model.parameters()]

    example.train(env, agent, 2 * example.STEPS)

    assert all(bool((a != b).any()) for a, b in zip(before, model.parameters(), strict=True))
    assert all(bool(one.isfinite().all()) for one in model.parameters())


@pytest.mark.parametrize("more", [[], ["--multi"]], ids=["seats", "agents"])
def test_what_is_printed_is_what_the_level_is_worth(
    more: list[str], small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("skrl_ppo", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64", *more])
    lines = [line for line in capsys.readouterr().out.splitlines() if "U by worker" in line]
    assert len(lines) == 2
    assert np.isfinite([float(line.split()[-1]) for line in lines]).all()
