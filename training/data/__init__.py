"""Bodies, and how cases and batches are made of them: packs, caches, deformation, appearance, held-out cases."""

from Diff2CTCore.late import late_names

from .pack import SPLITS, PackedBody, check_line, check_patients, pack_entries, write_pack
from .pack_parts import PackError

__all__ = [
    "BONE_FROM_HU",
    "CACHE_GRID",
    "CACHE_PLANE",
    "SPLITS",
    "UNKNOWN_HU",
    "VALIDATION_SEED",
    "AppearanceRange",
    "AugmentationRange",
    "Batch",
    "Body",
    "CaseError",
    "DataConfig",
    "GeometryRange",
    "PackError",
    "PackedBody",
    "Placement",
    "RealScan",
    "TrainingCase",
    "blank_batch",
    "both_radiographs",
    "case_inputs",
    "check_line",
    "check_patients",
    "laid_out",
    "make_case",
    "open_source",
    "pack_entries",
    "phantom_body",
    "random_placement",
    "write_pack",
]

# A pack is read and written without PyTorch.
__getattr__ = late_names(
    __name__,
    appearance=("AppearanceRange",),
    batch=("Batch", "blank_batch", "case_inputs"),
    bodies=("VALIDATION_SEED", "RealScan", "phantom_body"),
    cases=("CACHE_GRID", "CACHE_PLANE", "UNKNOWN_HU", "Body", "CaseError", "TrainingCase", "make_case"),
    deformation=("BONE_FROM_HU", "Placement", "laid_out", "random_placement"),
    radiographs=("both_radiographs",),
    randomisation=("AugmentationRange", "GeometryRange"),
    settings=("DataConfig",),
    sources=("open_source",),
)
