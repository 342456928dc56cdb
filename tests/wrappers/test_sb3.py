"""Stable-Baselines3's view of seats."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, TINY

from hive_env.errors import ArgumentError, ConfigError
from hive_env.wrappers import SeatsVectorEnv

pytest.importorskip("stable_baselines3")


def seats(worlds: int = 2, mode: str = "SameStep", **arguments: Any) -> SeatsVectorEnv:
    return SeatsVectorEnv(worlds, TINY, config=CLOCKS, autoreset_mode=mode, **arguments)


def made(**arguments: Any) -> Any:
    from hive_env.wrappers.sb3 import SeatsVecEnv

    return SeatsVecEnv(seats(**arguments))


def test_it_steps_as_the_seats_do() -> None:
    env, other = made(max_cycles=3), seats(max_cycles=3)
    env.seed(5)
    assert np.array_equal(env.reset(), other.reset(seed=5)[0])
    random = np.random.default_rng(0)
    for step in range(7):
        actions = random.integers(env.action_space.nvec, size=(8, 5))
        seen, rewards, over, infos = env.step(actions)
        expected, paid, _, truncated, told = other.step(actions)
        assert np.array_equal(seen, expected)
        assert np.array_equal(rewards, paid.astype(np.float32))
        assert np.array_equal(over, truncated)
        assert over.all() == (step % 3 == 2)
        for row in np.flatnonzero(over):
            assert infos[row]["TimeLimit.truncated"]
            assert np.array_equal(infos[row]["terminal_observation"], told["final_obs"][row])
        assert over.any() or infos == [{}] * 8


def test_only_the_worlds_that_end_tell_of_an_end() -> None:
    env = made(max_cycles=3)
    env.reset()
    actions = np.zeros((8, 5), int)
    env.step(actions)
    env.env.reset(options={"reset_mask": np.repeat([False, True], 4)})
    env.step(actions)
    *_, over, infos = env.step(actions)
    assert over.tolist() == [True] * 4 + [False] * 4
    assert [bool(info) for info in infos] == over.tolist()


def test_a_seed_is_used_once() -> None:
    env, other = made(), seats()
    for _ in range(2):
        env.seed(9)
        env.reset()
        other.reset(seed=9)
        assert env.env.state_hash() == other.state_hash()
    env.reset()
    other.reset()
    assert env.env.state_hash() == other.state_hash()


def test_masks_come_row_by_row_as_sb3_contrib_asks_for_them() -> None:
    env = made()
    env.reset()
    rows = env.env_method("action_masks")
    assert np.array_equal(np.stack(rows), env.env.action_masks())
    assert np.array_equal(env.env_method("action_masks", indices=[3])[0], rows[3])
    assert env.get_attr("seats", indices=[0, 1]) == [4, 4]
    assert env.env_is_wrapped(object) == [False] * 8


@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
def test_seats_that_reset_in_another_way_are_refused(mode: str) -> None:
    with pytest.raises(ConfigError, match="SameStep"):
        made(mode=mode)


def test_what_is_no_seats_or_lies_on_a_device_is_refused() -> None:
    from hive_env.wrappers.sb3 import SeatsVecEnv

    with pytest.raises(ConfigError, match="a SeatsVectorEnv, got"):
        SeatsVecEnv(None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="arrays='host'"):
        made(arrays="device")


@pytest.mark.parametrize("seed", [-1, 0.5, "3"])
def test_a_seed_that_is_none_is_refused_and_forgotten(seed: Any) -> None:
    env = made()
    with pytest.raises(ArgumentError, match="seed"):
        env.seed(seed)
    env.reset()


def test_attributes_of_shared_seats_cannot_be_set_one_by_one() -> None:
    with pytest.raises(NotImplementedError, match="share one environment"):
        made().set_attr("seats", 3)


def test_without_stable_baselines3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stable_baselines3.common.vec_env", None)
    monkeypatch.delitem(sys.modules, "hive_env.wrappers.sb3", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'hive-env\[baselines\]'"):
        importlib.import_module("hive_env.wrappers.sb3")
