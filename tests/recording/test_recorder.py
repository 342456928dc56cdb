"""A recorder keeps every whole episode as it was played, and says what it left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY

from hive_env.envs.single import HiveEnv
from hive_env.errors import ArgumentError, HiveError, ResetNeededError
from hive_env.recording import Recorder
from hive_env.wrappers import SeatsVectorEnv

pytest.importorskip("h5py")
minari = pytest.importorskip("minari")

CONFIG = {**CLOCKS, **HARSH}
MODES = ("Disabled", "NextStep", "SameStep")


def seats(worlds: int = 2, level: str = "manager", **arguments: Any) -> SeatsVectorEnv:
    given = {"config": CONFIG, "max_cycles": 5, "autoreset_mode": "Disabled", **arguments}
    return SeatsVectorEnv(worlds, TINY, level=level, **given)


def drawn(env: Any, rng: np.random.Generator) -> Any:
    return rng.integers(env.single_action_space.nvec, size=env.action_space.shape)


def play(env: Any, steps: int, seed: int = 3) -> None:
    """Act at random for so many steps, and reset what has ended where nothing else does."""
    rng = np.random.default_rng(seed)
    env.reset(seed=seed)
    for _ in range(steps):
        truncated = env.step(drawn(env, rng))[3]
        if truncated.any() and env.env.autoreset_mode.value == "Disabled":
            env.reset(options={"reset_mask": truncated})


def read(folder: Path) -> tuple[list[Any], list[dict[str, Any]], dict[str, Any]]:
    """Return episodes, what is said of each, and what is said of them all, as Minari reads it."""
    found = minari.MinariDataset(folder / "data")
    episodes = list(found.iterate_episodes())
    told = list(found.storage.get_episode_metadata(range(len(found))))
    return episodes, told, json.loads((folder / "data" / "metadata.json").read_text())


def check_replay(folder: Path, env: SeatsVectorEnv) -> None:
    """Play every recorded episode again in one world, and compare all that is told of it.

    The episodes of the seats of a world lie together.
    """
    episodes, told, _ = read(folder)
    for first in range(0, len(episodes), env.seats):
        group = episodes[first : first + env.seats]
        about = told[first : first + env.seats]
        assert len({(one["seed"], one["episode"]) for one in about}) == 1
        assert [one["seat"] for one in about] == list(range(env.seats))
        seen, infos = env.reset(seed=about[0]["seed"])
        for _ in range(about[0]["episode"]):
            seen, infos = env.reset()
        steps = len(group[0])
        for step in range(steps + 1):
            for seat, one in enumerate(group):
                np.testing.assert_array_equal(one.observations[step], seen[seat])
                assert one.observations.dtype == seen.dtype
                for name in ("action_mask", "reward_components", "u_per_worker", "tick"):
                    np.testing.assert_array_equal(one.infos[name][step], infos[name][seat])
                assert len(one.observations) == len(one.infos["tick"]) == steps + 1
            if step == steps:
                break
            actions = np.stack([one.actions[step] for one in group])
            seen, rewards, ended, truncated, infos = env.step(actions)
            for seat, one in enumerate(group):
                assert one.rewards[step] == rewards[seat]
                assert one.terminations[step] == ended[seat]
                assert one.truncations[step] == truncated[seat] == (step == steps - 1)


@pytest.mark.parametrize("mode", MODES)
def test_what_was_recorded_can_be_played_again_to_the_bit(mode: str, tmp_path: Path) -> None:
    folder = tmp_path / "tiny-random-v0"
    with Recorder(seats(autoreset_mode=mode), folder, "at random") as recorder:
        play(recorder, 17)
    whole = {"Disabled": 3, "NextStep": 3, "SameStep": 3}[mode]
    episodes, told, about = read(folder)
    assert len(episodes) == whole * 2 * 4
    assert {one["episode"] for one in told} == {0, 1, 2}
    assert about["hive_env"]["left_out"] == {"NextStep": 0}.get(mode, 8)
    check_replay(folder, seats(1))


@pytest.mark.parametrize(
    ("level", "more"),
    [
        ("worker", {"observation": "uint8"}),
        ("governor", {}),
        ("orchestrator", {"task": "queue", "config": CLOCKS}),
    ],
)
def test_every_level_and_family_is_recorded(
    level: str, more: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "tiny-v3"
    with Recorder(seats(1, level, **more), folder, "at random") as recorder:
        play(recorder, 5)
    check_replay(folder, seats(1, level, **more))
    found = minari.MinariDataset(folder / "data")
    plain = seats(1, level, **more)
    assert found.observation_space == plain.single_observation_space
    assert found.action_space == plain.single_action_space
    if level == "worker":
        assert "event" in found[0].infos


def test_one_seat_of_each_world_may_be_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "tiny-v0"
    with Recorder(seats(3, seat=2), folder, "at random") as recorder:
        play(recorder, 5, seed=40)
    episodes, told, about = read(folder)
    assert [(one["seat"], one["seed"]) for one in told] == [(2, 40), (2, 41), (2, 42)]
    assert (about["hive_env"]["first_seat"], about["hive_env"]["seats"]) == (2, 1)
    env = HiveEnv(TINY, seat=2, config=CONFIG, max_cycles=5)
    env.reset(seed=41)
    for action, reward, seen in zip(
        episodes[1].actions, episodes[1].rewards, episodes[1].observations[1:], strict=True
    ):
        found, paid, *_ = env.step(action)
        np.testing.assert_array_equal(found, seen)
        assert paid == pytest.approx(reward)


def test_an_episode_that_has_not_ended_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "tiny-v0"
    rng = np.random.default_rng(0)
    with Recorder(seats(2), folder, "at random") as recorder:
        recorder.reset(seed=0)
        recorder.step(drawn(recorder, rng))
        recorder.reset(options={"reset_mask": np.repeat([True, False], 4)})
        for _ in range(4):
            truncated = recorder.step(drawn(recorder, rng))[3]
        assert truncated.tolist() == [False] * 4 + [True] * 4
        recorder.reset(seed=9)
        assert recorder.left_out == 8
    episodes, told, about = read(folder)
    assert len(episodes) == 4
    assert {(one["seed"], one["episode"]) for one in told} == {(1, 0)}
    assert about["hive_env"]["left_out"] == 8, "of world 0; who was only reset had not begun"
    assert about["hive_env"]["seeds"] == {"least": 1, "greatest": 1}


def test_the_environment_goes_on_as_it_does_unrecorded(tmp_path: Path) -> None:
    plain = seats(2, autoreset_mode="SameStep")
    recorder = Recorder(seats(2, autoreset_mode="SameStep"), tmp_path / "tiny-v0", "at random")
    rng = np.random.default_rng(0)
    assert np.array_equal(recorder.reset(seed=1)[0], plain.reset(seed=1)[0])
    for _ in range(8):
        actions = drawn(plain, rng)
        one, other = recorder.step(actions), plain.step(actions)
        for mine, theirs in zip(one[:4], other[:4], strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert one[4].keys() == other[4].keys()
    assert np.array_equal(recorder.action_masks(), plain.action_masks())
    assert recorder.simulation.state_hash() == plain.simulation.state_hash()
    recorder.close()
    assert len(read(tmp_path / "tiny-v0")[0]) == 8, "what is whole is kept when it is closed"


def test_without_a_whole_episode_nothing_is_left(tmp_path: Path) -> None:
    recorder = Recorder(seats(), tmp_path / "tiny-v0", "nobody")
    recorder.reset(seed=0)
    with pytest.raises(HiveError, match="no episode has ended"):
        recorder.finish()
    recorder.close()
    Recorder(seats(), tmp_path / "tiny-v1", "nobody").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", MODES)
def test_what_began_before_the_recording_is_not_taken_for_an_episode(
    mode: str, tmp_path: Path
) -> None:
    env = seats(2, autoreset_mode=mode)
    rng = np.random.default_rng(0)
    env.reset(seed=3)
    env.step(drawn(env, rng))
    before = env.simulation.state_hash()
    with Recorder(env, tmp_path / "tiny-v0", "at random") as recorder:
        for mask in (None, np.repeat([True, False], 4)):
            if mask is not None:
                recorder.reset(options={"reset_mask": mask})
                before = env.simulation.state_hash()
            with pytest.raises(ResetNeededError, match="has not seen"):
                recorder.step(drawn(env, rng))
            assert env.simulation.state_hash() == before
        play(recorder, 5)
    check_replay(tmp_path / "tiny-v0", seats(1))


def test_an_error_while_recording_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with Recorder(seats(), tmp_path / "tiny-v0", "at random") as recorder:
            play(recorder, 6)
            assert recorder.dataset.episodes == 8
            assert [one.name for one in tmp_path.iterdir()] != ["tiny-v0"], "it is not there yet"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_action_that_is_refused_is_no_step(tmp_path: Path) -> None:
    folder = tmp_path / "tiny-v0"
    with Recorder(seats(1), folder, "at random") as recorder:
        recorder.reset(seed=3)
        with pytest.raises(ArgumentError, match="actions"):
            recorder.step(np.full((4, 5), 9))
        play(recorder, 5)
    check_replay(folder, seats(1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mine", "ends like forage-mine-v0"),
        ("mine-v", "ends like"),
        ("m ne-v0", "ends like"),
        ("taken-v0", "not there yet"),
        (3, "a path"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_anything_is_made(
    name: Any, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "taken-v0").mkdir()
    folder = name if isinstance(name, int) else tmp_path / name
    with pytest.raises(ArgumentError, match=f"folder: expected .*{expected}"):
        Recorder(seats(), folder, "nobody")
    assert [one.name for one in tmp_path.iterdir()] == ["taken-v0"]


def test_other_environments_and_nameless_policies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="env: expected a SeatsVectorEnv"):
        Recorder(HiveEnv(TINY), tmp_path / "tiny-v0", "nobody")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="policy"):
        Recorder(seats(), tmp_path / "tiny-v0", "")


def test_of_two_who_write_one_data_set_the_second_fails_and_spoils_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "tiny-v0"
    one = Recorder(seats(1), folder, "one")
    other = Recorder(seats(1), folder, "other")
    play(one, 5)
    play(other, 5)
    one.finish()
    with pytest.raises(OSError, match="tiny-v0"):
        other.finish()
    assert read(folder)[2]["algorithm_name"] == "one"
