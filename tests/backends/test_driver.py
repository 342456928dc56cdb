"""A driver is readable, the same whenever it is written, and never older than what it calls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from golden.traces import TINY

import hive_env
from hive_env.backends import Binding, Driver, cpu, driver
from hive_env.backends.cuda import cuda_driver
from hive_env.backends.driver import Target
from hive_env.config import HiveConfig
from hive_env.ecs import Each, Fetch, Members, Pass, System, Unit
from hive_env.errors import ConfigError
from hive_env.random import rule
from hive_env.scenarios import forage
from hive_env.scenarios.forage import blueprint_of

BINDING = Binding(
    {
        "seed": "W",
        "age": "E",
        "total": "R",
        "tick": "W",
        "member": "L",
        "member_first": "R",
        "member_stay": "R",
        "tile": "R,P,M",
    },
    {"pace": 2, "regions": 4},
)


@rule
def grow(row: Any, seed: Any, pace: Any, age: Any) -> None:
    """A worker ages."""
    age[row] += pace


@rule
def count(region: Any, place: Any, total: Any) -> None:
    """A region counts."""
    total[region] += place


@rule
def fade(region: Any, plane: Any, spot: Any, tile: Any) -> None:
    """A trail fades."""
    tile[region, plane, spot] -= 1


@rule
def wind(world: Any, tick: Any) -> None:
    """The clock turns."""
    tick[world] += 1


GROW, COUNT, WIND = (
    System(grow, ("age",), ""),
    System(count, ("total",), ""),
    System(wind, ("tick",), ""),
)

FADE = Each(("plane", "spot"), (System(fade, ("tile",), ""),))

EXPECTED = '''"""Driver written by hive_env: the loop of one pass on CPU threads."""
import numpy as np
from numba import njit
from hive_env.backends.prefetch import fetch_row


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def run(first, last, age, member, member_first, member_stay, pace, regions, seed, total):
    for region in range(first, last):
        world = region // regions
        place = region - world * regions
        seed_here = seed[world]
        start = member_first[region]
        for number in range(member_stay[region]):
            row = np.int64(member[start + number])
            grow(row, seed_here, pace, age)
        count(region, place, total)
'''


def made(*steps: Any, unit: Unit = Unit.REGION) -> Driver:
    return Driver.of(Pass("p", unit, steps), BINDING, cpu.TARGET)


def test_the_text_of_a_driver_reads_as_the_pass_does() -> None:
    assert made(Members((GROW,)), COUNT).source == EXPECTED


def test_a_column_of_worlds_is_a_value_to_its_readers_and_an_array_to_its_writer() -> None:
    text = made(WIND, unit=Unit.WORLD).source

    assert "for world in range(first, last):\n        wind(world, tick)\n" in text


def test_on_cuda_a_pass_without_loops_gives_each_thread_a_unit() -> None:
    driver = cuda_driver(Pass("p", Unit.REGION, (COUNT,)), BINDING)

    assert not driver.shared
    assert (
        "    for region in range(first + cuda.grid(1), last, cuda.gridsize(1)):\n"
        "        world = region // regions\n"
        "        place = region - world * regions\n"
        "        count(region, place, total)\n"
    ) in driver.source
    assert "njit" not in driver.source


SHARED = """
    thread = cuda.threadIdx.x
    threads = cuda.blockDim.x
    for region in range(first + cuda.blockIdx.x, last, cuda.gridDim.x):
        world = region // regions
        place = region - world * regions
        seed_here = seed[world]
        if thread == 0:
            count(region, place, total)
        cuda.syncthreads()
        start = member_first[region]
        for number in range(thread, member_stay[region], threads):
            row = np.int64(member[start + number])
            grow(row, seed_here, pace, age)
        cuda.syncthreads()
        for flat in range(thread, tile.shape[1] * tile.shape[2], threads):
            spot = flat % tile.shape[2]
            plane = (flat // tile.shape[2])
            fade(region, plane, spot, tile)
        cuda.syncthreads()
"""


def test_on_cuda_a_block_of_threads_shares_the_loops_of_a_region() -> None:
    pass_ = Pass("p", Unit.REGION, (Fetch(("tile",)), COUNT, Members((GROW,)), FADE))
    driver = cuda_driver(pass_, BINDING)

    assert driver.shared
    assert SHARED in driver.source


def test_on_cpu_threads_a_loop_over_axes_is_nested_and_rows_are_asked_for() -> None:
    text = made(Fetch(("tile",)), FADE).source

    assert (
        "        fetch_row(tile, region)\n"
        "        for plane in range(tile.shape[1]):\n"
        "            for spot in range(tile.shape[2]):\n"
        "                fade(region, plane, spot, tile)\n"
    ) in text


def test_a_system_outside_the_loop_that_it_needs_is_refused_by_name() -> None:
    expected = (
        r"Pass\(p\): expected System\(grow\) in a loop that has the index 'row', got one with"
    )
    with pytest.raises(ConfigError, match=expected):
        made(GROW)


def test_a_loop_over_an_axis_that_no_column_has_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"over the axis 'S' in a loop over 'site'"):
        made(Each(("site",), (COUNT,)))


def test_a_driver_asks_for_what_its_rules_take_in_the_order_of_names() -> None:
    arguments = made(Members((GROW,)), COUNT).arguments

    assert arguments == tuple(sorted(arguments))
    assert set(arguments) >= {"age", "pace", "seed", "total", "member"}


def test_an_unknown_parameter_is_refused_by_name() -> None:
    @rule
    def stray(row: Any, wisdom: Any) -> None: ...

    with pytest.raises(ConfigError, match=r"System\(stray\)\.wisdom: .* unknown name 'wisdom'"):
        made(Members((System(stray, (), ""),)))


def test_a_constant_cannot_be_written() -> None:
    with pytest.raises(ConfigError, match=r"System\(grow\)\.writes: expected names of columns"):
        made(Members((System(grow, ("pace",), ""),)))


def test_two_rules_of_one_name_in_a_pass_are_refused() -> None:
    def other() -> Any:
        @rule
        def grow(row: Any, age: Any) -> None: ...

        return grow

    with pytest.raises(ConfigError, match="rules whose names differ"):
        made(Members((GROW, System(other(), ("age",), ""))))


def test_a_rule_may_stand_twice_in_a_pass() -> None:
    assert made(Members((GROW,)), COUNT, COUNT).source.count("count(") == 2


@pytest.mark.parametrize("pass_", [*forage.RESET, *forage.TICK], ids=lambda pass_: pass_.name)
def test_every_driver_of_forage_is_valid_python_that_calls_its_systems_in_order(
    pass_: Pass,
) -> None:
    blueprint = blueprint_of(HiveConfig(TINY))
    binding = Binding({c.name: c.shape for c in blueprint.columns}, blueprint.constants)
    text = Driver.of(pass_, binding, cpu.TARGET).source
    lines = [line.strip() for line in text.splitlines()]
    called = [line.split("(")[0] for line in lines if line.split("(")[0].isidentifier()]

    compile(text, pass_.name, "exec")
    assert [name for name in called if name != "run"][-len(list(pass_.systems())) :] == [
        system.name for system in pass_.systems()
    ]


# --- the cache ---------------------------------------------------------------------------------

LOOK = """
import json, sys
from pathlib import Path
from hive_env.backends import driver
print(json.dumps([driver._package_digest(), str(driver.cache_root())]))
"""


def in_a_new_process(code: str, *folders: Path, **environment: str) -> Any:
    """Run a program with folders first on its path, and return what it prints as JSON."""
    path = os.pathsep.join([*map(str, folders), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=tempfile.gettempdir(),  # else the source tree, if there is one here, goes first
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package's source, to be changed."""
    source = Path(hive_env.__file__).parent
    shutil.copytree(source, tmp_path / "hive_env", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("systems/motion.py", "reached % extent", "reached % (extent + 1)"),
        ("random.py", "0xD2511F53", "0xD2511F55"),
        ("enums.py", "WORK = 7", "WORK = 6"),
        ("config.py", "VISION = 2", "VISION = 3"),
    ],
)
def test_a_change_of_anything_that_is_compiled_makes_a_new_folder(
    package: Path, module: str, old: str, new: str
) -> None:
    before = in_a_new_process(LOOK, package)[0]
    file = package / "hive_env" / module
    assert file.read_text().count(old) == 1
    file.write_text(file.read_text().replace(old, new))

    assert in_a_new_process(LOOK, package)[0] != before


def test_a_changed_constant_of_a_users_rule_is_not_run_from_the_cache(tmp_path: Path) -> None:
    """The same cache folder, the same names, another body: the new one runs."""
    program = """
import json
import numpy as np
from hive_env.backends import Binding, CpuBackend
from hive_env.ecs import Pass, System, Unit
from mine import count
binding = Binding({{"total": "R"}}, {{"regions": 4}})
backend = CpuBackend(1)
compiled = backend.compile(Pass("mine", Unit.REGION, (System(count, ("total",), ""),)), binding)
total = np.zeros(4, np.int64)
given = {{"total": total, "regions": 4}}
backend.run(compiled, 0, 4, [given[name] for name in backend.arguments(compiled)], 0)
print(json.dumps([total.tolist(), len(list(__import__("pathlib").Path("{cache}").glob("cpu-*")))]))
"""
    body = """
from hive_env.random import rule
STEP = {step}
@rule
def count(region, total):
    total[region] += STEP
"""
    cache = tmp_path / "cache"
    code = program.format(cache=cache)
    seen = []
    for step in (3, 3, 5):
        (tmp_path / "mine.py").write_text(body.format(step=step))
        seen.append(in_a_new_process(code, tmp_path, HIVE_ENV_CACHE_DIR=str(cache)))

    assert seen == [[[3] * 4, 1], [[3] * 4, 1], [[5] * 4, 2]]


helpers = ModuleType("helpers_of_a_user")


def built(step: int) -> Any:
    """Return a rule that closes over a number."""

    def count(region: Any, total: Any) -> None:
        total[region] += step

    return rule(count)


def driven(counting: Any) -> Driver:
    """Return the driver of a pass that runs one rule."""
    binding = Binding({"total": "R"}, {"regions": 4})
    pass_ = Pass("mine", Unit.REGION, (System(counting, ("total",), ""),))
    return Driver.of(pass_, binding, Target("", "    for {unit} in range(first, last):"))


def test_a_number_that_a_rule_closes_over_makes_a_folder_of_its_own() -> None:
    assert driven(built(3))._digest() == driven(built(3))._digest()
    assert driven(built(3))._digest() != driven(built(9))._digest()


TABLE = np.zeros(5_000, np.int64)


def test_a_table_that_a_rule_reads_makes_a_folder_of_its_own() -> None:
    def count(region: Any, total: Any) -> None:
        total[region] += TABLE[2_500]

    before = driven(rule(count))._digest()
    TABLE[2_500] = 1
    assert driven(rule(count))._digest() != before


def test_a_rules_default_argument_makes_a_folder_of_its_own() -> None:
    def counting(step: int) -> Any:
        def count(region: Any, total: Any = step) -> None:
            total[region] += 1

        return rule(count)

    assert driven(counting(1))._digest() != driven(counting(2))._digest()


def test_what_a_rule_takes_from_a_module_makes_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digests = []
    for step in (1, 2):
        space: dict[str, Any] = {"__name__": "helpers_of_a_user", "STEP": step}
        exec("def amount(row):\n    return row + STEP", space)
        monkeypatch.setattr(helpers, "amount", space["amount"], raising=False)

        def count(region: Any, total: Any) -> None:
            total[region] += helpers.amount(region)

        digests.append(driven(rule(count))._digest())
    assert digests[0] != digests[1]


def test_rules_of_the_main_program_work(tmp_path: Path) -> None:
    """As typed at a prompt: the file of such a rule cannot be read."""
    code = """
import json
import numpy as np
from hive_env.backends import Binding, CpuBackend
from hive_env.ecs import Pass, System, Unit
from hive_env.random import rule
@rule
def count(region, total):
    total[region] += 7
binding = Binding({"total": "R"}, {"regions": 4})
backend = CpuBackend(1)
compiled = backend.compile(Pass("mine", Unit.REGION, (System(count, ("total",), ""),)), binding)
total = np.zeros(4, np.int64)
given = {"total": total, "regions": 4}
backend.run(compiled, 0, 4, [given[name] for name in backend.arguments(compiled)], 0)
print(json.dumps(total.tolist()))
"""
    cache = str(tmp_path / "cache")
    script = tmp_path / "script.py"
    script.write_text(code)

    assert in_a_new_process(code, HIVE_ENV_CACHE_DIR=cache) == [7] * 4
    run = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
    assert in_a_new_process(run, HIVE_ENV_CACHE_DIR=cache) == [7] * 4


def test_the_users_cache_folder_is_used_where_none_is_named(tmp_path: Path) -> None:
    base = str(tmp_path / "base")

    assert in_a_new_process(LOOK, HIVE_ENV_CACHE_DIR="", XDG_CACHE_HOME=base)[1] == str(
        tmp_path / "base" / "hive_env"
    )


def test_a_cache_folder_that_cannot_be_written_gives_way_to_a_temporary_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    bad = str(tmp_path / "file")
    found = in_a_new_process(LOOK, HIVE_ENV_CACHE_DIR="", XDG_CACHE_HOME=bad, TMPDIR=str(tmp_path))

    assert Path(found[1]).parent == tmp_path
    assert Path(found[1]).is_dir()


def test_a_driver_file_is_written_whole(tmp_path: Path) -> None:
    driver._write(tmp_path / "a" / "b.py", "text")
    driver._write(tmp_path / "a" / "b.py", "other")

    assert (tmp_path / "a" / "b.py").read_text() == "other"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.py"]
