"""What is done row by row around the networks, on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from hive_env.enums import Stream
from hive_env.random import draw

_CHOICE = int(Stream.CHOICE)

compiled: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
"""Decorator of the loops: they let other threads run."""


@compiled
def gather(first, workers, id, specialist, observed, memory, order, counts, rows, kept):
    """Bring rows together kind by kind, in their order within each, and bytes to floats.

    Parameters
    ----------
    first : int
        Row of the columns that comes first; there are as many as ``order`` has.
    workers : int
        N, workers of a world.
    id : uint32[E]
        Whose each row is, in its world.
    specialist : uint8[E]
        Kind of each row's worker.
    observed : uint8[E, F]
        Observations, by id.
    memory : float32[E, M]
        Memory of each row's worker.
    order : int64[n]
        Written: the row that stands at each place.
    counts : int64[K]
        Written: how many there are of each kind.
    rows : float32[n, F]
        Written: their observations, place by place.
    kept : float32[n, M]
        Written: their memory.
    """
    counts[:] = 0
    for row in range(first, first + order.shape[0]):
        counts[specialist[row]] += 1
    ends = np.int64(0)
    for kind in range(counts.shape[0]):
        here = counts[kind]
        counts[kind] = ends
        ends += here
    for row in range(first, first + order.shape[0]):
        place = counts[specialist[row]]
        counts[specialist[row]] = place + 1
        order[place] = row
        entity = row // workers * workers + np.int64(id[row])
        for feature in range(observed.shape[1]):
            rows[place, feature] = np.float32(observed[entity, feature])
        for index in range(memory.shape[1]):
            kept[place, index] = memory[row, index]
    for back in range(counts.shape[0] - 1, 0, -1):
        counts[back] -= counts[back - 1]


@compiled
def lower_by_the_largest(logits, choices):
    """Take from the logits of each part of an action the largest of them."""
    for place in range(logits.shape[0]):
        start = 0
        for part in range(choices.shape[0]):
            end = start + choices[part]
            most = logits[place, start]
            for index in range(start + 1, end):
                most = max(most, logits[place, index])
            for index in range(start, end):
                logits[place, index] -= most
            start = end


@compiled
def choose(
    weights, choices, order, workers, id, able, seed, episode, tick, likeliest, action, chance
):
    """Draw an action for each place by its weights, and write it by id.

    Parameters
    ----------
    weights : float32[n, sum(choices) or more]
        Not negative; in proportion to the probabilities of the values of each part, of which at
        least one is positive.
    choices : int64[C]
        Number of values of each part.
    order, workers, id
        As of `gather`.
    able : bool[E]
        Whether each worker's action counts, by id; 0 of every part is chosen where not.
    seed, episode, tick : integers [W]
        Of each world, what the draws depend on; besides, on the worker's id alone.
    likeliest : bool
        Whether to take the value of most weight, the first of those, instead.
    action : uint8[E, C]
        Written, by id.
    chance : float32[E]
        Written, by id: the probability of what was chosen, as drawn; 1 for who is not able.
    """
    for place in range(order.shape[0]):
        row = order[place]
        world = row // workers
        mine = np.int64(id[row])
        entity = world * workers + mine
        if not able[entity]:
            for part in range(choices.shape[0]):
                action[entity, part] = 0
            chance[entity] = 1.0
            continue
        words = draw(seed[world], episode[world], tick[world], _CHOICE, mine)
        product = np.float32(1)
        start = 0
        for part in range(choices.shape[0]):
            end = start + choices[part]
            if part > 0 and part % 4 == 0:
                words = draw(seed[world], episode[world], tick[world], _CHOICE + part // 4, mine)
            total = np.float64(0)
            for index in range(start, end):
                total += np.float64(weights[place, index])
            taken = np.int64(start)
            if likeliest:
                for index in range(start + 1, end):
                    if weights[place, index] > weights[place, taken]:
                        taken = np.int64(index)
            else:
                word = words[0]
                if part % 4 == 1:
                    word = words[1]
                elif part % 4 == 2:
                    word = words[2]
                elif part % 4 == 3:
                    word = words[3]
                # Below the total, for the word is below 2**32: the last sum is never passed.
                left = np.float64(word) * (1.0 / 4294967296.0) * total
                passed = np.float64(0)
                for index in range(start, end):
                    passed += np.float64(weights[place, index])
                    taken += np.int64(passed <= left)
            action[entity, part] = taken - start
            product *= np.float32(np.float64(weights[place, taken]) / total)
            start = end
        chance[entity] = product


@compiled
def scatter(order, kept, memory):
    """Write the memory of each place back to its row."""
    for place in range(order.shape[0]):
        for index in range(memory.shape[1]):
            memory[order[place], index] = kept[place, index]
