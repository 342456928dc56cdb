"""The example of PPO in one file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")


def made(example: Any, level: str) -> tuple[Any, Any]:
    torch.manual_seed(0)
    env = example.SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="SameStep")
    return example.Agent(env), env


@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_across_the_ends_of_episodes(level: str, small: Any) -> None:
    example = small("cleanrl_ppo")
    agent, env = made(example, level)
    before = [one.clone() for one in agent.parameters()]

    losses = example.train(agent, env, 3 * example.STEPS * env.num_envs, seed=0)

    assert len(losses) == 3 * example.EPOCHS * example.BATCHES
    assert np.isfinite(losses).all()
    moved = [bool((a != b).any()) for a, b in zip(before, agent.parameters(), strict=True)]
    assert all(moved)


def test_it_never_does_what_is_not_open_to_a_seat(small: Any) -> None:
    """Workers that have failed may only stay."""
    example = small("cleanrl_ppo", max_cycles=40, **HARSH)
    agent, env = made(example, "worker")
    seen, infos = env.reset(seed=0)
    failed = 0
    for step in range(40):
        mask = infos["action_mask"]
        actions = agent.act(seen, mask, greedy=step % 2 == 0).numpy()
        rows = np.arange(len(actions))
        assert mask[rows, actions[:, 0]].all()
        assert mask[rows, 8 + actions[:, 1]].all()
        failed += (~mask).any(1).sum()
        seen, _, _, _, infos = env.step(actions)
    assert failed > 100


def test_an_episode_that_is_cut_off_is_worth_what_its_last_observation_promises(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = small("cleanrl_ppo", max_cycles=1)
    agent, env = made(example, "governor")
    step, value, last, asked = env.step, agent.value, [], []

    def told(actions: Any) -> Any:
        outcome = step(actions)
        last.append(outcome[4]["final_obs"])
        return outcome

    def valued(seen: Any) -> Any:
        asked.append(seen)
        return value(seen)

    monkeypatch.setattr(env, "step", told)
    monkeypatch.setattr(agent, "value", valued)
    example.train(agent, env, 1, seed=0)

    seen, after = asked[0].numpy(), asked[1].numpy()
    assert np.array_equal(after, last), "every step was an end"
    assert not np.array_equal(after[:-1], seen[1:]), "what comes next is another episode"


@pytest.mark.slow
def test_governors_learn_in_half_a_minute(small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    example = small("cleanrl_ppo")
    from hive_env.wrappers import SeatsVectorEnv

    example.SIZE, example.WORLDS, example.SeatsVectorEnv = "nano", 8, SeatsVectorEnv
    example.main([])
    told = {
        name.strip(): float(rest.split()[-1])
        for name, rest in (line.split(":") for line in capsys.readouterr().out.splitlines())
    }
    assert told["trained"] > told["untrained"] + 0.5
    assert told["trained"] > told["random"] + 0.5
    assert told["scripted"] > told["trained"]
