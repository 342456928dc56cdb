"""Event files for TensorBoard, read back by TensorBoard's own reader."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from envs.worlds import TINY

from hive_env.envs.single import HiveEnv
from hive_env.errors import DeviceError
from hive_env.monitoring import Metrics, MonitoredEnv, TensorBoardSink

LABELS = {"family": "forage", "size": "nano", "level": "manager"}


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The scalars of a run by tag, as steps and values."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulator.EventAccumulator(str(folder))
    found.Reload()
    return {
        tag: [(one.step, one.value) for one in found.Scalars(tag)]
        for tag in found.Tags()["scalars"]
    }


def sink(folder: Path) -> TensorBoardSink:
    """A sink, where tensorboard is installed."""
    pytest.importorskip("tensorboard")
    return TensorBoardSink(folder)


def test_scalars_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    with sink(tmp_path / "run") as board:
        board.write(Metrics(throughput=2.5, coherence=0.75), 64, LABELS)
        board.write(Metrics(throughput=4.0), 128, LABELS)
        board.write(Metrics(coherence=0.5), 128, {**LABELS, "level": "worker"})

    assert scalars(tmp_path / "run") == {
        "manager/throughput": [(64, 2.5), (128, 4.0)],
        "manager/coherence": [(64, 0.75)],
        "worker/coherence": [(128, 0.5)],
    }


def test_what_is_flushed_can_be_read_while_the_run_goes_on(tmp_path: Path) -> None:
    with sink(tmp_path) as board:
        board.write(Metrics(throughput=1.0), 1, LABELS)
        board.flush()
        assert scalars(tmp_path) == {"manager/throughput": [(1, 1.0)]}


def test_an_environment_writes_its_metrics(tmp_path: Path) -> None:
    with sink(tmp_path) as board:
        env = MonitoredEnv(HiveEnv(TINY, level="manager"), [board], every=2)
        env.reset(seed=0)
        for _ in range(5):
            env.step(env.action_space.sample())
        env.close()

    found = scalars(tmp_path)
    assert [step for step, _ in found["manager/action_entropy"]] == [16, 32, 40]
    assert all(0 <= value <= 1 for _, value in found["manager/worker_utilization"])


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    board = sink(tmp_path)
    board.close()
    board.close()


def test_it_says_what_to_install_where_tensorboard_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    missing: Any = None
    monkeypatch.setitem(sys.modules, "tensorboard", missing)

    with pytest.raises(DeviceError, match=r"pip install 'hive-env\[monitoring\]'"):
        TensorBoardSink(tmp_path)
    assert list(tmp_path.iterdir()) == []
