"""The native vector environment: W worlds in one call, and what becomes of those that end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import pytest
from envs.worlds import HARSH, PERIODS, TINY, choices
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hypothesis import given, settings
from hypothesis import strategies as st

import hive_env  # noqa: F401 (registers the task)
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS

MODES = list(AutoresetMode)
STAY = np.zeros((3, 2), int)


def hashes(envs: HiveVectorEnv) -> list[int]:
    return [envs.simulation.state_hash(world) for world in range(envs.num_envs)]


def same(one: Any, other: Any) -> bool:
    """Return whether two results are equal in values, shapes and dtypes."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray) and one.dtype == object:
        return other.dtype == object and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return bool(one == other)


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("policy", ["pheromone", "expert", "random"])
def test_world_k_is_what_a_single_environment_with_its_seed_is(joint: bool, policy: str) -> None:
    """Seed s seeds world k with s + k; 50 steps, hash, observation, reward and mask."""
    arguments: dict[str, Any] = {"joint": joint, "config": HARSH}
    envs = HiveVectorEnv(3, TINY, level="worker", **arguments)
    singles = [HiveEnv(TINY, level="worker", **arguments) for _ in range(3)]
    seen, _ = envs.reset(seed=11)
    for world, single in enumerate(singles):
        assert np.array_equal(single.reset(seed=11 + world)[0], seen[world])

    for actions in choices(5, 50, 3, 128 if joint else 2):
        seen, rewards, _, _, infos = envs.step(actions)
        for world, single in enumerate(singles):
            one, reward, _, _, info = single.step(actions[world])
            assert envs.simulation.state_hash(world) == single.state_hash()
            assert np.array_equal(one, seen[world])
            assert reward == rewards[world]
            assert same(info["action_mask"], infos["action_mask"][world])
            for name in ("u_per_worker", "tick"):
                assert info[name] == infos[name][world]
            assert np.array_equal(info["event"], infos["event"][world])


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("task", FAMILIES)
def test_every_step_returns_what_gymnasiums_own_vector_environment_returns(
    mode: AutoresetMode, joint: bool, level: str, task: str
) -> None:
    """Values, dtypes and infos, over several episodes, worlds out of step with one another.

    One thing is better here: with the same step, the components belong to the reward beside them.
    """
    harsh = {**PERIODS, **(HARSH if task == "forage" else {})}
    given_: dict[str, Any] = {"task": task, "level": level, "joint": joint, "config": harsh}
    envs = HiveVectorEnv(3, TINY, autoreset_mode=mode, max_cycles=4, **given_)
    sync = SyncVectorEnv([lambda: HiveEnv(TINY, max_cycles=4, **given_)] * 3, autoreset_mode=mode)
    assert same(envs.reset(seed=2), sync.reset(seed=2))
    assert envs.observation_space == sync.observation_space
    assert envs.action_space == sync.action_space
    envs.action_space.seed(6)

    for step in range(14):
        actions = envs.action_space.sample()
        ours, theirs = envs.step(actions), sync.step(actions)
        for world in np.flatnonzero(theirs[4].get("_final_info", [])):
            last = theirs[4]["final_info"]["reward_components"][world]
            theirs[4]["reward_components"][world] = last
        assert same(ours, theirs), step
        if step in (1, 3, 6):  # after the fourth step two of three worlds have ended
            mask = np.array([step == 6, True, False])
            started = envs.reset(options={"reset_mask": mask})
            assert same(started, sync.reset(options={"reset_mask": mask.copy()}))


def test_the_mode_is_stated_twice_and_next_step_is_the_default() -> None:
    for mode in MODES:
        for given_ in (mode, mode.value):
            envs = HiveVectorEnv(1, TINY, autoreset_mode=given_)
            assert envs.autoreset_mode is envs.metadata["autoreset_mode"] is mode
    assert HiveVectorEnv(1, TINY).autoreset_mode is AutoresetMode.NEXT_STEP
    assert HiveVectorEnv.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    with pytest.raises(ConfigError, match=r"autoreset_mode.*SameStep"):
        HiveVectorEnv(1, TINY, autoreset_mode="often")


def test_next_step_shows_the_last_observation_then_resets_instead_of_acting() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker", max_cycles=2)
    envs.reset(seed=0)
    envs.step(STAY)
    last, _, terminated, truncated, infos = envs.step(STAY)
    assert truncated.all()
    assert not terminated.any()
    assert "final_obs" not in infos
    assert np.array_equal(last, envs._stage.observations()[:, 0])

    _, rewards, _, truncated, infos = envs.step(STAY + np.array([5, 0]))

    assert not truncated.any()
    assert rewards.tolist() == [0.0] * 3
    assert infos["tick"].tolist() == [0] * 3
    assert envs.simulation.columns["episode"].tolist() == [1] * 3


def test_same_step_resets_at_once_and_keeps_the_last_observation_and_info() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker", max_cycles=2, autoreset_mode="SameStep")
    plain = HiveVectorEnv(3, TINY, level="worker", max_cycles=2, autoreset_mode="Disabled")
    envs.reset(seed=0)
    plain.reset(seed=0)
    envs.step(STAY)
    plain.step(STAY)

    seen, rewards, _, truncated, infos = envs.step(STAY)
    last, last_rewards, _, _, last_infos = plain.step(STAY)

    assert truncated.all()
    assert infos["_final_obs"].all()
    assert np.array_equal(np.stack(list(infos["final_obs"])), last)
    assert same(infos["final_info"], last_infos)
    assert np.array_equal(rewards, last_rewards)
    assert infos["tick"].tolist() == [0] * 3
    plain.reset()
    assert hashes(envs) == hashes(plain)
    assert np.array_equal(seen, plain._stage.observations()[:, 0])


def test_disabled_waits_for_a_mask_and_touches_no_other_world() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker", max_cycles=3, autoreset_mode="Disabled")
    envs.reset(seed=0)
    envs.step(STAY)
    envs.reset(options={"reset_mask": np.array([False, True, False])})
    envs.step(STAY)
    _, _, _, truncated, _ = envs.step(STAY)
    assert truncated.tolist() == [True, False, True]
    before = hashes(envs)
    with pytest.raises(ResetNeededError, match=r"\[0, 2\].*reset_mask"):
        envs.step(STAY)
    assert hashes(envs) == before

    options = {"reset_mask": np.array([True, False, True]), "unknown": 1}
    _, infos = envs.reset(options=options)

    assert options.keys() == {"reset_mask", "unknown"}
    assert infos["_tick"].tolist() == [True, False, True]
    assert envs.simulation.columns["tick"].tolist() == [0, 2, 0]
    assert hashes(envs)[1] == before[1]
    assert envs.step(STAY)[3].tolist() == [False, True, False]


@pytest.mark.parametrize("mode", MODES)
def test_worlds_that_are_out_of_step_do_not_touch_one_another(mode: AutoresetMode) -> None:
    """After a masked reset, each world is still the single environment with its seed."""
    envs = HiveVectorEnv(
        2, TINY, level="worker", autoreset_mode=mode, config={"diffusion_fraction": 0.5}
    )
    singles = [HiveEnv(TINY, level="worker", config={"diffusion_fraction": 0.5}) for _ in range(2)]
    envs.reset(seed=8)
    for world, single in enumerate(singles):
        single.reset(seed=8 + world)
    for step, actions in enumerate(choices(8, 40, 2, 2)):
        if step == 5:
            envs.reset(options={"reset_mask": np.array([False, True])})
            singles[1].reset()
        envs.step(actions)
        for world, single in enumerate(singles):
            single.step(actions[world])
            assert envs.simulation.state_hash(world) == single.state_hash()


def test_seeds_may_be_given_one_by_one() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=[7, 2**64 - 1, 9])
    single = HiveEnv(TINY, level="worker")
    for world, seed in enumerate([7, 2**64 - 1, 9]):
        single.reset(seed=seed)
        assert hashes(envs)[world] == single.state_hash()

    envs.reset(seed=[None, 4, None])

    single.reset(seed=4)
    assert hashes(envs)[1] == single.state_hash()
    single.reset(seed=7)
    single.reset()
    assert hashes(envs)[0] == single.state_hash()


def test_a_mask_holds_for_seeds_given_one_by_one() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    envs.step(STAY)
    before = hashes(envs)
    single = HiveEnv(TINY, level="worker")
    single.reset(seed=4)

    envs.reset(seed=[None, 4, 5], options={"reset_mask": np.array([False, True, False])})

    assert hashes(envs) == [before[0], single.state_hash(), before[2]]


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "123", [1, 2], [1, 2, -3], [1, 2, 0.5], True])
def test_bad_seeds_are_refused_and_no_world_is_reset(seed: Any) -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    envs.step(STAY)
    before = hashes(envs)

    with pytest.raises(ArgumentError, match="seed"):
        envs.reset(seed=seed)
    assert hashes(envs) == before


@pytest.mark.parametrize(
    "mask", [[True, False, True], np.ones(2, bool), np.ones(3, int), np.zeros(3, bool)]
)
def test_a_bad_reset_mask_is_refused_and_no_world_is_reset(mask: Any) -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    before = hashes(envs)

    with pytest.raises(ArgumentError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})
    assert hashes(envs) == before


def test_the_first_reset_is_of_all_worlds() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    for call in (lambda: envs.step(STAY), envs.action_masks):
        with pytest.raises(ResetNeededError):
            call()
    with pytest.raises(ResetNeededError, match="all worlds"):
        envs.reset(seed=1, options={"reset_mask": np.array([True, False, True])})


@settings(max_examples=40)
@given(
    st.sampled_from([(0,), (2,), (6,), (2, 2), (4, 2), (3, 3), (3, 1), (1, 3, 2)]),
    st.sampled_from([np.int64, np.uint8]),
)
def test_actions_of_another_shape_are_refused_at_once(shape: tuple[int, ...], dtype: Any) -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    before = hashes(envs)

    with pytest.raises(ActionError, match=r"^actions: expected integers of shape \(3, 2\)"):
        envs.step(np.zeros(shape, dtype))
    assert hashes(envs) == before


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        (STAY + 0.0, "float64"),
        (np.full((3, 2), np.nan), "float64"),
        (STAY.astype(bool), "bool"),
        (STAY + np.array([[0, 0], [8, 0], [0, 0]]), r"actions\[1, 0\]: expected 0 to 7, got 8"),
        (STAY - [[0, 0], [0, 0], [0, 1]], r"actions\[2, 1\]: expected 0 to 4, got -1"),
        (None, "shape"),
    ],
)
def test_actions_of_another_dtype_or_range_are_refused_at_once(actions: Any, said: str) -> None:
    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    before = hashes(envs)

    with pytest.raises(ActionError, match=said):
        envs.step(actions)
    assert hashes(envs) == before


@pytest.mark.parametrize("mode", MODES)
def test_no_buffer_is_handed_out_twice(mode: AutoresetMode) -> None:
    envs = HiveVectorEnv(2, TINY, level="worker", max_cycles=2, autoreset_mode=mode)
    kept: list[Any] = [envs.reset(seed=0)]
    said = [repr(kept[0])]
    for actions in choices(0, 7, 2, 2):
        if mode is AutoresetMode.DISABLED and envs._over.all():
            kept.append(envs.reset())
        else:
            kept.append(envs.step(actions))
        said.append(repr(kept[-1]))

    assert [repr(one) for one in kept] == said
    for one, other in pairwise(kept):
        for mine in one:
            for theirs in other:
                if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
                    assert not np.shares_memory(mine, theirs)


def test_a_time_limit_of_the_registry_bounds_the_episode() -> None:
    envs = HiveVectorEnv(2, TINY, level="worker", max_cycles=5, max_episode_steps=2)

    assert envs.max_cycles == 2


@pytest.mark.parametrize("mode", [None, "vector_entry_point", "sync"])
def test_make_vec_works_in_every_mode(mode: str | None) -> None:
    envs = gymnasium.make_vec(
        "Hive-v0", num_envs=2, vectorization_mode=mode, size=TINY, level="worker"
    )
    native = isinstance(envs.unwrapped, HiveVectorEnv)
    assert native is (mode != "sync")

    seen, infos = envs.reset(seed=0)
    assert envs.observation_space.contains(seen)
    seen, rewards, _, _, infos = envs.step(envs.action_space.sample())

    assert seen.shape == (2, 64)
    assert rewards.shape == (2,)
    assert infos["action_mask"][1][0].shape == (8,)
    envs.close()
    envs.close()


def test_the_flat_masks_hold_what_the_infos_hold() -> None:
    envs = HiveVectorEnv(3, TINY, level="worker", config=HARSH)
    envs.reset(seed=0)
    for actions in choices(0, 30, 3, 2):
        *_, infos = envs.step(actions)
    masks = [np.concatenate(mask) for mask in infos["action_mask"]]

    assert np.array_equal(envs.action_masks(), masks)
    assert envs.action_masks().shape == (3, 13)


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_arrays_of_the_device_hold_what_those_of_the_host_do(
    joint: bool, mode: AutoresetMode
) -> None:
    """On the CPU, past the end of an episode: masks and last observations are arrays then."""
    arguments: dict[str, Any] = {
        "level": "worker", "joint": joint, "max_cycles": 2, "autoreset_mode": mode,
    }  # fmt: skip
    there, here = (
        HiveVectorEnv(3, TINY, arrays=arrays, **arguments) for arrays in ("device", "host")
    )
    seen = [envs.reset(seed=4) for envs in (there, here)]
    for actions in choices(6, 5, 3, 128 if joint else 2):
        for mine, other in zip(seen[0][:-1], seen[1][:-1], strict=True):
            assert same(mine, other)
        infos, others = seen[0][-1], seen[1][-1]
        if "final_obs" in others:
            ended = others["_final_obs"]
            assert np.array_equal(infos["final_obs"][ended], np.stack(others["final_obs"][ended]))
            assert not infos["final_obs"][~ended].any()
            infos, others = ({**one} for one in (infos, others))
            check_infos(infos.pop("final_info"), others.pop("final_info"))
            del infos["final_obs"], others["final_obs"]
        check_infos(infos, others)
        if here._over.any() and mode is AutoresetMode.DISABLED:
            seen = [envs.reset() for envs in (there, here)]
        else:
            seen = [envs.step(actions) for envs in (there, here)]


def check_infos(infos: dict[str, Any], others: dict[str, Any]) -> None:
    """Check infos of the device's arrays against those of the host's."""
    assert infos.keys() == others.keys()
    for name in infos.keys() - {"action_mask"}:
        assert same(infos[name], others[name]), name
    assert infos["action_mask"].any(axis=1).all(), "of every world"
    for world in np.flatnonzero(infos["_action_mask"]):
        assert np.array_equal(
            infos["action_mask"][world], np.concatenate(others["action_mask"][world])
        )


def test_an_array_that_nobody_knows_the_place_of_is_refused() -> None:
    with pytest.raises(ConfigError, match="arrays: expected one of host, device, got gpu"):
        HiveVectorEnv(1, TINY, arrays="gpu")


def test_actions_on_a_gpu_are_refused_by_worlds_on_the_cpu() -> None:
    class Elsewhere:
        shape = (3, 2)
        __cuda_array_interface__: dict[str, Any] = {}

    envs = HiveVectorEnv(3, TINY, level="worker")
    envs.reset(seed=0)
    with pytest.raises(ArgumentError, match="actions: expected an array in the host's memory"):
        envs.step(Elsewhere())  # type: ignore[arg-type]
