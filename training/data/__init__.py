"""Bodies, and how cases and batches are made of them: packs, caches, deformation, appearance, held-out cases."""

from .appearance import AppearanceRange
from .batch import Batch, blank_batch, case_inputs
from .bodies import VALIDATION_SEED, RealScan, phantom_body
from .cases import CACHE_GRID, CACHE_PLANE, UNKNOWN_HU, Body, CaseError, TrainingCase, make_case
from .pack import SPLITS, PackedBody, check_line, check_patients, pack_entries, write_pack
from .pack_parts import PackError
from .randomisation import AugmentationRange, GeometryRange
from .settings import DataConfig
from .sources import open_source

__all__ = [
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
    "RealScan",
    "TrainingCase",
    "blank_batch",
    "case_inputs",
    "check_line",
    "check_patients",
    "make_case",
    "open_source",
    "pack_entries",
    "phantom_body",
    "write_pack",
]
