"""A trajectory depends on seed, episode and actions, and on nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.traces import CASES, LIVELY, NANO, TINY, TINY_CASES, Case, golden, play, trace
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples, row_orders, seeds, sizes, tasks

from hive_env.backends import cpu
from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import SIZES, Size

TICKS = 2_048
EVERY = 8
SEED = 17
CONFIG = HiveConfig(NANO)
EXOGENOUS = (
    "demand",
    "demand_until",
    "door",
    "season",
    "season_until",
    "hazard_cell",
    "next_fault",
)

ORDERS = {"random": "random", "pheromone": "", "scripted": "scripted"}
"""Who gives the orders of every level above, by who plays the workers."""

players = pytest.mark.parametrize("policy", ORDERS)


@pytest.fixture(scope="module")
def reference() -> dict[str, list[str]]:
    """The hashes of one nano world alone on one thread, over four episodes, by policy."""
    return {policy: nano(policy) for policy in ORDERS}


def nano(policy: str, threads: int = 1, seed: int = SEED, ticks: int = TICKS) -> list[str]:
    simulation = Forage(CONFIG, threads=threads)
    simulation.reset(seed=seed)
    return play(simulation, policy, ticks, EVERY, ORDERS[policy])


def orders_of(simulation: Forage, policy: str) -> dict[str, Any]:
    """The orders of every level by one of its built-in policies; none when there is no name."""
    return {level: simulation.decide(policy, level=level) for level in LEVELS[1:] if policy}


# --- golden traces -----------------------------------------------------------------------------


def id_of(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", [case for case in CASES if case not in TINY_CASES], ids=id_of)
def test_a_world_runs_as_its_golden_trace(case: Case) -> None:
    assert trace(case) == golden(case)


@pytest.mark.jitless
@pytest.mark.parametrize("case", TINY_CASES, ids=id_of)
def test_a_tiny_world_runs_as_its_golden_trace(case: Case) -> None:
    """With the compiler and without: the traces were made with it."""
    assert trace(case) == golden(case)


def test_no_two_hashes_of_a_golden_trace_are_alike() -> None:
    for case in CASES:
        hashes = golden(case)
        assert len(set(hashes)) == len(hashes) == case.ticks // case.every + 1


# --- threads, batches, processes, resets -------------------------------------------------------


@players
@pytest.mark.parametrize("threads", [2, 4])
def test_the_number_of_threads_changes_nothing(
    reference: dict[str, list[str]], policy: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads are used even for a world so small that they would not pay."""
    monkeypatch.setattr(cpu, "SMALL", 0)

    assert nano(policy, threads) == reference[policy]


def test_the_number_of_threads_changes_nothing_in_a_world_that_they_are_for() -> None:
    config = HiveConfig(Size.of(2 * cpu.SMALL))
    traces = []
    for threads in (1, 2, 4):
        simulation = Forage(config, threads=threads)
        simulation.reset(seed=SEED)
        traces.append(play(simulation, "scripted", 40, 10, "scripted"))

    assert traces[0] == traces[1] == traces[2]


@players
def test_a_world_of_a_batch_is_the_same_world_alone(
    reference: dict[str, list[str]], policy: str
) -> None:
    batch = Forage(CONFIG, worlds=3, threads=2)
    batch.reset(seed=SEED - 1)
    hashes = [[f"{batch.state_hash(world):016x}"] for world in range(3)]
    for tick in range(1, TICKS + 1):
        if (ended := batch.done()).any():
            batch.reset(worlds=ended)
        batch.step(batch.decide(policy), orders_of(batch, ORDERS[policy]))
        if tick % EVERY == 0:
            for world in range(3):
                hashes[world].append(f"{batch.state_hash(world):016x}")

    assert hashes[1] == reference[policy]
    assert hashes[0] == nano(policy, seed=SEED - 1)
    assert hashes[2] != hashes[1]


@players
def test_a_process_started_anew_runs_the_same(
    reference: dict[str, list[str]], policy: str, tmp_path: Path
) -> None:
    code = "import json, sys, test_determinism as t; print(json.dumps(t.nano(sys.argv[1])))"
    folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code, policy],
        env={**os.environ, "PYTHONPATH": folders, "PYTHONHASHSEED": "7"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == reference[policy]


@players
def test_a_reset_of_a_used_world_makes_a_new_one(
    reference: dict[str, list[str]], policy: str
) -> None:
    """Used means: another seed, another episode, rows in another order, orders standing."""
    used = Forage(CONFIG)
    used.reset(seed=SEED + 1)
    play(used, "expert", 700, 700, "random")
    used.permute(np.random.default_rng(1).permutation(NANO.workers))
    used.columns["task"][...] = 3
    used.columns["workforce"][...] = 1
    used.columns["governor"][:] = used.columns["governor"][::-1].copy()
    used.resume()
    used.reset(seed=SEED)

    assert play(used, policy, TICKS, EVERY, ORDERS[policy]) == reference[policy]


@pytest.mark.jitless
@settings(max_examples=examples(6))
@given(size=sizes, task=tasks, seed=seeds, mask=st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_reset_of_some_worlds_leaves_the_others_as_they_are(
    size: Size, task: ForageConfig, seed: int, mask: list[bool]
) -> None:
    chosen = np.array(mask)
    batch = Forage(HiveConfig(size, task), worlds=3)
    batch.reset(seed=[seed, 1, 2])
    play(batch, "random", 3, 3, "random")
    before = [batch.state_hash(world) for world in range(3)]
    batch.reset(worlds=chosen)

    for world in range(3):
        if chosen[world]:
            alone = Forage(HiveConfig(size, task))
            alone.reset(seed=[seed, 1, 2][world])
            alone.reset()
            assert batch.state_hash(world) == alone.state_hash(0)
        else:
            assert batch.state_hash(world) == before[world]


@pytest.mark.jitless
def test_a_reset_without_a_seed_is_the_next_episode_and_with_it_the_first() -> None:
    simulation = Forage(HiveConfig(TINY))
    simulation.reset(seed=SEED)
    first = simulation.state_hash()
    simulation.reset()
    second = simulation.state_hash()
    simulation.reset(seed=SEED)

    assert simulation.state_hash() == first != second
    simulation.reset()
    assert simulation.state_hash() == second


def test_a_reset_without_a_seed_at_first_draws_one() -> None:
    one, other = Forage(HiveConfig(TINY)), Forage(HiveConfig(TINY))
    one.reset()
    other.reset()

    assert one.columns["seed"][0] != other.columns["seed"][0]


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "7", True, [1, 2], [1, 2, -1]])
def test_a_bad_seed_is_refused_and_changes_nothing(seed: Any) -> None:
    simulation = Forage(HiveConfig(TINY), worlds=3)
    simulation.reset(seed=5)
    before = simulation.state_hash()

    with pytest.raises(ArgumentError, match=r"^seed: expected"):
        simulation.reset(seed=seed)
    assert simulation.state_hash() == before


@pytest.mark.parametrize("mask", [[True, False], [1, 0, 1], True])
def test_a_bad_mask_is_refused_and_changes_nothing(mask: Any) -> None:
    simulation = Forage(HiveConfig(TINY), worlds=3)
    simulation.reset(seed=5)
    before = simulation.state_hash()

    with pytest.raises(ArgumentError, match=r"^worlds: expected a bool array"):
        simulation.reset(worlds=mask)
    assert simulation.state_hash() == before


# --- rows --------------------------------------------------------------------------------------


@pytest.mark.jitless
@settings(max_examples=examples(10))
@given(data=st.data(), size=sizes, task=tasks, seed=seeds)
def test_the_order_of_rows_changes_nothing(
    data: st.DataObject, size: Size, task: ForageConfig, seed: int
) -> None:
    """Rows are permuted at random ticks, or sorted; hashes, observations and rewards stay."""
    plain, moved = (Forage(HiveConfig(size, task), worlds=2) for _ in range(2))
    plain.reset(seed=seed % 2**32)
    moved.reset(seed=seed % 2**32)
    for _ in range(4):
        change = data.draw(st.sampled_from(["permute", "sort", "nothing"]))
        if change == "permute":
            moved.permute(data.draw(row_orders(size.workers, 2)))
        elif change == "sort":
            moved.sort_rows()
        assert moved.state_hash() == plain.state_hash()
        actions = plain.decide("scripted")
        assert (moved.decide("scripted") == actions).all()
        orders = orders_of(plain, data.draw(st.sampled_from(["", "random", "scripted"])))
        since = [hive.counters() for hive in (plain, moved)]
        for hive in (plain, moved):
            hive.step(actions, orders)
        for level in LEVELS:
            paid = plain.components(level, since[0])
            assert (moved.components(level, since[1]) == paid).all()
            assert (moved.observe(level=level) == plain.observe(level=level)).all()

    assert moved.state_hash() == plain.state_hash()


def test_rows_permuted_over_thousands_of_ticks_change_nothing(
    reference: dict[str, list[str]],
) -> None:
    simulation = Forage(CONFIG)
    simulation.reset(seed=SEED)
    generator = np.random.default_rng(2)
    hashes = [f"{simulation.state_hash(0):016x}"]
    for tick in range(1, TICKS + 1):
        if simulation.done().any():
            simulation.reset()
        if tick % 61 == 0:
            simulation.permute(generator.permutation(NANO.workers))
        if tick % 97 == 0:
            simulation.sort_rows()
        simulation.step(simulation.decide("scripted"), orders_of(simulation, "scripted"))
        if tick % EVERY == 0:
            hashes.append(f"{simulation.state_hash(0):016x}")

    assert hashes == reference["scripted"]


def test_sorting_puts_the_rows_of_a_region_side_by_side() -> None:
    simulation = Forage(CONFIG, worlds=2)
    simulation.reset(seed=SEED)
    play(simulation, "random", 100, 100)
    simulation.permute(
        np.concatenate([np.random.default_rng(3).permutation(512) + 512 * w for w in range(2)])
    )
    simulation.sort_rows()
    stay, first = simulation.columns["member_stay"], simulation.columns["member_first"]
    rows = np.concatenate(
        [simulation.columns["member"][f : f + s] for f, s in zip(first, stay, strict=True)]
    )

    assert (rows == np.arange(1024)).all()


@pytest.mark.parametrize(
    "order",
    [
        np.arange(47),
        np.zeros(48, int),
        np.arange(48)[::-1],
        np.arange(48) - 1,
        np.arange(48.0),
        np.append(np.arange(47), 48),
    ],
    ids=["short", "repeated", "across worlds", "negative", "floats", "beyond"],
)
def test_what_is_no_permutation_within_worlds_is_refused(order: Any) -> None:
    simulation = Forage(HiveConfig(TINY), worlds=2)
    simulation.reset(seed=5)
    before = simulation.state_hash()

    with pytest.raises(ArgumentError, match=r"^order: expected a permutation of 48 rows"):
        simulation.permute(order)
    assert simulation.state_hash() == before


# --- exogenous events --------------------------------------------------------------------------


def weather(config: HiveConfig, policy: str, orders: str, ticks: int) -> Iterator[list[bytes]]:
    """What comes from outside, tick by tick, in a world that a policy plays."""
    simulation = Forage(config)
    simulation.reset(seed=SEED)
    for _ in range(ticks):
        yield [simulation.columns[name].tobytes() for name in EXOGENOUS]
        simulation.step(simulation.decide(policy), orders_of(simulation, orders))


@pytest.mark.parametrize(
    ("config", "ticks"),
    [(CONFIG, 512), (HiveConfig(SIZES["nano"], ForageConfig(**LIVELY)), 200)],
    ids=["default", "lively"],
)
def test_what_comes_from_outside_does_not_depend_on_actions(config: HiveConfig, ticks: int) -> None:
    pairs = (("random", "random"), ("reflex", ""), ("scripted", "scripted"), ("expert", "random"))
    players = [weather(config, *pair, ticks) for pair in pairs]
    seen = [set() for _ in EXOGENOUS]
    for first, *others in zip(*players, strict=True):
        assert all(other == first for other in others)
        for values, value in zip(seen, first, strict=True):
            values.add(value)

    assert all(len(values) > 1 for values in seen), "the weather has changed in every way"


def test_the_sites_that_a_slot_offers_do_not_depend_on_who_empties_them() -> None:
    """Two policies that empty a slot at different times find the same sites in it, in order."""
    offered: list[dict[tuple[int, int, int], tuple[int, int]]] = []
    for policy in ("reflex", "expert"):
        simulation = Forage(HiveConfig(NANO, ForageConfig(site_stock=2, site_renewal_ticks=1)))
        simulation.reset(seed=SEED)
        found = {}
        for _ in range(300):
            simulation.step(simulation.decide(policy))
            columns = simulation.columns
            for region, site in np.ndindex(columns["site_cell"].shape):
                slot = (region, site, int(columns["site_generation"][region, site]))
                found[slot] = (
                    int(columns["site_cell"][region, site]),
                    int(columns["site_type"][region, site]),
                )
        offered.append(found)
    both = offered[0].keys() & offered[1].keys()

    assert max(generation for _, _, generation in both) > 3
    assert all(offered[0][slot] == offered[1][slot] for slot in both)
