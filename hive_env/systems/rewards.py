"""Rewards of the workers, computed from what the tick left in their rows."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Event, Health
from hive_env.random import rule

_HAZARD = int(Event.HAZARD)
_BLOCKED = int(Event.BLOCKED)
_ENDED = int(Health.ENDED)


@rule
def reward_immediate(row, world, workers, id, event, gain, health, reward):
    """Immediate reward of a worker: the true value of its deliveries, less what it cost.

    value / 1000 - 0.01 a tick - 0.5 in a hazard - 0.05 when a wall blocked it.
    """
    happened = np.int64(event[row])
    paid = np.int64(gain[row]) - 10
    if happened & _HAZARD:
        paid -= 500
    if happened & _BLOCKED:
        paid -= 50
    if health[row] == _ENDED:
        paid = np.int64(0)
    # Whole thousandths, rounded once: every device agrees on the bits.
    reward[world * workers + np.int64(id[row])] = np.float32(paid) * np.float32(0.001)
