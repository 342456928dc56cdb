"""Metrics for Prometheus, to be scraped over HTTP. Needs prometheus-client."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from hive_env.errors import ArgumentError, DeviceError
from hive_env.monitoring.metrics import ABOUT, UNITS, Metrics

LABELS = ("family", "size", "level")
"""Labels of every gauge."""

PREFIX = "hive_env_"
"""What the name of every gauge begins with."""


class PrometheusEndpoint:
    """Answers at ``http://address:port/metrics`` with what was written last.

    A gauge for every metric, ``hive_env_throughput`` and so on, and one for the step,
    ``hive_env_ticks``, with the labels ``family``, ``size`` and ``level``. What is not defined is
    NaN. It answers from a thread of its own until it is closed, and can be used in a ``with``.

    Parameters
    ----------
    port : int
        From 1 to 65535, or 0 for any that is free.
    address : str
        Where it listens: by default to this machine alone. ``"0.0.0.0"`` is everywhere; nobody is
        asked who they are.

    Attributes
    ----------
    port : int
        The port, also where any was asked for.

    Raises
    ------
    ArgumentError
        When the port is none or in use, or the address is not this machine's.
    DeviceError
        When prometheus-client is not installed.
    """

    def __init__(self, port: int = 9464, address: str = "127.0.0.1") -> None:
        if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
            raise ArgumentError("port", "an integer from 0 to 65535", port)
        client = _client()
        registry = client.CollectorRegistry()
        self._gauges: dict[str, Any] = {
            name: client.Gauge(f"{PREFIX}{name}", f"{ABOUT[name]} ({UNITS[name]})", LABELS,
                               registry=registry)
            for name in UNITS
        }  # fmt: skip
        self._ticks: Any = client.Gauge(
            f"{PREFIX}ticks", "Ticks counted, those of all worlds together.", LABELS,
            registry=registry,
        )  # fmt: skip
        try:
            self._server, self._thread = client.start_http_server(port, address, registry)
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                mend = "End what listens there, or take another; 0 is any that is free."
                raise ArgumentError("port", "one that is free", port, mend) from refused
            if refused.errno == errno.EACCES:
                mend = "Those below 1024 are the system's; take another."
                raise ArgumentError("port", "one that may be used", port, mend) from refused
            raise ArgumentError("address", "one of this machine's", address) from refused
        self.port = int(self._server.server_port)
        self._open = True

    def write(self, metrics: Metrics, step: int, labels: Mapping[str, str]) -> None:
        """Show the metrics of a level; as `Sink.write`."""
        chosen = {name: labels[name] for name in LABELS}
        for name, value in metrics.as_dict().items():
            self._gauges[name].labels(**chosen).set(value)
        self._ticks.labels(**chosen).set(step)

    def close(self) -> None:
        """Answer no longer, and free the port; a second time does nothing."""
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def __enter__(self) -> PrometheusEndpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _client() -> Any:
    """Return the module prometheus_client."""
    try:
        import prometheus_client
    except ImportError as missing:
        raise DeviceError(
            "PrometheusEndpoint needs prometheus-client, which is not installed. "
            "Run: pip install 'hive-env[monitoring]'."
        ) from missing
    return prometheus_client
