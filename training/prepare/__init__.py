"""From published CT collections to a cached isotropic set with a datalist: `python -m training.prepare`.

A prepared case is CACHE/name.nii.gz (int16 HU in [-1000, 3000], isotropic, LPS identity direction, the patient in air,
cropped to the body), name-labels.nii.gz where the collection has labels, name.png for the report, and name.json, its
card: patient, split ("train", "validation", "test", or null where it is not to be used), the spine's centreline in
RAS mm from the lowest point to the highest, remarks, and what the scan was. CACHE/datalist.json lists the cases for
MONAI with paths relative to itself; CACHE/report.html shows them and tells why others were refused.
"""

from .case import read_card
from .resampling import isotropic

__all__ = ["isotropic", "read_card"]
