"""A CT: read it, find its spine, simulate radiographs from it, measure against it."""

from .body import BODY_HU, body_mask
from .metric_basics import BONE_THRESHOLD_HU, HU_RANGE, HU_WINDOW
from .metric_labels import METRIC_LABELS, MISSING_METRIC, MetricLabel, metrics_table
from .metrics import bone_mask, dice, evaluate, psnr_db, reprojection_error, ssim_plane_map
from .reading import CT, CT_EXTENSIONS, read_ct, resample_ct
from .simulated_files import simulate
from .simulation import default_geometry
from .spine_line import spine_line
from .spine_metrics import CORE_RADIUS_MM, NO_SPINE, SPINE_RADIUS_MM, TREND_MM, lacks_spine, level_profile

__all__ = [
    "BODY_HU",
    "BONE_THRESHOLD_HU",
    "CORE_RADIUS_MM",
    "CT",
    "CT_EXTENSIONS",
    "HU_RANGE",
    "HU_WINDOW",
    "METRIC_LABELS",
    "MISSING_METRIC",
    "NO_SPINE",
    "SPINE_RADIUS_MM",
    "TREND_MM",
    "MetricLabel",
    "body_mask",
    "bone_mask",
    "default_geometry",
    "dice",
    "evaluate",
    "lacks_spine",
    "level_profile",
    "metrics_table",
    "psnr_db",
    "read_ct",
    "reprojection_error",
    "resample_ct",
    "simulate",
    "spine_line",
    "ssim_plane_map",
]
