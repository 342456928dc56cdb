"""Hindsight: transitions told anew, as if what happened had been wanted.

Arrays in, arrays out; it knows no environment, and never loops over transitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from hive_env.errors import ArgumentError
from hive_env.hindsight.goals import Array

STRATEGIES = ("final", "future", "episode", "random")
"""Where substitute goals come from; see `relabel`."""

Reward = Callable[[Array, Array, Any], Any]
"""``compute_reward(achieved_goal, desired_goal, info)`` for goals of shape (M, G), as of a
goal-conditioned environment; it is given an empty dict as ``info``."""


@dataclass(frozen=True)
class Transitions:
    """T transitions, one episode after another, each in order of time.

    Parameters
    ----------
    observation, next_observation : array of shape (T, ...)
        What was observed before and after each step.
    action : array of shape (T, ...)
        What was done.
    reward : float[T]
        What it paid.
    terminated : bool[T]
        Whether the world ended there, so that nothing is to be expected after.
    achieved_goal : array of shape (T, G)
        What was achieved *by* the step: the goal that the next state achieves.
    desired_goal : array of shape (T, G)
        What should have been achieved.
    last : bool[T]
        Whether the step is the last one of its episode, terminated or truncated. The last row
        closes an episode in any case.

    Raises
    ------
    ArgumentError
        When lengths differ, ``last`` or ``terminated`` is not bool, an episode goes on after it
        terminated, or the two goals differ in shape.
    """

    observation: Array
    next_observation: Array
    action: Array
    reward: Array
    terminated: Array
    achieved_goal: Array
    desired_goal: Array
    last: Array

    def __post_init__(self) -> None:
        if not isinstance(self.last, np.ndarray) or self.last.ndim != 1:
            raise ArgumentError("last", "a bool for each transition", self.last)
        count = len(self)
        for item in fields(self):
            given = getattr(self, item.name)
            if not isinstance(given, np.ndarray) or given.ndim == 0 or len(given) != count:
                shown = f"shape {np.shape(given)}"
                raise ArgumentError(item.name, f"an array of {count} rows, as of last", shown)
        for name in ("terminated", "last"):
            if getattr(self, name).dtype != bool or getattr(self, name).ndim != 1:
                raise ArgumentError(name, "a bool for each transition", getattr(self, name).dtype)
        if self.reward.ndim != 1:
            raise ArgumentError("reward", "a number for each transition", self.reward.shape)
        for name in ("achieved_goal", "desired_goal"):
            if getattr(self, name).ndim != 2:
                expected = f"shape ({count}, G)"
                raise ArgumentError(name, expected, f"shape {getattr(self, name).shape}")
        if self.achieved_goal.shape != self.desired_goal.shape:
            expected = f"the shape of achieved_goal, {self.achieved_goal.shape}"
            raise ArgumentError("desired_goal", expected, f"shape {self.desired_goal.shape}")
        if (self.terminated[:-1] & ~self.last[:-1]).any():
            raise ArgumentError("last", "True wherever terminated is", "an episode that goes on")

    def __len__(self) -> int:
        """T."""
        return len(self.last)

    @classmethod
    def of_steps(cls, **steps: Any) -> Transitions:
        """Return what B actors went through in S steps, actor after actor.

        Parameters
        ----------
        **steps : array of shape (S, B, ...)
            The fields by name, as a vector environment or the seats of a level give them.

        Raises
        ------
        ArgumentError
            When a field is missing, unknown, or has not the same S and B as the others.
        """
        names = [item.name for item in fields(cls)]
        if sorted(steps) != sorted(names):
            raise ArgumentError("steps", f"the fields {', '.join(names)}", ", ".join(steps))
        given = {name: np.asarray(steps[name]) for name in names}
        lead = given["last"].shape
        if len(lead) != 2:
            raise ArgumentError("last", "shape (S, B)", f"shape {lead}")
        for name, array in given.items():
            if array.shape[:2] != lead:
                raise ArgumentError(name, f"shape {lead} first", f"shape {array.shape}")
        given["last"] = given["last"].copy()
        given["last"][-1:] = True
        flat = {
            name: array.swapaxes(0, 1).reshape(lead[0] * lead[1], *array.shape[2:])
            for name, array in given.items()
        }
        return cls(**flat)

    def take(self, rows: Array) -> Transitions:
        """Return some transitions, each as an episode of its own: they need not follow up."""
        taken = {item.name: getattr(self, item.name)[rows] for item in fields(self)}
        return Transitions(**{**taken, "last": np.ones(len(taken["last"]), bool)})

    def episodes(self) -> tuple[Array, Array]:
        """Return the first and last row of the episode that each row belongs to, int64[T] each."""
        closes = self.last.copy()
        closes[-1:] = True
        ends = np.flatnonzero(closes)
        number = np.cumsum(closes) - closes
        starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
        return starts[number], ends[number]


def substitute_rows(
    transitions: Transitions, strategy: str, k: int, random: np.random.Generator
) -> Array:
    """Return the rows whose achieved goals are to be wanted instead, int64[T, k].

    Parameters are those of `relabel`.
    """
    if not isinstance(strategy, str) or strategy not in STRATEGIES:
        raise ArgumentError("strategy", f"one of {', '.join(STRATEGIES)}", strategy)
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        raise ArgumentError("k", "a positive integer", k)
    if not isinstance(random, np.random.Generator):
        raise ArgumentError("random", "a numpy.random.Generator", random)
    count = len(transitions)
    shape = (count, int(k))
    if count == 0:
        return np.zeros(shape, np.int64)
    start, end = transitions.episodes()
    if strategy == "final":
        return np.repeat(end[:, None], k, axis=1)
    low = {"future": np.arange(count), "episode": start}.get(strategy, np.zeros(count, np.int64))
    high = end if strategy != "random" else np.full(count, count - 1)
    return random.integers(low[:, None], high[:, None] + 1, size=shape)


def relabel(
    transitions: Transitions,
    compute_reward: Reward,
    strategy: str = "future",
    k: int = 4,
    *,
    random: np.random.Generator,
) -> Transitions:
    """Return every transition k times, each time as if another goal had been desired.

    The goals are those that k other transitions achieved, drawn independently and uniformly with
    replacement from:

    - ``future``: this and the later transitions of the episode. Its own next state counts as one
      that was observed after it;
    - ``episode``: all transitions of the episode;
    - ``final``: its last transition, so the k copies are equal, and only weigh more;
    - ``random``: all transitions given.

    Observations, actions, what was achieved, and whether the world ended there, stay as they were:
    the end of an episode belongs to the world, not to the goal. The rewards are computed anew.
    Real transitions are not among the result: a share of k / (k + 1) of relabelled ones arises
    when both are learnt from.

    Parameters
    ----------
    transitions : Transitions
        T transitions.
    compute_reward : callable
        Called once with all T * k pairs of goals.
    strategy : {"future", "final", "episode", "random"}
        Where goals come from.
    k : int
        Goals for each transition, at least 1.
    random : numpy.random.Generator
        Draws them.

    Returns
    -------
    Transitions
        T * k rows: row ``i * k + j`` is transition i with its j-th goal. Each is an episode of its
        own, for another goal has another past: nothing is to be relabelled twice.

    Raises
    ------
    ArgumentError
        When the strategy is unknown, k is not positive, or `compute_reward` does not return a
        number for each pair.

    Notes
    -----
    Andrychowicz et al., "Hindsight Experience Replay", 2017 (arXiv 1707.01495), sections 3.3 and
    4.5, where ``future`` with k = 4 does best. That the next state itself is among the future's
    goals is as in the paper's own code, and in Stable-Baselines3.
    """
    rows = substitute_rows(transitions, strategy, k, random).ravel()
    again = transitions.take(np.repeat(np.arange(len(transitions)), int(k)))
    goals = transitions.achieved_goal[rows]
    reward = np.asarray(compute_reward(again.achieved_goal, goals, {}))
    if reward.shape != again.reward.shape or reward.dtype.kind not in "fiub":
        expected = f"numbers of shape {again.reward.shape}"
        shown = f"{reward.dtype} of shape {reward.shape}"
        raise ArgumentError("compute_reward(...)", expected, shown)
    return replace(again, desired_goal=goals, reward=reward.astype(transitions.reward.dtype))


def relabel_actions(
    transitions: Transitions, achieved: Array, known: Array | None = None
) -> Transitions:
    """Return transitions in which those who command had ordered what was then done.

    An order that is not carried out says nothing of its worth. With the order that its
    subordinates in effect carried out, the transition is one that a perfect lower level would
    have made: what was observed and paid hangs on what they did, not on what they were told.

    Parameters
    ----------
    transitions : Transitions
        T transitions of a level that commands; its actions are orders.
    achieved : array of the shape and dtype of ``transitions.action``
        The orders that were in effect carried out; see `hive_env.hindsight.orders`.
    known : bool[T], optional
        Where there is such an order; the other transitions are left out. All by default.

    Returns
    -------
    Transitions
        As they were but for the actions. Without ``known`` they may go on to `relabel`, which
        makes hindsight goal transitions of them; those that ``known`` has picked are each an
        episode of their own.

    Raises
    ------
    ArgumentError
        When shapes or dtypes do not match.

    Notes
    -----
    The hindsight action transitions of Levy et al., "Learning Multi-Level Hierarchies with
    Hindsight", 2019 (arXiv 1712.00948), section 3.2. Its subgoal testing transitions, which fine
    orders that were tried and missed, are not made here.
    """
    action = transitions.action
    given = achieved if isinstance(achieved, np.ndarray) else np.zeros(0)
    if given.shape != action.shape or given.dtype != action.dtype:
        expected = f"{action.dtype} of shape {action.shape}, as action"
        shown = f"{getattr(achieved, 'dtype', '?')} of shape {np.shape(achieved)}"
        raise ArgumentError("achieved", expected, shown)
    told = replace(transitions, action=given)
    if known is None:
        return told
    if not isinstance(known, np.ndarray) or known.dtype != bool or known.shape != given.shape[:1]:
        expected = f"bool of shape {given.shape[:1]}"
        raise ArgumentError("known", expected, f"shape {np.shape(known)}")
    return told.take(np.flatnonzero(known))
