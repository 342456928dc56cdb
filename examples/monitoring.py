"""Watch a hive run: its metrics in info, in TensorBoard, and on a Prometheus endpoint.

    python examples/monitoring.py
    python examples/monitoring.py --ticks-a-second 20      # time enough to look on
    tensorboard --logdir runs/monitoring                   # another terminal
    curl http://127.0.0.1:9464/metrics

A manager's seat of a nano hive is played at random for an episode; everybody else follows the
scripted policies. Needs ``pip install 'hive-env[monitoring]'``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import gymnasium

from hive_env.monitoring import MonitoredEnv, PrometheusEndpoint, TensorBoardSink

PORT = 9464


def main(arguments: Sequence[str] | None = None) -> None:
    """Play an episode, and say what its last step told."""
    top = argparse.ArgumentParser(description="Metrics of a hive, while it runs.")
    top.add_argument("--size", default="nano")
    top.add_argument("--task", default="forage", help="forage or queue (forage)")
    top.add_argument("--seed", type=int, default=0)
    top.add_argument("--folder", type=Path, default=Path("runs/monitoring"))
    top.add_argument("--port", type=int, default=PORT, help=f"0 for any that is free ({PORT})")
    top.add_argument("--ticks-a-second", type=float, help="go no faster than this")
    given = top.parse_args(arguments)
    with TensorBoardSink(given.folder) as board, PrometheusEndpoint(given.port) as endpoint:
        print(f"http://127.0.0.1:{endpoint.port}/metrics, tensorboard --logdir {given.folder}")
        env = MonitoredEnv(
            gymnasium.make("hive_env:Hive-v0", size=given.size, task=given.task),
            sinks=[board, endpoint],
            every=4,
        )
        env.action_space.seed(given.seed)
        _, info = env.reset(seed=given.seed)
        over = False
        while not over:
            action = env.action_space.sample(mask=info["action_mask"])
            _, _, _, over, told = env.step(action)
            if given.ticks_a_second:
                time.sleep((told["tick"] - info["tick"]) / given.ticks_a_second)
            info = told
        env.close()
    for name, value in info["metrics"].items():
        print(f"{name:<24}{value:.4g}")


if __name__ == "__main__":
    main()
