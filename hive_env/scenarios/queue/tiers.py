"""Tiers of difficulty: named constants of Queue. All have the same spaces."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.scenarios.queue.config import QueueConfig

TIERS: Mapping[str, QueueConfig] = {
    # Facts that last twice as long, half the way, and more from those of another kind.
    "easy": QueueConfig(
        slack_ticks=256,
        load_ticks=256,
        price_ticks=340,
        off_speed=0.75,
        travel_ticks=6,
        walk_ticks=1,
    ),
    "default": QueueConfig(),
    # Facts that turn sooner, half the way more, and less from those of another kind.
    "hard": QueueConfig(
        slack_ticks=96,
        load_ticks=96,
        price_ticks=128,
        off_speed=0.5,
        travel_ticks=18,
        walk_ticks=3,
    ),
}
"""By name, the easiest first."""
