"""Where things are: views, the iso-plane, the volume's grid, Hounsfield units, and the projector with its lift."""

from ..late import late_names
from .grid import VolumeGrid
from .hounsfield import HU_AIR, HU_MAX, HU_MIN, MU_WATER_PER_MM, hu_to_attenuation, hu_to_network, network_to_hu
from .limits import DISTANCE_MM, FIELD_MM, MAX_ASPECT, MAX_DEVIATION_DEG, check_distance, is_aspect
from .views import (
    DEFAULT_SID_MM,
    DEFAULT_SOD_MM,
    FRONTAL_VIEWS,
    LATERAL_VIEWS,
    NOMINAL_PRIMARY_DEG,
    VIEWS,
    BiplanarGeometry,
    ViewGeometry,
    side_of,
    view_from_primary_angle,
)

__all__ = [
    "DEFAULT_SID_MM",
    "DEFAULT_SOD_MM",
    "DISTANCE_MM",
    "FIELD_MM",
    "FRONTAL_VIEWS",
    "HU_AIR",
    "HU_MAX",
    "HU_MIN",
    "LATERAL_VIEWS",
    "MAX_ASPECT",
    "MAX_DEVIATION_DEG",
    "MU_WATER_PER_MM",
    "NOMINAL_PRIMARY_DEG",
    "VIEWS",
    "BiplanarGeometry",
    "IsoPlane",
    "ViewGeometry",
    "VolumeGrid",
    "check_distance",
    "grid_axes_mm",
    "hu_to_attenuation",
    "hu_to_network",
    "is_aspect",
    "iso_plane_projector",
    "lift_from_iso_plane",
    "network_to_hu",
    "plane_axes_mm",
    "project",
    "project_to_iso_plane",
    "side_of",
    "source_spl_mm",
    "view_from_primary_angle",
    "warp_to_detector",
    "warp_to_iso_plane",
]

__getattr__ = late_names(
    __name__,
    isoplane=(
        "IsoPlane",
        "source_spl_mm",
        "warp_to_detector",
        "warp_to_iso_plane",
    ),
    projector=(
        "grid_axes_mm",
        "iso_plane_projector",
        "lift_from_iso_plane",
        "plane_axes_mm",
        "project",
        "project_to_iso_plane",
    ),
)
