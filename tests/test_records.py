"""Configurations come back from JSON as they were, whatever they hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary, Cut, FaultKind, Standby
from hive_env.faults import Faults, Outages, PlannedFault, WorkerFaults, presets
from hive_env.offices import OfficeConfig, Role
from hive_env.partitions import Partitions, PlannedPartition
from hive_env.records import remade
from hive_env.scenarios.queue import QueueConfig, QueueHive
from hive_env.sizes import SIZES


def through_json(config: Any) -> Any:
    """What a configuration is after JSON has had it."""
    return remade(type(config), json.loads(json.dumps(asdict(config))))


class Colour(IntEnum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Leaf:
    colour: Colour = Colour.RED
    share: float = 0.5


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...] = ()
    pair: tuple[Colour, float] = (Colour.BLUE, 1.0)
    more: Sequence[Leaf] = ()
    either: Leaf | str | None = None
    kind: Colour | tuple[Colour, ...] | None = None
    name: str = ""
    count: int = 0
    flag: bool = False


colours = st.sampled_from(Colour)
leaves = st.builds(Leaf, colours, st.floats(0, 1) | st.integers(0, 1))
several = st.lists(leaves, max_size=3).map(tuple)


@given(
    st.builds(
        Tree,
        several,
        st.tuples(colours, st.floats(0, 9)),
        several,
        leaves | st.text(max_size=3) | st.none(),
        colours | st.lists(colours, max_size=3).map(tuple) | st.none(),
        st.text(max_size=3),
        st.integers(-5, 5),
        st.booleans(),
    )
)
def test_a_record_of_records_enumerations_unions_and_tuples_comes_back(tree: Tree) -> None:
    again = through_json(tree)

    assert again == tree
    # Equal numbers of two types would hash differently.
    assert repr(again) == repr(tree)


PLANNED = Faults(
    WorkerFaults(mean_ticks=9, delay=0.5, kill=0.5),
    Outages(region_mean=50.0, hosts=2),
    OfficeConfig(roles=(Role("decide", standby=Standby.COLD), Role("idle", critical=False))),
    Partitions(schedule=(PlannedPartition(1, 2, 3, Cut.SIBLINGS),)),
    schedule=(PlannedFault(3, FaultKind.KILL, "manager", 1, 2),),
)


@pytest.mark.parametrize("faults", [None, *presets().values(), PLANNED])
def test_a_hive_with_faults_comes_back_with_its_hash(faults: Faults | None) -> None:
    task = ForageConfig(boundary=Boundary.TORUS, faults=faults)
    config = HiveConfig(SIZES["nano"], task)
    again = through_json(config)

    assert again == config
    assert again.config_hash() == config.config_hash()
    assert type(again.forage.boundary) is Boundary


def test_a_queue_comes_back_with_its_hash() -> None:
    config = QueueHive(SIZES["nano"], QueueConfig(busy_load=3.0))

    assert through_json(config) == config
    assert through_json(config).config_hash() == config.config_hash()


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({"twigs": []}, "twigs"),
        ({"leaves": [{"colour": 7}]}, "7 is not a valid Colour"),
        ({"leaves": [{"shade": 1}]}, "shade"),
    ],
)
def test_what_a_record_cannot_hold_is_named(stored: dict[str, Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        remade(Tree, stored)
