"""The meter: it sees every tick, whoever makes it, and changes nothing."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from envs.worlds import HARSH, PERIODS, TINY, WIDE, build, random_actions
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env import Forage, hive_v0
from hive_env.envs.settings import Settings
from hive_env.envs.stage import Stage
from hive_env.errors import ArgumentError
from hive_env.monitoring import METRICS, Counts, Meter, Metrics
from hive_env.monitoring import meter as meters
from hive_env.monitoring.metrics import TIMED
from hive_env.scenarios.controllers import Crew
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.sizes import SIZES, Size

TASKS = list(FAMILIES)

SMALL = Size(16, 1, 1, 2, 2)
"""Four regions of four workers, each a sector: for the simulator of a GPU."""


def constants(task: str) -> dict[str, Any]:
    """Short clocks, and where there are any, many faults."""
    return {**PERIODS, **(HARSH if task == "forage" else {})}


def started(task: str = "forage", worlds: int = 2, seed: int = 3) -> Hive:
    """Worlds that have been reset."""
    hive = build(task, WIDE, worlds, **constants(task))
    hive.reset(seed)
    return hive


def crew(hive: Hive) -> Crew:
    """The scripted controller."""
    return Crew(hive, FAMILIES[hive.family].controllers["full"])


def same(one: Counts, other: Counts) -> bool:
    """Whether the same was counted, whatever time it took."""
    return one.table.keys() == other.table.keys() and all(
        np.array_equal(one.table[name], other.table[name]) for name in one.table
    )


@pytest.mark.parametrize("task", TASKS)
def test_worlds_that_are_watched_go_the_same_way(task: str) -> None:
    watched, alone = started(task), started(task)
    meter = Meter(watched)
    crews = crew(watched), crew(alone)
    for tick in range(24):
        for one in crews:
            one.tick()
        if tick % 5 == 0:
            before = watched.state_hash()
            meter.metrics("manager")
            assert watched.state_hash() == before
        assert watched.state_hash() == alone.state_hash()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_paid_and_observed_under_a_meter_is_the_same(task: str, level: str) -> None:
    """Workers are paid for how much nearer they came, which their columns remember."""
    stages = [
        Stage(Settings.of(WIDE, task=task, level=level, config=constants(task)), 2)
        for _ in range(2)
    ]
    Meter(stages[0].hive)
    rng = np.random.default_rng(0)
    for stage in stages:
        stage.reset(5)
    for _ in range(6):
        actions = random_actions(stages[0].hive, level, rng).astype(np.uint8)
        for stage in stages:
            stage.advance({level: actions})
        one, other = (stage.report() for stage in stages)
        assert np.array_equal(one.rewards, other.rewards)
        assert np.array_equal(one.components, other.components)
        assert np.array_equal(one.masks, other.masks)
        assert np.array_equal(*(stage.observations() for stage in stages))


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=10)
@given(cuts=st.sets(st.integers(1, 15), max_size=4))
def test_readings_add_up_to_the_reading_of_the_whole(task: str, cuts: set[int]) -> None:
    hive = started(task)
    often, once = Meter(hive), Meter(hive)
    playing = crew(hive)
    parts = []
    for tick in range(1, 17):
        playing.tick()
        if tick in cuts or tick == 16:
            parts.append(often.read())
    total = parts[0]
    for part in parts[1:]:
        total = total + part

    whole = once.read()
    assert same(total, whole)
    assert whole.table["ticks"].tolist() == [16, 16]


@pytest.mark.parametrize("task", TASKS)
def test_each_world_is_counted_as_if_it_were_alone(task: str) -> None:
    together, meters = started(task), []
    both = Meter(together)
    playing = crew(together)
    for _ in range(16):
        playing.tick()
    for seed in (3, 4):
        single = started(task, 1, seed)
        meters.append(Meter(single))
        playing = crew(single)
        for _ in range(16):
            playing.tick()

    whole = both.read()
    for world, meter in enumerate(meters):
        for name, one in meter.read().table.items():
            assert np.array_equal(one[0], whole.table[name][world]), name


@pytest.mark.parametrize("task", TASKS)
def test_what_follows_from_the_ticks_is_defined_and_within_its_bounds(task: str) -> None:
    hive = started(task)
    playing = crew(hive)
    with Meter(hive) as meter:
        for _ in range(8):
            for _ in range(8):
                playing.tick()
            meter.read()
        for _ in range(64):
            playing.tick()
        counts = meter.read()
    for level in LEVELS:
        found = Metrics.of(counts, level, meter.course.pooled_slope())
        values = found.defined()
        assert set(METRICS) - set(values) <= ({"coherence"} if level == "orchestrator" else set())
        for name in ("worker_utilization", "success_rate", "action_entropy", "coherence"):
            assert 0 <= values.get(name, 0) <= 1, name
        assert 0 < found.compute_utilization <= 1.05
        assert found.throughput > 0
        assert found.tasks_per_tick * 64 * 2 == pytest.approx(counts.table["tasks"].sum())


def test_u_counted_is_u_gained_over_episodes_resets_and_restores() -> None:
    """Nothing is lost at the end of an episode, and nothing is counted that no tick made."""
    hive = started()
    meter = Meter(hive)
    playing = crew(hive)

    def played(ticks: int) -> Any:
        before = hive.values()
        for _ in range(ticks):
            playing.tick()
        return hive.values() - before

    gained = played(60)
    kept = hive.snapshot()
    gained += played(40)
    hive.restore(kept)
    gained += played(30)
    hive.reset()
    gained += played(50)
    hive.reset(worlds=np.array([False, True]))
    gained += played(20)

    counts = meter.read()
    assert counts.table["value"] / 1000 == pytest.approx(gained)
    assert counts.table["ticks"].tolist() == [200, 200]
    assert gained.min() > 0


def test_the_same_past_twice_is_counted_twice() -> None:
    hive = started()
    meter = Meter(hive)
    playing = crew(hive)
    for _ in range(8):
        playing.tick()
    kept = hive.snapshot()
    meter.read()
    counts = []
    for _ in range(2):
        hive.restore(kept)
        for _ in range(8):
            playing.tick()
        counts.append(meter.read())

    assert same(*counts)
    assert counts[0].table["picked"].sum() > 0


def test_another_past_of_the_same_age_is_no_gain() -> None:
    hive = started()
    playing = crew(hive)

    def play(ticks: int) -> None:
        for _ in range(ticks):
            playing.tick()

    play(60)
    kept, worth = hive.snapshot(), hive.values()
    hive.reset(50)
    meter = Meter(hive)
    play(60)
    assert (hive.values() != worth).any()
    hive.restore(kept)
    meter.read()
    play(1)

    assert meter.read().table["value"] / 1000 == pytest.approx(hive.values() - worth)


def test_a_meter_sees_ticks_from_its_construction_until_it_is_closed() -> None:
    hive = started()
    playing = crew(hive)
    playing.tick()
    with Meter(hive) as meter:
        playing.tick()
        playing.tick()
    playing.tick()
    meter.close()

    assert hive.watchers == []
    assert meter.read().table["ticks"].tolist() == [2, 2]
    assert meter.read().table["ticks"].tolist() == [0, 0]


def test_a_meter_sees_the_ticks_that_an_environment_makes() -> None:
    env = hive_v0.parallel_env(TINY, level="manager")
    meter = Meter(env.simulation, ["manager"])
    env.reset(seed=0)
    choices = {agent: env.action_space(agent).sample() * 0 for agent in env.agents}
    env.step(choices)
    env.step(choices)

    counts = meter.read()
    assert counts.table["ticks"].tolist() == [16]
    assert counts.table["chosen/manager"].sum() == 2 * 4 * 5
    assert Metrics.of(counts, "manager").action_entropy == 0


def test_choices_of_those_who_decide_now_are_counted_and_no_others() -> None:
    """Managers decide every other tick; what is given in between is ignored."""
    hive = started("queue", worlds=1)
    meter = Meter(hive, ["manager"])
    for _ in range(4):
        orders = {"manager": hive.decide("random", level="manager")}
        hive.step(hive.decide("random"), orders)

    assert meter.read().table["chosen/manager"].sum() == 2 * 8 * 5


def test_slots_that_leave_a_governor_no_choice_are_left_out() -> None:
    hive = build("forage", WIDE, max_span=3)
    hive.reset(0)
    assert isinstance(hive, Forage)
    assert hive.reparent(0, 1)
    meter = Meter(hive, ["governor"])
    orders = np.zeros((4, 3), np.uint8)
    hive.step(hive.decide("random"), {"governor": orders})

    counts = meter.read()
    chosen = counts.table["chosen/governor"].reshape(-1, 3)
    assert chosen.sum() == 8
    assert chosen[:, 0].tolist()[:3] == [4, 3, 1]
    assert Metrics.of(counts, "governor").action_entropy == 0


def test_random_choices_have_an_entropy_near_one() -> None:
    hive = build("forage", WIDE, 2, **PERIODS, fault_mean_ticks=0)
    hive.reset(0)
    rng = np.random.default_rng(0)
    with Meter(hive) as meter:
        for _ in range(40):
            orders = {level: random_actions(hive, level, rng) for level in LEVELS[1:]}
            hive.step(random_actions(hive, "worker", rng), orders)
        counts = meter.read()

    for level in LEVELS:
        sizes = np.array(counts.choices[level])
        times = counts.table[f"chosen/{level}"].sum() / len(sizes)
        # What is drawn so often falls short of the whole entropy by so much in the mean.
        short = ((sizes - 1) / (2 * times * np.log(sizes))).mean()
        assert 1 - 3 * short < Metrics.of(counts, level).action_entropy < 1


def test_time_is_that_from_the_start_or_from_one_reading_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor works half the time."""
    clock = {"now": 0.0}
    fake = SimpleNamespace(perf_counter=lambda: clock["now"], process_time=lambda: clock["now"] / 2)
    monkeypatch.setattr(meters, "time", fake)
    hive = started()
    playing = crew(hive)
    meter = Meter(hive, ["worker"])
    clock["now"] += 100
    meter.start()
    for _ in range(30):
        playing.tick()
        clock["now"] += 1
    clock["now"] += 10
    first = meter.read()
    clock["now"] += 20
    for _ in range(30):
        playing.tick()
    assert meter.take().seconds.tolist() == [0, 0]
    playing.tick()
    second = meter.read()

    assert first.seconds.tolist() == [40, 40]
    assert first.cpu_seconds.tolist() == [20, 20]
    assert second.seconds.tolist() == [20, 20]
    whole = Metrics.of(first + second, "worker")
    assert whole.compute_utilization == 0.5 / first.processors
    assert whole.throughput == (first + second).table["tasks"].sum() / 60 > 0


def test_metrics_are_those_of_the_reading_that_they_make() -> None:
    hive = started()
    playing = crew(hive)
    meter, other = Meter(hive), Meter(hive)
    for _ in range(6):
        playing.tick()

    found, counts = meter.metrics("governor"), other.read()

    expected = Metrics.of(counts, "governor")
    assert found.tasks_per_tick == expected.tasks_per_tick
    assert found.action_entropy == expected.action_entropy
    assert set(meter.metrics().defined()) <= set(TIMED)


def test_a_reading_of_no_ticks_pushes_no_other_out_of_the_course() -> None:
    hive = started()
    playing = crew(hive)
    meter = Meter(hive, ["worker"], length=2)
    for _ in range(2):
        playing.tick()
        meter.read()
    rates = meter.course.rates()
    meter.read()
    meter.read()

    assert meter.course.rates() == rates
    assert len(rates) == 2


def test_a_family_of_the_users_own_tells_what_every_family_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hive = started()
    playing = crew(hive)
    monkeypatch.setattr(Forage, "family", "mine")
    with Meter(hive, ["manager"]) as meter:
        for _ in range(100):
            playing.tick()
        found = meter.metrics()

    assert set(found.defined()) == {"compute_utilization", "reward_rate", "action_entropy"}
    assert found.reward_rate > 0
    assert math.isnan(found.throughput)


@pytest.mark.cudasim
@pytest.mark.parametrize("task", TASKS)
def test_worlds_on_a_gpu_are_counted_as_those_on_the_cpu_are(task: str) -> None:
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    counts, family = [], FAMILIES[task]
    for device in ("cpu", "cuda"):
        config = family.config(SMALL, family.constants(**constants(task)))
        hive = family.hive(config, 2, device, None)
        hive.reset(1)
        rng = np.random.default_rng(0)
        with Meter(hive) as meter:
            for _ in range(5):
                orders = {level: random_actions(hive, level, rng) for level in LEVELS[1:]}
                hive.step(random_actions(hive, "worker", rng), orders)
            counts.append(meter.read())

    assert same(*counts)
    assert counts[0].table["busy"].min() > 0


def test_labels_say_family_size_and_level() -> None:
    named = build("forage", SIZES["nano"])

    assert Meter(named).labels("worker") == {"family": "forage", "size": "nano", "level": "worker"}
    assert Meter(started("queue")).labels("manager") == {
        "family": "queue",
        "size": "64",
        "level": "manager",
    }


@pytest.mark.parametrize("levels", [[], ["queen"], "worker", ["worker", None]])
def test_levels_that_are_none_are_refused_and_nobody_watches(levels: Any) -> None:
    hive = started()
    with pytest.raises(ArgumentError, match="levels"):
        Meter(hive, levels)
    assert hive.watchers == []


def test_what_is_no_hive_is_refused() -> None:
    with pytest.raises(ArgumentError, match="hive"):
        Meter(hive_v0.parallel_env(TINY))  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="length"):
        Meter(started(), length=1)
