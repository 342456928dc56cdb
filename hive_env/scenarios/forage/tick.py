"""What a tick of Forage does.

Read `TICK`: it is the world. Each line is a system, what it may change, and why it stands
there; its reads are its parameters.
"""

from __future__ import annotations

from hive_env.ecs import Each, Fetch, Members, Pass, System, Unit
from hive_env.scenarios import breakdowns, consensus, ledgers, offices, strikes
from hive_env.systems import (
    adoption,
    clock,
    mandates,
    motion,
    orders,
    placement,
    reports,
    rewards,
    senses,
    sharing,
    sight,
    sites,
    space,
    trails,
    upkeep,
    workers,
    workforce,
)

FAULT_WRITES = ("health", "cargo", "down", "repair", "error_count")
INDEX = ("member", "member_stay", "member_left", "member_end")

STRIKE = System(
    workers.strike,
    (*FAULT_WRITES, "next_fault", "event", "gain"),
    "Faults strike before anybody acts. Clears last tick's events.",
)
"""The task's own faults. Faults of the user's own follow it: see `insert_after`."""

MOVE = System(
    motion.move_on_grid,
    ("x", "y", "z", "event"),
    "Last of a worker's own systems: all others happen where it stood.",
)
FLY = System(motion.fly, ("x", "y", "z", "vx", "vy", "vz", "event"), MOVE.why)
MOTIONS = {"grid": MOVE, "flight": FLY}
"""Motion systems by the name that ``ForageConfig.motion`` takes."""


SEASONS = Pass(
    "seasons",
    Unit.HIVE,
    (System(clock.turn_season, ("season", "season_until"), "After deliveries were paid."),),
)
DOORS = Pass(
    "doors",
    Unit.SECTOR,
    (System(clock.turn_doors, ("door_word", "door"), "After deliveries were paid."),),
    when="door_ticks",
)
LIST_SITES = System(
    sight.list_sites, ("site_near", "site_square", "site_next"), "After the sites were renewed."
)
ARRIVALS = Pass(
    "arrivals",
    Unit.REGION,
    (
        System(clock.turn_demand, ("demand", "demand_until"), "After deliveries were paid."),
        System(clock.drift_hazards, ("hazard_cell",), "Before the ground shows them."),
        Each(
            ("bearing",),
            (
                System(
                    space.take_in,
                    ("member", "member_end", "overflow"),
                    "After every region has seen its leavers off.",
                ),
            ),
        ),
    ),
)
GROUND = Pass(
    "ground",
    Unit.REGION,
    (
        System(space.close_ranks, INDEX, "First: whatever follows goes over who is here now."),
        Each(("cell",), (System(space.clear_ground, ("ground",), "Before the marks."),)),
        Members((System(space.mark_worker, ("ground",), "Shows the next tick's start."),)),
        Each(("site",), (System(space.mark_site, ("ground",), "When nobody counts any more."),)),
        Each(("hazard",), (System(space.mark_hazard, ("ground",), "Likewise."),)),
        LIST_SITES,
    ),
)
"""Who stands where when the next tick starts. A pass of its own, after the arrivals: they are
moved next to those who stayed, over those who left, whom other regions have fetched by now."""

REPORT = Pass(
    "report",
    Unit.REGION,
    (
        System(
            reports.open_report,
            ("counted", "lately", "squad_units", "squad_lately"),
            "After the tick's deliveries.",
        ),
    ),
    when="manager_period",
)
COUNT = Pass(
    "count",
    Unit.REGION,
    (
        System(
            reports.clear_counts,
            ("zone_crowd", "zone_failed", "census", "laden", "hit"),
            "Before the count. A pass of its own: where slots did not suffice for those who came, "
            "it runs again on the lists made anew.",
        ),
        System(reports.forget_stock, ("stock_seen",), "Before it is added up."),
        Members(
            (
                System(
                    reports.report,
                    ("zone_crowd", "zone_failed", "census", "laden", "hit"),
                    "Counts who stands where the next tick starts.",
                ),
            )
        ),
        System(
            reports.tell,
            ("reported",),
            "After the count: what the levels above a manager hear of it.",
        ),
        Each(
            ("site",),
            (
                System(
                    reports.detect,
                    ("site_known", "stock_seen"),
                    "Last: what managers will decide upon.",
                ),
            ),
        ),
    ),
    when="manager_period",
)

TICK = (
    Pass(
        "order_hives",
        Unit.HIVE,
        (
            System(orders.order_hive, ("quota",), "Orders take effect first, from the top."),
            System(
                sharing.enter_quotas,
                (
                    *("ledger_clock", "ledger_written", "ledger_stamp", "ledger_order"),
                    "ledger_built",
                ),
                "As soon as they are given.",
            ),
            ledgers.HEAR,
        ),
        when="orchestrator_period",
    ),
    Pass(
        "standing_orders",
        Unit.SECTOR,
        (System(orders.order_standing, ("governor_standing",), "Before the governors' orders."),),
        when="orchestrator_period",
    ),
    Pass(
        "order_sectors",
        Unit.SECTOR,
        (
            System(
                mandates.mandate_sector,
                (
                    *("governor_draft", "governor_meant", "draft_reports", "draft_count"),
                    *("meant_reports", "meant_count", "proposal"),
                ),
                "Before the order: what the governor's office makes of the action.",
            ),
            System(
                orders.order_sector,
                (
                    *("governor_issued", "decision_issued", "sector_ordered", "workforce"),
                    *("stand_in", "manager_standing", "refuge", "refuges"),
                ),
                "Before the workers, who migrate by it.",
            ),
        ),
        when="governor_every",
    ),
    Pass(
        "adoption",
        Unit.HIVE,
        (
            System(
                adoption.adopt,
                ("governor", "stand_in", "adopted", "refuges", "reports_count", *ledgers.MERGED),
                "After the governors' orders, some of which it carries out.",
            ),
            ledgers.LIST,
        ),
        when="governor_every",
    ),
    Pass(
        "order_regions",
        Unit.REGION,
        (
            System(
                upkeep.keep_up,
                ("posture", "office_funds"),
                "First: the posture holds from now on.",
            ),
            System(
                mandates.mandate_region,
                ("manager_draft", "manager_meant", "proposal"),
                "Before the order: what the manager's office makes of the action.",
            ),
            System(
                orders.order_region,
                ("manager_issued", "decision_issued", "ordered", "priority", "focus", "squad"),
                "A pass of its own: workers ask for the order of a home that may be elsewhere.",
            ),
            System(
                mandates.stand_down,
                ("priority", "focus", "squad"),
                "Where no office speaks, in place of an order.",
            ),
        ),
        when="manager_every",
    ),
    *breakdowns.ADVANCE,
    strikes.ADVANCE,
    consensus.CONSENSUS,
    Pass(
        "workers",
        Unit.REGION,
        (
            Fetch(("ground",)),
            Each(
                ("plane", "spot"),
                (
                    System(
                        trails.evaporate,
                        ("trail",),
                        "Before the deposits, which are of this tick and fade from the next. Goes "
                        "through the region's tile in order, so that they find it in the cache.",
                    ),
                ),
            ),
            Members(
                (
                    System(
                        workforce.migrate,
                        ("home",),
                        "Before anything that asks for the worker's home.",
                    ),
                    System(
                        orders.assign,
                        ("task", "task_zone", "task_priority"),
                        "After the migration: the order is that of the new home.",
                    ),
                    STRIKE,
                    breakdowns.AFFLICT,
                    breakdowns.GO_DARK,
                    System(
                        workers.recover,
                        ("health", "down", "repair", "fatigue", "event"),
                        "After the strike: a worker struck now starts to wait now.",
                    ),
                    breakdowns.REASSIGN,
                    System(
                        workers.endure,
                        (*FAULT_WRITES, "fatigue", "event"),
                        "Before the action, which a hazard or a crowd can prevent.",
                    ),
                    breakdowns.CARRY_OUT,
                    System(
                        workers.act,
                        (
                            *("claim_first", "claim_second", "cargo", "success", "event"),
                            *("gain", "region_value", "delivered", "paid"),
                            "squad_units",
                        ),
                        "Before the move: a worker acts where it stands.",
                    ),
                    System(
                        trails.deposit,
                        ("trail",),
                        "Before the move: traces are left at the tick's start cell, which is "
                        "always in this region's tile.",
                    ),
                )
            ),
            Members(
                (
                    System(
                        sites.grant,
                        ("cargo", "success", "event", "site_taken", "site_known", "trail"),
                        "In a second loop: all claims are made before any is settled.",
                    ),
                    MOVE,
                    breakdowns.RESPAWN,
                    System(
                        space.depart,
                        ("member", "member_left", "overflow"),
                        "After all that changes where a worker is.",
                    ),
                )
            ),
            breakdowns.DESTROY,
            Each(
                ("site",),
                (
                    System(
                        sites.renew_site,
                        (
                            *("claim_first", "claim_second", "site_taken", "site_cell"),
                            *("site_type", "site_stock", "site_wait", "site_generation"),
                            *("site_known", "picked"),
                        ),
                        "After the grants, which read the stock of the tick's start.",
                    ),
                ),
            ),
            System(
                space.see_off,
                INDEX,
                "When all who left are noted: they wait to be fetched.",
            ),
        ),
    ),
    Pass(
        "diffuse",
        Unit.REGION,
        (
            Each(
                ("plane", "spot"),
                (System(trails.diffuse, ("trail_next",), "After all evaporation: neighbours."),),
            ),
        ),
        when="diffusion_every",
    ),
    Pass(
        "spread",
        Unit.REGION,
        (
            Each(
                ("plane", "spot"),
                (System(trails.spread, ("trail",), "After all have read the old trails."),),
            ),
        ),
        when="diffusion_every",
    ),
    Pass(
        "clock",
        Unit.WORLD,
        (System(clock.advance_clock, ("tick",), "What follows belongs to the next tick."),),
    ),
    SEASONS,
    DOORS,
    ledgers.CUTS,
    ARRIVALS,
    GROUND,
    REPORT,
    COUNT,
    ledgers.SHARE,
    ledgers.HEAR_HUB,
    ledgers.TELL,
)
"""What a tick does, in order."""

RESET = (
    Pass(
        "reset_worlds",
        Unit.WORLD,
        (
            System(placement.start_clock, ("tick",), "The draws below are those of tick 0."),
            breakdowns.CLEAR_HOSTS,
        ),
    ),
    Pass(
        "reset_hives",
        Unit.HIVE,
        (
            System(
                placement.clear_hive,
                ("season", "season_until", "quota"),
                "Before a season is drawn.",
            ),
            ledgers.CLEAR_LEDGER,
            ledgers.HEAR,
        ),
    ),
    Pass(
        "reset_sectors",
        Unit.SECTOR,
        (
            System(
                placement.clear_sector,
                (
                    *("reports", "reports_count", "governor_draft", "governor_meant"),
                    *("governor_issued", "governor_standing", "sector_ordered"),
                    *("draft_reports", "draft_count", "meant_reports", "meant_count"),
                ),
                "No orders stand.",
            ),
        ),
    ),
    ledgers.UNCUT,
    offices.OPEN,
    consensus.OPEN,
    Pass(
        "open_accounts",
        Unit.OFFICE,
        (
            System(
                upkeep.open_account,
                ("office_funds", "decision_issued"),
                "With funds, and nothing decided.",
            ),
        ),
    ),
    Pass(
        "reset_regions",
        Unit.REGION,
        (
            System(
                placement.place_workers,
                (
                    *INDEX,
                    *("id", "x", "y", "z", "vx", "vy", "vz", "home", "cargo", "specialist"),
                    *("health", "fatigue", "error_count", "next_fault", "down", "repair"),
                    *("success", "task", "task_zone", "task_priority", "compute_budget"),
                    *("memory_usage", "event", "gain", "memory"),
                ),
                "A region's workers have consecutive ids and start around its depot.",
            ),
            System(
                placement.clear_region,
                (
                    *("trail", "workforce", "region_value", "delivered", "picked"),
                    "paid",
                    *("demand", "demand_until", "door", "hazard_cell", "priority", "focus"),
                    *("squad", "squad_units", "squad_lately", "counted", "lately", "governor"),
                    *("refuge", "refuges", "manager_draft", "manager_meant", "manager_issued"),
                    *("manager_standing", "stand_in", "adopted", "ordered"),
                ),
                "Before demand and hazards are drawn.",
            ),
            ledgers.CLEAR_ENTERED,
            breakdowns.CLEAR_REGION,
            breakdowns.CLEAR_CHURN,
            Members((breakdowns.CLEAR_AILMENT,)),
            System(
                placement.open_sites,
                (
                    *("claim_first", "claim_second", "site_taken", "site_wait", "site_cell"),
                    *("site_type", "site_stock", "site_generation", "site_known"),
                ),
                "Before the ground shows them.",
            ),
        ),
    ),
    SEASONS,
    DOORS,
    Pass(
        "reset_demand",
        Unit.REGION,
        (
            System(clock.turn_demand, ("demand", "demand_until"), "The first demand."),
            System(clock.drift_hazards, ("hazard_cell",), "The first place of each hazard."),
        ),
    ),
    GROUND,
    REPORT,
    COUNT,
    ledgers.TELL,
)
"""What starts an episode."""


def act_pass(name: str, *systems: System) -> Pass:
    """Return a pass in which every worker observes, if a system asks for it, and decides."""
    looked_at = (Fetch(("ground", "trail")),) if SEE in systems else ()
    return Pass(name, Unit.REGION, (*looked_at, Members(systems)))


SEE = System(senses.observe, ("observation",), "Before the decision that reads it.")
OBSERVE = act_pass("observe", SEE)
IDENTIFY = act_pass("identify", System(senses.identify, ("entity",), "In the order of a chunk."))
STANDS = ("standing", "errand", "progress")
FOLLOW_UP = System(rewards.follow, STANDS, "Reads where workers are after the tick.")
EARN = System(rewards.earn, ("earned",), "Reads the tick's events.")
PAY = System(rewards.reward_worker, ("reward",), EARN.why)
STAND = act_pass("stand", System(rewards.stand, STANDS, "Reads where workers are."))
FOLLOW = act_pass("follow", FOLLOW_UP)
EARNINGS = {False: act_pass("earn", EARN), True: act_pass("follow_and_earn", FOLLOW_UP, EARN)}
REWARDS = {False: act_pass("pay", PAY), True: act_pass("follow_and_pay", FOLLOW_UP, PAY)}
"""What pays workers; `True` where the tick has not been followed yet."""
