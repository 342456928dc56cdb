"""The package as a whole: what an import brings along, versions, registration."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hive_env

ROOT = Path(__file__).resolve().parent.parent
LATER = ["hive_env.envs", "hive_env.hive_v0", "hive_env.hive_queue_v0", "hive_env.scenarios"]
LATER += ["numba"]
HEAVY = ["PIL", "matplotlib", "prometheus_client", "pygame", "ray", "scipy", "stable_baselines3"]
HEAVY += ["tensorboard", "torch"]
COMPILERS = {"scipy"}
"""What Numba imports by itself where it is installed."""


def in_a_new_process(code: str, elsewhere: Path) -> object:
    """Run code that prints JSON, away from the source tree, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=elsewhere, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not os.environ.get("CI"), reason="while working, the install is editable")
def test_ci_tests_the_installed_package_and_not_the_source_tree() -> None:
    package = Path(hive_env.__file__).resolve()

    assert ROOT / "hive_env" not in package.parents
    assert "site-packages" in package.parts


def test_importing_the_package_brings_no_heavy_module_along(tmp_path: Path) -> None:
    code = "import json, sys, hive_env; print(json.dumps(sorted(sys.modules)))"

    modules = in_a_new_process(code, tmp_path)

    assert isinstance(modules, list)
    assert [name for name in HEAVY if name in modules] == []


def test_importing_the_package_leaves_the_compiler_until_a_world_is_made(tmp_path: Path) -> None:
    code = "import json, sys, hive_env; print(json.dumps(sorted(sys.modules)))"

    modules = in_a_new_process(code, tmp_path)

    assert isinstance(modules, list)
    assert [name for name in LATER if name in modules] == []


@pytest.mark.parametrize("name", ["Hive-v0", "HiveQueue-v0", "HiveGoal-v0"])
def test_making_and_playing_a_world_brings_no_heavy_module_along(name: str, tmp_path: Path) -> None:
    code = (
        "import json, sys, gymnasium\n"
        f"env = gymnasium.make('hive_env:{name}', size='nano')\n"
        "env.reset(seed=0)\n"
        "env.step(env.action_space.sample())\n"
        "print(json.dumps(sorted(sys.modules)))"
    )

    modules = in_a_new_process(code, tmp_path)

    assert isinstance(modules, list)
    assert [name for name in HEAVY if name in modules and name not in COMPILERS] == []


def test_every_public_name_is_there_and_no_other() -> None:
    for name in hive_env.__all__:
        assert getattr(hive_env, name) is not None
    assert set(hive_env.__all__) <= set(dir(hive_env))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hive_env.nothing


def test_importing_the_package_warns_of_nothing_and_prints_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import hive_env"],
        capture_output=True,
        cwd=tmp_path,
        text=True,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    cited = re.search(r"^version: (.+)$", citation, re.MULTILINE)
    newest = re.search(r"^## \[(\d[^]]*)\]", changelog, re.MULTILINE)

    assert cited is not None
    assert newest is not None
    assert cited[1] == newest[1] == hive_env.__version__
    assert importlib.metadata.version("hive-env") == hive_env.__version__


def test_the_package_ships_its_types() -> None:
    assert (Path(hive_env.__file__).parent / "py.typed").is_file()


def test_the_command_line_is_installed_under_its_name() -> None:
    scripts = importlib.metadata.entry_points(group="console_scripts", name="hive-env")

    assert [script.value for script in scripts] == ["hive_env.cli:main"]
    assert callable(next(iter(scripts)).load())


def test_importing_the_package_registers_the_tasks_without_a_time_limit(tmp_path: Path) -> None:
    """Those played by levels with a vector environment of their own."""
    code = (
        "import json, gymnasium, hive_env\n"
        "specs = {name: gymnasium.spec(name) for name in gymnasium.registry if 'Hive' in name}\n"
        "print(json.dumps({name: [spec.entry_point is not None,"
        " spec.vector_entry_point is not None, spec.max_episode_steps]"
        " for name, spec in specs.items()}))"
    )

    assert in_a_new_process(code, tmp_path) == {
        "Hive-v0": [True, True, None],
        "HiveQueue-v0": [True, True, None],
        "HiveGoal-v0": [True, False, None],
    }


@pytest.mark.parametrize("name", ["Hive-v0", "HiveQueue-v0", "HiveGoal-v0"])
def test_gymnasium_finds_the_task_by_module_and_name_without_an_import(
    name: str, tmp_path: Path
) -> None:
    code = (
        "import json, sys, gymnasium\n"
        "assert 'hive_env' not in sys.modules\n"
        f"env = gymnasium.make('hive_env:{name}')\n"
        "print(json.dumps(env.spec.id))\n"
        "env.close()"
    )

    assert in_a_new_process(code, tmp_path) == name
