"""What every worker shares: a clock, and the file in which it leaves its result.

A worker runs in the virtual environment of what it measures, so this needs the standard library
alone. It is started as ``python WORKER PARAMETERS RESULT``: JSON, and the path of a file.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Step = Callable[[int], int]
"""A step of the environment, given its number; returns how many agents acted in it."""


def measure(
    step: Step,
    seconds: float,
    repeats: int,
    reset: Callable[[], object] | None = None,
    episode: int = 0,
) -> dict[str, Any]:
    """Time repeats of so many seconds each, after one to warm up.

    Parameters
    ----------
    step : callable
        A step.
    seconds : float
        How long a repeat lasts, at least.
    repeats : int
        Repeats.
    reset : callable, optional
        Runs before a repeat, and within it after every ``episode`` steps, off the clock.
    episode : int
        Steps after which to reset; 0 for never within a repeat.

    Returns
    -------
    dict
        ``rates``, agent-steps a second by repeat; ``steps`` of all repeats; ``cores``, seconds of
        processor time a second of the clock: how many cores the steps kept busy.
    """
    rates: list[float] = []
    number = steps = 0
    spent = busy = 0.0
    for repeat in range(repeats + 1):
        agents = count = 0
        taken = worked = 0.0
        while taken < seconds:
            if reset and (count % episode == 0 if episode else count == 0):
                reset()
            used, start = time.process_time(), time.perf_counter()
            agents += step(number)
            taken += time.perf_counter() - start
            worked += time.process_time() - used
            number += 1
            count += 1
        if repeat:  # What is compiled or allocated once falls into the first.
            rates.append(agents / taken)
            steps += count
            spent += taken
            busy += worked
    return {"rates": rates, "steps": steps, "cores": busy / spent}


def run(case: Callable[..., dict[str, Any]], *packages: str) -> None:
    """Run a case with the parameters of the command line, and leave its result in the file.

    Parameters
    ----------
    case : callable
        Takes the parameters by name.
    *packages : str
        Distributions whose versions the result tells.
    """
    result = case(**json.loads(sys.argv[1]))
    result["versions"] = {name: version(name) for name in packages}
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")
