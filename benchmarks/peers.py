"""Measure other environments of many agents, and hive_env, in one run on one machine.

    python -m benchmarks.peers --json peers.json --markdown docs/peers.md
    python -m benchmarks.peers --quick --only magent2,vmas      # a look; its figures mean little

Each of the others is installed, in the versions of `benchmarks/requirements`, into a virtual
environment of its own, which is kept; every measurement is a process of its own. What cannot be
installed or run is listed with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.peers_page import markdown
from hive_env.backends.driver import cache_root
from hive_env.bench import arguments as read
from hive_env.bench.limits import spread
from hive_env.bench.machine import cores, provenance
from hive_env.errors import HiveError

HERE = Path(__file__).resolve().parent

PEERS: Mapping[str, str] = {
    "magent2": "MAgent2",
    "vmas": "VMAS",
    "jaxmarl": "JaxMARL",
    "mesa_frames": "mesa-frames",
}
"""Names as their authors write them, by the name of their requirements and their worker."""

NANO, LEAST = 512, 256
"""Workers of a nano world, and of the smallest world."""

INSTALL_SECONDS, CASE_SECONDS = 1800, 300
"""Longest that an installation, and a measurement, may take."""

Result = dict[str, Any]
Tell = Callable[[str], object]


class PeerError(HiveError):
    """An environment could not be installed, or a measurement ended without a result."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Parameters
    ----------
    seconds : float
        Length of a repeat, at least, s.
    repeats : int
        Repeats of each measurement.
    limit_bytes : int
        Bytes of the arrays by which the machine is measured; several times its caches.
    maps : tuple of (int, int)
        Sides of MAgent2's maps, cells, and the agents on them; the largest has no dicts.
    spread : tuple of (int, int)
        Agents and environments of VMAS's simple_spread.
    mpe, smax : int
        Environments of JaxMARL's simple_spread and SMAX.
    frames : int
        Agents of mesa-frames.
    quick : bool
        Whether this is a smoke test.
    """

    seconds: float = 2.0
    repeats: int = 5
    limit_bytes: int = 1 << 28
    maps: tuple[tuple[int, int], ...] = ((45, 162), (200, 3_200), (1000, 80_000))
    spread: tuple[tuple[int, int], ...] = ((4, 10_000), (100, 400))
    mpe: int = 4096
    smax: int = 256
    frames: int = 1_000_000
    quick: bool = False

    @classmethod
    def quickly(cls) -> Plan:
        """Return the plan of a smoke test, whose figures mean little."""
        return cls(0.1, 2, 1 << 25, ((45, 162), (60, 288)), ((4, 64),), 64, 4, 10_000, quick=True)


@dataclass(frozen=True)
class Scenario:
    """A measurement of one of the others, and what is nearest to it in hive_env.

    Parameters
    ----------
    peer : str
        Key of `PEERS`.
    title : str
        What is measured.
    theirs : mapping
        Parameters of its worker.
    ours : mapping
        Parameters of hive_env's worker.
    """

    peer: str
    title: str
    theirs: Mapping[str, Any]
    ours: Mapping[str, Any]


def one_world(agents: int, observe: bool, pay: bool) -> dict[str, Any]:
    """Return the parameters of one world of so many workers, or of the smallest."""
    given: dict[str, Any] = {"workers": max(agents, LEAST), "worlds": 1}
    return {"api": "arrays", **given, "observe": observe, "pay": pay}


def batch(agents: int) -> dict[str, Any]:
    """Return the parameters of a batch of nano worlds of about so many workers together."""
    given: dict[str, Any] = {"workers": NANO, "worlds": max(1, round(agents / NANO))}
    return {"api": "arrays", **given, "observe": True, "pay": True}


def scenarios(plan: Plan) -> list[Scenario]:
    """Return what is measured."""
    theirs: dict[str, Any]
    found = []
    for side, agents in plan.maps:
        title = f"battle, map {side}"
        for kind, observe, narrow in (
            ("raw", True, False),
            ("raw, 5 × 5 window", True, True),
            ("raw, not observing", False, False),
        ):
            theirs = {"api": "raw", "map_size": side, "observe": observe, "narrow": narrow}
            ours = one_world(agents, observe, True)
            found.append(Scenario("magent2", f"{title}, {kind}", theirs, ours))
        if (side, agents) != plan.maps[-1]:
            theirs = {"api": "pettingzoo", "map_size": side}
            ours = {"api": "pettingzoo", "workers": max(agents, LEAST)}
            found.append(Scenario("magent2", f"{title}, PettingZoo", theirs, ours))
    for agents, envs in plan.spread:
        title = f"simple_spread, {agents} × {envs:,}"
        theirs = {"agents": agents, "envs": envs}
        found.append(Scenario("vmas", title, theirs, batch(agents * envs)))
    for name, title, agents, envs in (
        ("MPE_simple_spread_v3", "MPE simple_spread", 3, plan.mpe),
        ("SMAX", "SMAX 2s3z", 10, plan.smax),
    ):
        title = f"{title}, {agents} × {envs:,}"
        theirs = {"name": name, "envs": envs}
        found.append(Scenario("jaxmarl", title, theirs, batch(agents * envs)))
    for kind, title in (("walk", "grid walk and count"), ("wealth", "Boltzmann wealth")):
        theirs = {"kind": kind, "agents": plan.frames}
        found.append(Scenario("mesa_frames", title, theirs, one_world(plan.frames, False, False)))
    return found


def limited(threads: int) -> dict[str, str]:
    """Return the variables that hold what is measured to so many threads, on the processor."""
    pools = ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "POLARS_MAX")
    held = {f"{pool}_THREADS": str(threads) for pool in pools}
    return {**held, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}


def hold_to(threads: int) -> None:
    """Hold this process, and those that it starts, to so many of its processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


# --- their environments -------------------------------------------------------------------------


def call(command: Sequence[str], seconds: float, variables: Mapping[str, str]) -> None:
    """Run a command, or raise `PeerError` with the last line of what it said."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env=variables,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"took more than {seconds:g} s") from error
    if done.returncode:
        killed = ", killed, most likely for want of memory" if done.returncode == -9 else ""
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        last = f": {said[-1][:200]}" if said else ""
        raise PeerError(f"ended with status {done.returncode}{killed}{last}")


def outside() -> dict[str, str]:
    """Return the variables of this process without those that would bring its modules along."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def installed(peer: str, folder: Path, tell: Tell) -> Path:
    """Return the interpreter of a virtual environment that has one of the others.

    It is made when it is not there, under a name that tells its requirements and the Python; one
    whose making was cut short is made anew.

    Raises
    ------
    PeerError
        When it cannot be installed.
    """
    needs = HERE / "requirements" / f"{peer}.txt"
    told = needs.read_text(encoding="utf-8") + sys.version
    home = folder / f"{peer}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = home / "installed"
    if not done.exists():
        tell(f"installing {PEERS[peer]}")
        shutil.rmtree(home, ignore_errors=True)
        call([sys.executable, "-m", "venv", str(home)], INSTALL_SECONDS, outside())
        pip = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(needs)]
        call(pip, INSTALL_SECONDS, outside())
        done.touch()
    return python


def prepared(peer: str, folder: Path, tell: Tell) -> Path | Result:
    """Return what `installed` does; when it fails, the reason, under ``failed``."""
    try:
        return installed(peer, folder, tell)
    except PeerError as error:
        return {"failed": f"not installed: {error}"}


# --- measuring ----------------------------------------------------------------------------------


def worked(
    python: str | Path, worker: str, parameters: Mapping[str, Any], variables: Mapping[str, str]
) -> Result:
    """Run a worker in a process of its own and return its result, or raise `PeerError`.

    Parameters
    ----------
    python : path
        The interpreter to run it.
    worker : str
        A key of `PEERS`, or ``hive``.
    parameters : mapping
        Of its case.
    variables : mapping of str to str
        The process's environment.
    """
    with tempfile.TemporaryDirectory(prefix="hive_env-peers-") as folder:
        left = Path(folder) / "result.json"
        script = HERE / "workers" / f"play_{worker}.py"
        command = [str(python), str(script), json.dumps(parameters), str(left)]
        call(command, CASE_SECONDS, variables)
        result: Result = json.loads(left.read_text(encoding="utf-8"))
    if "rates" in result:
        result["rate"] = spread(result.pop("rates"))
    return result


def attempted(attempt: Callable[[], Result]) -> Result:
    """Return the result of an attempt; when it fails, the reason, under ``failed``."""
    try:
        return attempt()
    except PeerError as error:
        return {"failed": str(error)}


def measure(
    plan: Plan, threads: int, only: Sequence[str], folder: Path, seed: int, tell: Tell
) -> Result:
    """Measure the machine, the others, and hive_env beside each of them.

    Parameters
    ----------
    plan : Plan
        How much.
    threads : int
        Threads of every measurement.
    only : sequence of str
        Keys of `PEERS`.
    folder : Path
        Where the virtual environments are kept.
    seed : int
        Seed of worlds and of random actions.
    tell : callable
        Hears what is about to be done.

    Returns
    -------
    dict
        The report, for JSON, but for its provenance.
    """
    # hive_env is found where this process finds it.
    here = {**os.environ, **limited(threads), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    there = {**outside(), **limited(threads)}
    common = {"seconds": plan.seconds, "repeats": plan.repeats, "seed": seed}

    def hive(**given: Any) -> Result:
        given = {**given, "repeats": plan.repeats, "threads": threads}
        return attempted(lambda: worked(sys.executable, "hive", given, here))

    def theirs(scenario: Scenario, python: Path) -> Result:
        given = {**scenario.theirs, **common}
        return attempted(lambda: worked(python, scenario.peer, given, there))

    tell("the machine")
    limits = hive(api="limits", size=plan.limit_bytes)
    chosen = [scenario for scenario in scenarios(plan) if scenario.peer in only]
    pythons: dict[str, Path | Result] = {}
    ours: dict[str, Result] = {}
    rows = []
    for scenario in chosen:
        peer = PEERS[scenario.peer]
        if scenario.peer not in pythons:
            pythons[scenario.peer] = prepared(scenario.peer, folder, tell)
        tell(f"{peer} {scenario.title}")
        python = pythons[scenario.peer]
        found = theirs(scenario, python) if isinstance(python, Path) else python
        tell(f"hive_env beside {peer}")
        key = json.dumps(scenario.ours)
        if key not in ours:
            ours[key] = hive(**scenario.ours, seconds=plan.seconds, seed=seed)
        rows.append({"peer": peer, "scenario": scenario.title, "theirs": found, "ours": ours[key]})
    return {
        "quick": plan.quick,
        "threads": threads,
        "seconds": plan.seconds,
        "repeats": plan.repeats,
        "limits": limits,
        "scenarios": rows,
    }


# --- the command line ---------------------------------------------------------------------------


def peers(text: str) -> list[str]:
    """Return names of some of the others, separated by commas."""
    found = read.names(text)
    if not set(found) <= set(PEERS):
        raise argparse.ArgumentTypeError(f"expected names among {', '.join(PEERS)}, got {text}")
    return found


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    top.add_argument("--json", type=read.result_file, metavar="FILE", help="write the result here")
    top.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    top.add_argument("--quick", action="store_true", help="a smoke test")
    top.add_argument("--only", type=peers, metavar="NAMES", default=list(PEERS),
                     help=f"some of {', '.join(PEERS)}")  # fmt: skip
    top.add_argument("--threads", type=read.integer(1, cores()), default=cores(), metavar="NUMBER",
                     help=f"threads, and processors, of every measurement ({cores()})")  # fmt: skip
    top.add_argument("--seed", type=read.integer(0, 2**31 - 1), default=0,
                     help="of worlds and of random actions (0)")  # fmt: skip
    top.add_argument("--environments", type=Path, metavar="FOLDER",
                     help="where the virtual environments are kept")  # fmt: skip
    top.add_argument("--note", default="", metavar="TEXT",
                     help="a warning at the head of the page")  # fmt: skip
    top.add_argument("--quiet", action="store_true", help="without progress")
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the page, and write what is asked for."""
    given = parser().parse_args(arguments)
    plan = Plan.quickly() if given.quick else Plan()
    folder = given.environments or cache_root() / "peers"
    origin = provenance("peers", None, given.seed)
    hold_to(given.threads)
    steps = 1 + 2 * sum(scenario.peer in given.only for scenario in scenarios(plan))
    with tqdm(total=steps, disable=given.quiet, unit="step") as bar:

        def tell(what: str) -> None:
            bar.set_description(what)
            if not what.startswith("installing"):
                bar.update()

        found = measure(plan, given.threads, given.only, folder.resolve(), given.seed, tell)
    report = {**origin, **found, "note": given.note}
    page = markdown(report)
    if given.json == "-":
        print(json.dumps(report, indent=2))
    else:
        print(page)
        if given.json:
            given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
