"""The example of AgileRL."""

from __future__ import annotations

from typing import Any

import pytest

from hive_env.scenarios.hive import LEVELS

torch = pytest.importorskip("torch")
pytest.importorskip("agilerl")
# AgileRL 2.58 imports it and does not ask for it.
pytest.importorskip("peft")

# AgileRL tells of what it will take away.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def parameters(learned: Any) -> list[Any]:
    networks = [*learned.actors.values(), *learned.critics.values()]
    return [one for network in networks for one in network.parameters()]


@pytest.mark.parametrize("level", LEVELS)
def test_agents_of_a_level_learn_as_one_group_across_the_ends_of_episodes(
    level: str, small: Any
) -> None:
    example = small("agilerl_ippo")
    torch.manual_seed(0)
    env = example.hive_v0.parallel_env(example.SIZE, level=level)
    env.reset(seed=0)
    learned = example.learner(env)
    # One group, which is called after its agent where there is one alone.
    assert list(learned.actors) == [level if len(env.agents) > 1 else f"{level}_0"]
    before = [one.clone() for one in parameters(learned)]

    example.train(learned, env, 64)

    now = parameters(learned)
    assert any(bool((a != b).any()) for a, b in zip(before, now, strict=True))
    assert all(bool(one.isfinite().all()) for one in now)


def test_what_is_printed_is_what_the_level_is_worth(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    example = small("agilerl_ippo", max_cycles=20)
    example.main(["--level", "manager", "--steps", "64"])
    assert capsys.readouterr().out.count("U by worker") == 2
