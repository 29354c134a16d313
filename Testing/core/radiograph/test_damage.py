"""Damaged files end in an image or in a sentence, never in anything else."""

import contextlib
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import RLELossless
from radiograph_files import ENCODERS, compressed, dataset, dicom, pattern, save

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.radiograph import read_radiograph, view_geometry

KINDS = ["plain", "rle", *sorted(ENCODERS), ".png", ".tif", ".nrrd", ".mha", ".nii"]
TAGS = {
    "ViewPosition": "AP",
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": [0.2, 0.2],
    "DistanceSourceToDetector": 1200,
    "PixelIntensityRelationship": "LOG",
    "PixelIntensityRelationshipSign": -1,
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 0,
    "ShutterRightVerticalEdge": 80,
    "ShutterUpperHorizontalEdge": 0,
    "ShutterLowerHorizontalEdge": 90,
}


@cache
def whole_file(kind):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{kind if kind.startswith('.') else '.dcm'}"
        bits = 8 if kind.endswith("4.50") else 12
        if kind == "plain":
            dicom(path, **TAGS)
        elif kind == "rle":
            ds = dataset(pattern(), **TAGS)
            ds.compress(RLELossless, encoding_plugin="pydicom")
            save(ds, path)
        elif kind.startswith("."):
            sitk.WriteImage(sitk.GetImageFromArray(pattern()), str(path))
        else:
            compressed(path, kind, pattern(bits=bits), bits=bits, **TAGS)
        return path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_ends_in_an_image_or_in_a_sentence(tmp_path, kind, data):
    content = bytearray(whole_file(kind))
    near = st.integers(0, min(len(content), 1600) - 1)
    places = st.lists(st.tuples(near | st.integers(0, len(content) - 1), st.integers(0, 255)), min_size=1, max_size=8)
    for place, value in data.draw(places):
        content[place] = value
    if data.draw(st.integers(0, 9)) == 0:
        del content[data.draw(near) :]
    path = tmp_path / f"damaged{kind if kind.startswith('.') else '.dcm'}"
    path.write_bytes(content)
    # Anything but the project's own errors passes through and fails the test.
    with contextlib.suppress(Diff2CTError):
        read = read_radiograph(path)
        assert np.isfinite(read.pixels).all()
        view_geometry(read, view="AP")
