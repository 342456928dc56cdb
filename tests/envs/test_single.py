"""The Gymnasium environment: one agent, one seat or all of them."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY, alive, choices, drive
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import hive_env  # noqa: F401 (registers the task)
from hive_env.config import HiveConfig
from hive_env.enums import Event, FaultKind
from hive_env.envs.single import HiveEnv
from hive_env.errors import ActionError, ArgumentError, ResetNeededError
from hive_env.faults import Faults, WorkerFaults
from hive_env.scenarios.forage import Forage


@pytest.mark.parametrize(
    "arguments",
    [{}, {"observation": "uint8"}, {"joint": True}, {"config": {"depth": 3}}, {"seat": 63}],
    ids=["seat", "bytes", "joint", "depth", "last seat"],
)
def test_it_passes_the_checker_of_gymnasium(arguments: dict[str, Any]) -> None:
    """The newest checker also asks for determinism and for buffers that are never reused."""
    env = gymnasium.make("Hive-v0", size=TINY, level="worker", **arguments)

    check_env(env.unwrapped, skip_render_check=True)


def test_the_default_is_the_seat_of_a_manager_with_its_published_spaces() -> None:
    env = gymnasium.make("Hive-v0")

    assert env.observation_space.shape == (128,)
    assert env.observation_space.dtype == np.float32
    assert env.action_space == gymnasium.spaces.MultiDiscrete([3, 3, 3, 3, 5])
    assert env.spec is not None
    assert env.spec.max_episode_steps is None


@pytest.mark.parametrize("seat", [0, 17, 63])
@pytest.mark.parametrize("policy", ["random", "reflex", "pheromone", "expert"])
def test_a_seat_plays_what_the_array_api_plays_with_its_action_in_the_seats_row(
    seat: int, policy: str
) -> None:
    arguments: dict[str, Any] = {"observation": "uint8", "config": HARSH}
    env = HiveEnv(TINY, level="worker", seat=seat, policies={"worker": policy}, **arguments)
    simulation = Forage(HiveConfig(TINY, env.simulation.config.forage))
    simulation.reset(5)
    env.reset(seed=5)

    for action in choices(1, 30, 2):
        seen, reward, *_, info = env.step(action)
        rewards = drive(simulation, "worker", {seat: action}, {"worker": policy})
        assert env.state_hash() == simulation.state_hash()
        assert np.array_equal(seen, simulation.observe()[seat])
        assert reward == rewards[seat]
        assert info["u_per_worker"] == simulation.values()[0] / 64
        assert (info["action_mask"][0].sum() == 8) == alive(simulation)[seat]


def test_a_seat_is_found_wherever_its_row_lies() -> None:
    """Rows may be permuted at any time; masks and events go by id."""
    env, moved = (
        HiveEnv(TINY, level="worker", seat=9, config=HARSH),
        HiveEnv(TINY, level="worker", seat=9, config=HARSH),
    )
    env.reset(seed=2)
    moved.reset(seed=2)

    for step, action in enumerate(choices(2, 40, 2)):
        moved.simulation.permute(np.random.default_rng(step).permutation(64))
        assert repr(env.step(action)) == repr(moved.step(action))


def test_a_policy_of_the_users_own_plays_everybody_else() -> None:
    def still(simulation: Forage) -> Any:
        return np.zeros((simulation.workers, 2), np.int64)

    env = HiveEnv(TINY, level="worker", policies={"worker": still})
    env.reset(seed=0)
    before = env.simulation.columns["x"].copy(), env.simulation.columns["y"].copy()
    for action in choices(0, 20, 2):
        env.step(action)

    moved = (env.simulation.columns["x"] != before[0]) | (env.simulation.columns["y"] != before[1])
    assert set(env.simulation.columns["id"][moved].tolist()) <= {0}


@pytest.mark.parametrize("bad", [np.zeros((3, 2), int), np.full((64, 2), 9), np.zeros((64, 2))])
def test_a_policy_that_returns_nonsense_is_named_and_nothing_moves(bad: Any) -> None:
    env = HiveEnv(TINY, level="worker", policies={"worker": lambda _: bad})
    env.reset(seed=0)
    before = env.state_hash()

    with pytest.raises(ActionError, match=r"^policies\['worker'\]\(hive\)"):
        env.step(np.array([0, 0]))
    assert env.state_hash() == before


def test_a_joint_controller_commands_every_worker_and_gets_the_mean_reward() -> None:
    env = HiveEnv(TINY, level="worker", joint=True, config=HARSH)
    simulation = Forage(HiveConfig(TINY, env.simulation.config.forage))
    simulation.reset(7)
    seen, info = env.reset(seed=7)
    assert env.observation_space.contains(seen)

    for actions in choices(3, 30, 128):
        seen, reward, *_, info = env.step(actions)
        rewards = drive(simulation, "worker", dict(enumerate(actions.reshape(64, 2))))
        assert seen.shape == (64, 64)
        assert env.state_hash() == simulation.state_hash()
        assert reward == rewards.mean(dtype=np.float64)
        free = [verbs.sum() == 8 for verbs in info["action_mask"][::2]]
        assert free == alive(simulation).tolist()
        assert info["event"].shape == (64,)


@pytest.mark.parametrize("joint", [False, True])
def test_the_flat_masks_hold_what_the_info_holds(joint: bool) -> None:
    env = HiveEnv(TINY, level="worker", joint=joint, config=HARSH)
    _, info = env.reset(seed=1)
    for _ in range(20):
        flat = env.action_masks()
        assert flat.dtype == bool
        assert np.array_equal(flat, np.concatenate(info["action_mask"]).astype(bool))
        *_, info = env.step(env.action_space.sample(mask=info["action_mask"]))


def test_what_a_failed_worker_asks_for_is_read_as_stay_and_no_deposit() -> None:
    """Two hives differ only in what their failed workers ask for, and stay equal."""
    asking = HiveEnv(TINY, level="worker", joint=True, config=HARSH)
    silent = HiveEnv(TINY, level="worker", joint=True, config=HARSH)
    asking.reset(seed=4)
    silent.reset(seed=4)
    failed = 0
    for actions in choices(4, 60, 128):
        up = alive(asking.simulation)
        failed += int((~up).sum())
        asking.step(actions)
        silent.step((actions.reshape(64, 2) * up[:, None]).ravel())
        assert asking.state_hash() == silent.state_hash()

    assert failed > 100


def test_the_info_says_what_happened_to_the_worker() -> None:
    env = HiveEnv(TINY, level="worker", config={"fault_mean_ticks": 0})
    env.reset(seed=0)

    *_, info = env.step(np.array([7, 0]))

    assert Event(info["event"]) & Event.WORKED


def test_an_episode_ends_by_truncation_at_its_own_end_or_at_max_cycles() -> None:
    own = HiveEnv(TINY, level="worker", config={"episode_ticks": 5, **CLOCKS})
    cut = HiveEnv(TINY, level="worker", max_cycles=3, config={"episode_ticks": 5, **CLOCKS})
    own.reset(seed=0)
    cut.reset(seed=0)

    ends = [own.step(np.zeros(2, int))[2:4] for _ in range(4)]
    early = [cut.step(np.zeros(2, int))[2:4] for _ in range(3)]

    assert own.simulation.config.episode_ticks == 4
    assert ends == [(False, False)] * 3 + [(False, True)]
    assert early == [(False, False)] * 2 + [(False, True)]


def test_a_reset_starts_the_count_of_max_cycles_anew() -> None:
    env = HiveEnv(TINY, level="worker", max_cycles=3)
    env.reset(seed=0)
    env.step(np.zeros(2, int))
    env.reset()

    assert [env.step(np.zeros(2, int))[3] for _ in range(3)] == [False, False, True]


def test_a_step_outside_an_episode_is_refused() -> None:
    env = HiveEnv(TINY, level="worker", max_cycles=1)
    for call in (lambda: env.step(np.zeros(2, int)), env.action_masks):
        with pytest.raises(ResetNeededError, match="reset"):
            call()
    env.reset(seed=0)
    env.step(np.zeros(2, int))
    before = env.state_hash()
    with pytest.raises(ResetNeededError, match=r"ended.*reset\(\)"):
        env.step(np.zeros(2, int))
    assert env.state_hash() == before
    env.reset()
    env.step(np.zeros(2, int))


@settings(max_examples=30)
@given(
    st.one_of(
        st.none(),
        st.text(max_size=3),
        st.lists(st.integers(-3, 300), max_size=4),
        st.lists(st.floats(), min_size=2, max_size=2),
    )
)
def test_a_bad_action_leaves_the_world_as_it_is(action: Any) -> None:
    env = HiveEnv(TINY, level="worker", policies={"worker": "expert"})
    env.reset(seed=0)
    before = env.state_hash()
    good = isinstance(action, list) and env.action_space.contains(np.array(action))
    if good and np.array(action).dtype.kind == "i":
        env.step(action)  # type: ignore[arg-type]
    else:
        with pytest.raises(ActionError, match=r"^action"):
            env.step(action)  # type: ignore[arg-type]
        assert env.state_hash() == before


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "one", True])
def test_a_bad_seed_is_refused_and_the_episode_goes_on(seed: Any) -> None:
    env = HiveEnv(TINY, level="worker")
    env.reset(seed=0)
    env.step(np.zeros(2, int))
    before = env.state_hash()

    with pytest.raises(ArgumentError, match="seed"):
        env.reset(seed=seed)
    assert env.state_hash() == before


def test_a_seed_starts_its_first_episode_and_no_seed_the_next() -> None:
    env, other = HiveEnv(TINY, level="worker"), HiveEnv(TINY, level="worker")
    env.reset(seed=3)
    first = env.state_hash()
    env.step(np.array([5, 1]))
    env.reset()
    second = env.state_hash()
    other.reset(seed=3)
    assert other.state_hash() == first != second
    other.reset()
    assert other.state_hash() == second
    env.reset(seed=3, options={"unknown": 1})
    assert env.state_hash() == first


def test_nothing_that_was_handed_out_changes_later() -> None:
    env = HiveEnv(TINY, level="worker", joint=True)
    kept = [env.reset(seed=0)]
    said = [repr(kept[0])]
    for actions in choices(0, 5, 128):
        kept.append(env.step(actions))  # type: ignore[arg-type]
        said.append(repr(kept[-1]))

    assert [repr(one) for one in kept] == said
    kept[-1][0][...] = 99
    assert not np.any(env.step(actions)[0] == 99)


def test_closing_twice_is_closing_once() -> None:
    env = HiveEnv(TINY, level="worker")
    env.reset(seed=0)
    env.close()
    env.close()


def test_the_seat_of_a_destroyed_worker_waits_for_the_next_of_its_place() -> None:
    """Nothing ends: the seat is the place. It sees nothing and may do nothing in between."""
    faults = Faults(WorkerFaults(0.0, kill=0.0, corruption_mean=1.0, spawn_ticks=3), offices=None)
    env = HiveEnv(TINY, level="worker", seat=3, config={"faults": faults})
    names = [feature.name for feature in env.simulation.levels["worker"].features]
    env.reset(seed=1)
    env.simulation.inject(FaultKind.CORRUPTION, seats=3)
    env.simulation.columns["ailment_until"][:] = 0
    agents = []
    for _ in range(6):
        seen, reward, terminated, truncated, info = env.step(np.zeros(2, int))
        agents.append(info["agent"])
        assert not terminated
        assert not truncated
        if info["agent"] < 0:
            assert (reward == 0) == (len(agents) > 1), "it is paid for its last tick"
            assert info["action_mask"][0].sum() == info["action_mask"][1].sum() == 1
            assert np.flatnonzero(seen).tolist() == [names.index("time_left")]
    assert agents == [-1, -1, -1, 3 + 64, 3 + 64, 3 + 64]
    assert info["ailment"] == 0
