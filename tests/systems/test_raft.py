"""Consensus of an office: what peers do, what befalls messages, and that nothing can go wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants.raft_mutants import MUTANTS
from strategies import JITLESS, examples
from systems.raft_harness import Group, load, sweep
from systems.raft_kernels import Event
from systems.raft_properties import Broken

from hive_env.consensus import PEERS
from hive_env.ecs import allocate
from hive_env.systems.raft import LOG_SLOTS, RAFT_COLUMNS, decision_of, leader_of
from hive_env.systems.raft_messages import Mail, MailField
from hive_env.systems.raft_peers import Rank

jitless = pytest.mark.jitless
compiled_only = pytest.mark.skipif(JITLESS, reason="a search in plain Python takes hours")

ELECTION, HEARTBEAT, DELAY, JITTER = 24, 8, 1, 2
SOON = 8 * ELECTION
"""Ticks within which somebody leads: several elections, in each of which all but few succeed."""

SCHEDULES = 20_000
"""Random schedules in every run."""

APART = ("peer_awake", "raft_wake", "raft_heard")
"""Columns that peers know nothing of."""

FIVE = {
    Broken.ELECTION_SAFETY,
    Broken.LEADER_APPEND_ONLY,
    Broken.LOG_MATCHING,
    Broken.LEADER_COMPLETENESS,
    Broken.STATE_MACHINE_SAFETY,
}


@cache
def group() -> Group:
    """The rules as they are, under the harness."""
    return load()


def plain(rule: Any) -> Any:
    """A rule as the function that was written."""
    return getattr(rule, "py_func", rule)


class Offices:
    """Offices that decide by consensus, of so many worlds."""

    def __init__(self, offices=1, peers=3, seeds=(0,), slots=LOG_SLOTS, loss=0, jitter=JITTER):
        rows = offices * len(seeds)
        self.columns = allocate(RAFT_COLUMNS, {"Y": rows, "a": peers, "b": slots})
        self.offices, self.peers, self.tick = offices, peers, 0
        self.seeds = np.array(seeds, np.int64)
        self.timing = (ELECTION, HEARTBEAT, loss, DELAY, jitter)
        self.proposal = np.zeros(rows, np.int32)
        self.up = np.ones((rows, peers), np.uint8)
        self.link = np.full((rows, peers), (1 << peers) - 1, np.uint8)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    def run(self, ticks: int) -> None:
        group().raft_kernels.run_offices(
            self.tick, self.tick + ticks, self.seeds, self.offices, self.timing, self.proposal,
            self.up, self.link, tuple(self.columns.values()),
        )  # fmt: skip
        self.tick += ticks

    def cut(self, *side: int) -> None:
        """Part some peers of every office from the others; nobody: heal."""
        bits = sum(1 << peer for peer in side)
        for peer in range(self.peers):
            self.link[:, peer] = bits if peer in side else (1 << self.peers) - 1 & ~bits

    def leader(self, office: int = 0) -> int:
        return int(plain(leader_of)(office, self.election_term, self.peer_rank))

    def decided(self, office: int = 0) -> int:
        return int(plain(decision_of)(office, self.peer_rank, self.commit_index, self.log_value))

    def leaders(self) -> Any:
        return (self.peer_rank == Rank.LEADER).sum(axis=1)


def led(**settings: Any) -> Offices:
    """An office in which somebody leads and all know it."""
    it = Offices(**settings)
    it.run(SOON)
    assert (it.leaders() == 1).all()
    return it


# --- liveness ----------------------------------------------------------------------------------


@jitless
@pytest.mark.parametrize("peers", PEERS)
def test_with_all_up_a_leader_is_soon_elected_and_proposals_commit(peers):
    it = led(offices=8, peers=peers)
    terms = it.election_term.copy()
    for number in range(1, 6):
        it.proposal[:] = number
        it.run(2 * (DELAY + JITTER) + 1)
        assert [it.decided(office) for office in range(8)] == [number] * 8
    assert (it.election_term == terms).all(), "who hears its leader never stands"
    it.run(HEARTBEAT + DELAY + JITTER)
    assert (it.commit_index == it.log_last).all()


@jitless
@pytest.mark.parametrize("peers", PEERS)
def test_with_a_minority_down_a_leader_is_elected_and_proposals_commit(peers):
    it = led(offices=4, peers=peers)
    for office in range(4):
        leader = it.leader(office)
        for step in range(peers // 2):
            it.up[office, (leader + step) % peers] = 0
    it.run(1)
    assert not it.leaders().any(), "who is down does not lead"
    it.proposal[:] = 7
    it.run(2 * SOON)
    assert [it.decided(office) for office in range(4)] == [7] * 4


@jitless
@pytest.mark.parametrize("peers", PEERS)
def test_without_a_quorum_nothing_is_committed_and_nobody_new_leads(peers):
    it = led(offices=4, peers=peers)
    committed = it.commit_index.max(axis=1)
    leaders = [it.leader(office) for office in range(4)]
    for office in range(4):
        for step in range(1, peers // 2 + 2):
            it.up[office, (leaders[office] + step) % peers] = 0
    it.proposal[:] = 1
    it.run(2 * SOON)
    assert (it.commit_index.max(axis=1) == committed).all()
    assert [it.leader(office) for office in range(4)] == leaders
    assert not any(it.decided(office) for office in range(4))
    it.up[:] = 1
    it.run(SOON)
    assert [it.decided(office) for office in range(4)] == [1] * 4, "it was kept, or made again"


@jitless
def test_a_leader_cut_off_commits_nothing_and_steps_down_at_the_heal():
    it = led()
    old = it.leader()
    it.cut(old)
    it.proposal[:] = 1
    it.run(2 * SOON)
    assert it.leaders()[0] == 2
    assert it.leader() != old
    assert it.decided() == 1, "the others go on"
    assert it.commit_index[0, old] < it.commit_index[0, it.leader()]
    it.cut()
    it.run(SOON)
    assert it.leaders()[0] == 1
    assert (it.election_term[0] == it.election_term[0, it.leader()]).all()
    place = it.commit_index[0] % LOG_SLOTS
    assert (it.log_value[0, range(3), place] == 1).all(), "its own entry gave way to theirs"


@jitless
def test_who_was_down_for_long_catches_up_by_a_snapshot():
    it = led()
    late = (it.leader() + 1) % 3
    it.up[0, late] = 0
    for number in range(1, 2 * LOG_SLOTS):
        it.proposal[:] = number
        it.run(HEARTBEAT)
    assert it.log_base[0, it.leader()] > it.log_last[0, late]
    it.up[0, late] = 1
    said = set()
    for _ in range(SOON):
        said |= set(it.mail[0, :, late, MailField.KIND].tolist())
        it.run(1)
    assert Mail.SNAPSHOT in said
    assert (it.commit_index[0] == it.commit_index[0, 0]).all()
    assert it.log_base[0, late] > 0
    assert (it.log_value[0, range(3), it.commit_index[0] % LOG_SLOTS] == it.proposal[0]).all()


@jitless
def test_a_window_full_of_what_failed_leaders_left_is_committed_once_all_hold_it():
    """No leader could add an entry of its own election term to it, so a quorum is not enough."""
    it = Offices()
    places = np.arange(1, LOG_SLOTS)
    it.log_term[0, 0, places] = places
    it.log_value[0, 0, places] = places
    it.log_last[0, 0] = it.election_term[0, 0] = LOG_SLOTS - 1
    it.up[0, 2] = 0
    it.run(2 * SOON)
    assert it.leader() == 0
    assert it.log_last[0, :2].tolist() == [LOG_SLOTS - 1] * 2
    assert not it.commit_index.any(), "of an old election term: held by a quorum, not committed"
    it.up[0, 2] = 1
    it.proposal[:] = 100
    it.run(SOON)
    assert it.decided() == 100


# --- peers -------------------------------------------------------------------------------------


@jitless
def test_through_a_failure_a_peer_keeps_its_election_term_vote_and_log_and_nothing_else():
    it = led()
    it.proposal[:] = 3
    it.run(HEARTBEAT)
    leader = it.leader()
    kept = ("election_term", "voted_for", "log_base", "log_last", "log_term", "log_value")
    before = {name: it.columns[name][0, leader].copy() for name in kept}
    it.up[0, leader] = 0
    it.run(1)
    for name in kept:
        assert (it.columns[name][0, leader] == before[name]).all(), name
    for name in ("peer_rank", "peer_votes", "peer_due", "next_index", "match_index"):
        assert not it.columns[name][0, leader].any(), name
    assert it.commit_index[0, leader] == it.log_base[0, leader]
    it.up[0, leader] = 1
    it.run(1)
    assert it.peer_rank[0, leader] == Rank.FOLLOWER
    assert ELECTION <= it.peer_due[0, leader] - (it.tick - 1) < 2 * ELECTION


@jitless
def test_a_leader_alone_keeps_places_free_for_leaders_to_come():
    it = led()
    leader = it.leader()
    it.up[0, [peer for peer in range(3) if peer != leader]] = 0
    for number in range(1, 20):
        it.proposal[:] = number
        it.run(1)
    held = it.log_last[0, leader] - it.log_base[0, leader] + 1
    assert held == LOG_SLOTS - LOG_SLOTS // 4


@jitless
def test_a_new_leader_repeats_the_last_value_so_the_decision_stays():
    it = led()
    it.proposal[:] = 5
    it.run(2 * HEARTBEAT)
    it.up[0, it.leader()] = 0
    it.run(SOON)
    leader = it.leader()
    last = it.log_last[0, leader]
    entries = [int(it.log_value[0, leader, (last - back) % LOG_SLOTS]) for back in range(2)]
    assert entries == [5, 5]
    assert it.decided() == 5


@jitless
@pytest.mark.parametrize("kind", [Mail.ACK, Mail.VOTE])
def test_an_answer_of_an_earlier_election_term_counts_for_nothing(kind):
    """It may come long after, when what it speaks of has been replaced."""
    kernels = group().raft_kernels
    state, past = kernels.new_state(3, LOG_SLOTS), kernels.new_past(3)
    it = dict(
        zip(
            (column.name for column in RAFT_COLUMNS if column.name not in APART), state, strict=True
        )
    )
    it["election_term"][0, 0] = 2
    it["peer_rank"][0, 0] = Rank.LEADER if kind == Mail.ACK else Rank.CANDIDATE
    it["log_last"][0, 0] = 1
    it["log_term"][0, 0, 1] = 2
    message = it["mail"][0, 1, 0]
    message[[MailField.KIND, MailField.TERM, MailField.INDEX, MailField.MARK]] = kind, 1, 1, 1
    assert kernels.deliver(state, past, 1, 0) == Broken.NONE
    assert message[MailField.KIND] == Mail.NONE
    for name in ("match_index", "commit_index", "peer_votes"):
        assert not it[name].any(), name


# --- messages and time -------------------------------------------------------------------------


@jitless
def test_a_message_arrives_within_its_bounds_and_a_newer_one_not_after_it():
    it = led(offices=16)
    fresh = (it.mail[..., MailField.KIND] != Mail.NONE) & (it.mail[..., MailField.DUE] > 0)
    seen = set()
    for _ in range(3 * HEARTBEAT):
        before = np.where(fresh, it.mail[..., MailField.DUE], 0)
        it.proposal[:] += 1
        it.run(1)
        kind, due = it.mail[..., MailField.KIND], it.mail[..., MailField.DUE]
        fresh = kind != Mail.NONE
        assert (fresh == (due > 0)).all()
        assert not it.mail[..., MailField.FRESH].any()
        wait = due[fresh] - (it.tick - 1)
        assert (wait >= 1).all()
        assert (wait <= DELAY + JITTER).all()
        stayed = fresh & (before >= it.tick)
        assert (due[stayed] <= before[stayed]).all()
        seen |= set(wait.tolist())
    assert seen == set(range(DELAY, DELAY + JITTER + 1))


@jitless
@pytest.mark.parametrize("how", ["loss", "link"])
def test_where_no_message_arrives_nobody_ever_leads(how):
    it = Offices(offices=2, loss=65536 if how == "loss" else 0)
    if how == "link":
        it.link[:] = 0
    it.run(3 * SOON)
    assert not it.leaders().any()
    assert (it.election_term > 2).all(), "everyone stands again and again"


@jitless
@pytest.mark.parametrize("loss", [0, 20_000])
def test_a_tick_in_which_nothing_is_due_changes_nothing(loss):
    """An office that is woken in every tick goes the same way as one that sleeps through most."""
    asleep, awake = (Offices(offices=4, loss=loss) for _ in range(2))
    rng = np.random.default_rng(1)
    calm = 0
    for tick in range(400):
        peer = rng.integers(3)
        for it in (asleep, awake):
            if tick % 32 == 0:
                it.up[:, peer] ^= 1
            it.proposal[:] = tick // 20
        calm += int((asleep.raft_wake > tick).sum())
        awake.raft_wake[:] = 0
        asleep.run(1)
        awake.run(1)
        for name, values in asleep.columns.items():
            assert (values == awake.columns[name]).all(), (tick, name)
    assert calm > 400


@jitless
def test_an_office_goes_its_way_whatever_other_worlds_and_offices_do():
    alone, batch = Offices(offices=3, seeds=(5,), loss=9000), Offices(3, 3, (4, 5), loss=9000)
    batch.up[:3, 1] = 0
    for number in range(12):
        alone.proposal[:] = batch.proposal[:] = number
        batch.proposal[:3] = 2 * number
        alone.run(20)
        batch.run(20)
    for name, values in alone.columns.items():
        assert (values == batch.columns[name][3:]).all(), name
    assert len({tuple(row) for row in alone.peer_due.tolist()}) == 3, "and no two alike"


@jitless
def test_after_a_reset_an_office_is_as_it_was_at_first():
    it, fresh = led(loss=3000), Offices(loss=3000)
    names = [column.name for column in RAFT_COLUMNS]
    group().raft_kernels.reset_offices(tuple(it.columns[name] for name in names))
    for name in names:
        assert (it.columns[name] == fresh.columns[name]).all(), name


# --- safety ------------------------------------------------------------------------------------

events = st.tuples(
    st.sampled_from(list(Event)).map(int), st.integers(0, 2**16), st.integers(0, 2**16)
)


@compiled_only
@given(
    schedule=st.lists(events, max_size=200),
    peers=st.sampled_from([3, 5]),
    slots=st.sampled_from([4, 8]),
)
@settings(max_examples=examples(200))
def test_no_schedule_breaks_a_property_of_raft(schedule, peers, slots):
    """Messages lost, late, repeated and out of order; peers that fail; cuts. A failure shrinks."""
    rows = np.array(schedule, np.int64).reshape(-1, 3)
    broken, at, _ = group().raft_kernels.run(peers, slots, rows)
    assert not broken, f"{Broken(broken).name} at event {at}"


@compiled_only
@pytest.mark.parametrize(("peers", "slots"), [(3, 8), (3, 4), (5, 8), (7, 8)])
def test_thousands_of_random_schedules_break_no_property(peers, slots):
    many = SCHEDULES if (peers, slots) == (3, 8) else SCHEDULES // 5
    found = sweep(group(), many, peers=peers, slots=slots)
    assert found.broken is Broken.NONE, found
    assert min(found.counts.values()) > 0, "something never happened"


@compiled_only
@pytest.mark.parametrize("peers", [3, 5])
def test_thousands_of_offices_through_faults_and_cuts_break_no_property(peers):
    """The same properties in the world's own tick, with its losses, delays and timeouts."""
    found = sweep(group(), 2_000, peers=peers, ticks=True)
    assert found.broken is Broken.NONE, found
    assert found.counts["commits"] > 2_000


@compiled_only
@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("quarter", range(1, 5))
def test_a_million_random_schedules_break_no_property(quarter):
    found = sweep(group(), 250_000, seed=quarter)
    assert found.broken is Broken.NONE, found


@compiled_only
@pytest.mark.parametrize(
    ("bounds", "states"),
    [({"terms": 1, "proposals": 1}, 12018), ({"terms": 2, "proposals": 0, "failures": 0}, 58159)],
)
def test_no_state_of_a_small_group_breaks_a_property(bounds, states):
    """All that can be reached, not a sample; that the number stays says that the rules did."""
    explored = group().raft_explorer.explore(**bounds)
    assert explored.complete
    assert explored.broken == Broken.NONE
    assert explored.states == states


@compiled_only
@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_classic_mistake_is_caught(mistake):
    """By the very search that finds nothing in the rules as they are."""
    found = sweep(load(MUTANTS[mistake]), SCHEDULES)
    if mistake == "leader ignores a higher term":
        assert found.broken == Broken.HIGHER_TERM
    else:
        assert found.broken in FIVE
