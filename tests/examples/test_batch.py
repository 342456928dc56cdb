"""The example of a batch user: managers of many worlds learn, with nothing leaving the device."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "examples" / "batch.py"
torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("batch", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.slow
def test_a_few_updates_are_worth_something_on_seeds_that_training_never_saw(
    example: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "result.json"
    example.main(
        ["--device", "cpu", "--worlds", "8", "--updates", "8", "--quiet", "--json", str(kept)]
    )

    told = json.loads(kept.read_text())
    printed = capsys.readouterr().out
    assert told["trained"][0] > 1.15 * told["random"][0]
    assert told["scripted"][0] > told["trained"][0]
    assert told["worker_ticks_a_second"] > 0
    assert f"U by worker {told['trained'][0]:.2f}" in printed


def test_its_help_says_what_it_does() -> None:
    done = subprocess.run(
        [sys.executable, str(PATH), "--help"], capture_output=True, text=True, check=True
    )

    assert "Train the managers of thousands of small worlds" in done.stdout


def test_a_reward_is_the_weighted_sum_of_what_was_earned_in_all_ticks_of_a_decision(
    example: Any,
) -> None:
    from hive_env.scenarios.rewards import WEIGHTS, total

    managers = example.Managers(2, "cpu")
    hive = managers.hive
    hive.reset(seed=0)
    for _ in range(3):
        since = hive.counters("manager")
        paid = managers.step(hive.decide("scripted", level="manager"))
        parts = hive.components("manager", since)

    expected = total(parts, hive.scales("manager", "mean"), WEIGHTS["manager"])
    assert np.abs(parts).any()
    np.testing.assert_allclose(paid.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_scripted_orders_given_from_outside_are_those_of_the_scripted_hierarchy(
    example: Any,
) -> None:
    managers, other = (example.Managers(2, "cpu") for _ in range(2))
    for each in (managers, other):
        each.hive.reset(seed=1)
    for _ in range(2):
        managers.step(torch.as_tensor(managers.hive.decide("scripted", level="manager")))
        for _ in range(8):
            other.crew.tick()

    assert managers.hive.state_hash() == other.hive.state_hash()


@pytest.mark.cudasim
@pytest.mark.slow
def test_on_a_gpu_the_network_sees_and_orders_what_it_would_on_the_cpu(example: Any) -> None:
    """The simulator has its memory on the host, where torch shares it all the same."""
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    found = []
    for device in ("cuda", "cpu"):
        torch.manual_seed(0)
        managers = example.Managers(1, device)
        network = example.Network(128, managers.played.choices).to(managers.place)
        managers.hive.reset(seed=0)
        paid = managers.step(network.orders(managers.observe(), likeliest=True))
        found.append((managers.hive.state_hash(), managers.observe().cpu(), paid.cpu()))

    (there, seen, earned), (here, mine, own) = found
    assert there == here
    assert (seen == mine).all()
    assert (earned == own).all()
