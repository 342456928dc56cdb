"""The example of a PettingZoo hive through SuperSuit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hive_env.scenarios.hive import LEVELS
from hive_env.wrappers import SeatsVectorEnv

pytest.importorskip("stable_baselines3")
pytest.importorskip("supersuit")


@pytest.mark.parametrize("level", LEVELS)
def test_it_pays_and_ends_as_the_native_environment_does(level: str, small: Any) -> None:
    from hive_env.wrappers.sb3 import SeatsVecEnv

    example = small("supersuit_sb3")
    config = example.hive_v0.parallel_env.keywords
    native = SeatsVecEnv(
        SeatsVectorEnv(2, example.SIZE, level=level, autoreset_mode="SameStep", **config)
    )
    env = example.made(level, 2)
    for each in (env, native):
        each.seed(4)
    assert np.array_equal(env.reset(), native.reset())
    random = np.random.default_rng(0)
    ends = 0
    for _ in range(12):
        actions = random.integers(env.action_space.nvec, size=(env.num_envs, len(env.action_space)))
        seen, rewards, over, infos = env.step(actions)
        others, paid, ended, told = native.step(actions)
        assert np.array_equal(seen, others)
        np.testing.assert_allclose(rewards, paid, rtol=1e-6)
        assert np.array_equal(over, ended)
        for row in np.flatnonzero(over):
            assert infos[row]["TimeLimit.truncated"]
            last = infos[row]["terminal_observation"]
            assert np.array_equal(last, told[row]["terminal_observation"])
        ends += over.all()
    assert ends == 2


def test_it_learns_across_the_ends_of_episodes(small: Any) -> None:
    example = small("supersuit_sb3")
    model = example.learner(example.made("manager", 2), seed=0)
    before = model.policy.parameters_to_vector()

    model.learn(2 * example.STEPS * model.n_envs)

    after = model.policy.parameters_to_vector()
    assert np.isfinite(after).all()
    assert not np.array_equal(before, after)
    assert np.isfinite(model.logger.name_to_value["train/loss"])


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("supersuit_sb3", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64"])
    assert capsys.readouterr().out.count("U by worker") == 2
