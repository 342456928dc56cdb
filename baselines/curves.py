"""Learning curves: a plain PPO in every level of a hive, between random and scripted play.

    python -m baselines.curves --json curves.json --markdown docs/curves.md \\
        --picture docs/pictures/curves.svg
    python -m baselines.curves --level governor --seeds 1 --share 0.1      # a look at one level
    python -m baselines.curves --json curves.json --markdown docs/curves.md --levels

One level at a time learns, all others follow their scripted policies. All seats of the level share
one network: Stable-Baselines3's PPO, an MLP of 128 and 128 units, standard hyper-parameters. It is
tested, greedy, on seeds that no training sees, the same for random and for scripted play.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from baselines.chart import Panel, picture
from baselines.learning.episodes import VALIDATION_SEED
from baselines.play import Hive, Worth, worth
from hive_env.bench import arguments as read
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import paired_difference
from hive_env.bench.tables import origin, table
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import SIZES
from hive_env.wrappers.sb3 import SeatsVecEnv

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """A budget, and the hyper-parameters of Stable-Baselines3's PPO."""

    decisions: int
    """Decisions of single seats in training."""
    worlds: int = 16
    """Worlds that train at once; their seats are as many environments times the seats of one."""
    steps: int = 16
    """Decisions of each seat between two updates."""
    batch: int = 512
    """Decisions of a gradient step."""
    epochs: int = 10
    """Passes over the data of an update."""
    learning_rate: float = 1e-3
    """Of Adam; falls linearly to zero."""
    discount: float = 0.95
    """By decision of the level."""
    trace: float = 0.95
    """Lambda of the generalised advantage estimate."""
    entropy: float = 0.003
    """Weight of the entropy bonus."""
    tests: int = 8
    """Tests at equal intervals of training, the last one at its end."""


RECIPES = {
    "worker": Recipe(
        8_000_000,
        worlds=2,
        batch=2_048,
        epochs=4,
        learning_rate=2e-3,
        discount=0.97,
        trace=0.9,
        entropy=0.01,
    ),
    "manager": Recipe(1_000_000, steps=8, epochs=8, learning_rate=5e-4, discount=0.6, trace=0.9),
    "governor": Recipe(40_000, steps=8, batch=128, discount=0.9),
    "orchestrator": Recipe(8_000, steps=8, batch=64, discount=0.9),
    "seat": Recipe(
        1_000_000, worlds=128, epochs=8, learning_rate=5e-4, discount=0.6, trace=0.9, tests=5
    ),
}
"""By study: a level whose seats all learn as one, or the one seat that ``Hive-v0`` has."""

STUDIES = (*LEVELS, "seat")
"""What can be studied, in the order of the page."""


class Tester(BaseCallback):
    """Tests the greedy policy at equal intervals of training."""

    def __init__(self, hive: Hive, recipe: Recipe, tell: Tell) -> None:
        super().__init__()
        self._hive = hive
        self._marks = np.linspace(0, recipe.decisions, recipe.tests + 1)[1:]
        self._tell = tell
        self._began = time.perf_counter()
        self._testing = 0.0
        self.points: list[dict[str, Any]] = []

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        # Between an update and the next collection: the policy is that of all decisions so far.
        # The last test is made when training is over.
        if (self.num_timesteps >= self._marks[len(self.points) : -1]).any():
            self.test()

    def test(self) -> None:
        """Test now."""
        began = time.perf_counter()
        found = worth(self._hive, self._greedy)
        self._testing += time.perf_counter() - began
        seconds = time.perf_counter() - self._began - self._testing
        self.points.append(
            {"decisions": self.num_timesteps, "seconds": round(seconds, 1), **asdict(found)}
        )
        self._tell(f"{self.num_timesteps:,} decisions: U {np.mean(found.u):.2f}")

    def _greedy(self, seen: Any) -> Any:
        return self.model.predict(seen, deterministic=True)[0]


def train(hive: Hive, recipe: Recipe, seed: int, tell: Tell) -> list[dict[str, Any]]:
    """Train one policy, and return its tests: decisions, seconds of training, worth."""
    # Networks as small as these gain nothing by threads, and lose where cores are busy.
    torch.set_num_threads(1)
    env = SeatsVecEnv(hive.seats(recipe.worlds, "SameStep"))
    model = PPO(
        "MlpPolicy",
        env,
        n_steps=recipe.steps,
        batch_size=min(recipe.batch, recipe.steps * env.num_envs),
        n_epochs=recipe.epochs,
        learning_rate=lambda left: recipe.learning_rate * left,
        gamma=recipe.discount,
        gae_lambda=recipe.trace,
        ent_coef=recipe.entropy,
        policy_kwargs={"net_arch": [128, 128]},
        seed=seed,
        device="cpu",
    )
    # Only now: a new model seeds its environments by itself.
    env.seed(seed * recipe.worlds)
    tester = Tester(hive, recipe, tell)
    model.learn(recipe.decisions, callback=tester)
    tester.test()
    return tester.points


def study(hive: Hive, recipe: Recipe, seeds: int, tell: Tell) -> dict[str, Any]:
    """Return what random, scripted and learned play of one level are worth."""
    ends: dict[str, Worth] = {name: worth(hive, name) for name in ("random", "scripted")}
    for name, found in ends.items():
        tell(f"{hive.level}: {name}: U {np.mean(found.u):.2f}")

    def train_by(seed: int) -> Any:
        return train(hive, recipe, seed, lambda said: tell(f"{hive.level} {seed}: {said}"))

    runs = [train_by(seed) for seed in range(seeds)]
    return {
        **provenance("curves", None, 0),
        "torch": torch.__version__,
        "hive": asdict(hive),
        "recipe": asdict(recipe),
        **{name: asdict(found) for name, found in ends.items()},
        "runs": runs,
    }


def learned(found: dict[str, Any], what: str = "u") -> Any:
    """Return what the learned policies got at their end, the mean over runs, by test seed."""
    return np.mean([run[-1][what] for run in found["runs"]], axis=0)


def share(found: dict[str, Any], what: str = "u") -> float:
    """Return where learned play stands between random (0) and scripted (1)."""
    low, high = np.mean(found["random"][what]), np.mean(found["scripted"][what])
    return float((learned(found, what).mean() - low) / (high - low))


def row_of(name: str, found: dict[str, Any]) -> list[str]:
    """Return a level's row of the table."""
    return [
        name,
        *spent(found),
        *measured(found, "u", 2),
        *(f"{np.mean(found[end]['reward']):.3f}" for end in ENDS),
        f"{learned(found, 'reward').mean():.3f}",
    ]


def seat_rows(found: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the table of one seat: its reward, and the value in its region."""
    return [
        ["reward in a step", *measured(found, "reward", 3)],
        ["value delivered in a step, by worker", *measured(found, "immediate", 4)],
    ]


def spent(found: dict[str, Any]) -> list[str]:
    """Return the decisions of a run, and the mean seconds."""
    seconds = np.mean([run[-1]["seconds"] for run in found["runs"]])
    return [f"{found['runs'][0][-1]['decisions']:,}", f"{seconds:.0f}"]


def measured(found: dict[str, Any], what: str, digits: int) -> list[str]:
    """Return random, scripted and learned play, its share, and its gain over random play."""
    gain = paired_difference(learned(found, what), found["random"][what])
    ends = [np.mean(run[-1][what]) for run in found["runs"]]
    spread = f"{min(ends):.{digits}f} to {max(ends):.{digits}f}"
    return [
        *(f"{np.mean(found[end][what]):.{digits}f}" for end in ENDS),
        f"{learned(found, what).mean():.{digits}f} ({spread})",
        f"{share(found, what):.2f}",
        f"{gain.lower:.{digits}f}",
    ]


ENDS = ("random", "scripted")
"""What learned play stands between."""

COMPARED = ("random", "scripted", "learned (runs)", "share", "gain, at least")
HEADS = ("level", "decisions", "seconds", *COMPARED, *(f"reward, {end}" for end in ENDS))
HEADS += ("reward, learned",)


def panel_of(name: str, found: dict[str, Any]) -> Panel:
    """Return a study's panel of the picture."""
    what = "reward" if name == "seat" else "u"
    lines = [
        (
            [float(point["decisions"]) for point in run],
            [float(np.mean(point[what])) for point in run],
        )
        for run in found["runs"]
    ]
    marks = [(end, float(np.mean(found[end][what]))) for end in ENDS]
    title = "one manager's seat learns" if name == "seat" else f"{name}s learn"
    label = "reward in a step" if name == "seat" else "U per worker"
    return Panel(title, "decisions of single seats", label, lines, marks)


def recipe_rows(report: dict[str, Any]) -> list[list[str]]:
    """Return the hyper-parameters, a row each, a column a level."""
    names = [name for name in asdict(RECIPES["manager"]) if name not in ("decisions", "tests")]
    return [[name, *(f"{one['recipe'][name]:g}" for one in report.values())] for name in names]


def verdict(report: dict[str, Any]) -> str:
    """Return one sentence: whether every level that was studied learns, and which do not."""
    gains = {
        name: paired_difference(learned(found), found["random"]["u"]).positive
        for name, found in report.items()
        if name != "seat"
    }
    behind = [name for name, positive in gains.items() if not positive]
    if behind:
        return f"Not ahead of random play by the lower 95 % bound: {', '.join(behind)}."
    return "All are ahead of random play by the lower 95 % bound."


def markdown(report: dict[str, Any], shown: str) -> str:
    """Return the page of the documentation that a report makes."""
    first = next(iter(report.values()))
    hive = first["hive"]
    counts = sorted({len(found["runs"]) for found in report.values()})
    runs = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
    rows = [row_of(name, found) for name, found in report.items() if name != "seat"]
    seat = seat_page(report["seat"]) if "seat" in report else ""
    return f"""# Learning curves

How far a plain PPO gets with the default actions of every level: Stable-Baselines3's, one MLP of
128 and 128 units that all seats of the level share. One level learns at a time, in hives of size
`{hive["size"]}`; all others follow their scripted policies. Runs a level: {runs}.
{verdict(report)}

![Learning curves]({shown})

{table(HEADS, rows)}

Decisions are those of single seats, seconds those of training alone. Learned policies are tested
greedy, every policy on the same {len(first["random"]["u"])} held-out seeds; U is per worker, the
reward that of a seat in a step, both means. The share is where learned play stands between random
(0) and scripted (1), in U. The gain is the difference of U between learned and random play, paired
by test seed: the lower end of its 95 % interval.
{seat}
## Hyper-parameters

{table(("", *report), recipe_rows(report))}

Steps are decisions of each seat between two updates; the learning rate falls to zero linearly.

{origin(first)} PyTorch {first["torch"]}.
"""


def sized(given: str) -> str | int:
    """Return a size as it is given on the command line: a name, or a number of workers."""
    found = read.size(given)
    return given if given in SIZES else found.workers


def seat_page(found: dict[str, Any]) -> str:
    """Return the section about the one seat that `Hive-v0` has by default."""
    hive = found["hive"]
    decisions, seconds = spent(found)
    return f"""
## One seat

What ``gymnasium.make("Hive-v0", size="{hive["size"]}")`` asks for: one agent in the seat of manager
{hive["seat"]}, everybody else scripted. {decisions} decisions, {seconds} seconds of training a run,
{len(found["random"]["u"])} test seeds.

{table(("", *COMPARED), seat_rows(found))}
"""


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="python -m baselines.curves", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--level", dest="levels", nargs="*", choices=STUDIES, default=list(STUDIES))
    parser.add_argument("--task", choices=FAMILIES, default="forage")
    parser.add_argument("--size", default="nano", type=sized, help="a published size, or workers")
    parser.add_argument(
        "--seeds", type=read.integer(1, VALIDATION_SEED), default=3, help="runs of each level"
    )
    parser.add_argument(
        "--share", type=read.positive, default=1.0, help="share of the budget to spend"
    )
    parser.add_argument("--json", type=Path, help="results; levels that are there already are kept")
    parser.add_argument("--markdown", type=Path, help="page of the documentation")
    parser.add_argument("--picture", type=Path, help="SVG of the curves")
    given = parser.parse_args(arguments)
    most = VALIDATION_SEED // max((RECIPES[level].worlds for level in given.levels), default=1)
    if given.seeds > most:
        parser.error(
            f"--seeds: at most {most} for {', '.join(given.levels)}: the worlds of more would be "
            "those of the tests"
        )
    if given.markdown and not given.picture:
        parser.error("--markdown shows the picture: give --picture as well")
    return given


def main(arguments: list[str] | None = None) -> int:
    """Train what is asked for and write what is asked for."""
    given = parsed(arguments)
    kept = json.loads(given.json.read_text()) if given.json and given.json.exists() else {}
    for level in given.levels:
        recipe = RECIPES[level]
        recipe = replace(recipe, decisions=max(1, int(recipe.decisions * given.share)))
        hive = Hive(given.task, given.size, level)
        if level == "seat":
            hive = Hive(given.task, given.size, "manager", seat=0)
        kept[level] = study(hive, recipe, given.seeds, lambda said: print(said, flush=True))
    report = {name: kept[name] for name in STUDIES if name in kept}
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    if given.picture:
        given.picture.write_text(picture([panel_of(*item) for item in report.items()]))
    if given.markdown:
        shown = given.picture.resolve().relative_to(given.markdown.resolve().parent).as_posix()
        given.markdown.write_text(markdown(report, shown))
    print(table(HEADS, [row_of(name, found) for name, found in report.items()]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
