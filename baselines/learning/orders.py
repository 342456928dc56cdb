"""Orders drawn at random and held for a while: what a level learns under before those above it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import LEVELS, Hive


class HeldOrders:
    """A policy that draws the orders of each seat uniformly, and keeps to them for some decisions.

    Orders drawn anew at each decision are gone before anyone can have carried them out, and teach
    that orders mean nothing. The draws depend on the world's seed, episode and tick alone: what is
    closed to a seat is drawn too, and means there what the environment makes of it.

    Parameters
    ----------
    level : str
        Whose orders.
    decisions : int
        For how many decisions each is held, at least 1.

    Raises
    ------
    ArgumentError
        When the number is not positive.
    """

    def __init__(self, level: str, decisions: int) -> None:
        if decisions < 1:
            raise ArgumentError("decisions", "a positive number", decisions)
        self.level, self.decisions = level, decisions

    def __call__(self, hive: Hive) -> Any:
        """Return the actions, uint8[W * S, C]."""
        level, columns = hive.levels[self.level], hive.columns
        # Levels draw apart: else what one asks for would foretell what another does.
        mine = LEVELS.index(self.level)
        spans = hive.ticks // (level.period * self.decisions)
        drawn = [
            np.random.default_rng([mine, int(seed), int(episode), int(span)]).integers(
                level.choices, size=(level.seats, len(level.choices))
            )
            for seed, episode, span in zip(columns["seed"], columns["episode"], spans, strict=True)
        ]
        return np.concatenate(drawn).astype(np.uint8)
