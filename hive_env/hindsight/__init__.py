"""Hindsight: what happened, told as if it had been wanted.

`relabel` gives transitions other goals, `relabel_actions` other orders; ``goals`` says when a goal
is reached, ``orders`` what order was in effect carried out.
"""

from hive_env.hindsight.goals import is_near, sparse_reward
from hive_env.hindsight.orders import (
    achieved_focus,
    achieved_management,
    achieved_priorities,
    achieved_workforce,
    away_counts,
    by_slot,
)
from hive_env.hindsight.relabel import STRATEGIES, Transitions, relabel, relabel_actions

__all__ = [
    "STRATEGIES",
    "Transitions",
    "achieved_focus",
    "achieved_management",
    "achieved_priorities",
    "achieved_workforce",
    "away_counts",
    "by_slot",
    "is_near",
    "relabel",
    "relabel_actions",
    "sparse_reward",
]
