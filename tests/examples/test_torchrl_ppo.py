"""The example of TorchRL."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")
pytest.importorskip("torchrl")

# TorchRL tells of what its next versions will do, and of its own parts.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:torchrl"),
]


def made(example: Any, level: str) -> tuple[Any, Any, Any]:
    torch.manual_seed(0)
    env = example.SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="SameStep")
    return (env, *example.networks(env))


@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_across_the_ends_of_episodes(level: str, small: Any) -> None:
    example = small("torchrl_ppo")
    env, actor, critic = made(example, level)
    before = [one.clone() for one in (*actor.parameters(), *critic.parameters())]

    losses = example.train(env, actor, critic, 2 * example.STEPS * env.num_envs, seed=0)

    assert len(losses) >= 2 * example.EPOCHS
    assert np.isfinite(losses).all()
    now = (*actor.parameters(), *critic.parameters())
    assert all(bool((a != b).any()) for a, b in zip(before, now, strict=True))


def test_it_is_told_what_was_seen_last_and_what_is_open(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that have failed may only stay."""
    example = small("torchrl_ppo", max_cycles=30, **HARSH)
    env, actor, _ = made(example, "worker")
    # Made before: it takes steps of its own to see what there is.
    wrapped = example.GymWrapper(env)
    last, step = [], env.step

    def told(actions: Any) -> Any:
        outcome = step(actions)
        last.append(outcome[4].get("final_obs", outcome[0]))
        return outcome

    monkeypatch.setattr(env, "step", told)
    played = wrapped.rollout(61, actor, break_when_any_done=False)

    assert np.array_equal(played["next", "observation"].transpose(0, 1), np.stack(last))
    ended = played["next", "truncated"][0, :, 0]
    assert ended.nonzero().flatten().tolist() == [29, 59]
    assert not played["next", "terminated"].any()
    # What is seen in the next row is what was seen after the one before, but at an end.
    same = (played["next", "observation"][:, :-1] == played["observation"][:, 1:]).all(-1)
    assert torch.equal(same.all(0), ~ended[:-1])
    masks, actions = played["action_mask"], played["action"]
    assert (~masks).any(-1).sum() > 100
    assert masks.gather(-1, actions[..., :1]).all()
    assert masks.gather(-1, 8 + actions[..., 1:]).all()


def test_what_is_not_open_has_no_chance(small: Any) -> None:
    example = small("torchrl_ppo")
    mask = torch.tensor([[True, False, False, True, True], [False, True, True, False, True]])
    heads = example.MaskedHeads(torch.zeros(2, 5), mask, [3, 2])
    drawn = heads.sample((200,))
    assert drawn.shape == (200, 2, 2)
    assert sorted(set(map(tuple, drawn[:, 0].tolist()))) == [(0, 0), (0, 1)]
    assert sorted(set(map(tuple, drawn[:, 1].tolist()))) == [(1, 1), (2, 1)]
    chance = heads.log_prob(torch.tensor([[0, 1], [2, 1]]))
    assert torch.allclose(chance, torch.log(torch.tensor([0.5, 0.5])))
    assert torch.allclose(heads.entropy(), torch.log(torch.tensor([2.0, 2.0])))
    assert (heads.log_prob(torch.tensor([[1, 0], [0, 0]])) < -1e6).all()


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("torchrl_ppo", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64"])
    lines = [line for line in capsys.readouterr().out.splitlines() if "U by worker" in line]
    assert len(lines) == 2
