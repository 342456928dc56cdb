"""What an office may be, and what is refused."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.consensus import Consensus
from hive_env.enums import Standby
from hive_env.errors import ArgumentError, ConfigError
from hive_env.offices import (
    MOST_MEMBERS,
    MOST_POSTURES,
    MOST_ROLES,
    ROLES,
    OfficeConfig,
    Role,
    deepest,
    eligible,
    half_life,
    own_roles,
    presets,
    rotation,
    slots,
    standbys,
    upkeep,
    weibull_scale,
)
from hive_env.postures import PLANNED, POSTURES, Posture
from hive_env.scenarios.teams import Teams

NAN = math.nan

WRONG = [
    *[(name, -1.0) for name in ("fault_mean", "delay_mean", "corruption_mean", "detect")],
    *[(name, -1.0) for name in ("event_gap", "replay", "checkpoint_every", "resume", "restart")],
    *[(name, NAN) for name in ("fault_mean", "fault_shape", "dormancy", "kill", "resume")],
    *[(name, math.inf) for name in ("fault_mean", "detect", "transfer")],
    *[(name, 1.1) for name in ("kill", "delay", "corruption", "dormancy", "skill")],
    *[(name, -0.1) for name in ("checkpoint_integrity", "evidence_integrity", "least_skill")],
    ("fault_mean", "often"),
    ("fault_mean", 1e-6),
    ("roles", (*ROLES[:7], Role("three", fault_mean=1e-6))),
    ("fault_mean", True),
    ("fault_shape", 0.0),
    ("fault_shape", 0.2),
    ("fault_shape", 9.0),
    ("kill", 0.7),
    ("coverage", (1.0, 1.0)),
    ("dormancy", (1.0, 1.0)),
    ("dormancy", [1.0, 1.0, 1.0]),
    ("dormancy", (1.0, 1.0, NAN)),
    ("dormancy", (1.0, 1.0, 1.5)),
    ("dormancy", True),
    ("dormancy", None),
    ("coverage", (1.0, 1.0, NAN)),
    ("coverage", (1.0, 1.0, 1.5)),
    ("load", (0.0, -1.0, 0.0)),
    ("load", 3.0),
    ("members", 0),
    ("members", 2.0),
    ("members", True),
    ("members", MOST_MEMBERS // len(ROLES) + 1),
    ("crew", "each"),
    ("rotation", 0),
    ("rotation", len(ROLES) + 1),
    ("sharing", "square"),
    ("sharing", "pairs"),
    ("practice_every", -1),
    ("practice_every", 1.5),
    ("skill_decay", -0.1),
    ("least_skill", 1.2),
    ("least_skill", 0.99),
    ("roles", ()),
    ("roles", list(ROLES)),
    ("roles", tuple(Role(f"role {at}") for at in range(MOST_ROLES + 1))),
    ("roles", (Role("one"), Role("one"))),
    ("roles", (Role("one", critical=False),)),
    ("members", MOST_MEMBERS + 1),
    ("consensus", "raft"),
    ("postures", ()),
    ("postures", [PLANNED]),
    ("postures", (PLANNED, "lean")),
    ("postures", (PLANNED, Posture("planned", rotation=2))),
    ("postures", (Posture("short", standby=(Standby.HOT,) * 7),)),
    ("postures", (Posture("deep", rotation=9),)),
    ("postures", (Posture("none", rotation=0),)),
    ("postures", (Posture("half", rotation=1.5),)),
    ("postures", tuple(Posture(str(at)) for at in range(MOST_POSTURES + 1))),
    ("standby_cost", (1.0, 0.15)),
    ("standby_cost", (1.0, -0.15, 0.0)),
    ("standby_cost", (1.0, NAN, 0.0)),
    ("rotation_cost", -0.1),
    ("rotation_cost", NAN),
    ("budget", NAN),
    ("budget", -1.0),
    ("budget", 2.4),
    ("savings", -1.0),
    ("savings", NAN),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=str)
def test_what_no_office_can_be_is_refused_by_name(name, value):
    with pytest.raises(ConfigError) as raised:
        replace(OfficeConfig(), **{name: value})
    assert name in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": (Role("one"), Role("two")), "consensus": Consensus()},
        {"roles": (Role("decide", members=2), Role("two")), "consensus": Consensus()},
        {"roles": (Role("decide"),) * 1, "members": 61, "consensus": Consensus(7), "rotation": 2},
        {
            "roles": ROLES[:2],
            "rotation": 2,
            "sharing": "pairs",
            "postures": (Posture("d", None, None, 3),),
        },
        {"roles": ROLES[:1]},
    ],
    ids=["no deciders", "too few deciders", "rotation of one", "pairs", "default of one role"],
)
def test_what_does_not_go_together_is_refused(changes):
    with pytest.raises(ConfigError):
        replace(OfficeConfig(), **changes)


def test_of_one_role_there_is_no_rotating_posture_and_the_error_says_what_to_do():
    with pytest.raises(ConfigError, match=r"postures\[rotating\].rotation.*1.*postures="):
        OfficeConfig(roles=ROLES[:1])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        *[({"name": name}, "Role.name") for name in (3, None, [], "", b"one")],
        *[({"critical": value}, r"roles\[one\].critical") for value in ("no", NAN, 1, None)],
        *[({"members": value}, r"roles\[one\].members") for value in (0, 2.0, True, 63)],
        *[({"fault_mean": value}, r"roles\[one\].fault_mean") for value in (-1.0, NAN, "often")],
        *[({"standby": value}, r"roles\[one\].standby") for value in (1, None, "hot")],
    ],
    ids=str,
)
def test_what_no_role_can_be_is_refused_by_name(changes, named):
    with pytest.raises(ConfigError, match=f"^{named}"):
        Role(**{"name": "one", **changes})


@pytest.mark.parametrize("offices", [0, -1, 1.0, True, 2**24])
def test_so_many_offices_cannot_be(offices):
    with pytest.raises(ArgumentError, match="offices"):
        Teams(OfficeConfig(), offices)


@pytest.mark.parametrize("ticks", [0, -1, 1.5, True])
def test_so_many_ticks_cannot_pass_and_nothing_does(ticks):
    teams = Teams(OfficeConfig(), 2)
    teams.reset(0)
    before = teams.state_hash()
    with pytest.raises(ArgumentError, match="ticks"):
        teams.tick(ticks)
    assert teams.state_hash() == before


def test_the_default_office_is_that_of_the_paper():
    config = OfficeConfig()
    assert [role.name for role in config.roles if role.critical] == [
        *("sense", "assess", "comply", "decide", "relay"),
    ]
    assert [role.name for role in config.roles if not role.critical] == [
        *("report", "scout", "archive"),
    ]
    assert config.members == 2
    standby = {role.name: role.standby for role in config.roles}
    assert standby["decide"] is standby["comply"] is Standby.HOT
    assert standby["sense"] is standby["assess"] is Standby.WARM
    assert standby["report"] is standby["archive"] is Standby.COLD


def test_by_default_a_member_of_an_office_fails_about_every_256_ticks():
    config = OfficeConfig()
    assert config.fault_mean / (len(config.roles) * config.members) == 256


def test_presets_go_from_no_faults_to_many():
    found = presets()
    assert list(found) == ["off", "mild", "default", "harsh"]
    assert found["off"].fault_mean == 0
    assert found["mild"].fault_mean > found["default"].fault_mean > found["harsh"].fault_mean > 0
    assert found["default"].fault_mean == OfficeConfig().fault_mean
    assert all(one.postures[0].name == "lean" for one in found.values())


def test_nothing_ever_fails_with_faults_off():
    teams = Teams(presets()["off"], 50)
    teams.reset(1)
    teams.tick(500)
    account = teams.account()
    assert (account.closings, account.takeovers) == (0, 0)
    assert account.mttf == math.inf
    assert account.availability == 1.0


def test_a_fault_mean_whose_scale_would_round_to_none_is_refused():
    """By shape .25 the scale is a 24th of the mean."""
    with pytest.raises(ConfigError, match="fault_mean"):
        replace(OfficeConfig(), fault_mean=23 / 65536, fault_shape=0.25)
    config = replace(OfficeConfig(), fault_mean=24.01 / 65536, fault_shape=0.25)
    assert (Teams(config).columns["fault_mean"] == 1).all()
    assert (Teams(replace(config, fault_mean=0.0)).columns["fault_mean"] == 0).all()


@given(st.floats(0.25, 8), st.floats(1, 1e6))
def test_the_scale_of_a_weibull_distribution_gives_its_mean(shape, mean):
    assert weibull_scale(mean, shape) * math.gamma(1 + 1 / shape) == pytest.approx(mean)


def test_without_rotation_a_role_is_for_its_own_members():
    assert eligible(OfficeConfig()) == [0b11 << (2 * role) for role in range(8)]


def test_in_a_ring_a_member_may_serve_its_own_role_and_the_next_ones():
    config = replace(OfficeConfig(), rotation=3)
    for role, mask in enumerate(eligible(config)):
        homes = {(role - step) % 8 for step in range(3)}
        assert {member // 2 for member in range(16) if (mask >> member) & 1} == homes


def test_in_pairs_two_roles_share_their_members():
    config = replace(OfficeConfig(), rotation=2, sharing="pairs")
    masks = eligible(config)
    assert masks == [0b1111 << (4 * (role // 2)) for role in range(8)]


@pytest.mark.parametrize("changes", [{}, {"rotation": 3}, {"rotation": 2, "sharing": "pairs"}])
def test_each_role_that_a_member_may_serve_has_a_slot_of_its_own(changes):
    config = replace(OfficeConfig(), **changes)
    masks, table = eligible(config), slots(config)
    for member in range(16):
        mine = [role for role in range(8) if (masks[role] >> member) & 1]
        assert sorted(table[member][role] for role in mine) == list(range(config.rotation))
        assert table[member][member // 2] == 0


# --- members, postures, what they cost ----------------------------------------------------------


def test_roles_may_have_members_of_their_own_numbers():
    roles = (Role("a", members=3), Role("b"), Role("c", members=1))
    config = replace(OfficeConfig(), roles=roles, rotation=2)
    assert config.sizes == (3, 2, 1)
    assert config.team == 6
    assert own_roles(config) == [0, 0, 0, 1, 1, 2]
    assert eligible(config) == [0b100111, 0b011111, 0b111000]
    assert slots(config)[3] == [0, 0, 1]


def test_with_consensus_the_deciders_are_its_peers():
    config = replace(OfficeConfig(), consensus=Consensus(5))
    sizes = dict(zip((role.name for role in config.roles), config.sizes, strict=True))
    assert sizes.pop("decide") == 5
    assert set(sizes.values()) == {2}
    assert config.team == 19


def test_a_posture_says_how_members_stand_by_and_how_deep_they_rotate():
    config = OfficeConfig()
    planned = [role.standby for role in ROLES]
    guarded = [Standby.HOT if role.critical else role.standby for role in ROLES]
    found = {one.name: (standbys(config, one), rotation(config, one)) for one in POSTURES}
    assert found == {
        "planned": (planned, 1),
        "lean": ([Standby.COLD] * 8, 1),
        "guarded": (guarded, 1),
        "rotating": (planned, 2),
    }
    each = tuple(Standby(at % 3) for at in range(8))
    assert standbys(config, Posture("each", standby=each)) == list(each)
    assert deepest(config) == 2


def test_upkeep_is_that_of_the_backups_and_of_the_further_roles():
    """Two hot backups and three warm ones are planned; 16 members rotate one role further."""
    config = OfficeConfig()
    costs = {one.name: upkeep(config, one) for one in POSTURES}
    assert costs == {
        "planned": pytest.approx(2 * 1 + 3 * 0.15),
        "lean": 0,
        "guarded": 5,
        "rotating": pytest.approx(2.45 + 16 * 0.03),
    }
    assert upkeep(replace(config, members=3)) == pytest.approx(2 * 2.45)
    assert upkeep(replace(config, members=1)) == 0


def test_an_office_holds_what_postures_cost_in_thousandths():
    columns, constants = Teams(OfficeConfig()).columns, Teams(OfficeConfig()).blueprint.constants
    assert columns["upkeep"].tolist() == [2450, 0, 5000, 2930]
    assert (constants["budget"], constants["savings"]) == (2450, 256_000)
    assert Teams(replace(OfficeConfig(), budget=3.0)).blueprint.constants["budget"] == 3000


def test_a_role_that_one_may_serve_in_a_shallow_posture_has_the_same_slot_in_a_deep_one():
    config = OfficeConfig()
    table = slots(config)
    for posture in POSTURES:
        for role, mask in enumerate(eligible(config, posture)):
            for member in range(16):
                if (mask >> member) & 1:
                    assert (
                        table[member][role] == (role - member // 2) % 8 < rotation(config, posture)
                    )


def test_what_fades_by_a_rate_has_a_half_life():
    assert half_life(replace(OfficeConfig(), skill_decay=0.01)) == pytest.approx(69.3147)
    assert half_life(replace(OfficeConfig(), skill_decay=0.0)) == 0


def another(value):
    """Return another value of the same kind, or None where there is none to be had."""
    if isinstance(value, Enum):
        return next(one for one in type(value) if one is not value)
    return value / 2 if isinstance(value, float) else None


def test_every_parameter_counts():
    """Each changes the hash by which results and snapshots tell configurations apart."""
    usual = OfficeConfig()
    other: dict[str, object] = {
        "roles": ROLES[:6],
        "members": 3,
        "coverage": (1.0, 0.5, 0.5),
        "load": (0.0, 1.0, 1.0),
        "rotation": 2,
        "practice_every": 9,
        "skill": 0.8,
        "consensus": Consensus(),
        "postures": POSTURES[:2],
        "standby_cost": (2.0, 0.15, 0.0),
        "budget": 9.0,
    }
    for field in fields(usual):
        found = another(getattr(usual, field.name))
        if found is not None:
            other.setdefault(field.name, found)
    configs = [replace(usual, **{name: value}) for name, value in other.items()]
    hashes = {Teams(config).blueprint.config_hash for config in [usual, *configs]}
    assert len(hashes) == len(other) + 1
    assert len(other) > 20
