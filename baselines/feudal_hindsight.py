"""Feudal PPO with hindsight: every level learns from what came of orders as well.

Workers imitate what led to a pick under the order that would have asked for it, those above orders
that would have asked for what came of theirs; see `baselines.learning.hindsight`. All else is as in
`baselines.feudal`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from baselines import feudal
from baselines.learning.training import Checkpoint, Setting

WEIGHTS: Mapping[str, float] = {"worker": 1.0, "manager": 0.1, "governor": 0.1, "orchestrator": 0.1}
"""By level, beside the loss of the policy."""


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train all levels; as `baselines.feudal.train`."""
    return feudal.train(setting, seed, checkpoints, state, WEIGHTS)
