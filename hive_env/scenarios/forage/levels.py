"""The four levels of Forage: their seats, clocks, observations and choices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.config import HiveConfig
from hive_env.enums import (
    RESOURCE_TYPES,
    SQUADS,
    ZONES_ACROSS,
    Plane,
    Standing,
    Verb,
    Workforce,
)
from hive_env.scenarios.features import Feature, exact, offset, share
from hive_env.scenarios.forage.seats import COMMANDERS, WORKERS
from hive_env.scenarios.hive import Level
from hive_env.systems.commanders import FOCI, GOALS
from hive_env.systems.views import QUOTAS

TYPES = ("a", "b", "c", "d")
"""Names of the resource types in those of the features."""

PRIORITIES = 3
"""Values of a type's priority: off, normal, high."""


def levels_of(config: HiveConfig) -> Mapping[str, Level]:
    """Return the levels of a configuration, lowest first.

    With offices there is more to choose and to see: a manager's posture; the region for which a
    governor stands in, or that it takes in an orphan, and the standing order of its managers'
    offices; an orchestrator's standing order of its governors' offices.
    """
    size, forage = config.size, config.forage
    teams = config.offices > 0
    postures = tuple(one.name for one in forage.office_config.postures) if teams else ()
    orders = (GOALS,) * SQUADS
    if forage.orders == "priorities":
        orders = (PRIORITIES,) * RESOURCE_TYPES + (FOCI,)
    governing = (len(Workforce),) * config.max_span
    quotas = (QUOTAS,) * RESOURCE_TYPES
    rows = (
        Level(
            "worker",
            size.workers,
            1,
            worker_features(forage.depth),
            (len(Verb) if forage.depth > 1 else int(Verb.WORK) + 1, 5),
            tuple(WORKERS),
            "scripted",
            np.uint8,
        ),
        Level(
            "manager",
            size.regions,
            forage.manager_period,
            manager_features() + manager_office_features(postures),
            orders + ((len(postures),) if teams else ()),
            tuple(COMMANDERS["manager"]),
            "scripted",
            np.float32,
        ),
        Level(
            "governor",
            size.sectors,
            forage.governor_period,
            governor_features(config.max_span)
            + (governor_office_features(config.max_span) if teams else ()),
            governing + ((config.max_span + 2, len(Standing)) if teams else ()),
            tuple(COMMANDERS["governor"]),
            "scripted",
            np.float32,
        ),
        Level(
            "orchestrator",
            size.hives,
            forage.orchestrator_period,
            orchestrator_features(size.hive_sectors)
            + (orchestrator_office_features(size.hive_sectors) if teams else ()),
            quotas + ((len(Standing),) if teams else ()),
            tuple(COMMANDERS["orchestrator"]),
            "scripted",
            np.float32,
        ),
    )
    return {level.name: level for level in rows}


def worker_features(depth: int) -> tuple[Feature, ...]:
    """Return what a worker observes, in order: 64 features, 80 in worlds of depth above one.

    ========================= ===== ===== =====================================================
    names                     plane depth value
    ========================= ===== ===== =====================================================
    ``site_T_dx``, ``_dy``    2 x 4 3 x 4 Way to the nearest visible site of type T: 1 is the
                                          edge of sight, 2 cells (``_dz``: 1 cell).
    ``site_T_stock``          4     4     What is left there, share of a new site; 0: none seen.
    ``crowd_P``               5     7     Workers in place P, 1 is 15 or more.
    ``threat_P``              5     7     0 free, 1/3 a wall, 2/3 a failed worker, 1 a hazard.
    ``trail_C``               7     7     Trail of plane C here, 1 is 65,280; for ``exploration``
                                          the cap less the trail of visits.
    ``trail_C_dx``, ``_dy``   14    21    Slope of the trail (and ``_dz``), 1 is 32,512 or more.
    ``cargo_T``               4     4     1 when it carries type T.
    ``specialist_T``          4     4     1 when it is made for type T.
    ``health``                1     1     1 alive, about 1/2 slow, 0 failed. Who is corrupt is not
                                          told.
    ``fatigue``               1     1     The worker fails at 1.
    ``home_dx``, ``_dy``      2     3     Way to the depot (and ``_dz``), finer nearby: 56/127 at 7
                                          cells, 106/127 at 32, 1 at 200 or more.
    ``success``               1     1     Last pick since a drop: 0 none, about 1/2 it emptied the
                                          site, 1 it left stock.
    ``goal_T``                4     4     Priority of type T in its order: 0 off, about 1/2
                                          normal, 1 high.
    ``zone_dx``, ``_dy``      2     2     Way to the ordered zone, likewise.
    ``time_left``             1     1     Share of the episode.
    ``blocked``               1     1     1 when a wall or a crowd held it up in the last tick.
    ========================= ===== ===== =====================================================

    Places P are ``here``, ``north``, ``east``, ``south``, ``west``, and with depth ``above`` and
    ``below``. Planes C are ``danger``, ``resource_T``, ``congestion`` and ``exploration``.

    Parameters
    ----------
    depth : int
        World cells along z.
    """
    deep = depth > 1
    axes = ("dx", "dy", "dz") if deep else ("dx", "dy")
    places = ("here", "north", "east", "south", "west") + (("above", "below") if deep else ())
    found: list[Feature] = []
    for kind in TYPES:
        found += [offset(f"site_{kind}_{axis}", 32 if axis == "dz" else 64) for axis in axes]
        found.append(share(f"site_{kind}_stock"))
    found += [share(f"crowd_{place}") for place in places]
    found += [share(f"threat_{place}") for place in places]
    for plane in plane_names():
        found.append(share(f"trail_{plane}"))
        found += [offset(f"trail_{plane}_{axis}") for axis in axes]
    found += [share(f"cargo_{kind}") for kind in TYPES]
    found += [share(f"specialist_{kind}") for kind in TYPES]
    found += [share("health"), share("fatigue")]
    found += [offset(f"home_{axis}") for axis in axes]
    found.append(share("success"))
    found += [share(f"goal_{kind}") for kind in TYPES]
    found += [offset("zone_dx"), offset("zone_dy"), share("time_left"), share("blocked")]
    return tuple(found)


def plane_names() -> tuple[str, ...]:
    """Return the names of the planes of the map, in their order."""
    resources = tuple(f"resource_{kind}" for kind in TYPES)
    names = {int(Plane.DANGER): ("danger",), int(Plane.RESOURCE): resources}
    names |= {int(Plane.CONGESTION): ("congestion",), int(Plane.EXPLORATION): ("exploration",)}
    return tuple(name for plane in sorted(names) for name in names[plane])


def manager_features() -> tuple[Feature, ...]:
    """Return what a manager observes, in order: 128 features.

    A count c is told as c / (c + scale), from 0 to below 1.

    ============================ ====== ======================================================
    names                        number value
    ============================ ====== ======================================================
    ``zZ_stock_T``               64     Stock of type T known in zone Z; scale: a new site.
    ``zZ_crowd``, ``zZ_failed``  32     Workers alive and failed in zone Z; scale: the mean
                                        span over the zones.
    ``demand_T``                 4      1 when the depot pays for type T: its private fact.
    ``census_T``                 4      Workers of kind T alive in the region; scale: the mean
                                        span over the types.
    ``order_push``, ``_draw``    2      1 for the governor's order to the region; neither: hold.
    ``quota_T``                  4      The orchestrator's quota as the sector heard it, thirds.
    ``hit``                      1      Share of the workers who were in a hazard.
    ``time_left``                1      Share of the episode.
    ``squad_S_units``            8      Units squad S delivered since the last report; scale:
                                        the mean span over the squads.
    ``asked_T``                  4      1 when what the depot pays for type T times its quota is at
                                        least half the highest: what its local reward asks for,
                                        which goes by what holds as the step ends.
    ``asked_nw``, ``_ne``,       4      Share of the known stock of these types that lies in each
    ``_sw``, ``_se``                    quadrant.
    ============================ ====== ======================================================

    Zones Z are 0 to 15, row by row from the north-west. Stocks, crowds, the census and squads
    are of the last report, which comes with every decision.
    """
    found: list[Feature] = []
    for zone in range(ZONES_ACROSS**2):
        found += [exact(f"z{zone}_stock_{kind}") for kind in TYPES]
        found += [exact(f"z{zone}_crowd"), exact(f"z{zone}_failed")]
    for group in ("demand", "census"):
        found += [exact(f"{group}_{kind}") for kind in TYPES]
    found += [exact("order_push"), exact("order_draw")]
    found += [exact(f"quota_{kind}") for kind in TYPES]
    found += [exact("hit"), exact("time_left")]
    found += [exact(f"squad_{squad}_units") for squad in range(SQUADS)]
    found += [exact(f"asked_{kind}") for kind in TYPES]
    found += [exact(f"asked_{quadrant}") for quadrant in ("nw", "ne", "sw", "se")]
    return tuple(found)


def governor_features(max_span: int) -> tuple[Feature, ...]:
    """Return what a governor observes, in order: 16 features a slot, and 8.

    Each region under the governor has a slot; slots without one are zero.

    ======================== ====== ==========================================================
    names, after ``rS_``     number value
    ======================== ====== ==========================================================
    ``present``              1      1 when the slot has a region.
    ``open``                 1      1 when its depot is open: the governor's private fact.
    ``hold``, ``push``,      3      1 for the order that stands.
    ``draw``
    ``crowd``                1      Workers alive there; scale: the mean span.
    ``failed``               1      Share of the workers there that are failed.
    ``stock``                1      Stock its manager knows; scale: a quarter of all slots full.
    ``units``                1      Units delivered between its last two reports; scale: a
                                    quarter of the mean span.
    ``laden``, ``hit``       2      Shares of the workers who carry something, were in a hazard.
    ``census_T``             4      As its manager sees it.
    ``adopted``              1      1 for a region of another sector.
    ======================== ====== ==========================================================

    Then ``quota_T`` (4, thirds, as heard), ``time_left``, ``doors_left`` (share of the time
    between two redraws of the doors), ``span`` (slots taken) and ``units`` of all.

    Parameters
    ----------
    max_span : int
        Slots.
    """
    found: list[Feature] = []
    names = ("present", "open", "hold", "push", "draw", "crowd", "failed", "stock", "units")
    for slot in range(max_span):
        found += [exact(f"r{slot}_{name}") for name in (*names, "laden", "hit")]
        found += [exact(f"r{slot}_census_{kind}") for kind in TYPES]
        found.append(exact(f"r{slot}_adopted"))
    found += [exact(f"quota_{kind}") for kind in TYPES]
    found += [exact(name) for name in ("time_left", "doors_left", "span", "units")]
    return tuple(found)


def orchestrator_features(governors: int) -> tuple[Feature, ...]:
    """Return what an orchestrator observes, in order: 16 features a sector, and 5.

    ======================== ====== ==========================================================
    names, after ``sS_``     number value
    ======================== ====== ==========================================================
    ``present``              1      1.
    ``crowd``                1      Workers alive there; scale: the initial number.
    ``failed``               1      Share of the workers there that are failed.
    ``stock_T``              4      Stock its managers know; scale: a sixteenth of all slots.
    ``units_T``              4      Units delivered between the last two reports; scale: a
                                    sixteenth of the workers.
    ``pushed``               1      Share of the regions that are ordered to push workers out.
    ``census_T``             4      Workers of kind T alive; scale: a quarter of all.
    ======================== ====== ==========================================================

    Then ``season_T`` (4): 1 when the type is in season, the private fact; and ``season_left``,
    the ticks until it turns over twice their mean. A sector that does not report, or is cut off,
    is seen as it was told last.

    Parameters
    ----------
    governors : int
        Sectors of the hive.
    """
    found: list[Feature] = []
    for slot in range(governors):
        found += [exact(f"s{slot}_{name}") for name in ("present", "crowd", "failed")]
        found += [exact(f"s{slot}_stock_{kind}") for kind in TYPES]
        found += [exact(f"s{slot}_units_{kind}") for kind in TYPES]
        found.append(exact(f"s{slot}_pushed"))
        found += [exact(f"s{slot}_census_{kind}") for kind in TYPES]
    found += [exact(f"season_{kind}") for kind in TYPES]
    found.append(exact("season_left"))
    return tuple(found)


def _own_office() -> list[Feature]:
    return [exact(f"office_{name}") for name in ("closed", "level", "up", "thin")]


def manager_office_features(postures: tuple[str, ...]) -> tuple[Feature, ...]:
    """Return what a manager observes of its office, after the rest; nothing without postures.

    ==================== ====== ==============================================================
    names                number value
    ==================== ====== ==============================================================
    ``office_closed``    1      1 when no order leaves it.
    ``office_level``     1      How far it is degraded, thirds.
    ``office_up``        1      Share of its members who are not down.
    ``office_thin``      1      Share of its critical roles of whose own members at most one
                                is not down.
    ``funds``            1      Share of what can be saved.
    ``hosts_out``        1      Share of the hosts that are out.
    ``stood_in``         1      1 when the governor stands in while the office is closed.
    ``posture_NAME``     by     1 for the posture that it is in.
                         config
    ==================== ====== ==============================================================
    """
    if not postures:
        return ()
    found = _own_office()
    found += [exact(name) for name in ("funds", "hosts_out", "stood_in")]
    found += [exact(f"posture_{name}") for name in postures]
    return tuple(found)


def governor_office_features(max_span: int) -> tuple[Feature, ...]:
    """Return what a governor observes of offices, after the rest.

    For each slot ``rS_office_closed``, ``_level`` (thirds), ``_up`` and ``rS_stood_in``: as a
    manager sees its own. Then the same four of its own office as a manager sees them;
    ``orphans``: regions of siblings that it reaches whose governor's office is closed (scale: the
    slots); ``cut_orchestrator`` and ``cut_siblings``: 1 while it is cut off.
    """
    found: list[Feature] = []
    for slot in range(max_span):
        found += [exact(f"r{slot}_office_{name}") for name in ("closed", "level", "up")]
        found.append(exact(f"r{slot}_stood_in"))
    found += _own_office()
    found += [exact(name) for name in ("orphans", "cut_orchestrator", "cut_siblings")]
    return tuple(found)


def orchestrator_office_features(governors: int) -> tuple[Feature, ...]:
    """Return what an orchestrator observes of its governors' offices, after the rest.

    For each sector ``sS_office_closed`` and ``sS_office_level`` (thirds), zero while it is cut
    off, and ``sS_cut``: 1 while it is.
    """
    return tuple(
        exact(f"s{slot}_{name}")
        for slot in range(governors)
        for name in ("office_closed", "office_level", "cut")
    )
