"""The constants of Queue check themselves."""

from __future__ import annotations

from typing import Any

import pytest

from hive_env.errors import ConfigError
from hive_env.scenarios.queue import QueueConfig, QueueHive, config_of
from hive_env.sizes import SIZES, Size

BAD: dict[str, Any] = {
    "episode_ticks": 0,
    "manager_period": 2.0,
    "governor_period": 12,
    "orchestrator_period": 48,
    "queue_share": -1.0,
    "busy_load": "much",
    "pair_share": 1.5,
    "work_low": 45,
    "work_high": True,
    "slack_high": 1.0,
    "tight_low": float("nan"),
    "price_hot": 9_000,
    "off_speed": 0.0,
    "travel_ticks": -1,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_constant_is_named(name: str) -> None:
    named = {"work_low": "work_high"}.get(name, name)
    with pytest.raises(ConfigError, match=named):
        QueueConfig(**{name: BAD[name]})


def test_a_queue_longer_than_its_slots_can_count_is_refused() -> None:
    with pytest.raises(ConfigError, match="queue_share"):
        QueueHive(Size(1 << 24, 1, 1, 1, 1), QueueConfig(queue_share=1.0))


@pytest.mark.parametrize("bad", [{"size": "nano"}, {"queue": None}])
def test_the_record_takes_a_size_and_constants(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        QueueHive(**bad)


def test_a_configuration_comes_from_a_size_alone() -> None:
    assert config_of(None) == QueueHive(SIZES["v0"])
    assert config_of("nano") == config_of(SIZES["nano"]) == QueueHive(SIZES["nano"])
    assert config_of(512).size.workers == 512
    given = QueueHive(SIZES["nano"], QueueConfig(walk_ticks=1))
    assert config_of(given) is given
    for bad in (True, 1.5, QueueConfig()):
        with pytest.raises(ConfigError):
            config_of(bad)  # type: ignore[arg-type]


def test_the_episode_is_rounded_up_to_the_slowest_clock() -> None:
    assert QueueHive(queue=QueueConfig(episode_ticks=65)).episode_ticks == 128
    assert QueueHive().episode_ticks == 512


def test_the_hash_tells_configurations_apart() -> None:
    records = [
        QueueHive(),
        QueueHive(SIZES["nano"]),
        QueueHive(queue=QueueConfig(walk_ticks=3)),
        QueueHive(queue=QueueConfig(off_speed=0.5)),
    ]
    assert len({record.config_hash() for record in records}) == len(records)
    assert QueueHive().config_hash() == QueueHive().config_hash()
