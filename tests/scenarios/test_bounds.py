"""U_fluid bounds every policy, and its envelope is the best that labour can buy in a slot."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import CLOCKS

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary
from hive_env.scenarios.bounds import _envelope, fluid_bound
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

UNITS = st.integers(2, 30)
VALUES = st.integers(0, 50)
OPTION = st.tuples(UNITS, VALUES, UNITS, VALUES)


def best_value(options: list[tuple[int, int, int, int]], labour: float) -> float:
    """Most value of whole choices: how many sites are opened, and where each unit goes."""
    best = 0.0
    for opened in range(1, len(options) + 1):
        for picks in product(range(3), repeat=opened):
            cost = sum((1, o[0], o[2])[pick] for pick, o in zip(picks, options, strict=False))
            value = sum((0, o[1], o[3])[pick] for pick, o in zip(picks, options, strict=False))
            if cost <= labour:
                best = max(best, value)
    return best


@given(st.lists(OPTION, min_size=1, max_size=4), st.integers(0, 80))
@settings(deadline=None)
def test_envelope_is_never_below_the_best_whole_choice(
    options: list[tuple[int, int, int, int]], labour: int
) -> None:
    left, value = float(labour), 0.0
    for cost, gain in _envelope(np.array(options, float)):
        used = min(cost, left)
        value += gain * used / cost
        left -= used
    assert value >= best_value(options, labour) - 1e-9


@given(st.lists(OPTION, min_size=1, max_size=5))
@settings(deadline=None)
def test_envelope_is_concave(options: list[tuple[int, int, int, int]]) -> None:
    slopes = [gain / cost for cost, gain in _envelope(np.array(options, float))]
    assert all(cost > 0 for cost, _ in _envelope(np.array(options, float)))
    assert slopes == sorted(slopes, reverse=True)


@pytest.mark.parametrize("motion", ["grid", "flight"])
@pytest.mark.parametrize("policy", ["pheromone", "expert"])
def test_no_policy_delivers_more_than_the_fluid_bound(policy: str, motion: str) -> None:
    config = HiveConfig(Size.of("nano"), ForageConfig(motion=motion))
    simulation = Forage(config, worlds=4)
    simulation.reset(seed=20)
    actions = np.zeros((4 * simulation.workers, 2), np.uint8)
    while not simulation.done()[0]:
        simulation.decide(policy, actions)
        simulation.step(actions)
    bounds = np.array([fluid_bound(config, 20 + world) for world in range(4)])
    assert (simulation.values() <= bounds).all()
    assert (bounds < 100 * config.size.workers).all()


def test_the_fluid_bound_holds_where_play_comes_near_it() -> None:
    """Small hives with sites everywhere and no trouble: the expert passes half of the bound."""
    generator = np.random.default_rng(1)
    shares = []
    for _ in range(40):
        constants = {
            "episode_ticks": int(generator.integers(4, 200)),
            **CLOCKS,
            "sites_per_region": int(generator.integers(1, 300)),
            "site_stock": int(generator.integers(1, 64)),
            "site_renewal_ticks": int(generator.integers(1, 20)),
            "demand_cold": int(generator.integers(0, 1000)),
            "off_specialist_success": float(generator.random()),
            "boundary": Boundary(int(generator.integers(2))),
        }
        calm = {"fault_mean_ticks": 0, "hazards_per_region": 0, "crowd_capacity": 14}
        size = (Size(4, 1, 1, 1, 1), Size(16, 2, 2, 1, 1), Size(60, 3, 3, 1, 1))[
            generator.integers(3)
        ]
        config = HiveConfig(size, ForageConfig(**constants, **calm))  # type: ignore[arg-type]
        hive = Forage(config)
        hive.reset(seed=5)
        while not hive.done()[0]:
            hive.step(hive.decide("expert"))
        shares.append(hive.values()[0] / max(fluid_bound(config, 5), 1e-9))
    assert max(shares) <= 1.0
    assert max(shares) > 0.5


def test_fluid_bound_reads_the_seed_and_the_episode() -> None:
    config = HiveConfig(Size.of("nano"))
    assert fluid_bound(config, 3) == fluid_bound(config, 3)
    assert fluid_bound(config, 3) != fluid_bound(config, 4)
    assert fluid_bound(config, 3) != fluid_bound(config, 3, episode=1)
