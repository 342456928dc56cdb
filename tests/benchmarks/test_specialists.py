"""The benchmark of specialists: every way is measured, and the page says what was reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from benchmarks import specialists  # noqa: E402 (needs torch)


def test_the_quick_run_measures_every_way_and_writes_page_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    before = torch.get_num_threads()
    specialists.main(["--quick", "--quiet", "--markdown", str(page), "--json", str(figures)])
    torch.set_num_threads(before)
    report = json.loads(figures.read_text())
    assert [one["workers"] for one in report["sizes"]] == [1_000, 10_000]
    for one in report["sizes"]:
        for name in specialists.HEADS:
            assert one[name]["min"] > 0
    assert page.read_text() + "\n" == capsys.readouterr().out


def test_the_page_says_where_the_target_is_reached_and_where_with_observing() -> None:
    """At two sizes by the pool, at one of them when it observes first."""
    sizes = []
    for pool, observing in ((4e6, 3e6), (6e6, 4e6), (7e6, 5e6)):
        one = {name: {"median": 1e6, "min": 1e6, "max": 1e6} for name in specialists.HEADS}
        one["pool"] = {"median": pool, "min": pool, "max": pool}
        one["observing"] = {"median": observing, "min": observing, "max": observing}
        sizes.append({"workers": 1_000, "flops": 5, **one})
    made = {**specialists.provenance("specialists", None, 0), "threads": 2, "sizes": sizes}
    said = "5 M decisions a second is reached at 2 of the 3 sizes, and with observing at 1."
    assert said in specialists.markdown(made)


@pytest.mark.parametrize("rows", [1, 4_096, 10_000])
def test_the_limit_multiplies_all_rows(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not fewer, which would look faster; at most one row a batch more."""
    done = 0
    inner = torch.mm

    def counted(left: object, right: object, out: object) -> object:
        nonlocal done
        done += left.shape[0]  # type: ignore[attr-defined]
        return inner(left, right, out=out)

    monkeypatch.setattr(torch, "mm", counted)
    specialists.limit(rows, (64, 64, 13))()
    assert rows <= done / 2 <= rows + 3


def test_naive_networks_choose_within_range_for_every_kind() -> None:
    torch.manual_seed(0)
    networks = [specialists.Plain(6, (3, 2)) for _ in range(2)]
    seen = torch.randint(0, 256, (50, 6), dtype=torch.uint8)
    actions = specialists.naive(networks, seen, torch.arange(50) % 2)
    assert actions.shape == (50, 2)
    assert (actions.amax(0) < torch.tensor([3, 2])).all()
