"""The examples lie beside the package, as scripts; a test plays one in a small world."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from envs.worlds import PERIODS, TINY

from hive_env import hive_v0
from hive_env.wrappers import SeatsVectorEnv

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.fixture
def small() -> Iterator[Callable[..., ModuleType]]:
    """Load an example, in which worlds are tiny, their clocks fast and their episodes short."""
    loaded = []

    def load(name: str, max_cycles: int = 5, **constants: Any) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        loaded.append(spec.name)
        spec.loader.exec_module(module)
        module.SIZE, module.WORLDS = TINY, 2
        given = {"config": {**PERIODS, **constants}, "max_cycles": max_cycles}
        if hasattr(module, "SeatsVectorEnv"):
            module.SeatsVectorEnv = partial(SeatsVectorEnv, **given)
        if hasattr(module, "hive_v0"):
            made = partial(hive_v0.parallel_env, **given)
            module.hive_v0 = SimpleNamespace(parallel_env=made)
        return module

    yield load
    for name in loaded:
        del sys.modules[name]
