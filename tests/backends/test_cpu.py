"""Threads share a pass, say what went wrong in them, and do not hinder a fork."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from golden.traces import TINY
from hypothesis import given
from hypothesis import strategies as st

from hive_env.backends import CpuBackend, backend_for, cpu
from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError, DeviceError
from hive_env.scenarios.forage import Forage

MANY = cpu.SMALL
DRIVER: Any = SimpleNamespace(arguments=("out",))


def mark(first: int, last: int, out: Any) -> None:
    out[first:last] += 1


@given(first=st.integers(0, 50), count=st.integers(0, 200), threads=st.integers(1, 5))
def test_every_unit_runs_once(first: int, count: int, threads: int) -> None:
    out = np.zeros(300, int)
    CpuBackend(threads).run((DRIVER, mark), first, first + count, [out], MANY)

    assert (out[first : first + count] == 1).all()
    assert out.sum() == count


def test_a_small_pass_stays_on_the_callers_thread_and_a_large_one_does_not() -> None:
    for workers, several in ((MANY - 1, False), (MANY, True)):
        seen = set()
        gate = threading.Barrier(3)

        def run(
            first: int, last: int, out: Any, seen: Any = seen, gate: Any = gate, s: bool = several
        ) -> None:
            fresh = threading.get_ident() not in seen
            seen.add(threading.get_ident())
            if s and fresh:
                gate.wait(60)

        CpuBackend(3).run((DRIVER, run), 0, 100, [None], workers)
        assert len(seen) == (3 if several else 1)


@pytest.mark.parametrize("in_caller", [True, False])
def test_an_error_in_any_thread_reaches_the_caller_when_all_have_stopped(in_caller: bool) -> None:
    caller = threading.get_ident()
    gate = threading.Barrier(2)
    met: set[int] = set()
    running: list[int] = []

    def run(first: int, last: int, out: Any) -> None:
        here = threading.get_ident()
        running.append(here)
        try:
            if here not in met:
                met.add(here)
                gate.wait(60)
                if (here == caller) == in_caller:
                    raise ZeroDivisionError("unit")
        finally:
            running.remove(here)

    with pytest.raises(ZeroDivisionError, match="unit"):
        CpuBackend(2).run((DRIVER, run), 0, 160, [None], MANY)
    assert len(met) == 2
    assert running == []


@pytest.mark.parametrize("threads", [0, -1, 1025, 1.5, "2", True])
def test_a_bad_number_of_threads_is_refused(threads: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^threads: expected an integer from 1 to 1024"):
        Forage(HiveConfig(TINY), threads=threads)


def test_by_default_there_is_a_thread_for_each_processor_of_the_process() -> None:
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system has no affinity")
    assert CpuBackend().threads == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("device", ["gpu", "CPU", "", None, 0])
def test_an_unknown_device_is_refused(device: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^device: expected 'cpu' or 'cuda'"):
        backend_for(device)


def test_cuda_without_a_gpu_says_what_to_do() -> None:
    cuda = pytest.importorskip("numba.cuda")
    if cuda.is_available():
        pytest.skip("there is a GPU, or its simulator")
    with pytest.raises(DeviceError, match=r"hive-env\[gpu\]|NUMBA_ENABLE_CUDASIM"):
        Forage(HiveConfig(TINY), device="cuda")


PLAY = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
from hive_env.backends import cpu
from hive_env.config import HiveConfig
from hive_env.sizes import SIZES
from hive_env.scenarios.forage import Forage
cpu.SMALL = 0
simulation = Forage(HiveConfig(SIZES["nano"]), threads=3)
simulation.reset(seed=1)
def ticks():
    for _ in range(20):
        simulation.step(simulation.decide("reflex"))
    return simulation.state_hash()
ticks()
"""

FORK = (
    PLAY
    + """
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, str(ticks()).encode())
    os._exit(0)
own = ticks()
_, status = os.waitpid(child, 0)
print(json.dumps([own, int(os.read(reader, 100)), status]))
"""
)

POOL = (
    PLAY
    + """
import multiprocessing
def work(_):
    return ticks()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        theirs = pool.map(work, range(2), chunksize=1)
    own = ticks()
    print(json.dumps([own, theirs[0], 0]))
"""
)

CONCURRENT = (
    PLAY
    + """
from concurrent.futures import ThreadPoolExecutor
def play(_):
    own = Forage(HiveConfig(SIZES["nano"]), threads=3)
    own.reset(seed=1)
    for _ in range(40):
        own.step(own.decide("reflex"))
    return own.state_hash()
with ThreadPoolExecutor(4) as pool:
    theirs = set(pool.map(play, range(8)))
own = ticks()
print(json.dumps([own, theirs.pop(), len(theirs)]))
"""
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("code", [FORK, POOL, CONCURRENT], ids=["fork", "pool", "threads"])
def test_a_forked_child_and_concurrent_threads_play_on_after_threads_ran(
    code: str, tmp_path: Path
) -> None:
    """A child has a copy of the world and makes threads of its own; it neither hangs nor dies."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    own, theirs, rest = json.loads(done.stdout)
    assert own == theirs
    assert rest == 0
