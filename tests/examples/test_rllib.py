"""The example of RLlib."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from hive_env.scenarios.hive import LEVELS

pytest.importorskip("ray.rllib.algorithms.ppo", exc_type=ImportError)

# Ray and RLlib tell of what they will take away, and leave sockets open to their own processes.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ray, which writes a token and results below the home folder, in another one."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


def weights(algorithm: Any, name: str) -> dict[str, Any]:
    return algorithm.get_module(name).get_state()


def learned(algorithm: Any, example: Any, names: tuple[str, ...], steps: int) -> None:
    """Train, and assert that every policy has become another, by losses that are finite."""
    before = {name: weights(algorithm, name) for name in names}
    told = example.train(algorithm, steps)
    for name in names:
        after = weights(algorithm, name)
        moved = {key for key in after if not np.array_equal(before[name][key], after[key])}
        assert any(key.startswith("pi.") for key in moved)
        assert all(np.isfinite(float(update[name]["total_loss"])) for update in told)


@pytest.mark.parametrize("level", ["worker", "manager"])
def test_seats_learn_as_environments_of_the_native_vector_environment(
    level: str, small: Any, cluster: None
) -> None:
    example = small("rllib")
    algorithm = example.built(example.seats(level), seed=0)
    count = algorithm.env_runner.num_envs
    assert count == (128 if level == "worker" else 8)
    assert type(algorithm.env_runner.env.unwrapped).__name__ == "SeatsVectorEnv"

    learned(algorithm, example, ("default_policy",), 2 * example.STEPS * count)

    assert example.worth(algorithm, level) >= 0
    algorithm.stop()


def test_one_seat_of_a_registered_environment_learns(small: Any, cluster: None) -> None:
    example = small("rllib")
    example.SIZE = 256  # An environment that is made by name can be told of no Size.
    algorithm = example.built(example.seat(), seed=0)
    assert type(algorithm.env_runner.env.unwrapped).__name__ == "HiveVectorEnv"

    learned(algorithm, example, ("default_policy",), 2 * example.STEPS)

    algorithm.stop()


@pytest.mark.parametrize("level", ["manager", "all"])
def test_agents_of_a_level_learn_one_policy_in_the_multi_agent_environment(
    level: str, small: Any, cluster: None
) -> None:
    example = small("rllib", max_cycles=20)
    config = example.agents(level)
    # In ten ticks of 64 workers and five others, every level decides.
    config.training(train_batch_size=690 if level == "all" else 128, minibatch_size=64)
    algorithm = example.built(config, seed=0)

    names = LEVELS if level == "all" else (level,)
    learned(algorithm, example, names, 200)

    assert example.worth(algorithm, level) >= 0
    algorithm.stop()


def test_all_levels_are_refused_where_seats_are_environments(
    small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        small("rllib").main(["--level", "all"])
    assert "add --multi" in capsys.readouterr().err
