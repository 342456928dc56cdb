"""The Prometheus endpoint, scraped over HTTP."""

from __future__ import annotations

import math
import re
import socket
import sys
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from envs.worlds import TINY

from hive_env.envs.single import HiveEnv
from hive_env.errors import ArgumentError, DeviceError
from hive_env.monitoring import METRICS, Metrics, MonitoredEnv, PrometheusEndpoint

LABELS = {"family": "forage", "size": "nano", "level": "manager"}


def endpoint(port: int = 0, **more: Any) -> PrometheusEndpoint:
    """An endpoint at a free port, where prometheus-client is installed."""
    pytest.importorskip("prometheus_client")
    return PrometheusEndpoint(port, **more)


def scraped(port: int) -> str:
    """What the endpoint answers."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def gauges(port: int, level: str = "manager", size: str = "nano") -> dict[str, float]:
    """The gauges of a level by name."""
    labels = re.escape(f'{{family="forage",level="{level}",size="{size}"}}')
    found = re.findall(rf"^hive_env_(\w+){labels} (\S+)$", scraped(port), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_it_answers_with_what_was_written_last() -> None:
    with endpoint() as served:
        served.write(Metrics(throughput=1.0), 8, LABELS)
        served.write(Metrics(throughput=2.5, coherence=0.75), 64, LABELS)
        served.write(Metrics(coherence=0.5), 64, {**LABELS, "level": "worker"})
        found = gauges(served.port)
        other = gauges(served.port, "worker")

    assert found.keys() == other.keys() == {*METRICS, "ticks"}
    assert (found["throughput"], found["coherence"], found["ticks"]) == (2.5, 0.75, 64)
    assert other["coherence"] == 0.5
    assert math.isnan(found["churn_rate"])


def test_every_gauge_says_what_it_is_in_which_unit() -> None:
    with endpoint() as served:
        text = scraped(served.port)

    assert "# TYPE hive_env_throughput gauge" in text
    assert "# HELP hive_env_throughput Tasks completed in a second on the wall. (tasks / s)" in text
    assert text.count("# TYPE") == len(METRICS) + 1


def test_two_endpoints_show_each_its_own() -> None:
    with endpoint() as one, endpoint() as other:
        one.write(Metrics(throughput=1.0), 1, LABELS)
        assert gauges(one.port)["throughput"] == 1.0
        assert gauges(other.port) == {}


def test_an_environment_shows_its_metrics() -> None:
    with endpoint() as served:
        env = MonitoredEnv(HiveEnv(TINY, level="manager"), [served], every=1)
        env.reset(seed=0)
        for _ in range(3):
            env.step(env.action_space.sample())
        found = gauges(served.port, size="64")
        env.close()

    assert found["ticks"] == 24
    assert 0 < found["worker_utilization"] < 1


def test_closing_frees_the_port_and_a_second_time_does_nothing() -> None:
    served = endpoint()
    port = served.port
    assert scraped(port)
    served.close()
    served.close()

    with pytest.raises(URLError):
        scraped(port)
    with endpoint(port) as again:
        assert again.port == port
        assert scraped(port)


def test_a_port_in_use_is_named_and_nothing_is_left_open() -> None:
    with (
        endpoint() as served,
        pytest.raises(ArgumentError, match=f"port.*{served.port}") as refused,
    ):
        endpoint(served.port)
    assert refused.value.argument == "port"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ArgumentError, match=r"free.*0 is any that is free"):
            endpoint(taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 65536, 80.0, "9464", True, None])
def test_a_port_that_is_none_is_refused(port: Any) -> None:
    with pytest.raises(ArgumentError, match="port"):
        PrometheusEndpoint(port)


def test_an_address_that_is_another_machines_is_refused() -> None:
    with pytest.raises(ArgumentError, match="address"):
        endpoint(0, address="192.0.2.1")


def test_it_says_what_to_install_where_prometheus_client_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "prometheus_client", missing)

    with pytest.raises(DeviceError, match=r"pip install 'hive-env\[monitoring\]'"):
        PrometheusEndpoint(0)
