"""Steps of a hive whose seats of one level are played by a learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baselines.learning.hindsight import Outcome
from baselines.learning.ppo import Learner, Rollout
from baselines.learning.seats import Seats
from baselines.learning.views import View
from hive_env.wrappers import SeatsVectorEnv


class Collector:
    """Plays a learner in all seats of a level, while the environment plays the others.

    Parameters
    ----------
    env : SeatsVectorEnv
        Of the mode ``Disabled``: what is seen last is looked at before the next episode begins.
    learner : Learner
        Who plays.
    view : View
        What it is shown.
    seed : int
        Of the first world.
    central : View, optional
        What its critic is shown, where it has one of its own.
    outcome : Outcome, optional
        Who tells what came of its actions, where that is learned from.
    """

    def __init__(
        self,
        env: SeatsVectorEnv,
        learner: Learner,
        view: View,
        seed: int,
        central: View | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        self.env = env
        seen, infos = env.reset(seed=seed)
        self.seats = Seats(env.simulation, learner, view, central, outcome)
        self.seats.look(seen, infos["action_mask"])

    def state(self) -> dict[str, Any]:
        """Return what it goes on from: the worlds, and what its view keeps."""
        return {"worlds": self.env.simulation.snapshot(), "view": self.seats.view.state()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        self.env.simulation.restore(state["worlds"])
        self.seats.view.load(state["view"])
        self.seats.look()

    def collect(self, steps: int) -> Rollout:
        """Take so many steps."""
        seats = self.seats
        for _ in range(steps):
            seen, rewards, _, truncated, infos = self.env.step(seats.act())
            seats.look(seen, infos["action_mask"])
            seats.paid(rewards, truncated)
            if truncated.any():
                seen, infos = self.env.reset(options={"reset_mask": truncated})
                seats.look(seen, infos["action_mask"])
            seats.begun()
        return seats.take()
