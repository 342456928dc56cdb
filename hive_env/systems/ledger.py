"""The ledger that a hive's governors and its orchestrator share, a replica each.

A replica holds four replicated data types: deliveries (a grow-only counter), the blacklist (an
observed-remove set without tombstones), orders (last-writer-wins registers under Lamport's clock)
and coarse knowledge of the map (a maximum that fades). Merging is a join: commutative,
associative, idempotent, and it never takes a replica back. So replicas that have heard of the
same updates are equal, in whatever order and however often they heard of them.

Replicas of a hive are contiguous: the hive's own, at place 0, then those of its sectors, in the
order of ``hive_sector``. What is written by hand belongs to one replica; `write_order` besides
marks the replica whose order it replaces, so it belongs in a pass over hives.

Notes
-----
M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, *Conflict-free replicated data types*, SSS 2011;
A. Bieniusa and others, *An optimized conflict-free replicated set*, INRIA RR-8083, 2012;
L. Lamport, *Time, clocks, and the ordering of events in a distributed system*, CACM 21, 1978.
`docs/partitions.md` has the proofs.
"""

from __future__ import annotations

import numpy as np

from hive_env.random import rule
from hive_env.systems.partitions import hub_linked, ring_linked

WRITER = 0xFFFFFFFF
"""Bits of an order's stamp that name its writer's place; the clock is above them."""

FADED = 16
"""Halvings after which nothing is left of any knowledge."""


# --- deliveries: a grow-only counter -------------------------------------------------------------


@rule
def enter_deliveries(replica, place, region, delivered, ledger_entered, ledger_tally):
    """Count a region's deliveries since they were last entered, by whom it belongs to now.

    Only the replica at a place adds to the count of that place.
    """
    for kind in range(ledger_tally.shape[2]):
        ledger_tally[replica, place, kind] += delivered[region, kind] - ledger_entered[region, kind]
        ledger_entered[region, kind] = delivered[region, kind]


@rule
def tally_of(replica, kind, ledger_tally):
    """Deliveries of a type that a replica knows of, in units."""
    total = np.int64(0)
    for place in range(ledger_tally.shape[1]):
        total += ledger_tally[replica, place, kind]
    return total


@rule
def merge_tally(into, other, ledger_tally):
    """Take the larger of every count."""
    for place in range(ledger_tally.shape[1]):
        for kind in range(ledger_tally.shape[2]):
            theirs = ledger_tally[other, place, kind]
            if theirs > ledger_tally[into, place, kind]:
                ledger_tally[into, place, kind] = theirs


# --- blacklist: an observed-remove set -----------------------------------------------------------


@rule
def unbar(replica, entity, ledger_tag, ledger_barred):
    """Take an entity off the blacklist, as far as a replica knows it to be there.

    An entry that was made elsewhere and has not been heard of here stays. Returns how many
    entries were removed.
    """
    removed = np.int64(0)
    for origin in range(ledger_tag.shape[1]):
        for slot in range(ledger_tag.shape[2]):
            taken = ledger_tag[replica, origin, slot] > 0
            if taken and np.int64(ledger_barred[replica, origin, slot]) == entity:
                ledger_tag[replica, origin, slot] = 0
                ledger_barred[replica, origin, slot] = 0
                removed += 1
    return removed


@rule
def bar(replica, place, entity, ledger_seen, ledger_tag, ledger_barred, ledger_full):
    """Put an entity on the blacklist, with a new tag of the replica at hand.

    The entry takes a slot of its origin's own; older entries of the entity that are known here
    are dropped, for the new one stands for them. Returns 1, or 0 when all slots of the origin
    are taken: then nothing changes but ``ledger_full``, and the caller keeps the entry.
    """
    free = np.int64(-1)
    for slot in range(ledger_tag.shape[2]):
        if ledger_tag[replica, place, slot] == 0:
            if free < 0:
                free = np.int64(slot)
        elif np.int64(ledger_barred[replica, place, slot]) == entity:
            free = np.int64(slot)
            break
    if free < 0:
        ledger_full[replica] += 1
        return 0
    unbar(replica, entity, ledger_tag, ledger_barred)
    ledger_seen[replica, place] += 1
    ledger_tag[replica, place, free] = ledger_seen[replica, place]
    ledger_barred[replica, place, free] = entity
    return 1


@rule
def is_barred(replica, entity, ledger_tag, ledger_barred):
    """Whether a replica has an entity on its blacklist."""
    for origin in range(ledger_tag.shape[1]):
        for slot in range(ledger_tag.shape[2]):
            taken = ledger_tag[replica, origin, slot] > 0
            if taken and np.int64(ledger_barred[replica, origin, slot]) == entity:
                return True
    return False


@rule
def merge_barred(into, other, ledger_seen, ledger_tag, ledger_barred):
    """Keep what both have, and what one has and the other has never heard of.

    An entry that the other has heard of and has no more was removed there. Both have what an
    origin made in the same slot, and an origin reuses a slot only after it removed what was
    there; so of two entries in a slot the older one is removed.
    """
    for origin in range(ledger_seen.shape[1]):
        mine = ledger_seen[into, origin]
        theirs = ledger_seen[other, origin]
        for slot in range(ledger_tag.shape[2]):
            tag = ledger_tag[into, origin, slot]
            their_tag = ledger_tag[other, origin, slot]
            if their_tag > tag and their_tag > mine:
                ledger_tag[into, origin, slot] = their_tag
                ledger_barred[into, origin, slot] = ledger_barred[other, origin, slot]
            elif tag > their_tag and tag <= theirs:
                ledger_tag[into, origin, slot] = 0
                ledger_barred[into, origin, slot] = 0
        if theirs > mine:
            ledger_seen[into, origin] = theirs


# --- orders: last-writer-wins registers ----------------------------------------------------------


@rule
def write_order(
    replica, place, order, value, ledger_clock, ledger_written, ledger_stamp, ledger_order,
    ledger_built,
):  # fmt: skip
    """Write an order over all that a replica knows of.

    Its stamp is larger than any that the replica has heard of; equal clocks are told apart by the
    writer's place, the higher one wins. Whoever wrote what is replaced has not lost it.
    """
    before = ledger_stamp[replica, order]
    if before > 0:
        author = replica - place + (before & WRITER)
        if ledger_stamp[author, order] == before:
            ledger_built[author, order] = 1
    clock = np.int64(ledger_clock[replica]) + 1
    ledger_clock[replica] = clock
    ledger_written[replica, place] += 1
    ledger_stamp[replica, order] = (clock << 32) | place
    ledger_order[replica, order] = value
    ledger_built[replica, order] = 0


@rule
def hear_writes(into, other, ledger_written):
    """Take the larger number of writes heard of from every writer; whether there was a larger."""
    news = False
    for place in range(ledger_written.shape[1]):
        theirs = ledger_written[other, place]
        if theirs > ledger_written[into, place]:
            ledger_written[into, place] = theirs
            news = True
    return news


@rule
def merge_orders(
    into, other, place, ledger_clock, ledger_stamp, ledger_order, ledger_built, ledger_lost
):
    """Take the later of every two orders, and the later of the two clocks.

    A write is lost when another replaces it where it was written, and nobody had replaced it
    knowingly before.
    """
    for order in range(ledger_stamp.shape[1]):
        held = ledger_stamp[into, order]
        if ledger_stamp[other, order] > held:
            own = held > 0 and (held & WRITER) == place
            if own and ledger_built[into, order] == 0:
                ledger_lost[into] += 1
            ledger_built[into, order] = 0
            ledger_stamp[into, order] = ledger_stamp[other, order]
            ledger_order[into, order] = ledger_order[other, order]
    if ledger_clock[other] > ledger_clock[into]:
        ledger_clock[into] = ledger_clock[other]


# --- knowledge: a maximum that fades -------------------------------------------------------------


@rule
def faded(value, periods):
    """What is left of a value after so many halvings: floor(value / 2**periods)."""
    return np.int64(value) >> min(np.int64(periods), FADED)


@rule
def fade(replica, epoch, ledger_epoch, ledger_known):
    """Let a replica's knowledge fade until an epoch; one that is past changes nothing."""
    periods = epoch - np.int64(ledger_epoch[replica])
    if periods <= 0:
        return
    for zone in range(ledger_known.shape[1]):
        for kind in range(ledger_known.shape[2]):
            ledger_known[replica, zone, kind] = faded(ledger_known[replica, zone, kind], periods)
    ledger_epoch[replica] = epoch


@rule
def learn(replica, zone, kind, level, ledger_known):
    """Raise what a replica knows of a zone to a level from 0 to 65535, if that is more."""
    if level > np.int64(ledger_known[replica, zone, kind]):
        ledger_known[replica, zone, kind] = level


@rule
def merge_known(into, other, ledger_epoch, ledger_known):
    """Take the larger of every two values, each faded until the later of the two epochs."""
    fade(into, np.int64(ledger_epoch[other]), ledger_epoch, ledger_known)
    periods = np.int64(ledger_epoch[into]) - np.int64(ledger_epoch[other])
    for zone in range(ledger_known.shape[1]):
        for kind in range(ledger_known.shape[2]):
            theirs = faded(ledger_known[other, zone, kind], periods)
            if theirs > np.int64(ledger_known[into, zone, kind]):
                ledger_known[into, zone, kind] = theirs


# --- replicas ------------------------------------------------------------------------------------


@rule
def merge(
    into, other, place, ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock,
    ledger_written, ledger_stamp, ledger_order, ledger_built, ledger_lost, ledger_known,
    ledger_epoch,
):  # fmt: skip
    """Merge another replica of the hive into the one at a place; the other stays as it is.

    Replicas are merged whole, so who has heard of n writes of a place has merged what its first n
    made of the orders: where nothing new was heard of there is nothing to merge.
    """
    merge_tally(into, other, ledger_tally)
    merge_barred(into, other, ledger_seen, ledger_tag, ledger_barred)
    if hear_writes(into, other, ledger_written):
        merge_orders(
            into, other, place, ledger_clock, ledger_stamp, ledger_order, ledger_built, ledger_lost
        )
    merge_known(into, other, ledger_epoch, ledger_known)


@rule
def differing(one, other, ledger_tally, ledger_tag, ledger_stamp, ledger_known):
    """How many entries of two replicas differ: counts, blacklist slots, orders, knowledge."""
    found = np.int64(0)
    for place in range(ledger_tally.shape[1]):
        for kind in range(ledger_tally.shape[2]):
            found += np.int64(ledger_tally[one, place, kind] != ledger_tally[other, place, kind])
        for slot in range(ledger_tag.shape[2]):
            found += np.int64(ledger_tag[one, place, slot] != ledger_tag[other, place, slot])
    for order in range(ledger_stamp.shape[1]):
        found += np.int64(ledger_stamp[one, order] != ledger_stamp[other, order])
    for zone in range(ledger_known.shape[1]):
        for kind in range(ledger_known.shape[2]):
            found += np.int64(ledger_known[one, zone, kind] != ledger_known[other, zone, kind])
    return found


# --- systems -------------------------------------------------------------------------------------


@rule
def clear_ledger(
    hive, hive_sectors, ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_since,
    ledger_full, ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built,
    ledger_lost, ledger_known, ledger_epoch, ledger_flight, ledger_apart,
):  # fmt: skip
    """Empty every replica of a hive."""
    if ledger_full.shape[0] == 0:
        return
    for replica in range(hive * (hive_sectors + 1), (hive + 1) * (hive_sectors + 1)):
        ledger_full[replica] = 0
        ledger_clock[replica] = 0
        ledger_lost[replica] = 0
        ledger_epoch[replica] = 0
        ledger_flight[replica] = 0
        ledger_apart[replica] = 0
        for slot in range(ledger_since.shape[1]):
            ledger_since[replica, slot] = 0
        for origin in range(ledger_seen.shape[1]):
            ledger_seen[replica, origin] = 0
            ledger_written[replica, origin] = 0
            for kind in range(ledger_tally.shape[2]):
                ledger_tally[replica, origin, kind] = 0
            for slot in range(ledger_tag.shape[2]):
                ledger_tag[replica, origin, slot] = 0
                ledger_barred[replica, origin, slot] = 0
        for order in range(ledger_stamp.shape[1]):
            ledger_stamp[replica, order] = 0
            ledger_order[replica, order] = 0
            ledger_built[replica, order] = 0
        for zone in range(ledger_known.shape[1]):
            for kind in range(ledger_known.shape[2]):
                ledger_known[replica, zone, kind] = 0


@rule
def clear_entered(region, ledger_entered):
    """Forget what of a region's deliveries has been entered."""
    if ledger_entered.shape[0] == 0:
        return
    for kind in range(ledger_entered.shape[1]):
        ledger_entered[region, kind] = 0


@rule
def count_deliveries(
    hive, world, hives, sectors, regions, hive_sectors, hive_sector, reports, reports_count,
    delivered, ledger_entered, ledger_tally,
):  # fmt: skip
    """Let every governor of a hive enter the deliveries of the regions under it."""
    first = hive * (hive_sectors + 1)
    for index in range(hive_sectors):
        sector = world * sectors + np.int64(hive_sector[hive - world * hives, index])
        for slot in range(reports_count[sector]):
            region = world * regions + np.int64(reports[sector, slot])
            enter_deliveries(
                first + 1 + index, 1 + index, region, delivered, ledger_entered, ledger_tally
            )


@rule
def fade_knowledge(hive, hive_sectors, tick, knowledge_period, ledger_epoch, ledger_known):
    """Halve all that a hive's replicas know, every ``knowledge_period`` ticks."""
    for replica in range(hive * (hive_sectors + 1), (hive + 1) * (hive_sectors + 1)):
        fade(replica, np.int64(tick) // knowledge_period, ledger_epoch, ledger_known)


@rule
def gossip(
    hive, world, hives, sectors, hive_sectors, hive_sector, tick, gossip_period, cut, ledger_tally,
    ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written, ledger_stamp,
    ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Let the replicas of a hive that are linked exchange what they have, in a fixed order.

    Round the ring of siblings, each with the next; then every sector to the hub, then the hub to
    every sector. With all links to the hub open, one round makes all replicas equal.
    """
    if tick % gossip_period != 0:
        return
    first = hive * (hive_sectors + 1)
    base = world * sectors
    part = hive - world * hives
    for leg in range(4):
        for index in range(hive_sectors):
            here = base + np.int64(hive_sector[part, index])
            place = 1 + index
            other = np.int64(0)
            linked = hub_linked(cut[here])
            if leg < 2:
                following = (index + 1) % hive_sectors
                other = 1 + following
                linked = ring_linked(cut[here], cut[base + np.int64(hive_sector[part, following])])
            if not linked or other == place:
                continue
            if leg == 1 or leg == 2:
                place, other = other, place
            merge(
                first + place, first + other, place, ledger_tally, ledger_seen, ledger_tag,
                ledger_barred, ledger_clock, ledger_written, ledger_stamp, ledger_order,
                ledger_built, ledger_lost, ledger_known, ledger_epoch,
            )  # fmt: skip


@rule
def measure_ledger(
    hive, hive_sectors, tick, gossip_period, ledger_tally, ledger_tag, ledger_stamp, ledger_known,
    ledger_flight, ledger_apart,
):  # fmt: skip
    """Count in how many entries each sector's replica differs from the hive's after a round.

    The hive's own replica counts the sum, and the ticks during which it was not zero.
    """
    if tick % gossip_period != 0:
        return
    hub = hive * (hive_sectors + 1)
    total = np.int64(0)
    for replica in range(hub + 1, hub + 1 + hive_sectors):
        found = differing(replica, hub, ledger_tally, ledger_tag, ledger_stamp, ledger_known)
        total += found
        ledger_flight[replica] = found
        if found > 0:
            ledger_apart[replica] += gossip_period
    ledger_flight[hub] = total
    if total > 0:
        ledger_apart[hub] += gossip_period
