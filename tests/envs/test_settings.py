"""Arguments of the environments: what is wrong is named before anything is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import TINY
from hypothesis import given
from hypothesis import strategies as st

from hive_env.config import ForageConfig
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.settings import JOINT_LIMIT, forage_config
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ArgumentError, ConfigError

BAD: list[tuple[str, Any]] = [
    ("size", "huge"),
    ("size", 3),
    ("size", 512.0),
    ("level", "manager"),
    ("level", "boss"),
    ("level", None),
    ("config", "v0"),
    ("config", {"no_such_constant": 1}),
    ("max_cycles", 0),
    ("max_cycles", -4),
    ("max_cycles", True),
    ("max_cycles", 2.5),
    ("observation", "float64"),
    ("observation", None),
    ("render_mode", "ansi"),
    ("render_options", "wide"),
    ("device", "tpu"),
    ("threads", 0),
]

BAD_SEATS: list[tuple[str, Any]] = [
    ("seat", -1),
    ("seat", 512),
    ("seat", 1.0),
    ("seat", True),
    ("joint", 1),
    ("policy", "clever"),
    ("policy", None),
    ("policy", 3),
]


@pytest.mark.parametrize(("argument", "value"), BAD + BAD_SEATS)
@pytest.mark.parametrize("facade", [HiveEnv, HiveVectorEnv])
def test_a_bad_argument_of_a_gymnasium_environment_is_named(
    facade: Any, argument: str, value: object
) -> None:
    with pytest.raises(ArgumentError) as raised:
        facade(**{"size": "nano", argument: value})

    assert argument in raised.value.argument


@pytest.mark.parametrize(("argument", "value"), BAD)
def test_a_bad_argument_of_the_pettingzoo_environment_is_named(
    argument: str, value: object
) -> None:
    with pytest.raises(ArgumentError) as raised:
        HiveParallelEnv(**{"size": "nano", argument: value})  # type: ignore[arg-type]

    assert argument in raised.value.argument


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_a_bad_number_of_worlds_is_named(value: Any) -> None:
    with pytest.raises(ConfigError, match="num_envs"):
        HiveVectorEnv(value, "nano")


def test_a_level_that_does_not_exist_yet_is_refused_by_the_names_of_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"expected 'worker', got governor"):
        HiveEnv("nano", level="governor")


def test_one_controller_commands_no_more_than_a_small_hive() -> None:
    """Refused before the world is allocated, as the message says how to go on."""
    with pytest.raises(ConfigError, match=rf"joint: .*{JOINT_LIMIT:,}.*10,000.*parallel_env"):
        HiveEnv("v0", joint=True)


def test_a_joint_controller_takes_no_single_seat() -> None:
    with pytest.raises(ConfigError, match="seat"):
        HiveEnv(TINY, joint=True, seat=3)


def test_constants_may_be_given_as_what_differs_from_the_default() -> None:
    changed = forage_config({"site_stock": 7, "evaporation_rate": [0.5, 0.5, 0.5, 0.5]})

    assert changed == ForageConfig(site_stock=7, evaporation_rate=(0.5,) * 4)
    assert forage_config(None) == forage_config({}) == ForageConfig()
    assert forage_config(changed) is changed


def test_a_constant_out_of_range_is_refused_by_its_own_name() -> None:
    with pytest.raises(ConfigError, match="site_stock"):
        HiveEnv(TINY, config={"site_stock": -1})


@given(st.integers(0, TINY.workers - 1))
def test_every_worker_has_a_seat_whatever_integer_names_it(seat: int) -> None:
    env = HiveEnv(TINY, seat=np.int64(seat))  # type: ignore[arg-type]

    assert env.observation_space.shape == (64,)
