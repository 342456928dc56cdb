"""The replicated ledger: laws of its types, convergence, and what its counts mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JITLESS, examples

from hive_env.ecs import allocate
from hive_env.scenarios.ledgers import LEDGER_COLUMNS
from hive_env.systems import ledger

jitless = pytest.mark.jitless
EXCHANGED = (
    "ledger_tally",
    "ledger_seen",
    "ledger_tag",
    "ledger_barred",
    "ledger_clock",
    "ledger_written",
    "ledger_stamp",
    "ledger_order",
    "ledger_known",
    "ledger_epoch",
)
"""Columns in which replicas that have heard of the same are equal."""


class Book:
    """Rows of ledgers to be written and merged by hand: one hive's, then as many spare ones."""

    def __init__(self, sectors: int, slots: int = 2, spare: int = 0, kinds: int = 2) -> None:
        self.replicas = sectors + 1
        lengths = {"B": self.replicas + spare, "z": self.replicas, "K": kinds, "d": sectors}
        lengths |= {"u": slots, "I": 2, "Z": 2}
        self.columns = allocate(LEDGER_COLUMNS, lengths)
        self.columns = {**self.columns, "delivered": np.zeros((sectors, kinds), np.int64)}

    def __getattr__(self, name: str) -> Any:
        """Call a rule with the columns that it names; other arguments are given in order."""
        called = getattr(ledger, name)
        body = getattr(called, "py_func", called)
        names = body.__code__.co_varnames[: body.__code__.co_argcount]

        def call(*given: Any) -> Any:
            rest = iter(given)
            return called(*[self.columns[n] if n in self.columns else next(rest) for n in names])

        return call

    def copy(self, source: int, into: int) -> None:
        """Copy a replica to a spare row: a message that carries it."""
        for name in EXCHANGED:
            self.columns[name][into] = self.columns[name][source]

    def row(self, replica: int, names: tuple[str, ...] = EXCHANGED) -> tuple[bytes, ...]:
        """What a replica holds, as something that can be compared."""
        return tuple(self.columns[name][replica].tobytes() for name in names)

    def load(self, replica: int, row: tuple[bytes, ...], names: tuple[str, ...]) -> None:
        """Make a replica hold what `row` told."""
        for name, content in zip(names, row, strict=True):
            column = self.columns[name]
            column[replica] = np.frombuffer(content, column.dtype).reshape(column.shape[1:])

    def barred(self, replica: int) -> set[int]:
        """Whom a replica has on its blacklist."""
        taken = self.columns["ledger_tag"][replica] > 0
        return {int(one) for one in self.columns["ledger_barred"][replica][taken]}


# --- laws ----------------------------------------------------------------------------------------

Row = tuple[bytes, ...]


def joiner(book: Book, names: tuple[str, ...], run: Callable[[], Any]) -> Callable[[Row, Row], Row]:
    """The merge of two states of one type, from bytes to bytes: rows 0 and 1 of a book."""

    @cache
    def join(one: Row, other: Row) -> Row:
        book.load(0, one, names)
        book.load(1, other, names)
        run()
        assert book.row(1, names) == other, "what is merged from must stay as it is"
        return book.row(0, names)

    return join


def check_laws(states: list[Row], join: Callable[[Row, Row], Row]) -> None:
    """All pairs and triples: idempotent, commutative, associative, and merging never goes back."""
    for one in states:
        assert join(one, one) == one
    for one, other in product(states, states):
        both = join(one, other)
        assert both == join(other, one)
        assert join(both, one) == both == join(both, other), "a merge holds all that it was given"
    for one, other, third in product(states, states, states):
        assert join(join(one, other), third) == join(one, join(other, third))


def rows_of(arrays: Iterator[tuple[Any, ...]]) -> list[Row]:
    return [tuple(np.ascontiguousarray(part).tobytes() for part in parts) for parts in arrays]


@jitless
def test_the_laws_hold_for_all_small_counters():
    book = Book(1, kinds=1)
    values = product(range(2 if JITLESS else 4), repeat=2)
    states = rows_of((np.array(one, np.int64),) for one in values)
    check_laws(states, joiner(book, ("ledger_tally",), lambda: book.merge_tally(0, 1)))


@jitless
def test_the_laws_hold_for_all_small_registers():
    """Two registers; equal stamps are of one write, so they carry one value."""
    book = Book(2)
    names = ("ledger_clock", "ledger_stamp", "ledger_order")
    stamps = [0, 1 << 32, 1 << 32 | 1, 2 << 32, 2 << 32 | 1][: 3 if JITLESS else 5]
    states = rows_of(
        (np.int32(clock), np.array([one, two]), np.array([one % 97, two % 97 + 1], np.int32))
        for one, two in product(stamps, repeat=2)
        for clock in range(max(one, two) >> 32, 3)
    )
    check_laws(states, joiner(book, names, lambda: book.merge_orders(0, 1, 0)))


@jitless
def test_the_laws_hold_for_all_small_knowledge_of_any_age():
    book = Book(1, kinds=1)
    book.columns = {**book.columns, "ledger_known": np.zeros((2, 1, 1), np.uint16)}
    levels = range(4 if JITLESS else 10)
    states = rows_of(
        (np.int32(epoch), np.array([[level]], np.uint16))
        for epoch, level in product(range(3), levels)
    )
    join = joiner(book, ("ledger_epoch", "ledger_known"), lambda: book.merge_known(0, 1))
    check_laws(states, join)


@pytest.mark.parametrize(("replicas", "slots", "depth"), [(2, 1, 5), (2, 2, 4), (3, 1, 4)])
@jitless
def test_the_laws_hold_for_blacklists_of_every_short_history(replicas, slots, depth):
    """Every history of bar, unbar and merge, of two entities; all states that met in one.

    States of different histories share no tags, so the laws say nothing about them.
    """
    if JITLESS:
        depth -= 2
    book = Book(replicas - 1, slots)
    names = ("ledger_seen", "ledger_tag", "ledger_barred")
    join = joiner(book, names, lambda: book.merge_barred(0, 1))

    @cache
    def acted(state: Row, act: str, place: int, entity: int) -> Row:
        book.load(0, state, names)
        book.bar(0, place, entity) if act == "bar" else book.unbar(0, entity)
        return book.row(0, names)

    empty = book.row(0, names)
    todo = [((empty,) * replicas, frozenset([empty]))]
    known, checked, sizes = set(todo), set(), set()
    places = range(replicas)
    for _ in range(depth):
        fresh = []
        for now, past in todo:
            after = [
                (place, acted(now[place], act, place, entity))
                for act, place, entity in product(("bar", "unbar"), places, (7, 9))
            ]
            after += [(a, join(now[a], now[b])) for a, b in product(places, repeat=2) if a != b]
            for place, state in after:
                if state != now[place]:
                    node = ((*now[:place], state, *now[place + 1 :]), past | {state})
                    if node not in known:
                        known.add(node)
                        fresh.append(node)
        for _, past in fresh:
            if past not in checked:
                checked.add(past)
                sizes.add(len(past))
                check_laws(sorted(past), join)
        todo = fresh
    assert max(sizes) == depth + 1


@jitless
def test_fading_commutes_with_the_maximum_and_adds_up():
    """Of every 16-bit value: it never grows with age, keeps the order, and ends at zero."""
    step = 257 if JITLESS else 1
    values = range(0, 65536, step)
    for periods in (0, 1, 2, 15, 16, 40):
        after = [ledger.faded(value, periods) for value in values]
        assert after == [value >> periods for value in values]
        assert after == sorted(after)
        for more in (1, 3):
            assert all(
                ledger.faded(one, more) == ledger.faded(value, periods + more)
                for one, value in zip(after, values, strict=True)
            )
    assert ledger.faded(65535, 16) == 0


# --- histories -----------------------------------------------------------------------------------


class Told:
    """What a replica must hold, from the set of all acts that it has heard of, by definition."""

    def __init__(self, replicas: int) -> None:
        self.acts: list[tuple[Any, ...]] = []
        self.heard: list[set[int]] = [set() for _ in range(replicas)]
        self.epoch = [0] * replicas
        self.lost = [0] * replicas

    def act(self, replica: int, *what: Any) -> None:
        self.heard[replica].add(len(self.acts))
        self.acts.append(what)

    def of(self, replica: int, kind: str) -> list[tuple[int, tuple[Any, ...]]]:
        return [(n, self.acts[n]) for n in sorted(self.heard[replica]) if self.acts[n][0] == kind]

    def hear(self, into: int, heard: set[int], epoch: int) -> None:
        """Hear of all that another has heard, and count own orders that are lost by it."""
        before = [self.order(into, order) for order in (0, 1)]
        self.heard[into] |= heard
        self.epoch[into] = max(self.epoch[into], epoch)
        for order, held in enumerate(before):
            if held and self.order(into, order) != held and held[1] == into:
                built = any(act[0] == "write" and act[4] == held for act in self.acts)
                self.lost[into] += not built

    def order(self, replica: int, order: int) -> tuple[int, int, int] | None:
        """(clock, writer, value) of the latest write."""
        written = [act[2] for _, act in self.of(replica, "write") if act[1] == order]
        return max(written, default=None)

    def clock(self, replica: int) -> int:
        return max((act[2][0] for _, act in self.of(replica, "write")), default=0)

    def tally(self, replica: int) -> list[int]:
        out = [0, 0]
        for _, (_, kind, units) in self.of(replica, "deliver"):
            out[kind] += units
        return out

    def barred(self, replica: int) -> set[int]:
        """Those with an entry that no removal has seen: the definition of an add-wins set."""
        gone = {n for _, act in self.of(replica, "unbar") for n in act[2]}
        return {act[1] for n, act in self.of(replica, "bar") if n not in gone}

    def seen_bars(self, replica: int, entity: int) -> set[int]:
        return {n for n, act in self.of(replica, "bar") if act[1] == entity}

    def known(self, replica: int) -> list[list[int]]:
        out = [[0, 0], [0, 0]]
        for _, (_, zone, kind, level, epoch) in self.of(replica, "learn"):
            left = level >> (self.epoch[replica] - epoch)
            out[zone][kind] = max(out[zone][kind], left)
        return out


MESSAGES = 4
places = st.integers(0, 3)
acts = st.one_of(
    st.tuples(st.just("deliver"), st.integers(1, 3), st.integers(0, 1), st.integers(0, 5)),
    st.tuples(st.just("bar"), places, st.integers(0, 3)),
    st.tuples(st.just("unbar"), places, st.integers(0, 3)),
    st.tuples(st.just("write"), places, st.integers(0, 1), st.integers(-3, 3)),
    st.tuples(st.just("learn"), places, st.integers(0, 1), st.integers(0, 1), st.integers(0, 40)),
    st.tuples(st.just("fade"), places, st.integers(1, 2)),
    st.tuples(st.just("merge"), places, places),
    st.tuples(st.just("merge"), places, places),
    st.tuples(st.just("send"), places, st.integers(0, MESSAGES - 1)),
    st.tuples(st.just("arrive"), places, st.integers(0, MESSAGES - 1)),
)


def run_history(history: list[tuple[Any, ...]], slots: int = 2) -> tuple[Book, Told]:
    """Play a history on the rules and by definition; messages arrive late, again, or never."""
    book, told = Book(3, slots, spare=MESSAGES), Told(4)
    sent: list[tuple[set[int], int]] = [(set(), 0)] * MESSAGES
    delivered = book.columns["delivered"]
    for name, *args in history:
        at = args[0]
        if name == "deliver":
            _, kind, units = args
            delivered[at - 1, kind] += units
            told.act(at, "deliver", kind, units)
            book.enter_deliveries(at, at, at - 1)
        elif name == "bar":
            refused = book.columns["ledger_full"][at]
            if book.bar(at, at, args[1]):
                told.act(at, "bar", args[1])
            else:
                assert book.columns["ledger_full"][at] == refused + 1
        elif name == "unbar":
            told.act(at, "unbar", args[1], told.seen_bars(at, args[1]))
            book.unbar(at, args[1])
        elif name == "write":
            _, order, value = args
            base = told.order(at, order)
            told.act(at, "write", order, (told.clock(at) + 1, at, value), None, base)
            book.write_order(at, at, order, value)
        elif name == "learn":
            told.act(at, "learn", *args[1:], told.epoch[at])
            book.learn(at, *args[1:])
        elif name == "fade":
            told.epoch[at] += args[1]
            book.fade(at, told.epoch[at])
        elif name == "merge" and at != args[1]:
            told.hear(at, set(told.heard[args[1]]), told.epoch[args[1]])
            book.merge(at, args[1], at)
        elif name == "send":
            book.copy(at, 4 + args[1])
            sent[args[1]] = (set(told.heard[at]), told.epoch[at])
        elif name == "arrive":
            told.hear(at, *sent[args[1]])
            book.merge(at, 4 + args[1], at)
    return book, told


def agree(book: Book, told: Told, replica: int) -> None:
    """A replica holds what the definition says."""
    tally = [book.tally_of(replica, kind) for kind in (0, 1)]
    assert tally == told.tally(replica)
    assert book.barred(replica) == told.barred(replica)
    for entity in range(4):
        assert book.is_barred(replica, entity) == (entity in told.barred(replica))
    for order in (0, 1):
        expected = told.order(replica, order)
        stamp = int(book.columns["ledger_stamp"][replica, order])
        found = (stamp >> 32, stamp & ledger.WRITER, book.columns["ledger_order"][replica, order])
        assert found == (expected or (0, 0, 0))
    assert book.columns["ledger_known"][replica].tolist() == told.known(replica)
    assert book.columns["ledger_lost"][replica] == told.lost[replica]


@jitless
@given(history=st.lists(acts, max_size=40), slots=st.integers(1, 3))
@settings(max_examples=examples(300))
def test_every_replica_holds_what_the_acts_that_it_has_heard_of_say(history, slots):
    """Whatever the order, delay and repetition of messages; also of what is lost."""
    book, told = run_history(history, slots)
    for replica in range(4):
        agree(book, told, replica)


def long_history(seed: int) -> list[tuple[Any, ...]]:
    """Sixty acts, mostly orders, entries and merges, so that they meet often."""
    rng = np.random.default_rng(seed)
    out = []
    for name in rng.choice(["deliver", "bar", "unbar", "write", "learn", "fade", "send"], 60):
        at, other = rng.permutation(4)[:2]
        args = {
            "deliver": (1 + at % 3, *rng.integers(0, 2, 1), *rng.integers(0, 6, 1)),
            "bar": (at, *rng.integers(0, 3, 1)),
            "unbar": (at, *rng.integers(0, 3, 1)),
            "write": (at, *rng.integers(0, 2, 1), *rng.integers(-3, 4, 1)),
            "learn": (at, *rng.integers(0, 2, 2), *rng.integers(0, 41, 1)),
            "fade": (at, *rng.integers(1, 3, 1)),
            "send": (at, other),
        }[str(name)]
        out.append((str(name), *(int(arg) for arg in args)))
        carried = ("arrive" if rng.random() < 0.2 else "merge", int(at), int(other))
        out += [carried] * int(rng.integers(0, 3))
    return out


@jitless
@pytest.mark.parametrize("slots", [1, 2, 3])
def test_long_histories_agree_with_the_definition_at_every_length(slots):
    for seed in range(2 if JITLESS else 60):
        history = long_history(100 * slots + seed)
        for length in (len(history) // 4, len(history) // 2, len(history)):
            book, told = run_history(history[:length], slots)
            for replica in range(4):
                agree(book, told, replica)


@jitless
@given(history=st.lists(acts, max_size=40), order=st.permutations(range(4)))
@settings(max_examples=examples(100))
def test_replicas_that_have_heard_of_the_same_are_equal(history, order):
    """To each in turn, twice: the second time all have all, whatever happened before."""
    book, told = run_history(history)
    for into, other in [*product(order, order)] * 2:
        if into != other:
            told.hear(into, set(told.heard[other]), told.epoch[other])
            book.merge(into, other, into)
    assert len({book.row(replica) for replica in range(4)}) == 1
    agree(book, told, 0)
    np.testing.assert_array_equal(
        [book.tally_of(2, kind) for kind in (0, 1)], book.columns["delivered"].sum(axis=0)
    )


# --- deliveries ----------------------------------------------------------------------------------


@jitless
def test_the_same_news_twice_is_counted_once():
    book = Book(2)
    for units in (3, 4):
        book.columns["delivered"][0, 1] += units
        book.enter_deliveries(1, 1, 0)
        book.enter_deliveries(1, 1, 0)
        for _ in range(3):
            book.merge(0, 1, 0)
            book.merge(1, 0, 1)
            book.merge(2, 0, 2)
    assert [book.tally_of(replica, 1) for replica in range(3)] == [7, 7, 7]


@jitless
def test_a_region_that_changes_its_governor_is_counted_once():
    book = Book(2)
    book.columns["delivered"][0, 0] = 5
    book.enter_deliveries(1, 1, 0)
    book.columns["delivered"][0, 0] = 9
    book.enter_deliveries(2, 2, 0)
    book.merge(1, 2, 1)
    assert book.tally_of(1, 0) == 9
    assert book.columns["ledger_tally"][1, :, 0].tolist() == [0, 5, 4]


# --- blacklist -----------------------------------------------------------------------------------


@jitless
def test_an_entry_made_while_another_is_removed_stays():
    book = Book(2)
    book.bar(1, 1, 7)
    book.merge(2, 1, 2)
    assert book.unbar(2, 7) == 1
    book.bar(1, 1, 7)
    for into, other in ((1, 2), (2, 1), (0, 1)):
        book.merge(into, other, into)
    assert [book.barred(replica) for replica in range(3)] == [{7}] * 3


@jitless
def test_a_removed_entry_never_returns_by_an_old_replica():
    book = Book(3)
    book.bar(1, 1, 7)
    for replica in (2, 3):
        book.merge(replica, 1, replica)
    book.unbar(2, 7)
    book.merge(1, 2, 1)
    for _ in range(2):
        book.merge(1, 3, 1)
        assert book.barred(1) == set()
    book.merge(3, 1, 3)
    assert book.barred(3) == set()


@jitless
def test_when_an_origin_has_no_slot_left_nothing_changes_but_the_count_of_refusals():
    book = Book(2, slots=2)
    assert [book.bar(1, 1, entity) for entity in (4, 5)] == [1, 1]
    book.bar(2, 2, 6)
    book.merge(1, 2, 1)
    before = book.row(1)
    assert book.bar(1, 1, 6) == 0, "another origin's entry of the same entity stays too"
    assert book.row(1) == before
    assert book.columns["ledger_full"].tolist() == [0, 1, 0]
    assert book.bar(1, 1, 5) == 1, "its own entry is renewed in its slot"
    book.unbar(1, 4)
    assert book.bar(1, 1, 6) == 1
    assert book.barred(1) == {5, 6}
    assert (book.columns["ledger_tag"][1] > 0).sum() == 2, "one entry stands for the older one"


@jitless
def test_a_merge_never_runs_out_of_slots():
    """Three replicas that were never linked fill all of theirs: each takes in all of it."""
    book = Book(2, slots=3)
    for place in range(3):
        for entity in range(3):
            assert book.bar(place, place, 10 * place + entity)
    for into, other in ((0, 1), (0, 2), (1, 0), (2, 0)):
        book.merge(into, other, into)
    expected = {10 * place + entity for place in range(3) for entity in range(3)}
    assert [book.barred(replica) for replica in range(3)] == [expected] * 3
    assert not book.columns["ledger_full"].any()


# --- orders --------------------------------------------------------------------------------------


@jitless
def test_of_concurrent_orders_at_equal_clocks_the_higher_place_wins_everywhere():
    book = Book(2)
    book.write_order(1, 1, 0, 11)
    book.write_order(2, 2, 0, 22)
    for into, other in ((1, 2), (2, 1), (0, 1)):
        book.merge(into, other, into)
    assert book.columns["ledger_order"][:, 0].tolist() == [22, 22, 22]
    assert book.columns["ledger_lost"].tolist() == [0, 1, 0]


@jitless
def test_an_order_written_after_another_was_heard_of_replaces_it():
    """Though its writer had written less: the clock goes on from what was heard."""
    book = Book(2)
    for value in range(5):
        book.write_order(2, 2, 0, value)
    book.merge(1, 2, 1)
    book.write_order(1, 1, 0, 50)
    book.merge(2, 1, 2)
    assert book.columns["ledger_order"][[1, 2], 0].tolist() == [50, 50]
    assert book.columns["ledger_lost"].tolist() == [0, 0, 0], "whoever replaced it knew of it"


@jitless
def test_a_replica_loses_no_order_but_its_own():
    book = Book(2)
    for value in (1, 2):
        book.write_order(1, 1, 0, value)
        book.merge(2, 1, 2)
    assert book.columns["ledger_order"][2, 0] == 2
    assert not book.columns["ledger_lost"].any()


@jitless
def test_the_clock_is_one_for_all_orders_of_a_replica():
    book = Book(2)
    for value in range(3):
        book.write_order(2, 2, 1, value)
    book.merge(1, 2, 1)
    book.write_order(1, 1, 0, 9)
    assert book.columns["ledger_stamp"][1, 0] == 4 << 32 | 1
