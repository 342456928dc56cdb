"""The example of Tianshou."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")
pytest.importorskip("tianshou")


def made(example: Any, level: str) -> tuple[Any, Any]:
    torch.manual_seed(0)
    env = example.SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="Disabled")
    return env, example.learner(env)


@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_across_the_ends_of_episodes(level: str, small: Any) -> None:
    example = small("tianshou_ppo")
    env, algorithm = made(example, level)
    before = [one.clone() for one in algorithm.parameters()]

    told = example.train(algorithm, env, 3 * example.STEPS * env.num_envs, seed=0)

    assert told.update_step == 3
    assert told.train_episode == 24 // 5 * env.num_envs
    assert all(bool((a != b).any()) for a, b in zip(before, algorithm.parameters(), strict=True))
    assert all(bool(one.isfinite().all()) for one in algorithm.parameters())


def test_its_collector_keeps_what_was_seen_last_and_what_was_open(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that have failed may only stay."""
    example = small("tianshou_ppo", max_cycles=30, **HARSH)
    env, algorithm = made(example, "worker")
    buffer = example.VectorReplayBuffer(61 * env.num_envs, env.num_envs)
    last, step = [], env.step
    monkeypatch.setattr(env, "step", lambda actions: last.append(step(actions)) or last[-1])
    collector = example.Collector(algorithm, example.SeatsVenv(env), buffer)
    collector.reset(gym_reset_kwargs={"seed": 0})
    collector.collect(n_step=61 * env.num_envs)

    def by_seat(values: Any) -> Any:
        return np.asarray(values).reshape(env.num_envs, 61, -1)

    kept = buffer[:]
    known, after, ended = by_seat(kept.obs), by_seat(kept.obs_next), by_seat(kept.truncated)
    assert np.flatnonzero(ended[0]).tolist() == [29, 59]
    seen = np.stack([outcome[0] for outcome in last], axis=1)
    assert np.array_equal(after[..., : seen.shape[-1]], seen)
    same = (after[:, :-1] == known[:, 1:]).all(-1).all(0)
    assert np.array_equal(same, ~ended[0, :-1, 0])
    masks, actions = known[..., 64:] > 0, by_seat(kept.act)
    assert (~masks).any(-1).sum() > 100
    assert np.take_along_axis(masks, actions[..., :1], -1).all()
    assert np.take_along_axis(masks, 8 + actions[..., 1:], -1).all()


def test_seats_step_together_or_not_at_all(small: Any) -> None:
    example = small("tianshou_ppo")
    env, _ = made(example, "governor")
    venv = example.SeatsVenv(env)
    venv.reset(seed=0)
    with pytest.raises(ValueError, match="all seats step together"):
        venv.step(np.zeros((1, 4), int), [0])


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("tianshou_ppo", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64"])
    assert capsys.readouterr().out.count("U by worker") == 2
