"""Where recorded episodes come from: all that is needed to play them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, fields
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from hive_env import __version__
from hive_env.envs.settings import Settings, constants_of
from hive_env.errors import ArgumentError
from hive_env.faults import presets
from hive_env.scenarios.families import Family
from hive_env.scenarios.rewards import WEIGHTS
from hive_env.sizes import SIZES, Size
from hive_env.wrappers import SeatsVectorEnv


def origin_of(env: SeatsVectorEnv, policy: str) -> dict[str, Any]:
    """Return what a data set keeps of the environment, as JSON has it."""
    settings: Settings = env.settings
    level = settings.levels[settings.played[0]]
    others = dict(settings.policies)
    if env.seats == level.seats:
        del others[level.name]
    told = {
        "version": __version__,
        "task": settings.family.name,
        "size": asdict(settings.size),
        "level": level.name,
        "first_seat": settings.seats.start or 0,
        "seats": env.seats,
        "config": asdict(settings.constants),
        "config_hash": env.simulation.blueprint.config_hash,
        "policy": policy,
        "others": {name: name_of(one) for name, one in others.items()},
        "weights": settings.weights,
        "global_mode": settings.global_mode,
        "max_cycles": env.max_cycles,
        "observation": settings.observation,
    }
    return dict(json.loads(json.dumps(told, default=int)))


def name_of(policy: object) -> str:
    """Return what a policy is called: its name, or that of the function."""
    if isinstance(policy, str):
        return policy
    return str(getattr(policy, "__qualname__", type(policy).__qualname__))


def spec_of(env: SeatsVectorEnv) -> EnvSpec | None:
    """Return how `gymnasium.make` makes the environment of one seat.

    None where it cannot be told in JSON: a size or constants that no name or number stands for, a
    policy that is a function.
    """
    settings: Settings = env.settings
    size = plain_size(settings.size)
    constants = plain_constants(settings.family, settings.constants)
    policies = {
        level: policy
        for level, policy in settings.policies.items()
        if policy != settings.levels[level].scripted
    }
    named = all(isinstance(policy, str) for policy in policies.values())
    if size is None or constants is None or not named:
        return None
    # A copy: what is asked for by name is the registry's own.
    made = deepcopy(gymnasium.spec("Hive-v0"))
    made.kwargs = {
        "task": settings.family.name,
        "size": size,
        "level": settings.played[0],
        "seat": settings.seats.start or 0,
        "observation": settings.observation,
        "global_mode": settings.global_mode,
        "max_cycles": env.max_cycles,
        "config": constants,
        "policies": policies,
        "weights": {
            level: three for level, three in settings.weights.items() if three != WEIGHTS[level]
        },
    }
    return made


def plain_size(size: Size) -> str | int | None:
    """Return the name of a size or the number that makes it, None where there is neither."""
    for name, one in SIZES.items():
        if one == size:
            return name
    return size.workers if size.workers >= 256 and Size.of(size.workers) == size else None


def plain_constants(family: Family, constants: Any) -> Mapping[str, Any] | str | None:
    """Return constants as the name of a tier, or what differs from the default; None if neither."""
    for tier, one in family.tiers.items():
        if one == constants:
            return tier
    default = family.constants()
    differs = {
        item.name: getattr(constants, item.name)
        for item in fields(constants)
        if getattr(constants, item.name) != getattr(default, item.name)
    }
    if "faults" in differs:
        names = (name for name, one in presets().items() if one == differs["faults"])
        differs["faults"] = next(names, differs["faults"])
    try:
        stored = dict(json.loads(json.dumps(differs)))
        return stored if constants_of(family, stored) == constants else None
    except (TypeError, ArgumentError):
        return None
