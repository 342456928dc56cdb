"""Metrics for TensorBoard. Needs tensorboard, but not torch."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from hive_env.errors import DeviceError
from hive_env.monitoring.metrics import Metrics


class TensorBoardSink:
    """Writes metrics to an event file, as scalars named ``level/metric``.

    What is not defined is left out. Can be used in a ``with``.

    Parameters
    ----------
    folder : path
        Where the file is made, the run's own; it is created.

    Raises
    ------
    DeviceError
        When tensorboard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        writer, self._event, self._summary = _tensorboard()
        self._writer: Any = writer(os.fspath(folder))

    def write(self, metrics: Metrics, step: int, labels: Mapping[str, str]) -> None:
        """Write the metrics of a level; as `Sink.write`."""
        values = [
            self._summary.Value(tag=f"{labels['level']}/{name}", simple_value=value)
            for name, value in metrics.defined().items()
        ]
        summary = self._summary(value=values)
        self._writer.add_event(self._event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """See that all that was written is in the file."""
        self._writer.flush()

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._writer.close()

    def __enter__(self) -> TensorBoardSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _tensorboard() -> tuple[Any, Any, Any]:
    """Return the writer of event files, and the types of what it writes."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as missing:
        raise DeviceError(
            "TensorBoardSink needs tensorboard, which is not installed. "
            "Run: pip install 'hive-env[monitoring]'."
        ) from missing
    return EventFileWriter, Event, Summary
