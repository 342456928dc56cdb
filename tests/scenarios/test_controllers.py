"""Controllers of whole hives, and gates as data."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ConfigError
from hive_env.scenarios.controllers import Controller, Crew, Gate, table_of
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.controllers import CONTROLLERS
from hive_env.sizes import Size

NANO = HiveConfig(Size.of("nano"))
ENDS = (Controller("random", "", worker="random"), Controller("expert", "", worker="expert"))


def worlds(count: int = 2) -> Forage:
    """Return nano worlds at the start of an episode."""
    hive = Forage(NANO, count)
    hive.reset(0)
    return hive


def after(hive: Forage, controller: Controller, ticks: int = 40) -> int:
    """Return the state's hash after some ticks under a controller."""
    crew = Crew(hive, controller)
    for _ in range(ticks):
        crew.tick()
    return hive.state_hash()


def test_a_crew_plays_what_each_level_decides_by_hand() -> None:
    by_hand = worlds()
    for _ in range(40):
        orders = {
            level: by_hand.decide("scripted", level=level)
            for level in ("orchestrator", "governor", "manager")
            if by_hand.deciding(level).all()
        }
        by_hand.step(by_hand.decide("scripted"), orders)

    assert after(worlds(), CONTROLLERS["full"]) == by_hand.state_hash()


def test_levels_decide_at_their_own_ticks_from_the_top() -> None:
    hive = worlds()
    crew = Crew(hive, CONTROLLERS["full"])
    decided = []
    for _ in range(65):
        decided.append(tuple(crew.orders()))
        crew.tick()

    assert decided[0] == decided[64] == ("orchestrator", "governor", "manager")
    assert decided[32] == ("governor", "manager")
    assert decided[8] == ("manager",)
    assert decided[7] == ()


def test_a_level_that_somebody_else_plays_is_not_decided_here() -> None:
    hive = worlds()
    given = np.ones((2 * 16, 5), np.uint8)

    orders = Crew(hive, CONTROLLERS["full"]).orders({"manager": given})
    assert orders["manager"] is given
    assert set(orders) == {"orchestrator", "governor", "manager"}


@pytest.mark.parametrize("name", [name for name in CONTROLLERS if name != "full"])
def test_every_controller_plays_otherwise_than_the_full_hierarchy(name: str) -> None:
    """In 256 ticks workers fail and depots shut, so medics and governors make a difference."""
    assert after(worlds(), CONTROLLERS[name], 256) != after(worlds(), CONTROLLERS["full"], 256)


def test_options_are_the_workers_own() -> None:
    """Without medics nobody works on the fallen."""
    hive = Forage(HiveConfig(Size.of("nano"), ForageConfig(fault_mean_ticks=64)))
    worked = {}
    for name in ("full", "no_medics"):
        hive.reset(0)
        crew = Crew(hive, CONTROLLERS[name])
        worked[name] = 0
        for _ in range(64):
            worked[name] += int((crew.actions()[:, 0] == 7).sum())
            crew.tick()

    assert worked["full"] > 0
    assert worked["no_medics"] == 0


def test_a_table_keeps_the_order_of_its_controllers() -> None:
    assert list(table_of(ENDS)) == ["random", "expert"]
    with pytest.raises(TypeError):
        table_of(ENDS)["full"] = ENDS[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        (ENDS[:1], "random"),
        ((*ENDS, ENDS[0]), "random"),
        ((*ENDS, Controller("full", "", below="chief")), "chief"),
    ],
)
def test_a_table_that_cannot_be_ranked_or_scored_is_refused(
    listed: tuple[Controller, ...], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        table_of(listed)


def test_a_gate_that_asks_for_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="idle"):
        Gate("idle", "full")


@pytest.mark.parametrize(
    ("gate", "kind"),
    [
        (Gate("", "full", low=0.1), "floor"),
        (Gate("", "full", above=0.1, mean=0.2), "floor"),
        (Gate("", "full", high=0.1), "ceiling"),
        (Gate("", "full", low=0.1, high=0.2), "band"),
    ],
)
def test_what_a_gate_holds_says_what_kind_it_is(gate: Gate, kind: str) -> None:
    assert gate.kind == kind


def test_no_controller_changes_after_it_is_made() -> None:
    with pytest.raises(AttributeError):
        ENDS[0].worker = "expert"  # type: ignore[misc]
