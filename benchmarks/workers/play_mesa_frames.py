"""mesa-frames on polars: agents walk a grid and count who shares their cell; and wealth exchange.

``walk``: every agent takes a step that was drawn before the clock starts, and counts the agents
in its cell, as polars expressions over all of them: an AgentSet's own way of setting a column is a
join, and many times slower. ``wealth`` is the Boltzmann model of mesa-frames' own README: who has
wealth gives one unit to an agent drawn at random.
"""

from __future__ import annotations

from typing import Any

import clock
import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

DRAWS = 8
"""Sets of random steps, taken in turn."""


class Walkers(AgentSetPolars):
    """Agents with a cell and the number of agents in it."""

    def __init__(self, model: Model, count: int, draw: np.random.Generator) -> None:
        super().__init__(model)
        # One agent for every 32 cells, as in hive_env.
        side = int(np.sqrt(32 * count))
        place = draw.integers(side, size=(2, count), dtype=np.int32)
        self += pl.DataFrame(
            {
                "unique_id": np.arange(count),
                "x": place[0],
                "y": place[1],
                "here": np.zeros(count, np.uint32),
            }
        )
        self.side = side
        moves = draw.integers(-1, 2, size=(DRAWS, 2, count), dtype=np.int32)
        self.moves = [(pl.Series(dx), pl.Series(dy)) for dx, dy in moves]

    def step(self) -> None:
        """Walk, then count."""
        dx, dy = self.moves[self.model.number % DRAWS]
        x, y, side = pl.col("x"), pl.col("y"), self.side
        moved = self.agents.with_columns(x=(x + dx) % side, y=(y + dy) % side)
        self.agents = moved.with_columns(here=pl.len().over(x * side + y))


class Traders(AgentSetPolars):
    """Agents with wealth, as the README has them."""

    def __init__(self, model: Model, count: int, draw: np.random.Generator) -> None:
        super().__init__(model)
        self += pl.DataFrame({"unique_id": np.arange(count), "wealth": np.ones(count, np.int64)})

    def step(self) -> None:
        """Give and receive."""
        self.do("give_money")

    def give_money(self) -> None:
        """Move one unit of everyone who has any to an agent drawn at random."""
        self.select(self.wealth > 0)
        others = self.agents.sample(n=len(self.active_agents), with_replacement=True)
        self["active", "wealth"] -= 1
        income = others.group_by("unique_id").len()
        self[income, "wealth"] += income["len"]


class Model(ModelDF):
    """A model of one set of agents."""

    def __init__(self, kind: type[AgentSetPolars], count: int, seed: int) -> None:
        super().__init__(seed)
        self.number = 0
        self.agents += kind(self, count, np.random.default_rng(seed))


def case(kind: str, agents: int, seconds: float, repeats: int, seed: int) -> dict[str, Any]:
    """Measure a step of the model."""
    model = Model({"walk": Walkers, "wealth": Traders}[kind], agents, seed)

    def step(number: int) -> int:
        model.number = number
        model.agents.do("step")
        return agents

    found = clock.measure(step, seconds, repeats)
    return {"agents": agents, "observation_bytes": 0, **found}


if __name__ == "__main__":
    clock.run(case, "mesa_frames", "polars", "numpy")
