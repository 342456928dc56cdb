"""What a tick of Queue does.

Read `TICK`: it is the world. Each line is a system, what it may change, and why it stands
there; its reads are its parameters.
"""

from __future__ import annotations

from hive_env.ecs import Pass, System, Unit
from hive_env.systems import (
    clock,
    orders,
    placement,
    queue_orders,
    queue_streams,
    queue_workers,
    queues,
)

JOB = ("job", "job_second", "partner", "left", "until", "worth", "event")
PAID = ("gain", "credit")
REQUESTS = ("asking", "ask_first", "ask_count", "asker", "ask_word")
TASK = ("task_waits", "task_second", "task_work", "task_until", "task_worth", "task_since")

HEADS = System(queues.show_heads, ("head",), "Last: shows the next tick's start.")

PRICES = Pass(
    "prices",
    Unit.HIVE,
    (System(queue_streams.turn_price, ("price", "price_until"), "After deliveries were paid."),),
)
LOADS = Pass(
    "loads",
    Unit.SECTOR,
    (
        System(
            queue_streams.turn_loads,
            ("load_until", "load_word", "busy"),
            "Before the arrivals, which it rules.",
        ),
    ),
)
ARRIVALS = Pass(
    "queue_arrivals",
    Unit.REGION,
    (
        System(
            queue_streams.turn_patience,
            ("slack", "slack_until"),
            "Before the arrivals, which it rules.",
        ),
        System(
            queues.expire,
            ("task_waits", "expired"),
            "Before the arrivals, which take the places.",
        ),
        System(
            queue_streams.arrive,
            (*TASK, "cursor", "arrived", "refused", "flow"),
            "After the clock: they can be asked for in the next tick.",
        ),
        HEADS,
    ),
)
SHOW = Pass("show_heads", Unit.REGION, (HEADS,))

TICK = (
    Pass(
        "quotas",
        Unit.HIVE,
        (System(orders.order_hive, ("quota",), "Orders take effect first."),),
        when="orchestrator_period",
    ),
    Pass(
        "workforce_orders",
        Unit.SECTOR,
        (
            System(
                queue_orders.order_workforce,
                ("workforce", "drawn", "drawn_count"),
                "Before workers ask where they belong.",
            ),
        ),
        when="governor_period",
    ),
    Pass(
        "counter_orders",
        Unit.REGION,
        (
            System(
                queue_orders.order_counters,
                ("priority", "ruling"),
                "Before they are handed to the workers.",
            ),
        ),
        when="manager_period",
    ),
    Pass(
        "queue_workers",
        Unit.SECTOR,
        (
            System(
                queue_workers.work_sector,
                (
                    *("post", "counter", "delay", "order", "order_rule", *PAID, *JOB, *REQUESTS),
                    *("region_value", "delivered", "dropped", "expired", "present", "idle"),
                ),
                "Each acts once; requests are only listed.",
            ),
        ),
    ),
    Pass(
        "grants",
        Unit.REGION,
        (
            System(
                queues.grant,
                ("task_waits", "asking", "asker", "ask_word", "idle", *JOB),
                "When all requests are made.",
            ),
        ),
    ),
    Pass(
        "clock",
        Unit.WORLD,
        (System(clock.advance_clock, ("tick",), "What follows belongs to the next tick."),),
    ),
    PRICES,
    LOADS,
    ARRIVALS,
)
"""What a tick does, in order."""

RESET = (
    Pass(
        "reset_worlds",
        Unit.WORLD,
        (System(placement.start_clock, ("tick",), "The draws below are those of tick 0."),),
    ),
    Pass(
        "reset_queue_hives",
        Unit.HIVE,
        (
            System(
                queue_orders.clear_hive,
                ("quota", "price", "price_until"),
                "Before prices are drawn.",
            ),
        ),
    ),
    Pass(
        "reset_queue_sectors",
        Unit.SECTOR,
        (
            System(
                queue_orders.clear_sector,
                ("load_until", "drawn", "drawn_count"),
                "Before loads are drawn.",
            ),
        ),
    ),
    Pass(
        "reset_queue_regions",
        Unit.REGION,
        (
            System(
                queue_orders.clear_region,
                (
                    *TASK,
                    *("priority", "ruling", "workforce", "busy", "slack", "slack_until", "flow"),
                    *("region_value", "arrived", "refused", "expired", "dropped", "delivered"),
                    *("present", "idle"),
                ),
                "Before people are counted and tasks come.",
            ),
            System(
                queue_orders.post_workers,
                (
                    *("id", "row_of", "specialist", "post", "counter", "delay", "order"),
                    *("order_rule", *PAID, *JOB, "present", "idle"),
                ),
                "A region's workers have consecutive ids.",
            ),
        ),
    ),
    PRICES,
    LOADS,
    ARRIVALS,
)
"""What starts an episode."""
