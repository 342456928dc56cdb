"""The example of skrl."""

from __future__ import annotations

import copy
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
    seats = example.SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="SameStep")
    env = example.wrap_env(seats, wrapper="gymnasium", verbose=False)
    agent = example.learner(env)
    before = [one.clone() for one in agent.policy.parameters()]
    kept: list[Any] = []
    add = agent.memory.add_samples

    def told(**row: Any) -> None:
        # What is kept is written to later.
        kept.append({name: one.clone() for name, one in row.items() if one is not None})
        kept[-1]["critic"] = copy.deepcopy(agent.value)
        add(**row)

    monkeypatch.setattr(agent.memory, "add_samples", told)
    steps: list[Any] = []
    step = env.step

    def stepped(actions: Any) -> Any:
        outcome = step(actions)
        steps.append((outcome[0], outcome[1].clone(), outcome[4]))
        return outcome

    monkeypatch.setattr(env, "step", stepped)

    example.train_seats(env, agent, 2 * example.STEPS)

    assert all(bool((a != b).any()) for a, b in zip(before, agent.policy.parameters(), strict=True))
    assert all(bool(one.isfinite().all()) for one in agent.value.parameters())
    ends = [index for index, row in enumerate(kept) if row["truncated"].all()]
    assert ends == [4, 9, 14], "episodes of five steps"
    for index, row in enumerate(kept):
        after, paid, infos = steps[index]
        if index in ends:
            with torch.no_grad():
                last = row["critic"].net(torch.as_tensor(infos["final_obs"]))
            paid = paid + example.SETTINGS["discount_factor"] * last
        torch.testing.assert_close(row["rewards"], paid)
        if index + 1 < len(kept):
            assert torch.equal(kept[index + 1]["observations"], after)


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

    example.train_agents(env, agent, 2 * example.STEPS)

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
