"""A snapshot is everything, and a file that is not a whole one is refused and changes nothing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.traces import LIVELY, TINY, play
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JITLESS, examples, sizes, tasks

from hive_env import snapshot
from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, Kind
from hive_env.enums import Boundary, Cut, FaultKind, Garble, Standby
from hive_env.errors import ResetNeededError, SnapshotError
from hive_env.faults import Faults, PlannedFault, WorkerFaults, presets
from hive_env.offices import OfficeConfig, Role
from hive_env.partitions import Partitions, PlannedPartition
from hive_env.scenarios.forage import Forage, blueprint_of
from hive_env.sizes import SIZES, Size
from hive_env.systems.workers import NEVER

FOLDERS = os.pathsep.join([str(Path(__file__).parent), *sys.path])
"""Where a new process finds the package, this module and its helpers."""

CONFIG = HiveConfig(TINY, ForageConfig(**LIVELY, memory_width=3))


def world(config: HiveConfig = CONFIG, ticks: int = 10, **options: Any) -> Forage:
    """A world in the middle of an episode."""
    simulation = Forage(config, **options)
    simulation.reset(seed=5)
    play(simulation, "scripted", ticks, ticks or 1, "random")
    return simulation


def future(simulation: Forage, ticks: int = 12) -> list[str]:
    """The hashes of the ticks to come."""
    return play(simulation, "scripted", ticks, 1, "random")


def everything(simulation: Forage) -> dict[str, bytes]:
    """The bytes of every column, derived ones too."""
    return {name: array.tobytes() for name, array in simulation.columns.items()}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a good snapshot of `CONFIG`."""
    path = tmp_path_factory.mktemp("stored") / "good.hive"
    snapshot.save(world(), path)
    return path.read_bytes()


# --- in memory ---------------------------------------------------------------------------------


@pytest.mark.jitless
@settings(max_examples=examples(8))
@given(size=sizes, task=tasks, ticks=st.integers(0, 40))
def test_a_restored_world_continues_bit_exactly(size: Size, task: ForageConfig, ticks: int) -> None:
    simulation = world(HiveConfig(size, task), min(ticks, 3) if JITLESS else ticks)
    kept = simulation.snapshot()
    first = future(simulation, 4)
    simulation.restore(kept)

    assert future(simulation, 4) == first


def test_a_snapshot_is_a_copy() -> None:
    simulation = world()
    kept = simulation.snapshot()
    before = {name: array.copy() for name, array in kept.items()}
    future(simulation)

    assert all((kept[name] == before[name]).all() for name in kept)


def test_a_world_can_be_forked_and_played_again_without_one_fault() -> None:
    """The fork's worker stays whole; the world it came from, restored, has its fault again."""
    config = HiveConfig(TINY, ForageConfig(**{**LIVELY, "hazard_fatigue": 0}))
    simulation = world(config, ticks=0)
    kept = simulation.snapshot()
    due = simulation.columns["next_fault"]
    row = int(due.argmin())
    ticks = int(due[row]) + 2
    with_fault = future(simulation, ticks)
    assert simulation.columns["error_count"][row] == 1

    simulation.restore(kept)
    simulation.columns["next_fault"][row] = NEVER
    without = future(simulation, ticks)
    assert simulation.columns["error_count"][row] == 0
    assert without != with_fault

    simulation.restore(kept)
    assert future(simulation, ticks) == with_fault


@pytest.mark.parametrize("after", [1, 12])
def test_a_restore_in_mid_episode_after_the_member_lists_overflowed(after: int) -> None:
    """All workers walk into one corner, so that a region's slots do not suffice."""
    config = HiveConfig(Size(200, 2, 2, 1, 1), ForageConfig(fault_mean_ticks=0, crowd_capacity=14))
    simulation = Forage(config)
    simulation.reset(seed=1)
    room = int(simulation.columns["member_room"].max())
    north_west = np.zeros((200, 2), np.uint8)
    for tick in range(4 * config.size.region_side):
        north_west[:, 0] = (1, 4)[tick % 2]
        simulation.step(north_west)
    assert int(simulation.columns["member_stay"].max()) > room
    simulation.step(simulation.decide("random"))

    kept = simulation.snapshot()
    straight = play(simulation, "random", after, 1)
    fresh = Forage(config)
    fresh.restore(kept)
    simulation.restore(kept)

    assert play(fresh, "random", after, 1) == straight
    assert play(simulation, "random", after, 1) == straight


@pytest.mark.parametrize("damage", ["missing", "shape", "dtype"])
def test_a_snapshot_in_memory_that_does_not_fit_changes_nothing(damage: str) -> None:
    simulation = world()
    kept = world(ticks=3).snapshot()
    if damage == "missing":
        del kept["season"]
    elif damage == "shape":
        kept["season"] = np.concatenate([kept["season"], kept["season"]])
    else:
        kept["season"] = kept["season"].astype(np.int64)
    before = everything(simulation)

    with pytest.raises(SnapshotError, match="'season'"):
        simulation.restore(kept)
    assert everything(simulation) == before


def test_there_is_no_snapshot_before_the_first_reset(tmp_path: Path) -> None:
    with pytest.raises(ResetNeededError):
        Forage(CONFIG).snapshot()
    with pytest.raises(ResetNeededError):
        snapshot.save(Forage(CONFIG), tmp_path / "a.hive")

    assert list(tmp_path.iterdir()) == []


# --- on disk -----------------------------------------------------------------------------------


@pytest.mark.jitless
def test_a_loaded_world_continues_bit_exactly(tmp_path: Path) -> None:
    simulation = world()
    simulation.columns["memory"][...] = np.arange(3)
    snapshot.save(simulation, tmp_path / "a.hive")
    other = Forage(CONFIG)
    snapshot.load(tmp_path / "a.hive", other)

    assert (other.columns["memory"] == np.arange(3)).all()
    assert (other.columns["gain"] == simulation.columns["gain"]).all()
    assert future(other) == future(simulation)


CONTINUE = """
import json, sys
from golden.traces import play
from hive_env import snapshot
from hive_env.scenarios.forage import Forage
simulation = Forage(snapshot.config_of(sys.argv[1]), worlds=2, threads=3)
snapshot.load(sys.argv[1], simulation)
hashes = play(simulation, "scripted", 40, 1, "scripted")
print(json.dumps([hashes, simulation.state_hash()]))
"""


def in_a_new_process(code: str, path: Path) -> Any:
    """Run a program that finds the test helpers, and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": FOLDERS},
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_world_continues_bit_exactly_in_another_process_on_other_threads(tmp_path: Path) -> None:
    config = HiveConfig(SIZES["nano"], ForageConfig(motion="flight", boundary=Boundary.TORUS))
    simulation = world(config, 25, worlds=2, threads=1)
    simulation.sort_rows()
    snapshot.save(simulation, tmp_path / "a.hive")

    hashes, total = in_a_new_process(CONTINUE, tmp_path / "a.hive")

    assert hashes == play(simulation, "scripted", 40, 1, "scripted")
    assert total == simulation.state_hash()


@pytest.mark.parametrize("preset", ["off", "harsh"])
def test_a_world_with_faults_is_made_from_its_file(tmp_path: Path, preset: str) -> None:
    simulation = world(HiveConfig(SIZES["nano"], ForageConfig(faults=preset)), 25)
    simulation.save(tmp_path / "a.hive")
    again = Forage.load(tmp_path / "a.hive")

    assert again.config == simulation.config
    expected = play(simulation, "scripted", 16, 4, "scripted")
    assert play(again, "scripted", 16, 4, "scripted") == expected


def test_the_configuration_and_the_header_come_back(tmp_path: Path) -> None:
    config = HiveConfig(
        Size(96, 3, 3, 1, 2), ForageConfig(motion="flight", boundary=Boundary.TORUS, drag=0.3)
    )
    simulation = Forage(config, worlds=2)
    simulation.reset(seed=2**64 - 1)
    snapshot.save(simulation, tmp_path / "a.hive")
    header = snapshot.describe(tmp_path / "a.hive")

    assert snapshot.config_of(tmp_path / "a.hive") == config
    assert (header["family"], header["worlds"]) == ("forage", 2)
    assert header["first_world"] == {"seed": 2**64 - 1, "episode": 0, "tick": 0}
    assert header["columns"]["x"] == ["<i4", [192]]


def test_a_snapshot_is_the_same_bytes_whenever_it_is_written(tmp_path: Path, stored: bytes) -> None:
    snapshot.save(world(), tmp_path / "a.hive")

    assert (tmp_path / "a.hive").read_bytes() == stored


def test_a_new_snapshot_has_the_mode_of_any_new_file_and_leaves_nothing_else(
    tmp_path: Path,
) -> None:
    snapshot.save(world(), tmp_path / "a.hive")
    (tmp_path / "b").touch()

    assert (tmp_path / "a.hive").stat().st_mode == (tmp_path / "b").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.hive", "b"]


def test_saving_and_loading_need_no_second_copy_of_the_world(tmp_path: Path) -> None:
    """Peak memory beyond the world's own stays below a few chunks, far below the world."""
    code = """
import json, sys, tracemalloc
from hive_env import snapshot
from hive_env.config import HiveConfig, ForageConfig
from hive_env.sizes import SIZES
from hive_env.scenarios.forage import Forage
snapshot.CHUNK = 1 << 20
simulation = Forage(HiveConfig(SIZES["v0"], ForageConfig(memory_width=512)))
simulation.reset(seed=1)
tracemalloc.start()
snapshot.save(simulation, sys.argv[1])
snapshot.load(sys.argv[1], simulation)
peak = tracemalloc.get_traced_memory()[1]
saved = sum(simulation.columns[c.name].nbytes for c in simulation.saved_columns())
print(json.dumps([peak, saved]))
"""
    peak, saved = in_a_new_process(code, tmp_path / "a.hive")

    assert saved > 20_000_000
    assert peak < 4_000_000


# --- files that are refused --------------------------------------------------------------------


def refusal(data: bytes, tmp_path: Path, simulation: Forage | None = None) -> str:
    """Load bytes that must be refused; return why, having checked that nothing changed."""
    path = tmp_path / "bad.hive"
    path.write_bytes(data)
    simulation = simulation or world(ticks=3)
    before = everything(simulation)
    with pytest.raises(SnapshotError) as caught:
        snapshot.load(path, simulation)
    assert everything(simulation) == before
    assert simulation.ready
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def places(length: int, header: int) -> list[int]:
    """Every byte of the prelude, many of the header and the columns, every one of the trailer."""
    random = np.random.default_rng(3)
    inside = random.integers(64, length - 32, 100).tolist()
    return [*range(64), *range(64, 64 + header, 97), *inside, *range(length - 32, length)]


def test_a_file_with_any_byte_altered_is_refused_as_altered(tmp_path: Path, stored: bytes) -> None:
    simulation = world(ticks=3)
    header = struct.unpack_from("<I", stored, 20)[0]
    for place in places(len(stored), header):
        for bit in (1, 128):
            data = bytearray(stored)
            data[place] ^= bit
            told = "not a hive_env snapshot" if place < 16 else "altered"
            assert told in refusal(bytes(data), tmp_path, simulation), place


def test_a_file_cut_short_anywhere_is_refused_as_truncated(tmp_path: Path, stored: bytes) -> None:
    simulation = world(ticks=3)
    random = np.random.default_rng(4)
    cuts = {0, 1, 15, 16, 17, 63, 64, 65, len(stored) - 32, len(stored) - 1}
    for length in sorted(cuts | set(random.integers(0, len(stored), 50).tolist())):
        told = refusal(stored[:length], tmp_path, simulation)
        assert f"truncated: {length} bytes of" in told


def test_a_file_with_bytes_appended_is_refused_as_altered(tmp_path: Path, stored: bytes) -> None:
    assert "altered: it has" in refusal(stored + b"\0", tmp_path)


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(100), b"\x80\x04", b"\x93NUMPY\x01\0v"])
def test_another_kind_of_file_is_refused_as_no_snapshot(tmp_path: Path, data: bytes) -> None:
    assert "not a hive_env snapshot" in refusal(data, tmp_path)


def forged(data: bytes, version: int, text: bytes | None = None) -> bytes:
    """A snapshot of another version or with another header, with all its checksums right."""
    length = struct.unpack_from("<I", data, 20)[0]
    text = data[64 : 64 + length] if text is None else text
    rest = data[64 + length : -32]
    check = hashlib.blake2b(text, digest_size=16).digest()
    total = 64 + len(text) + len(rest) + 32
    prelude = struct.pack("<16sIIQ16s", data[:16], version, len(text), total, check)
    whole = prelude + hashlib.blake2b(prelude, digest_size=16).digest() + text + rest
    return whole + hashlib.blake2b(whole, digest_size=32).digest()


def test_a_snapshot_of_another_format_version_is_refused_as_such(
    tmp_path: Path, stored: bytes
) -> None:
    assert forged(stored, snapshot.FORMAT) == stored
    told = refusal(forged(stored, snapshot.FORMAT + 1), tmp_path)

    assert f"format version {snapshot.FORMAT + 1}" in told
    assert f"reads version {snapshot.FORMAT}" in told


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff", b"null"])
def test_a_header_that_is_no_json_object_is_refused(
    tmp_path: Path, stored: bytes, text: bytes
) -> None:
    assert "header" in refusal(forged(stored, snapshot.FORMAT, text), tmp_path)


def test_a_header_without_its_parts_is_refused(tmp_path: Path, stored: bytes) -> None:
    assert "of another world" in refusal(forged(stored, snapshot.FORMAT, b"{}"), tmp_path)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (lambda: Forage(HiveConfig(TINY, ForageConfig(depth=2))), "configuration"),
        (lambda: Forage(CONFIG, worlds=2), "number of worlds: 1; this simulation's: 2"),
        (
            lambda: Forage(CONFIG, blueprint=blueprint_of(CONFIG, constants={"mine": 3})),
            "this simulation's: {'mine': 3}",
        ),
        (
            lambda: Forage(
                CONFIG,
                blueprint=blueprint_of(CONFIG, [Column("mood", np.int8, "E", "", "Its mood.")]),
            ),
            "columns: {'mood': None}; this simulation's: {'mood': ['|i1', [24]]}",
        ),
    ],
    ids=["configuration", "worlds", "constants", "columns"],
)
def test_a_snapshot_of_another_kind_of_world_is_refused_with_what_differs(
    tmp_path: Path, stored: bytes, other: Any, told: str
) -> None:
    simulation = other()
    simulation.reset(seed=1)

    assert told in refusal(stored, tmp_path, simulation)


def test_a_snapshot_of_what_cannot_be_is_refused(tmp_path: Path) -> None:
    """All its checksums are right; the world that was saved had been tampered with."""
    simulation = world()
    simulation.columns["x"][3] = -1
    snapshot.save(simulation, tmp_path / "a.hive")

    simulation = world(ticks=3)
    before = everything(simulation)
    with pytest.raises(SnapshotError, match="'x' has positions outside the world"):
        snapshot.load(tmp_path / "a.hive", simulation)
    assert everything(simulation) == before


def test_a_users_own_column_travels_in_the_snapshot(tmp_path: Path) -> None:
    columns = [
        Column("mood", np.int8, "E", "", "Its mood."),
        Column("weight", np.float32, "R", "", "A weight.", Kind.CARRIED),
    ]
    first, second = (Forage(CONFIG, blueprint=blueprint_of(CONFIG, columns)) for _ in range(2))
    first.reset(seed=1)
    first.columns["mood"][...] = np.arange(24)
    first.columns["weight"][...] = 0.1
    snapshot.save(first, tmp_path / "a.hive")
    snapshot.load(tmp_path / "a.hive", second)

    assert (second.columns["mood"] == np.arange(24)).all()
    assert (second.columns["weight"] == np.float32(0.1)).all()


def test_a_configuration_that_this_version_cannot_make_is_refused(
    tmp_path: Path, stored: bytes
) -> None:
    length = struct.unpack_from("<I", stored, 20)[0]
    header = json.loads(stored[64 : 64 + length])
    path = tmp_path / "a.hive"
    header["config"]["forage"]["gravity"] = 9.81
    path.write_bytes(forged(stored, snapshot.FORMAT, json.dumps(header).encode()))
    with pytest.raises(SnapshotError, match="gravity"):
        snapshot.config_of(path)

    header["config"] = None
    path.write_bytes(forged(stored, snapshot.FORMAT, json.dumps(header).encode()))
    with pytest.raises(SnapshotError, match="no HiveConfig"):
        snapshot.config_of(path)


def test_a_missing_file_and_a_missing_folder_are_the_systems_own_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        snapshot.load(tmp_path / "none.hive", world())
    with pytest.raises(FileNotFoundError):
        snapshot.save(world(), tmp_path / "none" / "a.hive")


# --- writes that do not end --------------------------------------------------------------------

KILLED = """
import os, signal, sys
from test_snapshot import world
from hive_env import snapshot
snapshot.CHUNK = 512
blocks = snapshot._blocks
def deadly(simulation):
    for number, block in enumerate(blocks(simulation)):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield block
    os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
snapshot._blocks = deadly
snapshot.save(world(ticks=4), sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("block", [0, 1, 3, 20, 10**6])
def test_the_last_good_file_survives_a_kill_in_mid_write(
    tmp_path: Path, stored: bytes, block: int
) -> None:
    """Killed before a block is written; at the last, when all are written and not yet on disk."""
    path = tmp_path / "a.hive"
    path.write_bytes(stored)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(block)],
        env={**os.environ, "PYTHONPATH": FOLDERS},
        cwd=tmp_path,
        timeout=120,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == stored
    assert any(other.suffix == ".tmp" for other in tmp_path.iterdir())
    snapshot.load(path, Forage(CONFIG))
    snapshot.save(world(ticks=2), path)
    assert path.read_bytes() != stored


FULL = """
import json, resource, sys
from test_snapshot import world
from hive_env import snapshot
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    snapshot.save(world(ticks=4), sys.argv[1])
except OSError as error:
    print(json.dumps(error.errno))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_the_last_good_file_survives_a_write_that_fails_and_no_other_is_left(
    tmp_path: Path, stored: bytes
) -> None:
    """The system refuses to let a file grow beyond 4,000 bytes, as a full disk would."""
    path = tmp_path / "a.hive"
    path.write_bytes(stored)

    assert in_a_new_process(FULL, path) == errno.EFBIG
    assert path.read_bytes() == stored
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_shrinks_while_it_is_read_leaves_a_simulation_that_needs_a_reset(
    tmp_path: Path, stored: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.hive"
    path.write_bytes(stored)
    read_into = snapshot._read_into

    def shrink(*arguments: Any) -> None:
        os.truncate(path, 5_000)
        read_into(*arguments)

    monkeypatch.setattr(snapshot, "_read_into", shrink)
    simulation = world()
    with pytest.raises(OSError, match="reset the simulation"):
        snapshot.load(path, simulation)
    with pytest.raises(ResetNeededError):
        simulation.step(np.zeros((24, 2), np.uint8))

    simulation.reset(seed=5)
    assert future(simulation) == future(world(ticks=0))


@pytest.mark.parametrize("name", [None, "off", "harsh"])
def test_a_configuration_comes_back_with_all_that_fails(name: str | None, tmp_path: Path) -> None:
    """Records within records, enums, and schedules, none of which JSON knows."""
    faults = (
        presets()[name]
        if name
        else Faults(
            WorkerFaults(9.5, garble=Garble.STUCK),
            offices=OfficeConfig(roles=(Role("sense", standby=Standby.COLD), Role("decide"))),
            partitions=Partitions(schedule=(PlannedPartition(0, 3, 9, Cut.SIBLINGS),)),
            schedule=(PlannedFault(5, FaultKind.DELAY, "worker", 3),),
        )
    )
    config = HiveConfig(TINY, ForageConfig(faults=faults))
    simulation = Forage(config)
    simulation.reset(seed=1)
    simulation.save(tmp_path / "there")

    assert snapshot.config_of(tmp_path / "there") == config
