"""What a Queue world is made of: numbers from a configuration."""

from __future__ import annotations

from hive_env.enums import RESOURCE_TYPES
from hive_env.scenarios.queue.columns import COLUMNS
from hive_env.scenarios.queue.config import QueueHive
from hive_env.scenarios.queue.tick import RESET, TICK
from hive_env.simulation import Blueprint
from hive_env.systems.queue_streams import EFFORT


def chance(config: QueueHive, load: float) -> int:
    """Return the probability that one draw brings a task under a load, times 2**32."""
    return min(round(config.arrivals(load) / config.attempts * 2**32), 2**32)


def blueprint_of(config: QueueHive) -> Blueprint:
    """Return what a Queue world of a configuration is made of."""
    size, queue = config.size, config.queue
    numbers: dict[str, int | float] = {
        "workers": size.workers,
        "regions": size.regions,
        "sectors": size.sectors,
        "hives": size.hives,
        "sector_regions": size.sector_regions,
        "hive_sectors": size.hive_sectors,
        "mean_span": size.span,
        # What the rules shared with Forage ask: nobody is re-parented, and there are no offices.
        "max_span": size.sector_regions,
        "offices": 0,
        "standing_order": 0,
        "episode_ticks": config.episode_ticks,
        "manager_period": queue.manager_period,
        "governor_period": queue.governor_period,
        "orchestrator_period": queue.orchestrator_period,
        "queue_length": config.queue_length,
        "attempts": config.attempts,
        "busy_chance": chance(config, queue.busy_load),
        "quiet_chance": chance(config, queue.quiet_load),
        "pair_chance": round(queue.pair_share * 65536),
        "pair_worth": round(queue.pair_worth * 1000),
        "work_low": queue.work_low,
        "work_high": queue.work_high,
        "mean_work": config.mean_work,
        "work_quarters": 3 * queue.work_low + queue.work_high,
        "slack_low": round(queue.slack_low * 256),
        "slack_high": round(queue.slack_high * 256),
        "tight_low": round(queue.tight_low * 256),
        "tight_high": round(queue.tight_high * 256),
        "slack_ticks": queue.slack_ticks,
        "load_ticks": queue.load_ticks,
        "price_ticks": queue.price_ticks,
        "price_hot": queue.price_hot,
        "price_cold": queue.price_cold,
        "off_effort": round(queue.off_speed * EFFORT),
        "travel_ticks": queue.travel_ticks,
        "walk_ticks": queue.walk_ticks,
        "longest_delay": max(queue.travel_ticks, queue.walk_ticks, 1),
        "difference": 0,
        "shared_by": 1,
        "obey": 0,
        "see_queues": 1,
        "enough": max(1, config.queue_length // 4),
        "dispatch": 0,
    }
    return Blueprint(
        family="queue",
        columns=COLUMNS,
        lengths={
            "E": size.workers,
            "R": size.regions,
            "S": RESOURCE_TYPES * config.queue_length,
            "K": RESOURCE_TYPES,
            "G": size.sector_regions,
            "T": size.sectors,
            "O": size.hives,
            "W": 1,
        },
        constants=numbers,
        reset=RESET,
        tick=TICK,
        config_hash=config.config_hash(),
    )
