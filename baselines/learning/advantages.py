"""The generalised advantage estimate."""

from __future__ import annotations

import torch
from torch import Tensor


def advantages(
    rewards: Tensor,
    values: Tensor,
    after: Tensor,
    terminated: Tensor,
    ended: Tensor,
    discount: float,
    trace: float,
) -> Tensor:
    """Return the generalised advantage estimate of every step.

    Schulman et al., *High-dimensional continuous control using generalized advantage estimation*
    (2016), equation 16, over pieces of episodes. An episode that was cut off (truncated) went on in
    truth, so its last step is paid the value of what was seen then, before any reset; one that is
    over (terminated) is paid nothing more. At both the sum ends: what comes next in the rows is
    another episode.

    Parameters
    ----------
    rewards : float32[T, n]
        What each step paid.
    values : float32[T, n]
        Value of what was seen before each step.
    after : float32[T, n]
        Value of what was seen after it: where an episode ended, of its last observation
        (``final_obs``), not of the first of the next one.
    terminated, ended : bool[T, n]
        Whether the episode was over with the step; whether it ended there, over or cut off.
    discount, trace : float
        Gamma and lambda, from 0 to 1.

    Returns
    -------
    float32[T, n]
        With ``values`` added it is the target of the values.
    """
    found = torch.zeros_like(rewards)
    rest = torch.zeros_like(rewards[0])
    for step in reversed(range(len(rewards))):
        target = rewards[step] + discount * after[step] * ~terminated[step]
        rest = target - values[step] + discount * trace * rest * ~ended[step]
        found[step] = rest
    return found
