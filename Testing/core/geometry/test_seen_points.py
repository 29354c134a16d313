"""Where points are seen, against the rays of the detector's pixels and lengths worked out by hand."""

import numpy as np
import pytest
from projection_cases import VIEWS, rays

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.geometry import ViewGeometry


@pytest.mark.parametrize("values", VIEWS.values(), ids=VIEWS.keys())
def test_a_point_is_seen_in_the_pixel_whose_ray_meets_it(values):
    view = ViewGeometry(rows=250, columns=240, pixel_spacing_mm=(1.4, 1.3), **values)
    source, direction = rays(view)
    pixels = np.stack(np.meshgrid(np.arange(view.columns), np.arange(view.rows)), axis=-1)
    for distance in (0.7 * view.sod_mm, 1.1 * view.sod_mm):
        np.testing.assert_allclose(view.project(source + distance * direction), pixels, atol=1e-6)
    np.testing.assert_allclose(view.project(np.zeros(3)), view.centre_px, atol=1e-9)


def test_a_slot_scan_shows_lengths_along_the_patient_unmagnified():
    view = ViewGeometry("AP", 500, 400, (0.5, 0.9), sid_mm=1300.0, sod_mm=1000.0, slot_scan=True)
    top, bottom, left, right = view.project([[0, 50.0, 60.0], [0, -80.0, -60.0], [-60.0, 0, 0], [60.0, 0, 0]])
    assert bottom[1] - top[1] == pytest.approx(120.0 / 0.5)
    assert left[0] - right[0] == pytest.approx(120.0 * 1.3 / 0.9)


@pytest.mark.parametrize("angle", ["secondary_deg", "rotation_deg"])
def test_a_slot_scan_has_level_rows(angle):
    with pytest.raises(GeometryError, match="slot scan, whose rows are level"):
        ViewGeometry("AP", 100, 100, (1.0, 1.0), slot_scan=True, **{angle: 2.0})
