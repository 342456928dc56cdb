"""Arguments of the environments: what is wrong is named before anything is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import TINY
from hypothesis import given
from hypothesis import strategies as st

from hive_env import hive_v0
from hive_env.config import ForageConfig, HiveConfig
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.settings import JOINT_LIMIT, Settings, constants_of
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ArgumentError, ConfigError, ResetNeededError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.rewards import WEIGHTS
from hive_env.sizes import Size

BAD: list[tuple[str, Any]] = [
    ("size", "huge"),
    ("size", 3),
    ("size", 512.0),
    ("task", "chess"),
    ("task", None),
    ("level", "boss"),
    ("level", "Manager"),
    ("level", None),
    ("level", ["worker"]),
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
    ("policies", "reflex"),
    ("policies", [("worker", "reflex")]),
    ("policies", {"boss": "scripted"}),
    ("policies", {"governor": "clever"}),
    ("policies", {"orchestrator": "blind"}),
    ("policies", {"governor": None}),
    ("policies", {"governor": 3}),
    ("weights", (0.7, 0.25, 0.05)),
    ("weights", "even"),
    ("weights", {"boss": (1.0, 0.0, 0.0)}),
    ("weights", {"worker": (0.7, 0.25, 0.15)}),
    ("weights", {"worker": (0.7, 0.25)}),
    ("weights", {"worker": (0.5, 0.5, 0.0, 0.0)}),
    ("weights", {"worker": (1.5, -0.5, 0.0)}),
    ("weights", {"governor": (float("nan"), 0.5, 0.5)}),
    ("weights", {"governor": (float("inf"), 0.0, 0.0)}),
    ("weights", {"orchestrator": 1.0}),
    ("weights", {"orchestrator": None}),
    ("weights", {"manager": ("all", 0, 0)}),
    ("global_mode", "median"),
    ("global_mode", None),
    ("global_mode", 0),
]

BAD_SEATS: list[tuple[str, Any]] = [
    ("level", "all"),
    ("seat", -1),
    ("seat", 16),
    ("seat", 1.0),
    ("seat", True),
    ("seat", "0"),
    ("seat", None),
    ("joint", 1),
    ("joint", None),
    ("observation", "uint8"),
]


def named(error: ArgumentError) -> str:
    """Return the argument that an error names, without what it indexes."""
    return error.argument.split("[")[0]


@pytest.mark.parametrize(("argument", "value"), BAD + BAD_SEATS)
@pytest.mark.parametrize("facade", [HiveEnv, HiveVectorEnv])
def test_a_bad_argument_of_a_gymnasium_environment_is_named(
    facade: Any, argument: str, value: object
) -> None:
    with pytest.raises(ArgumentError) as raised:
        facade(**{"size": "nano", argument: value})

    assert named(raised.value) == argument
    assert isinstance(raised.value, ConfigError) or argument in ("device", "threads")


@pytest.mark.parametrize("level", ["worker", "all"])
@pytest.mark.parametrize(("argument", "value"), BAD)
def test_a_bad_argument_of_the_pettingzoo_environment_is_named(
    argument: str, value: object, level: str
) -> None:
    for make in (HiveParallelEnv, hive_v0.parallel_env, hive_v0.env):
        with pytest.raises(ArgumentError) as raised:
            make(**{"size": "nano", "level": level, argument: value})  # type: ignore[operator]

        # With all levels played, whatever is given for policies is one too many.
        assert named(raised.value) == argument


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_a_bad_number_of_worlds_is_named(value: Any) -> None:
    with pytest.raises(ConfigError, match="num_envs"):
        HiveVectorEnv(value, "nano")


def test_a_level_that_does_not_exist_is_refused_by_the_names_of_those_that_do() -> None:
    names = "worker, manager, governor, orchestrator, all"
    with pytest.raises(ConfigError, match=rf"level: expected one of {names}, got boss"):
        HiveParallelEnv("nano", level="boss")


@pytest.mark.parametrize("facade", [HiveEnv, HiveVectorEnv])
def test_an_environment_of_one_agent_says_where_all_levels_are_played(facade: Any) -> None:
    with pytest.raises(ConfigError, match=r"level: .* got all.*parallel_env\(level='all'\)"):
        facade(size="nano", level="all")


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_seat_beyond_the_last_of_its_level_is_refused_by_their_number(
    task: str, level: str
) -> None:
    seats = HiveEnv(TINY, task=task).simulation.levels[level].seats
    HiveEnv(TINY, task=task, level=level, seat=seats - 1)

    for facade in (HiveEnv, HiveVectorEnv):
        with pytest.raises(ConfigError, match=rf"seat: .* from 0 to {seats - 1}, a {level} .*"):
            facade(size=TINY, task=task, level=level, seat=seats)  # type: ignore[operator]


@pytest.mark.parametrize("level", ["manager", "governor", "orchestrator"])
def test_bytes_are_for_workers(level: str) -> None:
    with pytest.raises(ConfigError, match=r"observation: expected float32 .*, got uint8"):
        HiveEnv(TINY, level=level, observation="uint8")
    with pytest.raises(ConfigError, match="observation"):
        HiveParallelEnv(TINY, level=level, observation="uint8")
    assert HiveEnv(TINY, level="worker", observation="uint8").observation_space.dtype == np.uint8


def test_no_policy_is_taken_for_a_level_of_which_every_seat_is_played() -> None:
    with pytest.raises(ConfigError, match="policies: expected no policy of the level played"):
        HiveParallelEnv(TINY, level="manager", policies={"manager": "blind"})
    with pytest.raises(ConfigError, match="policies"):
        HiveParallelEnv(TINY, level="all", policies={"governor": "none"})
    with pytest.raises(ConfigError, match="policies"):
        HiveEnv(TINY, joint=True, policies={"manager": "none"})
    HiveEnv(TINY, policies={"manager": "none"})


@pytest.mark.parametrize("level", LEVELS)
def test_a_policy_of_the_wrong_level_is_refused_by_the_names_of_those_that_fit(level: str) -> None:
    known = ", ".join(FAMILIES["forage"].levels(HiveConfig(TINY))[level].policies)
    with pytest.raises(ConfigError, match=rf"policies\['{level}'\]: expected one of {known}, or"):
        HiveEnv(TINY, policies={level: "clever"})


def test_one_controller_commands_no_more_than_a_small_hive() -> None:
    """Refused before the world is allocated, as the message says how to go on."""
    with pytest.raises(ConfigError, match=rf"joint: .*{JOINT_LIMIT:,}.*10,000.*parallel_env"):
        HiveEnv("v0", level="worker", joint=True)
    with pytest.raises(ConfigError, match=r"joint: .*10,000.*parallel_env"):
        HiveVectorEnv(2, "1m", level="manager", joint=True)


@pytest.mark.parametrize("seat", [3, True, None, 0.0])
def test_a_joint_controller_takes_no_single_seat(seat: Any) -> None:
    with pytest.raises(ConfigError, match="seat"):
        HiveEnv(TINY, joint=True, seat=seat)


@pytest.mark.parametrize("task", FAMILIES)
def test_constants_may_be_given_as_what_differs_from_the_default(task: str) -> None:
    family = FAMILIES[task]
    changed = constants_of(family, {"manager_period": 4})

    assert changed == family.constants(manager_period=4)
    assert constants_of(family, None) == constants_of(family, {}) == family.constants()
    assert constants_of(family, changed) is changed


def test_lists_are_taken_for_tuples() -> None:
    changed = constants_of(FAMILIES["forage"], {"evaporation_rate": [0.5, 0.5, 0.5, 0.5]})

    assert changed == ForageConfig(evaporation_rate=(0.5,) * 4)


def test_constants_of_another_task_are_refused() -> None:
    with pytest.raises(ConfigError, match="config: expected a QueueConfig"):
        HiveEnv(TINY, task="queue", config=ForageConfig())


@pytest.mark.parametrize(
    ("constants", "name"),
    [
        ({"site_stock": -1}, "site_stock"),
        ({"manager_period": 0}, "manager_period"),
        ({"manager_period": 5}, "governor_period"),
        ({"governor_period": 12}, "governor_period"),
        ({"governor_period": 24}, "orchestrator_period"),
        ({"orchestrator_period": 48}, "orchestrator_period"),
        ({"max_span": 3}, "max_span"),
        ({"max_span": -1}, "max_span"),
        ({"orders": "shouted"}, "orders"),
    ],
)
def test_a_constant_that_contradicts_another_is_refused_by_its_own_name(
    constants: dict[str, Any], name: str
) -> None:
    """A sector of this size has four regions, so three slots are too few."""
    for facade in (HiveEnv, HiveVectorEnv, HiveParallelEnv):
        with pytest.raises(ConfigError) as raised:
            facade(size=TINY, config=constants)  # type: ignore[operator]
        assert raised.value.argument == name


@pytest.mark.parametrize(
    ("spans", "name"),
    [
        ((64, 7, 2, 2), "worker_span"),
        ((64, 16, 3, 1), "manager_span"),
        ((64, 16, 2, 3), "governor_span"),
        ((64, 0, 2, 2), "worker_span"),
        ((64, 16, True, 2), "manager_span"),
        ((64, 16, 2.0, 2), "manager_span"),
        ((64, 16, 2, -2), "governor_span"),
        ((64.0, 16, 2, 2), "workers"),
        ((3, 1, 1, 1), "workers"),
    ],
)
def test_an_initial_span_that_does_not_divide_is_named(spans: Any, name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Size.with_spans(*spans)
    assert raised.value.argument == name


@pytest.mark.parametrize(("workers", "span"), [(64, 4), (2_000, 1_000), (150, 75)])
def test_a_hive_of_any_initial_spans_is_played(workers: int, span: int) -> None:
    size = Size.with_spans(workers, span, 2, 1)
    env = HiveEnv(size, level="governor", max_cycles=1, config={"fault_mean_ticks": 0})
    env.reset(seed=0)
    hive = env.simulation

    assert (np.bincount(hive.superiors("worker")) == span).all()
    assert (np.bincount(hive.superiors("manager")) == 2).all()
    assert env.step(env.action_space.sample())[3]


REPARENT: list[tuple[tuple[Any, ...], str]] = [
    ((-1, 0), "manager"),
    ((8, 0), "manager"),
    ((1.0, 0), "manager"),
    ((True, 0), "manager"),
    ((0, -1), "governor"),
    ((0, 4), "governor"),
    ((0, None), "governor"),
    ((0, 1, 1), "world"),
    ((0, 1, -1), "world"),
]


@pytest.mark.parametrize(("arguments", "name"), REPARENT)
def test_a_region_goes_under_no_governor_that_is_not_there(
    arguments: tuple[Any, ...], name: str
) -> None:
    """Eight regions in four sectors of two hives, with room for one more in each sector."""
    hive = Forage(HiveConfig(Size(64, 2, 1, 2, 1, 2), ForageConfig(max_span=3)))
    with pytest.raises(ResetNeededError):
        hive.reparent(0, 1)
    hive.reset(0)
    before = hive.state_hash()

    with pytest.raises(ArgumentError) as raised:
        hive.reparent(*arguments)
    assert raised.value.argument == name
    assert hive.state_hash() == before


def test_a_region_goes_under_no_governor_of_another_hive_or_without_a_free_slot() -> None:
    hive = Forage(HiveConfig(Size(64, 2, 1, 2, 1, 2), ForageConfig(max_span=3)))
    hive.reset(0)
    own, sibling = hive.superiors("manager")[0], 1 - hive.superiors("manager")[0]
    theirs = np.flatnonzero(hive.superiors("manager") == sibling)
    hive.reparent(int(theirs[0]), int(own))
    before = hive.state_hash()

    with pytest.raises(ArgumentError, match=r"governor: .*max_span = 3.*larger max_span"):
        hive.reparent(int(theirs[1]), int(own))
    far = int(np.flatnonzero(hive.columns["sector_hive"] == 1)[0])
    with pytest.raises(ArgumentError, match="governor: expected one of the hive of manager 0"):
        hive.reparent(0, far)
    assert hive.state_hash() == before


@given(st.sampled_from(LEVELS), st.data())
def test_every_seat_of_a_level_is_there_whatever_integer_names_it(
    level: str, data: st.DataObject
) -> None:
    seats = {"worker": 64, "manager": 4, "governor": 1, "orchestrator": 1}[level]
    seat = data.draw(st.integers(0, seats - 1))
    settings = Settings.of(TINY, level=level, seat=np.int64(seat))  # type: ignore[arg-type]

    assert settings.seats == slice(seat, seat + 1)
    assert settings.played == (level,)


def test_weights_that_are_not_given_are_the_published_ones() -> None:
    settings = Settings.of(TINY, level="worker", weights={"governor": [0, 0.5, 0.5]})

    assert settings.weights == {**WEIGHTS, "governor": (0.0, 0.5, 0.5)}
