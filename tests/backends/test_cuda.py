"""The rules on CUDA: in the simulator to the same hashes, and compiled for sm_90 without a GPU."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

import numba
import pytest
from golden.traces import LIVELY, TINY, TINY_CASES, Case, golden, trace

from hive_env.backends.cuda import cuda_driver
from hive_env.backends.driver import Binding
from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Pass
from hive_env.scenarios import forage, offices
from hive_env.scenarios.forage import Forage, seats, tick
from hive_env.scenarios.hive import LEVELS

CAPABILITY = (9, 0)
CONFIG = HiveConfig(TINY, ForageConfig(**LIVELY, depth=2, memory_width=2))


# --- agreement ---------------------------------------------------------------------------------


@pytest.fixture
def device() -> str:
    """Where there is a GPU, or numba's simulator of one."""
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    return "cuda"


@pytest.mark.cudasim
@pytest.mark.parametrize("case", TINY_CASES, ids=lambda case: case.name)
def test_a_tiny_world_on_cuda_runs_as_its_golden_trace(device: str, case: Case) -> None:
    """The traces were made by the compiled CPU backend."""
    assert trace(case, device=device) == golden(case)


@pytest.mark.cudasim
def test_observations_rewards_and_actions_on_cuda_are_those_of_the_cpu(device: str) -> None:
    there, here = (Forage(CONFIG, worlds=2, device=where) for where in (device, "cpu"))
    for simulation in (there, here):
        simulation.reset(seed=3)
    policies = zip_longest(*(here.levels[level].policies for level in LEVELS))
    for chosen in policies:
        names = dict(zip(LEVELS, (name or "random" for name in chosen), strict=True))
        given = {level: here.decide(name, level=level) for level, name in names.items()}
        for level, name in names.items():
            assert (there.decide(name, level=level) == given[level]).all()
        since = here.counters()
        for simulation in (there, here):
            actions = given["worker"]
            simulation.step(actions, {level: given[level] for level in LEVELS[1:]})
        for level in LEVELS:
            assert (there.observe(level=level) == here.observe(level=level)).all()
            paid = here.components(level, since)
            assert (there.components(level, since) == paid).all()
        assert there.state_hash() == here.state_hash()


# --- PTX ---------------------------------------------------------------------------------------


def passes() -> Iterator[Pass]:
    """Every pass that Forage runs, once by name and content."""
    for motion in forage.MOTIONS:
        config = HiveConfig(TINY, ForageConfig(motion=motion))
        for pass_ in forage.blueprint_of(config).tick:
            if motion == "grid" or pass_ not in forage.TICK:
                yield Pass(f"{motion}_{pass_.name}", pass_.unit, pass_.steps, pass_.when)
    yield from forage.RESET
    yield from (tick.CLOSE, tick.GROUND, tick.OBSERVE, tick.IDENTIFY, tick.REWARD, offices.INJECT)
    yield from seats.VIEWS.values()
    built = (
        *seats.WORKERS.values(),
        *(one for by in seats.COMMANDERS.values() for one in by.values()),
    )
    yield from {pass_.name: pass_ for pass_, _ in built}.values()


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Any:
    """numba-cuda's compiler, told of a device of capability 9.0 where it asks for the present one.

    It asks when a kernel calls a function that was decorated for the CPU, as the rules are.
    """
    if importlib.util.find_spec("numba_cuda") is None:
        pytest.skip("needs numba-cuda, which the gpu extra installs")
    from numba import cuda
    from numba.cuda import dispatcher

    if numba.config.ENABLE_CUDASIM:
        pytest.skip("the simulator compiles nothing")
    present = SimpleNamespace(compute_capability=CAPABILITY)
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: present)
    return cuda


def ptx_of(pass_: Pass, cuda: Any) -> str:
    """PTX of a pass over the columns of a tiny world."""
    simulation = Forage(CONFIG)
    blueprint = simulation.blueprint
    binding = Binding({c.name: c.shape for c in simulation.declared}, blueprint.constants)
    driver = cuda_driver(pass_, binding)
    values = {**blueprint.constants, **simulation.columns}
    arguments = [numba.typeof(values[name]) for name in driver.arguments]
    signature = numba.void(numba.int64, numba.int64, *arguments)
    text, returned = cuda.compile(
        driver.load("cuda"), signature, cc=CAPABILITY, device=False, abi="numba"
    )
    assert returned == numba.void
    return str(text)


@pytest.mark.ptx
@pytest.mark.parametrize("pass_", list(passes()), ids=lambda pass_: pass_.name)
def test_a_pass_compiles_to_ptx_for_sm_90(pass_: Pass, compiler: Any) -> None:
    text = ptx_of(pass_, compiler)

    assert ".target sm_90" in text
    assert ".visible .entry" in text


@pytest.mark.ptx
@pytest.mark.parametrize("pass_", [*forage.TICK, *forage.RESET], ids=lambda pass_: pass_.name)
def test_the_tick_computes_nothing_in_floating_point(pass_: Pass, compiler: Any) -> None:
    """So no contraction or rounding of a device can move the state."""
    text = ptx_of(pass_, compiler)
    arithmetic = re.findall(r"\b(?:fma|add|sub|mul|div|cvt)\.[a-z0-9.]*f(?:32|64)\b", text)

    assert arithmetic == []
