"""What `simulate` must not make, as no reader would take it: the limits of a view are in the view itself."""

import pytest

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.geometry import ViewGeometry


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pixel_spacing_mm": (1.0, 3.0)}, "1 mm high and 3 mm wide, and one may be at most 2 times the other"),
        ({"sid_mm": 20_000.0, "sod_mm": 9_800.0}, "SID 20000 mm"),
        ({"sid_mm": 240.0, "sod_mm": 200.0}, "SID 240 mm"),
        ({"sid_mm": 115.0}, "SID 115 mm.*1150 if it was in centimetres"),
        ({"sod_mm": 90.0}, "SOD 90 mm"),
        ({"sod_mm": 0.0}, "SOD 0 mm"),
        ({"sid_mm": 900.0}, "smaller than the source-to-detector distance"),
    ],
)
def test_what_no_radiograph_has_is_refused(values, words):
    with pytest.raises(GeometryError, match=words):
        ViewGeometry(**{"view": "AP", "rows": 80, "columns": 80, "pixel_spacing_mm": (1.0, 1.0), **values})


@pytest.mark.parametrize("values", [{"pixel_spacing_mm": (1.0, 2.01)}, {"sid_mm": 10_000.0, "sod_mm": 9_800.0}])
def test_what_a_reader_takes_is_taken(values):
    ViewGeometry(**{"view": "AP", "rows": 80, "columns": 80, "pixel_spacing_mm": (1.0, 1.0), **values})
