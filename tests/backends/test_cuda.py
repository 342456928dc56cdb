"""The rules on CUDA: in the simulator to the same hashes, and compiled for sm_90 without a GPU."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from golden.traces import BROKEN, LIVELY, TINY, TINY_CASES, Case, golden, trace

from hive_env.backends.cuda import cuda_driver
from hive_env.backends.driver import Binding
from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ActionError, ArgumentError
from hive_env.scenarios import breakdowns, forage, offices
from hive_env.scenarios.forage import Forage, seats, tick
from hive_env.scenarios.hive import LEVELS, UPPER, VALUES, Hive
from hive_env.scenarios.queue import Queue, QueueConfig, QueueHive
from hive_env.scenarios.queue import seats as queue_seats
from hive_env.scenarios.queue import tick as queue_tick
from hive_env.scenarios.queue.blueprint import blueprint_of as queue_blueprint_of
from hive_env.scenarios.rewards import GLOBAL_MODES
from hive_env.wrappers import SeatsVectorEnv

CAPABILITY = (9, 0)
CONTRACTED = ("view_governors", "queue_view_managers", "pay", "follow_and_pay")
"""Passes in which the compiler makes one operation of a product and a sum; see docs/devices.md."""

CONFIG = HiveConfig(TINY, ForageConfig(**LIVELY, depth=2, memory_width=2, faults=BROKEN))
QUEUES = QueueHive(
    TINY,
    QueueConfig(
        queue_share=8.0,
        work_low=1,
        work_high=4,
        manager_period=2,
        governor_period=4,
        orchestrator_period=8,
        slack_ticks=6,
        load_ticks=6,
        price_ticks=6,
        travel_ticks=2,
    ),
)
WORLDS: dict[str, Callable[..., Hive]] = {
    "forage": partial(Forage, CONFIG),
    "queue": partial(Queue, QUEUES),
}
"""Tiny worlds of each family in which everything happens, and fails, within a few ticks."""


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


def step(hive: Hive, policies: Sequence[str | None]) -> dict[str, Array]:
    """Let built-in policies decide at every level, step, and return what they chose."""
    names = {level: name or "random" for level, name in zip(LEVELS, policies, strict=True)}
    given = {level: hive.decide(name, level=level) for level, name in names.items()}
    hive.step(given["worker"], {level: given[level] for level in UPPER})
    return given


def told(hive: Hive, level: str) -> Iterator[Array]:
    """Yield all that a step tells of the seats of a level besides observations and rewards."""
    yield from (hive.masks(level), hive.able(level), hive.occupants(level))
    yield from hive.facts(level).values()


@pytest.mark.cudasim
@pytest.mark.parametrize("family", WORLDS)
def test_observations_rewards_and_actions_on_cuda_are_those_of_the_cpu(
    device: str, family: str
) -> None:
    there, here = (WORLDS[family](worlds=2, device=where) for where in (device, "cpu"))
    for hive in (there, here):
        hive.reset(seed=3)
    for policies in zip_longest(*(here.levels[level].policies for level in LEVELS)):
        since, before = there.counters(), here.counters()
        chosen, given = (step(hive, policies) for hive in (there, here))
        for level in LEVELS:
            assert (there.host(chosen[level]) == given[level]).all()
            assert (there.host(there.observe(level=level)) == here.observe(level=level)).all()
            for mode in GLOBAL_MODES:
                paid = there.host(there.components(level, since, mode))
                assert (paid == here.components(level, before, mode)).all()
            paid = there.host(there.rewards(level, since))
            assert paid == pytest.approx(here.rewards(level, before), abs=1e-6)
            for mine, other in zip(told(here, level), told(there, level), strict=True):
                assert (mine == there.host(other)).all()
        assert there.state_hash() == here.state_hash()


@pytest.mark.cudasim
def test_what_fails_on_cuda_fails_as_on_the_cpu(device: str) -> None:
    """Played until everything has failed that can, and offices have agreed all the same."""
    there, here = (WORLDS["forage"](device=where) for where in (device, "cpu"))
    for hive in (there, here):
        hive.reset(seed=4)
    names = ("health", "office_events", "takeovers", "office_closed", "peer_rank", "commit_index")
    failed = dict.fromkeys(names, False)
    for _ in range(24):
        for hive in (there, here):
            step(hive, ("scripted",) * len(LEVELS))
        assert there.state_hash() == here.state_hash()
        failed = {name: seen or here.columns[name].any() for name, seen in failed.items()}
    assert all(failed.values()), failed


# --- PTX ---------------------------------------------------------------------------------------


def forage_passes() -> Iterator[Pass]:
    """Every pass that Forage runs, once by name and content."""
    for motion in forage.MOTIONS:
        config = HiveConfig(TINY, ForageConfig(motion=motion, faults=BROKEN))
        for pass_ in forage.blueprint_of(config).tick:
            if motion == "grid" or pass_ not in forage.TICK:
                yield Pass(f"{motion}_{pass_.name}", pass_.unit, pass_.steps, pass_.when)
    yield from forage.RESET
    yield from (tick.GROUND, tick.OBSERVE, tick.IDENTIFY, tick.STAND, tick.FOLLOW)
    yield from (*tick.EARNINGS.values(), *tick.REWARDS.values())
    yield from (offices.INJECT, breakdowns.INJECT)
    yield from seats.VIEWS.values()
    yield from (*seats.GAINS, *seats.PAY.values(), VALUES)
    yield from (seats.TELL, seats.TELL_ALL, seats.SEAT, seats.ALLOW, *seats.OPEN.values())
    yield from built(seats.WORKERS, *seats.COMMANDERS.values())


def queue_passes() -> Iterator[Pass]:
    """Every pass that Queue runs."""
    yield from queue_tick.TICK
    yield from (one for one in queue_tick.RESET if one not in queue_tick.TICK)
    yield queue_tick.SHOW
    yield from queue_seats.VIEWS.values()
    yield from (*queue_seats.GAINS, *queue_seats.PAY.values(), VALUES)
    yield from (queue_seats.TELL, queue_seats.SEAT, queue_seats.ALLOW, queue_seats.OPEN)
    yield from built(*queue_seats.POLICIES.values())


def built(*policies: Mapping[str, tuple[Pass, Any]]) -> Iterator[Pass]:
    """Yield the passes of policies, each once: some differ in their constants alone."""
    yield from {pass_.name: pass_ for by in policies for pass_, _ in by.values()}.values()


PASSES = [
    *(pytest.param("forage", one, id=one.name) for one in forage_passes()),
    *(pytest.param("queue", one, id=f"queue_{one.name}") for one in queue_passes()),
]
TICKS = [
    pytest.param(family, one, id=f"{family}_{one.name}")
    for family, plan in (
        ("forage", forage.blueprint_of(CONFIG)),
        ("queue", queue_blueprint_of(QUEUES)),
    )
    for one in (*plan.tick, *plan.reset)
]


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


@cache
def types_of(family: str) -> tuple[Binding, dict[str, Any]]:
    """Return what a tiny world's drivers are bound to, and the types of what they take."""
    hive = WORLDS[family]()
    constants = hive.blueprint.constants
    values = {**constants, **hive.columns}
    binding = Binding({column.name: column.shape for column in hive.declared}, constants)
    return binding, {name: numba.typeof(value) for name, value in values.items()}


@cache
def ptx_of(family: str, pass_: Pass, cuda: Any) -> str:
    """PTX of a pass over the columns of a tiny world."""
    binding, types = types_of(family)
    driver = cuda_driver(pass_, binding)
    arguments = [types[name] for name in driver.arguments]
    signature = numba.void(numba.int64, numba.int64, *arguments)
    text, returned = cuda.compile(
        driver.load("cuda"), signature, cc=CAPABILITY, device=False, abi="numba"
    )
    assert returned == numba.void
    return str(text)


@pytest.mark.ptx
@pytest.mark.parametrize(("family", "pass_"), PASSES)
def test_a_pass_compiles_to_ptx_for_sm_90(family: str, pass_: Pass, compiler: Any) -> None:
    text = ptx_of(family, pass_, compiler)

    assert ".target sm_90" in text
    assert ".visible .entry" in text
    assert ("fma.rn.f" in text) == (pass_.name in CONTRACTED)


def assembled(text: str) -> str:
    """What the assembler for sm_90 says of PTX; it raises for what no such GPU could load."""
    nvjitlink = pytest.importorskip("cuda.bindings.nvjitlink")
    handle = nvjitlink.create(2, ["-arch=sm_90", "-verbose"])
    code = text.encode()
    nvjitlink.add_data(handle, nvjitlink.InputType.PTX, code, len(code), "pass.ptx")
    nvjitlink.complete(handle)
    said = bytearray(nvjitlink.get_info_log_size(handle))
    nvjitlink.get_info_log(handle, said)
    return said.decode()


def vector(dtype: str, axes: int = 1, layout: str = "C") -> Any:
    """The type of an array of the device."""
    return numba.types.Array(getattr(numba.types, dtype), axes, layout)


KERNELS = [
    *(("wipe", (vector(dtype),)) for dtype in ("uint8", "uint16", "uint32", "uint64", "int16")),
    *(("wipe", (vector(dtype),)) for dtype in ("int32", "int64", "float32", "float64", "boolean")),
    *(
        ("narrow", (vector(dtype, 2, layout), vector("int64"), vector("uint8", 2), vector("int64")))
        for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
        for layout in ("C", "A")
    ),
    ("weigh", (vector("float32", 2), vector("float32"), vector("float32"))),
    *(
        (name, (*before, numba.types.int64, numba.types.int64, numba.types.int64, *before))
        for name in ("pick", "place")
        for before in ((vector(dtype, 2),) for dtype in ("uint8", "boolean", "int64", "float32"))
    ),
    ("floats", (vector("uint8", 2), vector("float32"), vector("float32"), vector("float32", 2))),
    ("means", (vector("float32"), vector("float64"))),
    ("spread", (vector("float64"), vector("float64"))),
    *(
        ("clear", (vector(dtype, 2), vector("boolean")))
        for dtype in ("uint8", "boolean", "int64", "float32", "float64")
    ),
]


@pytest.mark.ptx
@pytest.mark.parametrize(("name", "types"), KERNELS, ids=lambda part: str(part)[:40])
def test_a_kernel_of_the_backend_compiles_to_ptx_for_sm_90(
    name: str, types: tuple[Any, ...], compiler: Any
) -> None:
    from hive_env import atomics
    from hive_env.backends import kernels

    atomics.register_on_cuda()
    text, _ = compiler.compile(
        getattr(kernels, name).py_func, numba.void(*types), cc=CAPABILITY, device=False, abi="numba"
    )
    assert ".visible .entry" in str(text)


@pytest.mark.ptx
@pytest.mark.parametrize("name", ["workers", "arrivals", "ground", "count"])
def test_the_passes_over_all_workers_assemble_and_spill_no_register(
    name: str, compiler: Any
) -> None:
    """A kernel may also ask for more parameters or registers than a GPU has."""
    (pass_,) = (one for one in forage.blueprint_of(CONFIG).tick if one.name == name)
    said = assembled(ptx_of("forage", pass_, compiler))

    registers = re.search(r"Used (\d+) registers", said)
    assert registers is not None
    assert int(registers[1]) <= 128
    assert "0 bytes spill stores, 0 bytes spill loads" in said


@pytest.mark.ptx
@pytest.mark.parametrize(("family", "pass_"), TICKS)
def test_the_tick_computes_nothing_in_floating_point(
    family: str, pass_: Pass, compiler: Any
) -> None:
    """So no contraction or rounding of a device can move the state."""
    text = ptx_of(family, pass_, compiler)
    arithmetic = re.findall(r"\b(?:fma|add|sub|mul|div|cvt)\.[a-z0-9.]*f(?:32|64)\b", text)

    assert arithmetic == []


# --- what callers give and get -----------------------------------------------------------------


def tiny(device: str, worlds: int = 2) -> Forage:
    """A world of everything that fails, just reset."""
    hive = Forage(CONFIG, worlds, device=device)
    hive.reset(seed=5)
    return hive


@pytest.mark.cudasim
def test_a_snapshot_goes_on_with_the_same_hashes_on_the_other_device(
    device: str, tmp_path: Path
) -> None:
    """In memory from the CPU to CUDA, as a file from CUDA to the CPU."""
    here, there = tiny("cpu"), tiny(device)
    step(here, ("scripted",) * len(LEVELS))
    there.restore(here.snapshot())
    assert there.state_hash() == here.state_hash()
    for _ in range(2):
        for hive in (there, here):
            step(hive, ("scripted",) * len(LEVELS))
        assert there.state_hash() == here.state_hash()
    there.save(tmp_path / "hive")
    back = Forage.load(tmp_path / "hive")
    for hive in (back, here):
        step(hive, ("scripted",) * len(LEVELS))
    assert back.state_hash() == here.state_hash()


@pytest.mark.cudasim
def test_actions_of_the_device_are_taken_as_those_of_the_host_are(device: str) -> None:
    """Whether bytes, which are read where they lie, or wider integers."""
    from numba import cuda

    one, other, third = (tiny(device) for _ in range(3))
    actions = np.random.default_rng(0).integers(0, 5, (2 * one.workers, 2))
    one.step(actions)
    other.step(cuda.to_device(actions.astype(np.uint8)))
    third.step(cuda.to_device(actions.reshape(2, -1, 2)))
    assert one.state_hash() == other.state_hash() == third.state_hash()


@pytest.mark.cudasim
def test_actions_of_the_device_that_cannot_be_used_are_refused_and_nothing_changes(
    device: str,
) -> None:
    from numba import cuda

    hive = tiny(device)
    before = hive.state_hash()
    rows = 2 * hive.workers
    wrong = np.zeros((rows, 2), np.int64)
    wrong[7, 1], wrong[20, 0] = -1, 99
    for given, message in (
        (wrong, rf"actions\[7\] \(world {7 // hive.workers}, worker 7\): expected values below"),
        (np.zeros((rows, 2), np.float32), "actions: expected integers, got dtype float32"),
        (np.zeros((rows, 3), np.uint8), rf"actions: expected shape \({rows}, 2\), got shape"),
    ):
        with pytest.raises(ActionError, match=message):
            hive.step(cuda.to_device(given))
    with pytest.raises(ArgumentError, match=r"out: expected .* on the GPU, got uint8 of shape"):
        hive.observe(np.zeros((rows, hive.features), np.uint8))
    assert hive.state_hash() == before


@pytest.mark.cudasim
def test_columns_of_the_device_are_read_as_copies_that_cannot_be_written(device: str) -> None:
    hive = tiny(device)
    with pytest.raises(ValueError, match="read-only"):
        hive.columns["x"][0] = 0
    hive.put("fatigue", 7)
    assert (hive.columns["fatigue"] == 7).all()


def flat(told: Any, host: Callable[[Any], Array]) -> Iterator[tuple[str, Array]]:
    """Yield all arrays of what a vector environment returns, for the host to read."""
    if isinstance(told, dict):
        for name in sorted(told):
            yield from ((f"{name}.{key}", one) for key, one in flat(told[name], host))
    elif isinstance(told, tuple):
        for place, one in enumerate(told):
            yield from ((f"{place}.{key}", array) for key, array in flat(one, host))
    else:
        yield "", np.asarray(told if isinstance(told, np.ndarray) else host(told))


PLAYED: tuple[Callable[..., Any], ...] = (
    partial(HiveVectorEnv, config=CONFIG.forage),
    partial(HiveVectorEnv, joint=True, config=CONFIG.forage),
    partial(SeatsVectorEnv, config=CONFIG.forage),
    partial(SeatsVectorEnv, seat=0, task="queue", config=QUEUES.queue),
)


@pytest.mark.cudasim
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("made", PLAYED, ids=["seat", "joint", "seats", "queue"])
def test_a_vector_environment_gives_arrays_of_the_device_as_on_the_cpu(
    device: str, level: str, made: Callable[..., Any]
) -> None:
    """Past the end of an episode, with actions of the device; what lies there torch can take."""
    from numba import cuda

    envs = [
        made(
            2,
            TINY,
            level=level,
            max_cycles=2,
            autoreset_mode="SameStep",
            arrays="device",
            device=on,
        )
        for on in (device, "cpu")
    ]
    there = envs[0].simulation
    seen = [env.reset(seed=2) for env in envs]
    envs[1].action_space.seed(1)
    for _ in range(3):
        pairs = list(zip(*(flat(one, there.host) for one in seen), strict=True))
        for (name, mine), (_, other) in pairs:
            assert (mine.dtype, mine.shape) == (other.dtype, other.shape), name
            assert mine == pytest.approx(other, abs=1e-6), name
        for one in (seen[0][0], seen[0][-1]["action_mask"], seen[0][-1]["reward_components"]):
            assert one.__cuda_ndarray__
        actions = envs[1].action_space.sample()
        seen = [envs[0].step(cuda.to_device(actions)), envs[1].step(actions)]
        assert envs[0].state_hash() == envs[1].state_hash()
    wrong = np.full_like(actions, 99)
    with pytest.raises(ActionError, match="actions, seat 0 of all: expected values below"):
        envs[0].step(cuda.to_device(wrong))
    with pytest.raises(ActionError, match="actions: expected C-contiguous integers of shape"):
        envs[0].step(cuda.to_device(actions.astype(np.float32)))
    assert envs[0].state_hash() == envs[1].state_hash()


@pytest.mark.cudasim
def test_a_vector_environment_on_the_device_gives_numpy_where_it_is_asked_for(device: str) -> None:
    envs = [
        HiveVectorEnv(2, TINY, level="worker", device=on, arrays="host") for on in (device, "cpu")
    ]
    seen = [env.reset(seed=2)[0] for env in envs]
    for _ in range(2):
        assert isinstance(seen[0], np.ndarray)
        assert (seen[0] == seen[1]).all()
        actions = envs[0].action_space.sample()
        played = [env.step(actions) for env in envs]
        seen = [one[0] for one in played]
        assert played[0][1] == pytest.approx(played[1][1], abs=1e-6)
        for mine, other in zip(*(one[4]["action_mask"] for one in played), strict=True):
            assert (np.concatenate(mine) == np.concatenate(other)).all()


@pytest.mark.cudasim
@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
def test_worlds_out_of_step_play_on_the_device_as_on_the_cpu(device: str, mode: str) -> None:
    """One of three is reset before its time, so that it ends later than the others."""
    envs = [
        HiveVectorEnv(
            3, TINY, level="worker", max_cycles=3, autoreset_mode=mode, arrays="device", device=on
        )
        for on in (device, "cpu")
    ]
    host = envs[0].simulation.host
    mask = np.array([False, True, False])
    seen: list[Any] = [env.reset(seed=1) for env in envs]
    seen = [env.step(np.zeros((3, 2), int)) for env in envs]
    seen = [env.reset(options={"reset_mask": mask}) for env in envs]
    for step in range(4):
        pairs = list(zip(*(flat(one, host) for one in seen), strict=True))
        for (name, mine), (_, other) in pairs:
            assert mine == pytest.approx(other, abs=1e-6), (step, name)
        if mode == "Disabled" and envs[1]._over.any():
            ended = {"reset_mask": envs[1]._over.copy()}
            seen = [env.reset(options=ended) for env in envs]
        else:
            seen = [env.step(np.full((3, 2), 2)) for env in envs]
        assert envs[0].state_hash() == envs[1].state_hash()


@pytest.mark.cudasim
def test_a_callable_policy_keeps_its_own_array_on_the_device(device: str) -> None:
    """What the played seat does is written into a copy of what it returns."""
    kept: list[Any] = []

    def policy(hive: Hive) -> Any:
        kept.append(hive.decide("random"))
        return kept[-1]

    env = HiveVectorEnv(2, TINY, level="worker", policies={"worker": policy}, device=device)
    env.reset(seed=0)
    env.step(np.full((2, 2), 4))
    (given,) = kept
    expected = env.simulation.host(given).reshape(2, -1, 2)[:, 0]
    assert not (expected == 4).all()


@pytest.mark.cudasim
@pytest.mark.parametrize("level", ["worker", "manager"])
def test_a_step_asks_the_device_for_a_few_numbers_alone(
    device: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether actions are wrong, once a level that is given any, and a list's overrun, by tick."""
    from hive_env.backends.cuda import CudaBackend

    env = HiveVectorEnv(2, TINY, level=level, device=device)
    env.reset(seed=0)
    actions = env.simulation.backend.upload(env.action_space.sample())
    env.step(actions)
    asked: list[Array] = []
    inner = CudaBackend.host

    def host(self: CudaBackend, array: Array) -> Array:
        asked.append(inner(self, array))
        return asked[-1]

    monkeypatch.setattr(CudaBackend, "host", host)
    env.step(actions)
    ticks = env.simulation.levels[level].period
    assert len(asked) == 1 + ticks
    assert all(one.size == 1 for one in asked)


def test_an_array_of_a_gpu_is_refused_by_worlds_on_the_cpu() -> None:
    class Elsewhere:
        shape = (2, 2)
        __cuda_array_interface__: Mapping[str, Any] = {}

    hive = Forage(TINY)
    hive.reset(seed=0)
    with pytest.raises(ArgumentError, match=r"actions: expected an array in the host's memory"):
        hive.step(Elsewhere())  # type: ignore[arg-type]
