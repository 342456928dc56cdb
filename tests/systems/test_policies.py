"""The built-in controllers: what they may read, what they ask for, and how they rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import (
    CLOCKS,
    SMALL,
    TINY,
    command,
    march,
    put,
    random_actions,
    random_orders,
    settle,
    verbs,
    world,
)

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary, Verb
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.seats import WORKERS
from hive_env.sizes import SIZES, Size
from hive_env.systems import policies, senses

NAMES = tuple(WORKERS)


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
def test_deciding_changes_no_state(name):
    hive = world(TINY)
    before = hive.state_hash()
    one = hive.decide(name)
    np.testing.assert_array_equal(hive.decide(name), one)
    assert hive.state_hash() == before


def test_the_reflex_reads_nothing_but_its_observation_and_who_it_is():
    """Its parameters are the proof; and other facts, changed, change nothing."""
    (system,) = (s for s in WORKERS["reflex"][0].systems() if s.name == "reflex")
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
        **CLOCKS,
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


def test_an_unknown_policy_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"policy: expected one of .*pheromone, .*, got clever"):
        world(TINY).decide("clever")


def test_random_is_worse_than_reflex_and_reflex_than_the_expert():
    """A smoke test of the task on four paired seeds at nano, in one batch."""
    worth = {}
    for name in ("random", "reflex", "expert"):
        hive = Forage(HiveConfig(SIZES["nano"], ForageConfig()), worlds=4)
        hive.reset(0)
        while not hive.done().all():
            hive.step(hive.decide(name), command(hive))
        worth[name] = hive.values()
    assert (worth["random"] < worth["reflex"]).all()
    assert (worth["reflex"] < worth["expert"]).all()


def test_random_actions_are_uniform():
    hive = world(Size(4096, 2, 2, 2, 2))
    actions = hive.decide("random")
    for part, count in ((0, 8), (1, 5)):
        seen = np.bincount(actions[:, part], minlength=count)
        p = 1 / count
        assert (abs(seen / 4096 - p) <= 5 * np.sqrt(p * (1 - p) / 4096)).all()


# --- the clock alone ---------------------------------------------------------------------------


@pytest.mark.jitless
def test_the_open_loop_is_a_function_of_the_tick_and_the_worker_alone():
    """Whatever the seed, the state, the rows' order or the world of a batch."""
    plain = world(SMALL, worlds=2, seed=1)
    other = world(SMALL, worlds=2, seed=99, fault_mean_ticks=20, hazards_per_region=8)
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(30):
        actions = plain.decide("open_loop")
        np.testing.assert_array_equal(actions[:64], actions[64:])
        np.testing.assert_array_equal(other.decide("open_loop"), actions)
        other.permute(np.concatenate([rng.permutation(64), 64 + rng.permutation(64)]))
        np.testing.assert_array_equal(other.decide("open_loop"), actions)
        seen.append(actions[:64, 0])
        plain.step(actions)
        other.step(random_actions(other, rng), random_orders(other, rng))
    assert len({column.tobytes() for column in np.array(seen).T}) > 8, "workers differ"


@pytest.mark.parametrize("size", [TINY, SMALL, Size(8, 1, 1, 1, 1), SIZES["nano"]])
def test_a_trip_of_the_open_loop_goes_out_picks_at_every_cell_comes_back_and_drops(size):
    """Each worker's verbs, tick by tick, against the trips in words."""
    hive = world(size)
    side, ticks = hive.config.region_side, 80
    verbs_seen = []
    for _ in range(ticks):
        verbs_seen.append(hive.decide("open_loop")[:, 0].tolist())
        hive.columns["tick"] += 1
    for entity in range(0, size.workers, 3):
        far = 2 + entity // 4 % (side // 2 - 2)
        expected, trip = [], 0
        while len(expected) < ticks:
            out = (entity + trip) % 4
            expected += [1 + out, Verb.PICK] * far + [1 + (out + 2) % 4] * far + [Verb.DROP]
            trip += 1
        assert [one[entity] for one in verbs_seen] == expected[:ticks]


# --- obeying -----------------------------------------------------------------------------------

levels_of_goal = st.lists(st.sampled_from([0, 128, 255]), min_size=4, max_size=4)


def observation(goals, sites=None, zone=(0, 0)):
    """A plane observation in which sites lie so many cells away, under an order."""
    out = np.zeros((1, 64), np.uint8)
    for kind in range(4):
        dx, dy, stock = (sites or {}).get(kind, (0, 0, 0))
        out[0, 3 * kind : 3 * kind + 3] = 128 + 32 * dx, 128 + 32 * dy, stock
    for plane in range(7):
        out[0, 22 + 3 * plane + 1 : 22 + 3 * plane + 3] = 128
    out[0, 56:60] = goals
    out[0, 60:62] = senses.way_byte(zone[0]), senses.way_byte(zone[1])
    return out


@given(
    goals=levels_of_goal,
    sites=st.dictionaries(
        st.integers(0, 3),
        st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(1, 255)),
    ),
    kind=st.integers(0, 3),
    obey=st.integers(0, 1),
)
@settings(deadline=None)
def test_the_best_site_is_the_most_urgent_likely_and_near(goals, sites, kind, obey):
    scores = [0.0] * 4
    for sort, (dx, dy, _) in sites.items():
        weight = goals[sort] / 255 if obey else 1.0
        scores[sort] = weight * (1.0 if sort == kind else 0.35) / (abs(dx) + abs(dy) + 4)
    best = policies.best_site(0, 0, kind, obey, observation(goals, sites))
    if max(scores) == 0:
        assert best == -1
    else:
        assert scores[best] == pytest.approx(max(scores))


@given(
    goals=levels_of_goal,
    slopes=st.lists(st.tuples(st.integers(1, 255), st.integers(1, 255)), min_size=4, max_size=4),
    kind=st.integers(0, 3),
    obey=st.integers(0, 1),
    home=st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
)
@settings(deadline=None)
def test_the_best_trail_leads_outward_and_is_of_an_urgent_type(goals, slopes, kind, obey, home):
    """Who obeys nobody follows its own kind alone."""
    given = observation(goals)
    scores, steps = [0.0] * 4, {}
    for sort, slope in enumerate(slopes):
        given[0, 25 + 3 * sort + 1 : 25 + 3 * sort + 3] = slope
        out = [0 if (s - 128) * way > 0 else s - 128 for s, way in zip(slope, home, strict=True)]
        weight = goals[sort] / 255 if obey else float(sort == kind)
        scores[sort] = weight * (1.0 if sort == kind else 0.35) * (abs(out[0]) + abs(out[1]))
        steps[sort] = policies.toward(out[0], out[1], 0)
    verb = policies.follow(0, 0, kind, obey, *home, given)
    if max(scores) == 0:
        assert verb == Verb.STAY
    else:
        best = [sort for sort in range(4) if scores[sort] == pytest.approx(max(scores))]
        assert verb in {steps[sort] for sort in best}


@pytest.mark.jitless
def test_who_obeys_fetches_what_has_a_priority_and_who_does_not_its_own():
    """Both kinds of site lie under a worker of the first; its order is for the second alone."""
    hive = world(TINY, sites_per_region=16)
    c = hive.columns
    c["site_stock"][...] = 0
    c["site_cell"][0, :2], c["site_type"][0, :2], c["site_stock"][0, :2] = [40, 41], [0, 1], 9
    put(hive, 0, 40 % 12, 40 // 12)
    c["specialist"][0] = 0
    c["task_priority"][0] = 2 << 2
    settle(hive)
    for policy, verb in (
        ("scripted", Verb.EAST), ("trailless", Verb.EAST),
        ("pheromone", Verb.PICK), ("reflex", Verb.PICK),
    ):  # fmt: skip
        assert hive.decide(policy)[0, 0] == verb
    c["task_priority"][0] = 0
    assert hive.decide("scripted")[0, 0] not in (Verb.PICK, Verb.DROP, Verb.WORK)


@pytest.mark.parametrize("zone", range(1, 21))
def test_who_obeys_walks_to_its_zone_and_searches_there(zone):
    """From the far corner, in a region without sites and trails."""
    squads = zone <= 16
    hive = world(
        Size(128, 1, 1, 2, 2), sites_per_region=1, orders="squads" if squads else "priorities",
        manager_period=4096, governor_period=4096, orchestrator_period=4096,
    )  # fmt: skip
    c, side = hive.columns, hive.config.region_side
    c["site_stock"][...] = 0
    c["site_wait"][...] = 60_000
    c["task_zone"][:] = zone
    c["tick"][:] = 1
    part, first, across = (side // 4, 1, 4) if squads else (side // 2, 17, 2)
    line, column = divmod(zone - first, across)
    far_x = 0 if column * part >= side // 2 else side - 1
    put(hive, np.arange(128), c["region_x0"][c["home"]] + far_x, c["region_y0"][c["home"]] + 1)
    settle(hive)
    centre = column * part + part // 2, line * part + part // 2
    leash = side // 8 if squads else side // 4
    stayed = 0
    assert side == 32
    for tick in range(84):
        hive.step(hive.decide("trailless"))
        off = [
            abs((c[axis] >> 12) - c[f"region_{axis}0"][c["home"]] - at)
            for axis, at in zip("xy", centre, strict=True)
        ]
        if tick >= 2 * side:
            stayed += int((np.maximum(*off) <= leash + 1).sum())
    assert stayed >= 0.95 * 128 * 20


@pytest.mark.parametrize(
    ("policy", "blind_to"),
    [
        ("trailless", ("trail",)),
        ("pheromone", ("task_priority", "task_zone", "task")),
        ("reflex", ("trail", "task_priority", "task_zone", "task")),
    ],
)
def test_a_policy_without_trails_or_orders_decides_alike_whatever_they_are(policy, blind_to):
    hive = world(SIZES["nano"])
    march(hive, 60)
    before, obeyed = hive.decide(policy), hive.decide("scripted")
    rng = np.random.default_rng(0)
    for name in blind_to:
        most = {"task_zone": 21, "task": 5, "task_priority": 1, "trail": 60_000}[name]
        drawn = rng.integers(0, most, hive.columns[name].shape)
        if name == "task_priority":
            drawn = rng.integers(0, 3, (512, 4)) @ 4 ** np.arange(4)
        hive.columns[name][...] = drawn
    np.testing.assert_array_equal(hive.decide(policy), before)
    assert (hive.decide("scripted") != obeyed).any(), "who follows them does something else"
