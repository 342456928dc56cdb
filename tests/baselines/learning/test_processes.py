"""Jobs in processes: what comes of them, what they tell, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from baselines.learning.processes import in_processes  # noqa: E402 (needs torch)


def doubled(job: int, tell: Any) -> tuple[int, int, int]:
    """Tell of a job, and do it."""
    tell(job, "begun")
    return 2 * job, os.getpid(), torch.get_num_threads()


def refused(job: int, tell: Any) -> int:
    """Refuse the second job."""
    if job == 1:
        raise ValueError("job 1 is refused")
    return job


def killed(job: int, tell: Any) -> int:
    """End as a process does that used too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return job


@pytest.mark.parametrize("processes", [1, 2])
def test_every_job_is_done_once_and_heard(processes: int) -> None:
    threads = torch.get_num_threads()
    told: list[tuple[int, str]] = []
    found = dict(in_processes(doubled, [3, 4, 5], processes, lambda *what: told.append(what)))
    torch.set_num_threads(threads)
    assert {number: one[0] for number, one in found.items()} == {0: 6, 1: 8, 2: 10}
    assert {one[2] for one in found.values()} == {1}
    assert sorted(told) == [(3, "begun"), (4, "begun"), (5, "begun")]
    assert ({one[1] for one in found.values()} == {os.getpid()}) is (processes == 1)


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_job_raises_is_raised(processes: int) -> None:
    with pytest.raises(ValueError, match="job 1 is refused"):
        list(in_processes(refused, range(40), processes, print))


def test_a_process_that_was_killed_is_not_waited_for() -> None:
    with pytest.raises(BrokenProcessPool):
        list(in_processes(killed, [0, 1], 2, print))


ALONE = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from baselines.learning.processes import in_processes

def asleep(job, tell):
    Path({folder!r}, str(os.getpid())).touch()
    time.sleep(600)

if __name__ == "__main__":
    list(in_processes(asleep, [0, 1], 2, print))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked for by a signal")
def test_jobs_end_with_the_process_that_began_them(tmp_path: Path) -> None:
    """Nobody is left to run, and write, what a run that goes on is running too."""
    import baselines

    script, folder = tmp_path / "script.py", tmp_path / "begun"
    folder.mkdir()
    root = str(Path(baselines.__file__).resolve().parent.parent)
    script.write_text(ALONE.format(root=root, folder=str(folder)))
    parent = subprocess.Popen([sys.executable, str(script)])
    try:
        until(lambda: len(list(folder.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    jobs = [int(one.name) for one in folder.iterdir()]
    until(lambda: not any(alive(one) for one in jobs))


def until(true: Any, seconds: float = 120.0) -> None:
    """Wait for what has to come; an error when it does not."""
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, "it did not come"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Return whether there is such a process, and it has not ended."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc").exists()
    return status.rsplit(")", 1)[1].split()[0] != "Z"
