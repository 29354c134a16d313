"""Numbers have a point in every file, also in a process whose language writes a comma, as those of many programs do."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import SimpleITK as sitk
from hand_written_images import ORIGIN, SPACING, body, meta_image, nifti, nrrd

PROGRAM = """
import json, locale, sys
import numpy as np
import SimpleITK  # starts before the language is set, as in a program that hosts Python
from pathlib import Path
from Diff2CTCore.ct import read_ct
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.radiograph import read_radiograph
from Diff2CTCore.storage import write_volume

locale.setlocale(locale.LC_ALL, sys.argv[1])
assert locale.localeconv()["decimal_point"] == ","
folder, found = Path(sys.argv[2]), {}
for path in sorted(folder.glob("ct.*")):
    image = read_ct(path).image
    found[path.name] = [image.GetSpacing(), image.GetOrigin()]
for path in sorted(folder.glob("xr.*")):
    found[path.name] = read_radiograph(path).pixel_spacing_mm
for ending in ("nrrd", "mha", "nii", "nii.gz"):
    grid = VolumeGrid((4, 6, 8), 1.25)
    write_volume(folder / f"out.{ending}", np.zeros(grid.shape, np.int16), grid, (0.5, 1.25, -2.75))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def comma_language(tmp_path_factory):
    """Environment and name of a language with a decimal comma, compiled for this test alone."""
    compiler = shutil.which("localedef")
    if compiler is None:
        pytest.skip("no localedef here to make a language with a decimal comma")
    folder = tmp_path_factory.mktemp("languages")
    made = subprocess.run(
        [compiler, "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], capture_output=True, check=False
    )
    if not (folder / "de_DE.UTF-8" / "LC_NUMERIC").exists():
        pytest.skip(f"localedef cannot make German here ({made.returncode})")
    return {**os.environ, "LOCPATH": str(folder)}, "de_DE.UTF-8"


def test_files_are_read_and_written_with_points(tmp_path, comma_language):
    environment, language = comma_language
    picture = body()[:, 0].repeat(4, axis=0).repeat(4, axis=1)
    for ending, make in (("nrrd", nrrd), ("mha", meta_image), ("nii", nifti)):
        (tmp_path / f"ct.{ending}").write_bytes(make(body()))
        (tmp_path / f"xr.{ending}").write_bytes(make(picture))
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, language, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    for ending in ("nrrd", "mha", "nii"):
        spacing, origin = found[f"ct.{ending}"]
        assert spacing == pytest.approx(SPACING)
        assert origin == pytest.approx(ORIGIN)
        assert found[f"xr.{ending}"] == pytest.approx([0.2, 0.3])
    # Read here, by another library and with a point.
    for ending in ("nrrd", "mha", "nii.gz"):
        written = sitk.ReadImage(str(tmp_path / f"out.{ending}"))
        assert written.GetSpacing() == pytest.approx((1.25,) * 3)
        assert written.GetOrigin() == pytest.approx((-0.5 - 3.5 * 1.25, -1.25 - 2.5 * 1.25, -2.75 - 1.5 * 1.25))
