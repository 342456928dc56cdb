"""The built-in controllers: what they may read, what they ask for, and how they rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import SMALL, TINY, put, settle, verbs, world

from hive_env.config import SIZES, ForageConfig, HiveConfig, Size
from hive_env.enums import Boundary, Verb
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import POLICIES, Forage
from hive_env.systems import policies

NAMES = ("random", "reflex", "pheromone", "expert")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("depth", [1, 3])
def test_every_policy_asks_for_valid_actions(name, depth):
    hive = world(SMALL, worlds=2, depth=depth, fault_mean_ticks=50, hazards_per_region=4)
    most = int(hive.blueprint.constants["verbs"])
    for _ in range(30):
        actions = hive.decide(name)
        assert actions.dtype == np.uint8
        assert actions[:, 0].max() < most
        assert actions[:, 1].max() < 5
        hive.step(actions)


@pytest.mark.jitless
@pytest.mark.parametrize("name", NAMES)
def test_deciding_changes_no_state_but_the_experts_orders(name):
    hive = world(TINY)
    before = hive.state_hash()
    one = hive.decide(name)
    np.testing.assert_array_equal(hive.decide(name), one)
    if name == "expert":
        hive.columns["workforce"][:] = 0
    assert hive.state_hash() == before


def test_the_reflex_reads_nothing_but_its_observation_and_who_it_is():
    """Its parameters are the proof; and other facts, changed, change nothing."""
    (system,) = (s for s in POLICIES["reflex"].systems() if s.name == "reflex")
    known = {"seed", "episode", "tick", "id", "observation", "action"}
    columns = set(system.parameters) & set(world(TINY).columns)
    assert columns <= known | {"dense_first"}
    hive = world(SIZES["nano"])
    for _ in range(30):
        hive.step(hive.decide("reflex"))
    before = hive.decide("reflex")
    rng = np.random.default_rng(0)
    for name in ("demand", "door", "season", "workforce", "delivered", "next_fault"):
        hive.columns[name][...] = rng.integers(0, 2, hive.columns[name].shape)
    np.testing.assert_array_equal(hive.decide("reflex"), before)


@pytest.mark.jitless
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("depth", [1, 3])
def test_a_tiny_world_runs_under_every_policy(name, depth):
    """A few whole ticks with everything switched on, small enough to be interpreted."""
    hive = world(
        TINY,
        depth=depth,
        fault_mean_ticks=6,
        hazards_per_region=8,
        sites_per_region=200,
        site_stock=1,
        site_renewal_ticks=1,
        diffusion_fraction=0.4,
        governor_period=2,
    )
    for _ in range(10):
        hive.step(hive.decide(name))
    assert hive.columns["tick"][0] == 10
    if name == "expert":
        assert hive.columns["picked"].sum() > 0


@given(offset=st.tuples(*(st.integers(-200, 200),) * 3))
@settings(deadline=None)
def test_a_step_toward_something_shortens_the_longest_axis(offset):
    x, y, z = offset
    step = {0: (0, 0, 0), 1: (0, -1, 0), 2: (1, 0, 0), 3: (0, 1, 0), 4: (-1, 0, 0)}
    step |= {8: (0, 0, 1), 9: (0, 0, -1)}
    dx, dy, dz = step[policies.toward(x, y, z)]
    if offset == (0, 0, 0):
        assert (dx, dy, dz) == offset
    else:
        longest = max(map(abs, offset))
        assert dx * x + dy * y + dz * z == longest


def test_a_loaded_reflex_goes_home_and_drops_there():
    hive = world(TINY, sites_per_region=1)
    c = hive.columns
    put(hive, 0, 1, 2)
    c["cargo"][0] = 1
    c["home"][0] = 0
    settle(hive)
    others = verbs(hive, 0)
    for _ in range(40):
        others[0] = hive.decide("reflex")[0]
        hive.step(others)
        if others[0, 0] == Verb.DROP:
            break
    assert c["delivered"].sum() == 1
    assert c["cargo"][0] == 0


def test_on_a_torus_the_way_home_leads_over_the_edge():
    hive = world(SMALL, boundary=Boundary.TORUS)
    c = hive.columns
    put(hive, 0, 47, 12)
    c["cargo"][0] = 1
    c["home"][0] = 0
    settle(hive)
    assert hive.decide("reflex")[0, 0] == Verb.EAST
    assert hive.decide("expert")[0, 0] == Verb.EAST


@pytest.mark.parametrize("name", ["reflex", "expert"])
def test_a_medic_works_beside_the_fallen(name):
    hive = world(TINY)
    put(hive, np.arange(2, 16), 20, 20)
    put(hive, 0, 3, 3)
    put(hive, 1, 4, 3)
    hive.columns["health"][0] = 1
    settle(hive)
    assert hive.decide(name)[1, 0] == Verb.WORK


def test_the_expert_empties_the_regions_whose_depots_are_shut():
    hive = world(SMALL)
    hive.decide("expert")
    c = hive.columns
    np.testing.assert_array_equal(c["workforce"], np.where(c["door"] == 1, 2, 1))


def test_an_unknown_policy_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"policy: expected one of .*pheromone, got clever"):
        world(TINY).decide("clever")


def test_random_is_worse_than_reflex_and_reflex_than_the_expert():
    """A smoke test of the task on four paired seeds at nano, in one batch."""
    worth = {}
    for name in ("random", "reflex", "expert"):
        hive = Forage(HiveConfig(SIZES["nano"], ForageConfig()), worlds=4)
        hive.reset(0)
        while not hive.done().all():
            hive.step(hive.decide(name))
        worth[name] = hive.values()
    assert (worth["random"] < worth["reflex"]).all()
    assert (worth["reflex"] < worth["expert"]).all()


def test_random_actions_are_uniform():
    hive = world(Size(4096, 2, 2, 2))
    actions = hive.decide("random")
    for part, count in ((0, 8), (1, 5)):
        seen = np.bincount(actions[:, part], minlength=count)
        p = 1 / count
        assert (abs(seen / 4096 - p) <= 5 * np.sqrt(p * (1 - p) / 4096)).all()
