"""What a facade is made from: arguments checked once, before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hive_env.config import ForageConfig, HiveConfig, Size
from hive_env.ecs.columns import Array
from hive_env.envs.levels import Level, level_named
from hive_env.envs.spaces import OBSERVATIONS
from hive_env.errors import ConfigError
from hive_env.scenarios.forage import POLICIES, Forage

JOINT_LIMIT = 4_096
"""Most seats that one joint controller may command."""

RENDER_MODES = ("rgb_array", "human")
"""Ways to render, besides not at all."""

BUILT_IN = (*POLICIES, "pheromone")
"""Names of the built-in policies."""

Policy = str | Callable[[Forage], Array]
"""A built-in policy's name, or a function from a simulation to actions uint8[W * N, 2]."""


@dataclass(frozen=True)
class Settings:
    """Who plays what, in which world.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    level : Level
        Level that is played.
    seats : slice
        Seats of the level that are commanded from outside.
    policy : str or callable
        Plays everybody else.
    max_cycles : int, optional
        Steps after which an episode is truncated, if the task's own end does not come first.
    observation : {"float32", "uint8"}
        Form of the observations.
    device : {"cpu", "cuda"}
        Where the worlds run.
    threads : int, optional
        CPU threads; results do not depend on it.
    """

    config: HiveConfig
    level: Level
    seats: slice
    policy: Policy
    max_cycles: int | None
    observation: str
    device: str
    threads: int | None

    @classmethod
    def of(
        cls,
        size: str | int | Size,
        config: ForageConfig | Mapping[str, Any] | None,
        level: str,
        seat: int | None,
        policy: Policy,
        max_cycles: int | None,
        observation: str,
        device: str,
        threads: int | None,
    ) -> Settings:
        """Return the settings for arguments as a user gives them; ``seat=None`` is all seats.

        Raises
        ------
        ConfigError
            Names the argument that cannot be used.
        """
        played = level_named(level)
        world = HiveConfig(Size.of(size), forage_config(config))
        return cls(
            world,
            played,
            slice(None) if seat is None else checked_seat(seat, played, world),
            checked_policy(policy),
            checked_cycles(max_cycles),
            checked_member("observation", observation, OBSERVATIONS),
            device,
            threads,
        )


def forage_config(config: ForageConfig | Mapping[str, Any] | None) -> ForageConfig:
    """Return the task's constants from themselves, from what differs, or by default.

    Raises
    ------
    ConfigError
        When it is none of these, or names a constant that does not exist.
    """
    if config is None:
        return ForageConfig()
    if isinstance(config, ForageConfig):
        return config
    if not isinstance(config, Mapping):
        raise ConfigError("config", "a ForageConfig or a mapping of its constants", config)
    names = [item.name for item in fields(ForageConfig)]
    for name in config:
        if name not in names:
            raise ConfigError("config", f"constants among {', '.join(names)}", f"{name!r}")
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in config.items()
    }
    return ForageConfig(**given)


def checked_seat(seat: int, level: Level, config: HiveConfig) -> slice:
    """Return the slice that holds one seat, or raise `ConfigError`."""
    last = level.seats(config) - 1
    if not _is_integer(seat) or not 0 <= seat <= last:
        raise ConfigError("seat", f"an integer from 0 to {last}, a {level.name} of this size", seat)
    return slice(int(seat), int(seat) + 1)


def checked_joint(joint: bool, seat: int, size: str | int | Size, level: str) -> int | None:
    """Return the seat to play, None for all of them under ``joint``.

    Raises
    ------
    ConfigError
        When ``joint`` is no bool, is given a seat as well, or the hive is too large for it.
    """
    if not isinstance(joint, bool):
        raise ConfigError("joint", "True or False", joint)
    if not joint:
        return seat
    if seat != 0 or isinstance(seat, bool):
        raise ConfigError("seat", "0 with joint=True, which takes all seats", seat)
    seats = level_named(level).seats(HiveConfig(Size.of(size)))
    if seats > JOINT_LIMIT:
        raise ConfigError(
            "joint",
            f"at most {JOINT_LIMIT:,} seats for one controller",
            f"joint=True with {seats:,}",
            "Take a smaller size, play one seat, or use hive_v0.parallel_env or the array API.",
        )
    return None


def checked_policy(policy: Policy) -> Policy:
    """Return a policy, or raise `ConfigError`."""
    if not callable(policy) and (not isinstance(policy, str) or policy not in BUILT_IN):
        raise ConfigError(
            "policy", f"one of {', '.join(BUILT_IN)}, or a function of the simulation", policy
        )
    return policy


def checked_cycles(max_cycles: int | None, argument: str = "max_cycles") -> int | None:
    """Return a number of steps or None, or raise `ConfigError`."""
    if max_cycles is not None and (not _is_integer(max_cycles) or max_cycles < 1):
        raise ConfigError(argument, "a positive integer or None", max_cycles)
    return None if max_cycles is None else int(max_cycles)


def checked_render_mode(render_mode: str | None) -> str | None:
    """Return a render mode or None, or raise `ConfigError`."""
    if render_mode is None:
        return None
    return checked_member("render_mode", render_mode, RENDER_MODES)


def checked_member(argument: str, given: str, names: tuple[str, ...]) -> str:
    """Return one of some names, or raise `ConfigError`."""
    if not isinstance(given, str) or given not in names:
        raise ConfigError(argument, f"one of {', '.join(names)}", given)
    return given


def _is_integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
