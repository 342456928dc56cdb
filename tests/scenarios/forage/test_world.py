"""The array API refuses what it cannot use, names it, and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, System
from hive_env.enums import Verb
from hive_env.errors import (
    ActionError,
    ArgumentError,
    ConfigError,
    HiveError,
    ResetNeededError,
    SnapshotError,
)
from hive_env.random import rule
from hive_env.scenarios.forage import MOVE, TICK, Forage, blueprint_of, insert_after
from hive_env.scenarios.forage.index import INDEX_LIMITS
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

ROWS = 2 * 64


def started() -> Forage:
    """Return two started worlds of 64 workers."""
    hive = Forage(HiveConfig(Size(64, 2, 2, 1, 1)), worlds=2)
    hive.reset(seed=3)
    return hive


def read_only(array: np.ndarray) -> np.ndarray:
    """Return the array, not to be written."""
    array.flags.writeable = False
    return array


WRONG_BUFFERS = [
    np.zeros((5, 2), np.uint8),
    np.zeros((ROWS, 2), np.int64),
    np.zeros((ROWS, 4), np.uint8)[:, ::2],
    read_only(np.zeros((ROWS, 2), np.uint8)),
    [[0, 0]] * ROWS,
]


@pytest.mark.parametrize("buffer", WRONG_BUFFERS, ids=range(len(WRONG_BUFFERS)))
def test_decide_writes_into_no_buffer_that_does_not_fit(buffer: Any) -> None:
    with pytest.raises(ArgumentError, match="actions"):
        started().decide("reflex", buffer)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("buffer", WRONG_BUFFERS, ids=range(len(WRONG_BUFFERS)))
def test_observe_writes_into_no_buffer_that_does_not_fit(level: str, buffer: Any) -> None:
    with pytest.raises(ArgumentError, match="out"):
        started().observe(buffer, level)


@pytest.mark.parametrize(
    "actions",
    [
        np.zeros((5, 2), np.uint8),
        np.zeros((ROWS, 2), np.float32),
        np.full((ROWS, 2), np.nan),
        np.full((ROWS, 2), 8, np.uint8),
        np.full((ROWS, 2), -1, np.int32),
        np.full((ROWS, 2), 256, np.int64),
        np.tile(np.array([0, 5], np.uint8), (ROWS, 1)),
        None,
        [[1, 2], [3]],
    ],
    ids=range(9),
)
def test_a_wrong_action_moves_no_world(actions: Any) -> None:
    hive = started()
    before = hive.state_hash()
    with pytest.raises(ActionError):
        hive.step(actions)
    assert hive.state_hash() == before


def test_more_rows_than_32_bits_count_are_refused_before_any_is_allocated() -> None:
    with pytest.raises(ArgumentError, match="worlds"):
        Forage(HiveConfig(Size.of("100m")), worlds=43)


@pytest.mark.parametrize("seed", [[0.5, 1], "12", b"ab", [True, 1], [None, 1], [[1, 2]], 1.0])
def test_a_seed_is_a_whole_number_or_one_a_world(seed: Any) -> None:
    hive = started()
    before = hive.state_hash()
    with pytest.raises(ArgumentError, match="seed"):
        hive.reset(seed=seed)
    assert hive.state_hash() == before


def test_a_size_alone_makes_a_hive_with_the_default_constants() -> None:
    assert Forage("nano").config == Forage(Size.of("nano")).config == HiveConfig(Size.of("nano"))


@pytest.mark.parametrize("config", ["nono", 3.5, {}, ForageConfig(), True])
def test_what_is_no_configuration_is_refused(config: Any) -> None:
    with pytest.raises(ConfigError):
        Forage(config)


@pytest.mark.parametrize("policy", ["best", ["reflex"], None])
def test_a_policy_that_is_not_built_in_is_refused(policy: Any) -> None:
    with pytest.raises(ArgumentError, match="policy"):
        started().decide(policy)


def test_a_snapshot_of_other_constants_is_refused() -> None:
    size = Size(64, 2, 2, 1, 1)
    other = Forage(HiveConfig(size, ForageConfig(trail_cap=1000)), worlds=2)
    other.reset(seed=3)
    hive = started()
    before = hive.state_hash()
    for wrong in (other.snapshot(), None, [1], {}):
        with pytest.raises(SnapshotError, match="snapshot"):
            hive.restore(wrong)
    assert hive.state_hash() == before


@pytest.mark.parametrize("name", [*INDEX_LIMITS, "x", "y"])
def test_a_snapshot_with_an_index_outside_the_world_is_refused(name: str) -> None:
    hive = started()
    before = hive.state_hash()
    saved = hive.snapshot()
    saved[name].flat[0] = np.iinfo(saved[name].dtype).max
    with pytest.raises(SnapshotError, match=name):
        hive.restore(saved)
    assert hive.state_hash() == before


@pytest.mark.parametrize("packed", [3, 3 << 4, 255])
def test_a_priority_above_high_is_refused(packed: int) -> None:
    hive = started()
    saved = hive.snapshot()
    saved["task_priority"][5] = packed
    with pytest.raises(SnapshotError, match="task_priority"):
        hive.restore(saved)


def test_a_hazard_at_an_edge_is_refused() -> None:
    hive = Forage("nano")
    hive.reset(seed=3)
    saved = hive.snapshot()
    saved["hazard_cell"].flat[0] = 31
    with pytest.raises(SnapshotError, match="hazard"):
        hive.restore(saved)


@rule
def leap(row, cells_x, tick, id, x):
    """Send every seventh worker to the far side of the world."""
    if (np.int64(id[row]) + tick) % 7 == 0:
        x[row] = ((np.int64(x[row]) >> 12) * 5 + 3) % cells_x << 12


def test_workers_who_leap_over_regions_are_found_where_they_land() -> None:
    config = HiveConfig(Size(400, 5, 5, 1, 1))
    tick = insert_after(TICK, MOVE, System(leap, ("x",), "After the move."))
    hive = Forage(config, blueprint=blueprint_of(config, tick=tick))
    hive.reset(seed=1)
    for _ in range(20):
        hive.step(hive.decide("random"))
        c = hive.columns
        listed = []
        for region in range(25):
            first = c["member_first"][region]
            stay, left, end = (c[f"member_{k}"][region] for k in ("stay", "left", "end"))
            listed += c["member"][first : first + stay].tolist()
            listed += c["member"][first + left : first + end].tolist()
        assert sorted(listed) == list(range(400))


def test_read_only_and_wide_actions_do_what_plain_ones_do() -> None:
    hives = [started() for _ in range(3)]
    actions = hives[0].decide("random")
    wide = actions.astype(np.int64).reshape(2, 64, 2)
    for hive, given in zip(hives, (actions.copy(), read_only(actions), wide), strict=True):
        hive.step(given)
    assert len({hive.state_hash() for hive in hives}) == 1


@pytest.mark.parametrize("most", [0, -1, 1.5, True, "many"])
def test_chunks_have_a_positive_number_of_workers(most: Any) -> None:
    with pytest.raises(ArgumentError, match="most"):
        next(started().observe_chunks(most))


@pytest.mark.parametrize("world", [-1, 2, 0.5])
def test_the_hash_of_a_world_that_is_not_there_is_refused(world: Any) -> None:
    with pytest.raises(ArgumentError, match="world"):
        started().state_hash(world)


@pytest.mark.parametrize("method", ["step", "observe", "components", "decide", "snapshot"])
def test_nothing_is_asked_of_a_hive_before_its_reset(method: str) -> None:
    hive = Forage(HiveConfig(Size(64, 2, 2, 1, 1)))
    arguments = {"step": (None,), "decide": ("reflex",), "components": ("worker", {})}.get(
        method, ()
    )
    with pytest.raises(ResetNeededError):
        getattr(hive, method)(*arguments)


def test_a_saved_hive_goes_on_where_it_was(tmp_path: Any) -> None:
    hive = started()
    for _ in range(20):
        hive.step(hive.decide("pheromone"))
    hive.save(tmp_path / "hive.snapshot")
    again = Forage.load(tmp_path / "hive.snapshot")
    for _ in range(20):
        hive.step(hive.decide("pheromone"))
        again.step(again.decide("pheromone"))
    assert again.state_hash() == hive.state_hash()
    np.testing.assert_array_equal(again.observe(), hive.observe())


@pytest.mark.parametrize("name", ["regions", "trail", "row", "first", "np", "mine too"])
def test_a_constant_of_the_users_own_takes_nobodys_name(name: str) -> None:
    with pytest.raises(ConfigError, match="constants"):
        blueprint_of(HiveConfig(Size.of("nano")), constants={name: 5})


@pytest.mark.parametrize("name", ["row", "world", "start", "np", "class", "two words"])
def test_a_column_has_a_name_that_no_driver_uses(name: str) -> None:
    with pytest.raises(ConfigError, match="name"):
        Column(name, np.int32, "E", "", "")


def test_a_column_of_the_users_own_is_not_named_as_a_constant() -> None:
    with pytest.raises(ConfigError, match="columns"):
        blueprint_of(HiveConfig(Size.of("nano")), [Column("stock", np.int32, "E", "", "")])


@pytest.mark.parametrize("shape", ["K", "3", "r", "L"])
def test_a_column_of_the_state_has_a_part_for_each_world(shape: str) -> None:
    with pytest.raises(ConfigError, match="each world"):
        Column("mine", np.int32, shape, "", "")


def test_without_medics_nobody_works() -> None:
    hive = Forage(HiveConfig(Size(64, 2, 2, 1, 1), ForageConfig(fault_mean_ticks=20)))
    hive.reset(seed=2)
    worked = {True: 0, False: 0}
    for _ in range(60):
        for medics in worked:
            worked[medics] += int((hive.decide("reflex", medics=medics)[:, 0] == Verb.WORK).sum())
        hive.step(hive.decide("reflex"))
    assert worked[True] > 0
    assert worked[False] == 0


def test_ids_that_are_not_everybodys_are_refused() -> None:
    hive = started()
    saved = hive.snapshot()
    saved["id"][:] = 3
    with pytest.raises(SnapshotError, match="id"):
        hive.restore(saved)


@pytest.mark.parametrize("name", ["x", "specialist", "home"])
def test_columns_written_by_hand_are_checked_when_the_hive_resumes(name: str) -> None:
    hive = started()
    hive.columns[name][0] = np.iinfo(hive.columns[name].dtype).max
    with pytest.raises(SnapshotError, match=name):
        hive.resume()


def test_a_world_keeps_its_seed_when_another_starts_for_the_first_time() -> None:
    hive = Forage(HiveConfig(Size(64, 2, 2, 1, 1)), worlds=2)
    hive.reset(seed=5, worlds=np.array([True, False]))
    hive.reset()
    assert hive.columns["seed"][0] == 5
    assert hive.columns["episode"].tolist() == [1, 0]


@rule
def leave(row, x):
    """Send everybody out of the world."""
    x[row] = 1 << 30


def test_a_motion_that_leaves_the_world_is_told() -> None:
    config = HiveConfig(Size(64, 2, 2, 1, 1))
    tick = insert_after(TICK, MOVE, System(leave, ("x",), "After the move."))
    hive = Forage(config, blueprint=blueprint_of(config, tick=tick))
    hive.reset(seed=1)
    with pytest.raises(HiveError, match="out of the world"):
        hive.step(hive.decide("random"))
