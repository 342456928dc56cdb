"""What a facade is made from: arguments checked once, before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.envs.spaces import OBSERVATIONS
from hive_env.errors import ConfigError
from hive_env.scenarios.families import FAMILIES, Family
from hive_env.scenarios.hive import LEVELS, Hive, Level
from hive_env.scenarios.rewards import GLOBAL_MODES, WEIGHTS, checked_weights
from hive_env.sizes import Size

JOINT_LIMIT = 4_096
"""Most seats that one joint controller may command."""

RENDER_MODES = ("rgb_array", "human")
"""Ways to render, besides not at all."""

ALL = "all"
"""Value of ``level`` under which every seat of every level is played, on one clock."""

Policy = str | Callable[[Any], Array]
"""A built-in policy's name, or a function from a hive to actions uint8[W * S, C] of its level."""

Weights = Mapping[str, Sequence[float]]
"""Weights of the reward components by level."""


@dataclass(frozen=True)
class Settings:
    """Who plays what, in which world.

    Parameters
    ----------
    family : Family
        Kind of task.
    size : Size
        How many workers there are, and how they nest.
    constants : object
        Constants of the task, of the family's own type.
    levels : mapping of str to Level
        The levels of such a world.
    played : tuple of str
        Levels that are played from outside: one, or all.
    seats : slice
        Seats of the level that are commanded from outside; all of them where all are played.
    policies : mapping of str to (str or callable)
        Play everybody else, by level.
    weights : mapping of str to tuple of float
        Weights of the reward components by level.
    global_mode : {"mean", "difference", "none"}
        Form of the global component.
    max_cycles : int, optional
        Steps after which an episode is truncated, if the task's own end does not come first.
    observation : {"float32", "uint8"}
        Form of the observations.
    device : {"cpu", "cuda"}
        Where the worlds run.
    threads : int, optional
        CPU threads; results do not depend on it.
    """

    family: Family
    size: Size
    constants: Any
    levels: Mapping[str, Level]
    played: tuple[str, ...]
    seats: slice
    policies: Mapping[str, Policy]
    weights: Mapping[str, tuple[float, ...]]
    global_mode: str
    max_cycles: int | None
    observation: str
    device: str
    threads: int | None

    def build(self, worlds: int) -> Hive:
        """Return W worlds as these settings ask for them."""
        config = self.family.config(self.size, self.constants)
        return self.family.hive(config, worlds, self.device, self.threads)

    @classmethod
    def of(
        cls,
        size: str | int | Size,
        *,
        task: str = "forage",
        level: str,
        seat: int | None = None,
        policies: Mapping[str, Policy] | None = None,
        weights: Weights | None = None,
        global_mode: str = "mean",
        config: object | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        device: str = "cpu",
        threads: int | None = None,
    ) -> Settings:
        """Return the settings for arguments as a user gives them; ``seat=None`` is all seats.

        Raises
        ------
        ConfigError
            Names the argument that cannot be used.
        """
        family = FAMILIES[checked_member("task", task, tuple(FAMILIES))]
        of_size = Size.of(size)
        constants = constants_of(family, config)
        levels = family.levels(family.config(of_size, constants))
        played = checked_level(level, levels)
        form = checked_member("observation", observation, OBSERVATIONS)
        if form == "uint8" and any(levels[name].dtype is not np.uint8 for name in played):
            raise ConfigError("observation", "float32 above the workers", observation)
        return cls(
            family,
            of_size,
            constants,
            levels,
            played,
            slice(None) if seat is None else checked_seat(seat, levels[played[0]]),
            checked_policies(policies, levels, played, seat is None),
            weights_of(weights),
            checked_member("global_mode", global_mode, GLOBAL_MODES),
            checked_cycles(max_cycles),
            form,
            device,
            threads,
        )


def constants_of(family: Family, config: object | Mapping[str, Any] | None) -> Any:
    """Return the task's constants from themselves, a tier's name, what differs, or by default.

    Raises
    ------
    ConfigError
        When it is none of these, or names a tier or a constant that does not exist.
    """
    kind = family.constants
    if config is None:
        return kind()
    if isinstance(config, kind):
        return config
    if isinstance(config, str):
        return family.tiers[checked_member("config", config, tuple(family.tiers))]
    if not isinstance(config, Mapping):
        expected = f"a {kind.__name__}, a mapping of its constants, or the name of a tier"
        raise ConfigError("config", expected, config)
    names = [item.name for item in fields(kind)]
    for name in config:
        if name not in names:
            raise ConfigError("config", f"constants among {', '.join(names)}", f"{name!r}")
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in config.items()
    }
    return kind(**given)


def checked_level(level: str, levels: Mapping[str, Level]) -> tuple[str, ...]:
    """Return the levels that are played, or raise `ConfigError`."""
    if level == ALL:
        return tuple(levels)
    return (checked_member("level", level, (*levels, ALL)),)


def checked_seat(seat: int, level: Level) -> slice:
    """Return the slice that holds one seat, or raise `ConfigError`."""
    last = level.seats - 1
    if not _is_integer(seat) or not 0 <= seat <= last:
        raise ConfigError("seat", f"an integer from 0 to {last}, a {level.name} of this size", seat)
    return slice(int(seat), int(seat) + 1)


def checked_one_level(level: str) -> str:
    """Return one level, for environments of a single agent, or raise `ConfigError`."""
    if level == ALL:
        raise ConfigError(
            "level",
            f"one of {', '.join(LEVELS)}",
            level,
            "One agent plays one level; hive_v0.parallel_env(level='all') has them all.",
        )
    return level


def checked_joint(joint: bool, seat: int, settings: Callable[[int | None], Settings]) -> Settings:
    """Return the settings for one seat, or for all of them under ``joint``.

    Parameters
    ----------
    joint : bool
        Whether one agent commands all seats.
    seat : int
        The seat otherwise.
    settings : callable
        Gives the settings for a seat, None for all.

    Raises
    ------
    ConfigError
        When ``joint`` is no bool, is given a seat as well, or the level has too many seats.
    """
    if not isinstance(joint, bool):
        raise ConfigError("joint", "True or False", joint)
    if not joint:
        if seat is None:
            raise ConfigError("seat", "an integer; joint=True takes all seats", seat)
        return settings(seat)
    if not _is_integer(seat) or seat != 0:
        raise ConfigError("seat", "0 with joint=True, which takes all seats", seat)
    made = settings(None)
    seats = made.levels[made.played[0]].seats
    if seats > JOINT_LIMIT:
        raise ConfigError(
            "joint",
            f"at most {JOINT_LIMIT:,} seats for one controller",
            f"joint=True with {seats:,}",
            "Take a smaller size, play one seat, or use hive_v0.parallel_env or the array API.",
        )
    return made


def checked_policies(
    policies: Mapping[str, Policy] | None,
    levels: Mapping[str, Level],
    played: tuple[str, ...],
    whole: bool,
) -> dict[str, Policy]:
    """Return a policy for every level: the scripted ones but for those given.

    Parameters
    ----------
    policies : mapping, optional
        What differs.
    levels : mapping
        The levels of the world.
    played : tuple of str
        Levels played from outside.
    whole : bool
        Whether all seats of them are, so that no policy of theirs would ever be asked.

    Raises
    ------
    ConfigError
        When a level is unknown, needs no policy, or the policy is neither built in nor callable.
    """
    if policies is not None and not isinstance(policies, Mapping):
        raise ConfigError("policies", "a mapping of levels to policies", policies)
    given = dict(policies or {})
    for name, policy in given.items():
        if name not in levels:
            raise ConfigError("policies", f"levels among {', '.join(levels)}", f"{name!r}")
        if whole and name in played:
            raise ConfigError("policies", f"no policy of the level played, {name}", given)
        known = levels[name].policies
        if not callable(policy) and (not isinstance(policy, str) or policy not in known):
            raise ConfigError(
                f"policies[{name!r}]", f"one of {', '.join(known)}, or a function", policy
            )
    return {name: given.get(name, level.scripted) for name, level in levels.items()}


def weights_of(weights: Weights | None) -> dict[str, tuple[float, ...]]:
    """Return the weights of every level: the published ones but for those given."""
    if weights is not None and not isinstance(weights, Mapping):
        raise ConfigError("weights", "a mapping of levels to three weights", weights)
    for name in weights or {}:
        if name not in LEVELS:
            raise ConfigError("weights", f"levels among {', '.join(LEVELS)}", f"{name!r}")
    given = {**WEIGHTS, **(weights or {})}
    return {name: checked_weights(three, f"weights[{name!r}]") for name, three in given.items()}


def checked_cycles(max_cycles: int | None, argument: str = "max_cycles") -> int | None:
    """Return a number of steps or None, or raise `ConfigError`."""
    if max_cycles is not None and (not _is_integer(max_cycles) or max_cycles < 1):
        raise ConfigError(argument, "a positive integer or None", max_cycles)
    return None if max_cycles is None else int(max_cycles)


def checked_arrays(arrays: str | None, device: str) -> str:
    """Return where a vector environment's arrays are to be, or raise `ConfigError`.

    By default they are where the worlds are.
    """
    if arrays is None:
        return "host" if device == "cpu" else "device"
    return checked_member("arrays", arrays, ("host", "device"))


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
