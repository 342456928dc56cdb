"""Rewards of the workers, computed from what the tick left in their rows."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Event, Health
from hive_env.random import rule

_HAZARD = int(Event.HAZARD)
_BLOCKED = int(Event.BLOCKED)
_MATCHED = int(Event.MATCHED)
_MISMATCHED = int(Event.MISMATCHED)
_DISCARDED = int(Event.DISCARDED)
_ENDED = int(Health.ENDED)


@rule
def reward_worker(
    row, world, workers, hives, region_side, difference, id, home, region_hive, event, gain,
    progress, health, hive_gain, earned,
):  # fmt: skip
    """Write what the last tick was worth to a worker: immediate, local, global.

    Immediate: value / 1000 - 0.01 a tick - 0.5 in a hazard - 0.05 when a wall blocked it.
    Local: +1 for a pick that its order asks for, -0.5 for another, -1 for a unit thrown away, and
    by how much its way became shorter, in region sides: to its depot when laden, else to its
    ordered zone. That is a potential-based term (Ng, Harada and Russell, *Policy invariance under
    reward transformations*, ICML 1999, with discount 1), but that a new order pays nothing.
    Global: ``hive_gain`` of its hive, or with ``difference`` at 1 the value of its own deliveries,
    which the hive would not have had without it.

    Parameters
    ----------
    hive_gain : float32[W * hives]
        The hive's gain in the tick, by worker.
    """
    happened = np.int64(event[row])
    paid = np.int64(gain[row]) - 10
    if happened & _HAZARD:
        paid -= 500
    if happened & _BLOCKED:
        paid -= 50
    kept = np.int64(0)
    if happened & _MATCHED:
        kept += 1000
    if happened & _MISMATCHED:
        kept -= 500
    if happened & _DISCARDED:
        kept -= 1000
    # Whole thousandths a cell, so that a way there and back sums to nothing.
    kept += max(1000 // region_side, 1) * np.int64(progress[row])
    shared = hive_gain[world * hives + np.int64(region_hive[np.int64(home[row])])]
    if difference:
        shared = np.float32(gain[row]) * np.float32(0.001)
    if health[row] == _ENDED:
        paid = np.int64(0)
        kept = np.int64(0)
        shared = np.float32(0)
    out = world * workers + np.int64(id[row])
    # Whole thousandths, rounded once: every device agrees on the bits.
    earned[out, 0] = np.float32(paid) * np.float32(0.001)
    earned[out, 1] = np.float32(kept) * np.float32(0.001)
    earned[out, 2] = shared
