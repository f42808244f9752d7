"""Drawings in SVG: bars of intervals, panels of losses."""

from __future__ import annotations

from vibecoder.reporting.svg import interval_bar, loss_panels


def test_a_bar_is_grey_where_the_interval_holds_zero() -> None:
    assert 'class="bar open"' in interval_bar(0.1, -0.1, 0.3, 0.5)
    assert 'class="bar better"' in interval_bar(0.2, 0.1, 0.3, 0.5)
    assert 'class="bar worse"' in interval_bar(-0.2, -0.3, -0.1, 0.5)


def test_losses_of_all_stages_share_a_scale_and_stay_inside() -> None:
    metrics = [
        {"type": "step", "stage": stage, "step": step, "loss": top / step}
        for stage, top in (("one", 4.0), ("two", 1.0))
        for step in range(1, 500)
    ]
    panels = dict(loss_panels(metrics, {"one": 4.2, "two": float("nan")}))
    assert list(panels) == ["one", "two"]
    for drawing in panels.values():
        points = drawing.split('class="training" points="')[1].split('"')[0].split()
        assert len(points) <= 160
        assert all(0 <= float(x) <= 300 and 0 <= float(y) <= 190 for x, y in (point.split(",") for point in points))
    assert loss_panels([], {}) == []
