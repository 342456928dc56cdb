"""Partitions: how often, how long and from whom; and ledgers that diverge and merge at the heal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JITLESS, examples

from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.enums import Cut, Stream
from hive_env.errors import ConfigError
from hive_env.partitions import Partitions, PlannedPartition
from hive_env.random import below, draw, rule
from hive_env.scenarios.ledgers import LEDGER_COLUMNS, PARTITION_COLUMNS
from hive_env.simulation import Blueprint, Simulation
from hive_env.systems import clock, ledger, partitions

jitless = pytest.mark.jitless
BOTH = Cut.ORCHESTRATOR | Cut.SIBLINGS
EXCHANGED = (
    *("ledger_tally", "ledger_seen", "ledger_tag", "ledger_barred", "ledger_clock"),
    *("ledger_written", "ledger_stamp", "ledger_order", "ledger_known", "ledger_epoch"),
)
"""Columns in which replicas that have heard of the same are equal."""


# --- a hive of ledgers ---------------------------------------------------------------------------


@rule
def deliver_at_random(region, place, seed, episode, tick, still_from, delivered):
    """Deliver by draws of the region's own until a tick."""
    words = draw(seed, episode, tick, 60, place)
    if tick < still_from:
        delivered[region, below(words[0], delivered.shape[1])] += below(words[1], 4)


@rule
def clear_delivered(region, delivered):
    """Begin with nothing."""
    for kind in range(delivered.shape[1]):
        delivered[region, kind] = 0


@rule
def write_at_random(
    hive, seed, episode, tick, hives, world, hive_sectors, still_from, ledger_seen, ledger_tag,
    ledger_barred, ledger_full, ledger_clock, ledger_written, ledger_stamp, ledger_order,
    ledger_built, ledger_known,
):  # fmt: skip
    """Let every replica bar, unbar, order and learn by draws of its own until a tick."""
    if tick >= still_from:
        return
    for place in range(hive_sectors + 1):
        replica = hive * (hive_sectors + 1) + place
        entity = (hive - world * hives) * 64 + place
        words = draw(seed, episode, tick, 61, entity)
        choice = below(words[0], 4)
        who = below(words[1], 5)
        if choice == 0:
            ledger.bar(replica, place, who, ledger_seen, ledger_tag, ledger_barred, ledger_full)
        elif choice == 1:
            ledger.unbar(replica, who, ledger_tag, ledger_barred)
        elif choice == 2:
            ledger.write_order(
                replica, place, below(words[2], 2), who, ledger_clock, ledger_written,
                ledger_stamp, ledger_order, ledger_built,
            )  # fmt: skip
        else:
            ledger.learn(replica, below(words[2], 3), 0, below(words[3], 1000), ledger_known)


WRITTEN = tuple(column.name for column in LEDGER_COLUMNS)
CUTS = tuple(column.name for column in PARTITION_COLUMNS if column.kind is not Kind.STATIC)
GOSSIP = System(
    ledger.gossip,
    tuple(n for n in WRITTEN if n in EXCHANGED or n in ("ledger_built", "ledger_lost")),
    "",
)


def one_pass(name: str, unit: Unit, *systems: System) -> Pass:
    return Pass(name, unit, systems)


TICK = (
    one_pass(
        "ledger_cuts",
        Unit.SECTOR,
        System(partitions.advance_partitions, CUTS, ""),
    ),
    one_pass("ledger_deliveries", Unit.REGION, System(deliver_at_random, ("delivered",), "")),
    one_pass(
        "ledgers",
        Unit.HIVE,
        System(ledger.fade_knowledge, ("ledger_epoch", "ledger_known"), ""),
        System(ledger.count_deliveries, ("ledger_entered", "ledger_tally"), ""),
        System(
            write_at_random,
            (
                *("ledger_seen", "ledger_tag", "ledger_barred", "ledger_full", "ledger_clock"),
                *("ledger_written", "ledger_stamp", "ledger_order", "ledger_built"),
                "ledger_known",
            ),
            "",
        ),
        GOSSIP,
        System(ledger.measure_ledger, ("ledger_flight", "ledger_apart"), ""),
    ),
    one_pass("ledger_clock_tick", Unit.WORLD, System(clock.advance_clock, ("tick",), "")),
)


@rule
def start(world, tick):
    """Begin at tick 0."""
    tick[world] = 0


RESET = (
    one_pass("ledger_start", Unit.WORLD, System(start, ("tick",), "")),
    one_pass("ledger_uncut", Unit.SECTOR, System(partitions.clear_partitions, CUTS, "")),
    one_pass(
        "ledger_unentered",
        Unit.REGION,
        System(ledger.clear_entered, ("ledger_entered",), ""),
        System(clear_delivered, ("delivered",), ""),
    ),
    one_pass(
        "ledger_empty",
        Unit.HIVE,
        System(ledger.clear_ledger, tuple(n for n in WRITTEN if n != "ledger_entered"), ""),
    ),
)


def world(
    sectors: int = 4,
    hives: int = 1,
    worlds: int = 1,
    seed: int = 1,
    gossip_period: int = 1,
    still_from: int = 1000,
    given: Partitions | None = None,
    **options: Any,
) -> Simulation:
    """Hives of governors who only keep ledgers; two regions a sector."""
    total = sectors * hives
    given = given or Partitions()
    columns = (
        Column("seed", np.int64, "W", "", ""),
        Column("episode", np.int32, "W", "", ""),
        Column("tick", np.int32, "W", "", ""),
        Column("delivered", np.int64, "R,K", "", ""),
        Column("reports", np.uint32, "T,X", "", "", Kind.DERIVED),
        Column("reports_count", np.int32, "T", "", "", Kind.DERIVED),
        Column("hive_sector", np.int32, "o,J", "", "", Kind.STATIC),
        *LEDGER_COLUMNS,
        *PARTITION_COLUMNS,
    )
    lengths = {"W": 1, "O": hives, "o": hives, "T": total, "J": sectors, "R": 2 * total, "X": 2}
    lengths |= {"B": hives * (sectors + 1), "z": sectors + 1, "K": 4, "u": 2, "I": 2, "Z": 3}
    lengths |= {"p": len(given.schedule), "E": 0, "d": 2 * total, "c": total}
    constants = {"sectors": total, "hives": hives, "regions": 2 * total, "hive_sectors": sectors}
    constants |= {"gossip_period": gossip_period, "knowledge_period": 5, "still_from": still_from}
    blueprint = Blueprint(
        "ledger", columns, lengths, constants | given.constants(), RESET, TICK, "ledger"
    )
    made = Simulation(blueprint, worlds, **options)
    # The sectors of a hive need not be neighbours in number.
    made.put("hive_sector", np.arange(total).reshape(sectors, hives).T)
    made.put("reports", np.tile(np.arange(2 * total).reshape(total, 2), (worlds, 1)))
    made.put("reports_count", 2)
    for name, table in given.tables(total).items():
        made.put(name, table)
    made.reset(seed)
    return made


def go(made: Simulation, ticks: int = 1) -> Simulation:
    for _ in range(ticks):
        made._advance()
    return made


def truth(made: Simulation) -> Any:
    """Units delivered under every sector, by hive, place and type."""
    sectors, hives = made.lengths["J"], made.blueprint.lengths["O"]
    by_sector = made.columns["delivered"].reshape(made.worlds, sectors * hives, 2, 4).sum(axis=2)
    return by_sector[:, made.columns["hive_sector"]].reshape(-1, sectors, 4)


def tallies(made: Simulation) -> Any:
    """Counts of every replica, by hive, replica, place and type."""
    return made.columns["ledger_tally"].reshape(-1, made.lengths["z"], made.lengths["z"], 4)


def equal(made: Simulation) -> bool:
    """Whether all replicas of every hive are equal."""
    hubs = np.arange(made.lengths["B"]) // made.lengths["z"] * made.lengths["z"]
    return all((made.columns[n] == made.columns[n][hubs]).all() for n in EXCHANGED)


# --- when sectors are cut off --------------------------------------------------------------------

CUT = TICK[0]


def cuts(made: Simulation, ticks: int) -> Any:
    """From whom every sector is cut off in so many ticks, [ticks, sectors of all worlds]."""
    found = []
    for tick in range(ticks):
        made.columns["tick"][:] = tick
        made.run_pass(CUT)
        found.append(made.columns["cut"].copy())
    return np.array(found)


@jitless
def test_no_sector_is_ever_cut_off_by_default():
    assert not cuts(world(), 100).any()


@jitless
def test_sectors_reach_each_other_unless_either_is_cut_off_from_its_siblings():
    cut = np.array([0, int(Cut.ORCHESTRATOR), int(Cut.SIBLINGS), int(BOTH)], np.uint8)
    reached = [[bool(partitions.reaches(a, b, cut)) for b in range(4)] for a in range(4)]
    assert reached == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
    ]


@jitless
def test_planned_partitions_hold_from_their_first_tick_to_before_their_end():
    plan = [
        PlannedPartition(1, 3, 6, Cut.ORCHESTRATOR),
        PlannedPartition(1, 5, 9, Cut.SIBLINGS),
        PlannedPartition(2, 0, 1),
    ]
    made = world(worlds=2, given=Partitions(schedule=plan))
    found = cuts(made, 10)
    assert found[:, 1].tolist() == [0, 0, 0, 1, 1, 3, 2, 2, 2, 0]
    assert found[:, 2].tolist() == [3] + [0] * 9
    assert not found[:, [0, 3]].any()
    np.testing.assert_array_equal(found[:, :4], found[:, 4:])
    assert made.columns["cut_begun"].tolist() == [0, 1, 1, 0] * 2
    assert made.columns["cut_ticks"][:4].tolist() == [[0, 0], [3, 4], [1, 1], [0, 0]]


def spread(exact: float, count: int) -> float:
    """Five standard deviations of a share of so many independent ones."""
    return 5 * math.sqrt(exact * (1 - exact) / count)


@pytest.mark.parametrize("scale", [1, 10])
def test_the_share_cut_off_is_that_of_the_exact_chain_at_any_length_of_a_tick(scale):
    """p(t) = a / (a + b) (1 - exp(-(1/a + 1/b) t)) with means a cut off and b linked; z = 5.

    The same hours in ticks of one length and of a tenth of it; 20,000 independent sectors.
    """
    up, down = 6.0 * scale, 2.0 * scale
    made = world(100, worlds=200, given=Partitions(up, down, 0.5, 0.2))
    found = cuts(made, 20 * scale + 1)
    for hour in (1, 4, 20):
        share = (found[hour * scale] > 0).mean()
        exact = down / (up + down) * (1 - math.exp(-(1 / 6 + 1 / 2) * hour))
        assert abs(share - exact) < spread(exact, 20_000)
    kinds = np.bincount(found[20 * scale], minlength=4)[1:]
    for kind, exact in zip(kinds, (0.5, 0.2, 0.3), strict=True):
        assert abs(kind / kinds.sum() - exact) < spread(exact, kinds.sum())


def test_times_linked_and_cut_off_are_exponential():
    """Kolmogorov and Smirnov's distance of 20,000 times from the law, at the level 1e-6."""
    words = [int(draw(3, 0, tick, int(Stream.PARTITION), 0)[0]) for tick in range(20_000)]
    mean = 5 << partitions.FRACTION
    times = np.sort([partitions.lasting(word, mean) for word in words]) / mean
    law, count = 1 - np.exp(-times), len(times)
    steps = np.arange(count + 1) / count
    distance = max((steps[1:] - law).max(), (law - steps[:-1]).max())
    assert distance < math.sqrt(-math.log(0.5e-6) / 2 / count)


@jitless
def test_a_partition_that_begins_and_ends_within_a_tick_is_gone_through():
    """With means far below a tick every tick sees a fresh draw, and no change is left behind."""
    made = world(given=Partitions(1.0, 1.0))
    made.columns["cut_turn"][:] = 1
    made.columns["tick"][:] = 40
    made.run_pass(CUT)
    assert (made.columns["cut_changes"] > 10).all()
    assert (made.columns["cut_turn"] > 40 << partitions.FRACTION).all()


@jitless
def test_partitions_are_the_same_whatever_happens_and_differ_by_seed_episode_and_sector():
    """Also when all are cut off first at the same time."""
    given = Partitions(6.0, 4.0)
    made, idle = world(given=given), world(given=given, still_from=0)
    np.testing.assert_array_equal(
        [go(made).columns["cut"].copy() for _ in range(30)],
        [go(idle).columns["cut"].copy() for _ in range(30)],
    )
    assert len(np.unique(made.columns["cut_turn"])) == 4
    made.reset(1)
    idle.reset(1)
    idle.reset()
    rows = []
    for one in (made, idle, world(given=given, seed=2)):
        one.columns["cut_turn"][:] = 1
        rows += [row.tobytes() for row in cuts(one, 40).T]
    assert len(set(rows)) == 12


GOOD: dict[str, Any] = {"sector": 0, "begin": 0, "end": 1}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"mean_ticks": -1.0}, "mean_ticks"),
        ({"mean_ticks": math.nan}, "mean_ticks"),
        ({"mean_ticks": 0.5}, "mean_ticks"),
        ({"mean_ticks": True}, "mean_ticks"),
        ({"length_ticks": 0.0}, "length_ticks"),
        ({"length_ticks": math.inf}, "length_ticks"),
        ({"orchestrator_share": 1.5}, "orchestrator_share"),
        ({"siblings_share": -0.1}, "siblings_share"),
        ({"orchestrator_share": 0.7, "siblings_share": 0.4}, "siblings_share"),
        ({"schedule": [(0, 1, 2)]}, "schedule"),
    ],
)
def test_partitions_that_cannot_be_are_refused_by_name(wrong, named):
    with pytest.raises(ConfigError) as raised:
        Partitions(**wrong)
    assert raised.value.argument == named


@pytest.mark.parametrize(
    "wrong",
    [{"sector": -1}, {"begin": -1}, {"begin": 5, "end": 5}, {"cut": 0}, {"cut": 4}, {"end": 1.5}],
)
def test_a_planned_partition_that_cannot_be_is_refused_by_name(wrong):
    with pytest.raises(ConfigError) as raised:
        PlannedPartition(**GOOD | wrong)
    assert raised.value.argument == f"PlannedPartition.{list(wrong)[-1]}"


@pytest.mark.parametrize(
    "schedule", [None, 5, PlannedPartition(0, 1, 2), (3,), "abc", iter([PlannedPartition(0, 1, 2)])]
)
def test_a_schedule_is_a_tuple_or_a_list_of_planned_partitions(schedule):
    with pytest.raises(ConfigError, match=r"^schedule: expected a tuple or list"):
        Partitions(schedule=schedule)


def test_a_list_of_planned_partitions_is_kept_as_a_tuple():
    """So that a configuration stays as it was, whatever becomes of the list."""
    plan = [PlannedPartition(0, 1, 2)]
    given = Partitions(schedule=plan)
    plan.clear()
    assert given.schedule == (PlannedPartition(0, 1, 2),)
    assert given == Partitions(schedule=given.schedule)


def test_a_schedule_that_names_an_unknown_sector_is_refused():
    given = Partitions(schedule=[PlannedPartition(3, 0, 1), PlannedPartition(4, 0, 1)])
    assert given.tables(5)["plan_sector"].tolist() == [3, 4]
    with pytest.raises(ConfigError) as raised:
        given.tables(4)
    assert raised.value.argument == "schedule[1].sector"


# --- divergence and heal -------------------------------------------------------------------------


@jitless
@given(
    seed=st.integers(0, 2**32),
    sectors=st.integers(1, 6),
    hives=st.integers(1, 2),
    gossip_period=st.integers(1, 3),
    orchestrator=st.sampled_from([0.0, 0.4, 1.0]),
    length=st.integers(1, 200),
)
@settings(max_examples=examples(40))
def test_one_round_after_the_heal_all_replicas_are_equal_and_nothing_is_lost(
    seed, sectors, hives, gossip_period, orchestrator, length
):
    """Random partitions that last, after some of which everything heals; against true deliveries.

    Until then no replica ever counts more than was delivered, nor less of its own.
    """
    given = Partitions(10.0, float(length), orchestrator, 0.0 if orchestrator == 1 else 0.3)
    busy = 12 if JITLESS else 60
    made = world(sectors, hives, 2, seed, gossip_period, busy, given)
    own = np.arange(1, sectors + 1)
    for _ in range(3):
        go(made, busy // 3)
        counted, true = tallies(made), truth(made)
        assert (counted[:, :, 1:] <= true[:, None]).all()
        np.testing.assert_array_equal(counted[:, own, own], true)
        assert not counted[:, :, 0].any()
    made.columns["cut_drawn"][:] = 0
    made.columns["cut_turn"][:] = 1 << 40
    go(made, gossip_period)
    assert equal(made)
    total = truth(made).sum(axis=1)
    assert total.sum() > 0
    np.testing.assert_array_equal(tallies(made)[:, 0].sum(axis=1), total)
    assert not made.columns["ledger_flight"].any()


@jitless
def test_a_sector_cut_off_for_nearly_all_the_time_loses_nothing():
    plan = [PlannedPartition(2, begin, begin + 9, BOTH) for begin in range(0, 60, 10)]
    made = world(still_from=60, given=Partitions(schedule=plan))
    missing = 0
    for _ in range(61):
        go(made)
        hub, true = tallies(made)[0, 0, 1:].sum(axis=1), truth(made)[0].sum(axis=1)
        np.testing.assert_array_equal(hub[[0, 1, 3]], true[[0, 1, 3]])
        missing += int(hub[2] < true[2])
    assert missing > 45
    assert equal(made)
    np.testing.assert_array_equal(tallies(made)[0, 0, 1:], truth(made)[0])


@jitless
@pytest.mark.parametrize(
    ("cut", "hears"), [(Cut.ORCHESTRATOR, True), (Cut.SIBLINGS, True), (BOTH, False)]
)
def test_news_goes_round_by_siblings_or_by_the_orchestrator_but_not_past_both(cut, hears):
    """Sector 3 is the second of the second hive; the first hive notices nothing."""
    plan = [PlannedPartition(3, 0, 1000, cut)]
    made = world(hives=2, given=Partitions(schedule=plan), still_from=20)
    go(made, 24)
    whole, torn = tallies(made)
    assert (whole == whole[0]).all()
    assert (torn[2] == torn[0]).all() == hears
    told = torn[:, 2].sum(axis=1)
    assert (told[[0, 1, 3, 4]] == told[2]).all() == hears


@jitless
@pytest.mark.parametrize("linked", [1, 5])
def test_along_a_chain_of_siblings_news_goes_both_ways(linked):
    """Sector 0 is cut off from all; of the others, in a row, one end alone reaches the hub.

    An order of the other end arrives there, and one of the hub comes back, a sector a round.
    """
    away = [sector for sector in range(1, 6) if sector != linked]
    plan = [PlannedPartition(sector, 0, 30, Cut.ORCHESTRATOR) for sector in away]
    made = world(6, given=Partitions(schedule=[PlannedPartition(0, 0, 30), *plan]), still_from=20)
    go(made, 20)
    assert not equal(made)
    go(made, 6)
    rows = made.columns["ledger_tally"][[0, *range(2, 7)]]
    assert (rows == rows[0]).all()
    assert (made.columns["ledger_tally"][1] != rows[0]).any()
    go(made, 5)
    assert equal(made)


@jitless
def test_divergence_counts_the_ticks_in_which_a_replica_differs_from_the_hub():
    """Linked replicas differ after no round; one cut off differs from its first news on."""
    made = world(given=Partitions(schedule=[PlannedPartition(1, 10, 30, BOTH)]))
    go(made, 60)
    apart = made.columns["ledger_apart"]
    assert apart.tolist() == [20, 0, 20, 0, 0]
    slow = world(gossip_period=4, given=Partitions(schedule=[PlannedPartition(1, 12, 28, BOTH)]))
    go(slow, 60)
    assert slow.columns["ledger_apart"].tolist() == [16, 0, 16, 0, 0]


@jitless
def test_entries_in_flight_are_those_that_a_link_would_carry():
    made = world(given=Partitions(schedule=[PlannedPartition(1, 0, 1000, BOTH)]), still_from=0)
    made.columns["delivered"][2] = (5, 0, 7, 0)
    go(made)
    assert made.columns["ledger_flight"].tolist() == [2, 0, 2, 0, 0]
    made.columns["ledger_known"][2, 1, 3] = 9
    made.columns["ledger_stamp"][0, 0] = 1 << 32
    made.columns["ledger_written"][0, 0] = 1
    go(made)
    assert made.columns["ledger_flight"].tolist() == [4, 0, 4, 0, 0]


@jitless
def test_knowledge_halves_every_period_in_every_replica():
    made = world(still_from=0)
    made.columns["ledger_known"][3, 0, 0] = 1000
    found = []
    for _ in range(16):
        go(made)
        assert equal(made)
        found.append(int(made.columns["ledger_known"][0, 0, 0]))
    assert found == [1000] * 5 + [500] * 5 + [250] * 5 + [125]


@jitless
def test_a_world_of_ledgers_goes_on_from_a_snapshot_and_starts_anew_when_reset():
    given = Partitions(8.0, 4.0)
    made = go(world(3, 2, worlds=2, given=given), 10)
    saved = made.snapshot()
    after = go(made, 10).state_hash()
    made.restore(saved)
    assert go(made, 10).state_hash() == after
    made.reset(1)
    assert made.state_hash() == world(3, 2, worlds=2, given=given).state_hash()


def test_threads_and_batch_do_not_matter():
    given = Partitions(8.0, 4.0)
    two = go(world(3, 2, worlds=2, seed=5, given=given, threads=2), 40)
    for index in range(2):
        alone = go(world(3, 2, seed=5 + index, given=given, threads=1), 40)
        assert alone.state_hash(0) == two.state_hash(index)


@pytest.mark.cudasim
def test_ledgers_on_cuda_are_those_of_the_cpu():
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    given = Partitions(4.0, 4.0)
    here, there = (go(world(3, 2, given=given, device=device), 6) for device in ("cpu", "cuda"))
    assert here.state_hash() == there.state_hash()
