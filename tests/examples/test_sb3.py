"""The example of Stable-Baselines3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH

from hive_env.scenarios.hive import LEVELS

pytest.importorskip("stable_baselines3")


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_across_the_ends_of_episodes(
    level: str, masks: bool, small: Any
) -> None:
    if masks:
        pytest.importorskip("sb3_contrib")
    example = small("sb3")
    model = example.learner(level, masks, seed=0)
    before = model.policy.parameters_to_vector()

    model.learn(3 * example.STEPS * model.n_envs)

    after = model.policy.parameters_to_vector()
    assert len(model.ep_info_buffer or []) == 0, "it is not wrapped in a monitor"
    assert np.isfinite(after).all()
    assert not np.array_equal(before, after)
    assert np.isfinite(model.logger.name_to_value["train/loss"])


def test_what_it_learns_from_are_actions_that_were_open(small: Any) -> None:
    """Workers that have failed may only stay."""
    pytest.importorskip("sb3_contrib")
    example = small("sb3", max_cycles=100, **HARSH)
    example.STEPS = 40
    model = example.learner("worker", True, seed=0)
    model.learn(40 * model.n_envs)

    kept = model.rollout_buffer
    masks, actions = kept.action_masks.reshape(-1, 13) > 0, kept.actions.reshape(-1, 2).astype(int)
    rows = np.arange(len(actions))
    assert (~masks).any(1).sum() > 100
    assert masks[rows, actions[:, 0]].all()
    assert masks[rows, 8 + actions[:, 1]].all()


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("sb3", max_cycles=None)
    example.main(["--level", "manager", "--steps", "64"])

    before, after = (
        float(line.split("U by worker")[1]) for line in capsys.readouterr().out.splitlines()
    )
    assert before > 0
    assert after > 0
