"""The example of a BenchMARL task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from envs.worlds import HARSH

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")
# Its releases so far import what the newest TorchRL has no more.
pytest.importorskip("benchmarl", exc_type=ImportError)

# TorchRL tells of what its next versions will do, and which PettingZoo it is tested with.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.mark.parametrize("algorithm", ["mappo", "ippo"])
@pytest.mark.parametrize("level", LEVELS)
def test_it_learns_at_every_level_across_the_ends_of_episodes(
    level: str, algorithm: str, small: Any, tmp_path: Path
) -> None:
    example = small("benchmarl_task")
    run = example.experiment(level, algorithm, 64, 0, str(tmp_path))
    before = [one.clone() for one in run.policy.parameters()]

    run.run()

    assert run.total_frames == 64
    assert (level, "action_mask") in run.action_mask_spec.keys(True, True)
    now = list(run.policy.parameters())
    assert all(bool((a != b).any()) for a, b in zip(before, now, strict=True))
    assert all(bool(one.isfinite().all()) for one in now)


def test_worlds_that_learn_together_have_seeds_of_their_own(small: Any) -> None:
    example = small("benchmarl_task")
    make = example.HiveTask("MANAGER", {"level": "manager"}).get_env_fun(2, False, 5, "cpu")
    first, second = make().reset(), make().reset()
    again = example.made("manager", 5).reset()
    key = ("manager", "observation")
    assert torch.equal(first[key], again[key])
    assert not torch.equal(first[key], second[key])


def test_what_its_policy_does_is_open(small: Any, tmp_path: Path) -> None:
    """Workers that have failed may only stay."""
    example = small("benchmarl_task", max_cycles=60, **HARSH)
    run = example.experiment("worker", "ippo", 64, 0, str(tmp_path))
    with torch.no_grad():
        played = example.made("worker", 0).rollout(60, run.policy)

    masks, actions = played["worker", "action_mask"], played["worker", "action"]
    assert (~masks).any(-1).sum() > 100
    assert masks.gather(-1, actions[..., None]).all()
    assert played["next", "truncated"][:, 0].tolist() == [False] * 59 + [True]


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("benchmarl_task", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64"])
    assert capsys.readouterr().out.count("U by worker") == 2
