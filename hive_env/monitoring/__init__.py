"""Monitoring: what a hive does in numbers, for whoever watches it run.

`Meter` looks on while worlds tick and counts; `Metrics` are worked out from its `Counts`. The
monitored environments have them in ``info`` and write them to sinks, of which there are two:
`TensorBoardSink` and `PrometheusEndpoint`. ``docs/monitoring.md`` has the formula of each.
"""

from hive_env.monitoring.counts import Counts
from hive_env.monitoring.course import Course
from hive_env.monitoring.envs import MonitoredEnv, MonitoredParallelEnv, MonitoredVectorEnv, Sink
from hive_env.monitoring.meter import Meter
from hive_env.monitoring.metrics import METRICS, Metrics
from hive_env.monitoring.prometheus import PrometheusEndpoint
from hive_env.monitoring.tallies import TALLIES, Tally, Tick
from hive_env.monitoring.tensorboard import TensorBoardSink

__all__ = [
    "METRICS",
    "TALLIES",
    "Counts",
    "Course",
    "Meter",
    "Metrics",
    "MonitoredEnv",
    "MonitoredParallelEnv",
    "MonitoredVectorEnv",
    "PrometheusEndpoint",
    "Sink",
    "Tally",
    "TensorBoardSink",
    "Tick",
]
