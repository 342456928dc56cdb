"""Orders in hindsight: what a manager or governor of Forage had in effect ordered.

Each function reads counters or columns of a `Forage`, for all seats at once, in the order of the
rows that the levels act in: ``k * S + i`` for seat i of world k.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hive_env.enums import ZONES_ACROSS, Workforce
from hive_env.errors import ArgumentError
from hive_env.hindsight.goals import Array
from hive_env.systems.priorities import HIGH, OFF


def achieved_priorities(units: Array) -> tuple[Array, Array]:
    """Return the priorities that a period's deliveries (or picks) amount to.

    Parameters
    ----------
    units : integers of shape (..., K)
        Units by type since the order was given: column ``lately`` at the next decision, or the
        increment of ``delivered`` or ``picked``.

    Returns
    -------
    priorities : uint8[..., K]
        `HIGH` for types of which there was a unit, `OFF` for the others.
    known : bool[...]
        Whether there was any unit. Where there was none the priorities are all off, which is
        rarely what was carried out: the laden may just be on their way.
    """
    units = _counts("units", units, None)
    some = units > 0
    return np.where(some, HIGH, OFF).astype(np.uint8), np.asarray(some.any(axis=-1))


def achieved_focus(zones: Array) -> Array:
    """Return the focus that where workers were (or picked) amounts to, uint8[...].

    Parameters
    ----------
    zones : integers of shape (..., 16)
        Count by zone, row by row: column ``zone_crowd`` at the next decision, or any other.

    Returns
    -------
    uint8[...]
        A quadrant plus one where it has more than half of all, else 0, for none.
    """
    zones = _counts("zones", zones, ZONES_ACROSS**2)
    half = ZONES_ACROSS // 2
    blocks = zones.reshape(*zones.shape[:-1], 2, half, 2, half)
    quadrants = blocks.sum(axis=(-3, -1)).reshape(*zones.shape[:-1], 4)
    most = quadrants.argmax(axis=-1)
    clear = 2 * quadrants.max(axis=-1) > quadrants.sum(axis=-1)
    return np.where(clear, most + 1, 0).astype(np.uint8)


def achieved_management(units: Array, zones: Array) -> tuple[Array, Array]:
    """Return managers' actions in hindsight: `achieved_priorities`, then `achieved_focus`.

    Returns
    -------
    actions : uint8[..., K + 1]
        As a manager's action with ``orders="priorities"``.
    known : bool[...]
        Where there were units at all.
    """
    priorities, known = achieved_priorities(units)
    focus = achieved_focus(zones)
    if focus.shape != known.shape:
        expected = f"counts of as many regions as units, {known.shape}"
        raise ArgumentError("zones", expected, f"{focus.shape}")
    return np.concatenate((priorities, focus[..., None]), axis=-1), known


def away_counts(id: Array, home: Array, worlds: int, regions: int) -> tuple[Array, Array]:
    """Count who works for another region than its own, by region.

    Parameters
    ----------
    id, home : integers of shape (W * N,)
        Columns of a `Forage`.
    worlds, regions : int
        W, and the regions R of one world.

    Returns
    -------
    lost, gained : int64[W * R]
        Workers of the region whose home is another; workers of others whose home it is.

    Notes
    -----
    A worker's own region is ``floor(id * R / N)``, as `hive_env.systems.workforce.base_of`.
    """
    entity, place = np.asarray(id), np.asarray(home)
    if entity.ndim != 1 or entity.shape != place.shape or len(entity) % worlds:
        shown = f"shapes {entity.shape} and {place.shape}"
        raise ArgumentError("id, home", f"columns of {worlds} worlds", shown)
    workers = len(entity) // worlds
    first = np.arange(len(entity)) // workers * regions
    own = entity.astype(np.int64) * regions // workers
    away = own != place
    total = worlds * regions
    lost = np.bincount((first + own)[away], minlength=total)
    gained = np.bincount((first + place.astype(np.int64))[away], minlength=total)
    return lost, gained


def achieved_workforce(lost: Array, gained: Array) -> Array:
    """Return the workforce orders that migrations amount to, uint8 of the counts' shape.

    Parameters
    ----------
    lost, gained : integers of shape (...)
        Workers a region has given away, and has on loan; see `away_counts`. An order is held, so
        these count who *is* away, not who left in the last period: those of a region whose order
        is to hold come back.

    Returns
    -------
    uint8[...]
        `Workforce.PUSH` where more are lost than gained, `DRAW` where fewer, `HOLD` elsewhere.
    """
    lost, gained = _counts("lost", lost, None), _counts("gained", gained, None)
    if lost.shape != gained.shape:
        expected = f"counts of as many regions as lost, {lost.shape}"
        raise ArgumentError("gained", expected, f"shape {gained.shape}")
    flow = np.sign(gained - lost)
    orders = np.array([Workforce.PUSH, Workforce.HOLD, Workforce.DRAW], np.uint8)
    return np.asarray(orders[flow + 1])


def by_slot(orders: Array, reports: Array, reports_count: Array, worlds: int) -> Array:
    """Return orders to regions as governors' actions, uint8[W * T, X]; 0 in empty slots.

    Parameters
    ----------
    orders : integers of shape (W * R,)
        An order to every region.
    reports : integers of shape (W * T, X)
        Column: the regions under each governor, by number within their world.
    reports_count : integers of shape (W * T,)
        Column: how many those are.
    worlds : int
        W.
    """
    orders = _counts("orders", orders, None)
    slots, filled = np.asarray(reports), np.asarray(reports_count)
    if orders.ndim != 1 or len(orders) % worlds or len(slots) % worlds:
        raise ArgumentError("orders", f"an order to each region of {worlds} worlds", orders.shape)
    if slots.ndim != 2 or filled.shape != slots.shape[:1]:
        shown = f"shapes {slots.shape} and {filled.shape}"
        raise ArgumentError("reports, reports_count", "shapes (W * T, X) and (W * T,)", shown)
    world = np.arange(len(slots)) // (len(slots) // worlds)
    regions = world[:, None] * (len(orders) // worlds) + slots.astype(np.int64)
    empty = np.arange(slots.shape[1]) >= filled[:, None]
    return np.where(empty, 0, orders[np.where(empty, 0, regions)]).astype(np.uint8)


def _counts(argument: str, given: Any, width: int | None) -> Array:
    """Return counts as int64, so that they can be subtracted, or raise `ArgumentError`."""
    found = np.asarray(given)
    shaped = found.ndim > 0 and (width is None or found.shape[-1] == width)
    if found.dtype.kind not in "iu" or not shaped or (found < 0).any():
        expected = "integers of at least 0" + (f", {width} in the last axis" if width else "")
        raise ArgumentError(argument, expected, f"{found.dtype} of shape {found.shape}")
    return found.astype(np.int64)
