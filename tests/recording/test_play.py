"""Policies played to be recorded: who plays, on which seeds, and where it says so."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, TINY

from hive_env import cli
from hive_env.config import FIRST_TEST_SEED, ForageConfig, HiveConfig
from hive_env.enums import Boundary
from hive_env.envs.single import HiveEnv
from hive_env.errors import ArgumentError, ConfigError, HiveError
from hive_env.recording import record
from hive_env.recording.dataset import split_of
from hive_env.recording.origin import plain_constants, plain_size
from hive_env.recording.play import worlds_at_once
from hive_env.scenarios.families import FAMILIES, FORAGE
from hive_env.sizes import Size
from hive_env.wrappers import SeatsVectorEnv

SHORT: dict[str, Any] = {"size": TINY, "config": {**CLOCKS, "episode_ticks": 8}}


def loaded(folder: Path) -> Any:
    minari = pytest.importorskip("minari")
    return minari.MinariDataset(folder / "data")


def origin(folder: Path) -> Any:
    return json.loads((folder / "data" / "metadata.json").read_text())["hive_env"]


@pytest.mark.parametrize("seat", [None, 1])
def test_a_built_in_policy_plays_as_it_does_where_nobody_records(
    seat: int | None, tmp_path: Path
) -> None:
    pytest.importorskip("minari")
    heard: list[int] = []

    def begin(steps: int) -> Any:
        heard.append(-steps)
        return heard.append

    folder = record(
        tmp_path / "tiny-v0", episodes=3, seed=7, seat=seat, policy="blind", begin=begin, **SHORT
    )
    found = loaded(folder)
    told = list(found.storage.get_episode_metadata(range(len(found))))
    seats = 4 if seat is None else 1
    assert [one["seed"] for one in told] == np.repeat([7, 8, 9], seats).tolist()
    assert heard[0] == -12
    assert sum(heard[1:]) == 12
    policies = {"manager": "blind"}
    hive = FORAGE.hive(HiveConfig(TINY, ForageConfig(**SHORT["config"])), 1, "cpu", 1)
    env = HiveEnv(level="orchestrator", policies=policies, **SHORT)
    if seat is None:
        env.reset(seed=8)
        for _ in range(2):
            *_, info = env.step(env.simulation.decide("scripted", level="orchestrator")[0])
        assert found[seats].infos["u_per_worker"][-1] == info["u_per_worker"]
        assert found[seats].infos["tick"].tolist() == [0, 2, 4, 6, 8]
    hive.reset(8)
    mine = found[seats].actions[0]
    assert mine.tolist() == hive.decide("blind", level="manager")[seat or 0].tolist()


def test_a_policy_of_ones_own_is_given_masks_and_named(tmp_path: Path) -> None:
    pytest.importorskip("minari")

    def lowest(seen: Any, masks: Any) -> Any:
        assert seen.shape == (64, 64)
        assert masks.shape == (64, 13)
        return np.stack([masks[:, :8].argmax(axis=1), masks[:, 8:].argmax(axis=1)], axis=1)

    folder = record(tmp_path / "own-v0", level="worker", policy=lowest, **SHORT)
    assert origin(folder)["policy"].endswith("lowest")
    named = record(tmp_path / "own-v1", level="worker", policy=lowest, name="the lowest", **SHORT)
    assert origin(named)["policy"] == "the lowest"
    for one in loaded(folder):
        chosen = np.take_along_axis(one.infos["action_mask"][:-1], one.actions[:, :1], axis=1)
        assert chosen.all()


def test_where_it_comes_from_is_written_beside_it(tmp_path: Path) -> None:
    pytest.importorskip("minari")
    folder = record(
        tmp_path / "mine-v0",
        size="nano",
        level="orchestrator",
        config="hard",
        policies={"worker": "reflex"},
        seed=FIRST_TEST_SEED,
    )
    told = origin(folder)
    assert told["config_hash"] == FORAGE.at("hard").config(Size.of("nano")).config_hash()
    assert (told["task"], told["level"], told["policy"]) == ("forage", "orchestrator", "scripted")
    assert told["config"]["sites_per_region"] == FORAGE.tiers["hard"].sites_per_region
    assert told["others"] == {"worker": "reflex", "manager": "scripted", "governor": "scripted"}
    assert told["split"] == "test"
    assert told["seeds"] == {"least": FIRST_TEST_SEED, "greatest": FIRST_TEST_SEED}
    assert told["left_out"] == 0


@pytest.mark.filterwarnings("ignore:Package hive-env is not installed")
def test_the_environment_of_a_seat_is_made_again_from_the_data_set(tmp_path: Path) -> None:
    pytest.importorskip("minari")
    folder = record(
        tmp_path / "mine-v0",
        size="nano",
        task="queue",
        level="governor",
        seat=1,
        config="hard",
        policies={"worker": "reflex"},
    )
    found = loaded(folder)
    env = found.recover_environment()
    seen, _ = env.reset(seed=0)
    np.testing.assert_array_equal(seen, found[0].observations[0])
    for action, after in zip(found[0].actions, found[0].observations[1:], strict=True):
        np.testing.assert_array_equal(env.step(action)[0], after)
    env.close()
    plain = HiveEnv("nano", level="governor")
    assert plain.simulation.config.size == Size.of("nano"), "the registry is as it was"


def test_what_json_does_not_tell_is_no_environment_made_again(tmp_path: Path) -> None:
    pytest.importorskip("minari")
    for name, more in {
        "size-v0": {},
        "policy-v0": {"size": 256, "policies": {"worker": lambda hive: hive.decide("reflex")}},
    }.items():
        folder = record(tmp_path / name, level="orchestrator", **{**SHORT, **more})
        found = loaded(folder)
        assert found.env_spec is None
        assert len(found) == 1


def test_sizes_and_constants_are_told_in_plain_words_or_not_at_all() -> None:
    assert plain_size(Size.of("nano")) == "nano"
    assert plain_size(Size.of(5_000)) == 5_000
    assert plain_size(TINY) is None
    assert plain_constants(FORAGE, FORAGE.tiers["easy"]) == "easy"
    assert plain_constants(FORAGE, ForageConfig(depth=2)) == {"depth": 2}
    assert plain_constants(FORAGE, ForageConfig(faults="mild")) == {"faults": "mild"}
    assert plain_constants(FORAGE, ForageConfig(evaporation_rate=(0.5,) * 4)) == {
        "evaporation_rate": [0.5] * 4
    }
    assert plain_constants(FORAGE, ForageConfig(boundary=Boundary.TORUS)) is None


def test_seeds_tell_which_split_they_belong_to() -> None:
    last = FIRST_TEST_SEED - 1
    assert split_of({"least": 0, "greatest": last}) == "train"
    assert split_of({"least": last, "greatest": FIRST_TEST_SEED}) == "both"
    assert split_of({"least": FIRST_TEST_SEED, "greatest": 2**63}) == "test"


def test_so_many_worlds_are_played_at_once_as_divide_the_episodes() -> None:
    env = SeatsVectorEnv(1, TINY)
    assert [worlds_at_once(env, count) for count in (1, 7, 16, 17, 100)] == [1, 7, 16, 1, 10]
    large = SeatsVectorEnv(1, "v0", level="worker")
    assert worlds_at_once(large, 16) == 1


BAD = {
    "episodes": ({"episodes": 0}, "episodes"),
    "no episodes": ({"episodes": None}, "episodes"),
    "seed": ({"seed": -1}, "seed"),
    "no seed": ({"seed": True}, "seed"),
    "seeds of both kinds": ({"seed": FIRST_TEST_SEED - 1, "episodes": 2}, "seed, episodes"),
    "policy": ({"policy": "king"}, "policy"),
    "policy of no kind": ({"policy": 3}, "policy"),
    "level": ({"level": "king"}, "level"),
    "all levels": ({"level": "all"}, "level"),
    "seat": ({"seat": 4}, "seat"),
    "tier": ({"config": "brutal"}, "config"),
    "folder": ({"folder": "mine"}, "folder"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_by_name(name: str, tmp_path: Path) -> None:
    given, argument = BAD[name]
    given = {"folder": "tiny-v0", **SHORT, **given}
    with pytest.raises((ArgumentError, ConfigError)) as raised:
        record(tmp_path / given.pop("folder"), **given)
    assert raised.value.argument == argument
    assert list(tmp_path.iterdir()) == []


def test_seeds_up_to_the_test_seeds_are_for_training(tmp_path: Path) -> None:
    pytest.importorskip("minari")
    folder = record(tmp_path / "tiny-v0", seed=FIRST_TEST_SEED - 2, episodes=2, **SHORT)
    assert origin(folder)["split"] == "train"


def test_without_minari_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(HiveError, match=r"pip install 'hive-env\[offline\]'"):
        record(tmp_path / "tiny-v0", **SHORT)
    assert list(tmp_path.iterdir()) == []


def test_a_minari_that_would_store_bytes_as_pictures_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As 0.5.3 does, without a word."""
    pytest.importorskip("minari")
    from minari.dataset.minari_storage import MinariStorage

    monkeypatch.setattr(MinariStorage, "new", lambda: None)
    with pytest.raises(HiveError, match="JPEG"):
        record(tmp_path / "tiny-v0", **SHORT)


def test_the_command_leaves_a_data_set_and_says_how_to_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("minari")
    folder = tmp_path / "forage-hard-v0"
    command = "record --size 256 --level orchestrator --tier hard --faults mild --episodes 2 "
    command += f"--seed 5 --quiet --out {folder}"
    assert cli.main(command.split()) == 0
    assert f'minari.MinariDataset("{folder}/data")' in capsys.readouterr().out
    assert origin(folder)["seeds"] == {"least": 5, "greatest": 6}
    config = FORAGE.at("hard").under("mild").config(Size.of(256))
    assert origin(folder)["config_hash"] == config.config_hash()
    assert loaded(folder).total_steps == 2 * 8
    assert cli.main(command.split()) == 2
    assert "not there yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("--policy king", "policy: expected one of scripted"),
        ("--level king", "level"),
        ("--faults mild --task queue", "faults"),
        ("--episodes 0", "got 0"),
        ("--observation uint8", "observation: expected float32 above the workers"),
    ],
)
def test_the_command_refuses_what_it_cannot_play(
    more: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"record --size 256 --quiet --out {tmp_path / 'a-v0'} {more}"
    assert cli.main(command.split()) == 2
    assert message in capsys.readouterr().err


# Minari asks for authors, and leaves the removal of its own folders to the garbage collector.
@pytest.mark.filterwarnings("ignore::UserWarning:minari.utils")
@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
@pytest.mark.parametrize("task", FAMILIES)
def test_minaris_own_collector_takes_an_environment_of_one_seat(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs jax; masks come back by choice."""
    minari = pytest.importorskip("minari")
    pytest.importorskip("jax")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    plain = HiveEnv(256, task=task, level="governor", max_cycles=3)
    env = minari.DataCollector(plain, record_infos=True)
    _, info = env.reset(seed=0)
    over = False
    while not over:
        _, _, _, over, info = env.step(env.action_space.sample(mask=info["action_mask"]))
    found = env.create_dataset("governor-v0")
    (one,) = found.iterate_episodes()
    assert len(one) == 3
    seats = plain.simulation.levels["governor"]
    assert set(one.infos["action_mask"]) == {f"_index_{k}" for k in range(len(seats.choices))}
    env.close()
    del env
    gc.collect()
