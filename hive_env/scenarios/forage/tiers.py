"""Tiers of difficulty: named constants of Forage. All have the same spaces."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.config import ForageConfig

TIERS: Mapping[str, ForageConfig] = {
    # More and larger sites, facts that last twice as long, half the crashes, no hazards.
    "easy": ForageConfig(
        sites_per_region=8,
        site_stock=128,
        demand_ticks=256,
        door_ticks=256,
        season_ticks=512,
        hazards_per_region=0,
        fault_mean_ticks=1536,
    ),
    "default": ForageConfig(),
    # Fewer and smaller sites, facts that turn sooner, more crashes, twice the hazards.
    "hard": ForageConfig(
        sites_per_region=5,
        site_stock=40,
        demand_ticks=64,
        door_ticks=96,
        season_ticks=192,
        hazards_per_region=2,
        fault_mean_ticks=512,
    ),
}
"""By name, the easiest first."""
