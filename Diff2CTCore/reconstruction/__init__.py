"""The one entry: two radiographs, a model and settings to a volume with its report, picture and DICOM series."""

from ..late import late_names
from .alignment_picture import draw_alignment, mark_centre
from .dicom_ct import write_ct_series
from .dicom_sources import read_sources
from .identity import check_volume, read_report
from .job import JobResult, check_outputs, in_model_folder, run_job, write_outputs
from .looking import look_at_pair
from .picture import RadiographPair, draw_comparison
from .picture_style import (
    INK,
    LETTERS,
    MARK,
    MUTED,
    SCALE_BAR_MM,
    WINDOW_HU,
    figure_in_style,
    headline,
    in_palette,
    middle_planes,
    picture,
    planes_at,
    radiograph_window,
    scale_note,
    show_image,
    show_plane,
    show_radiograph,
)
from .reading_pair import ALIGN, RadiographInput
from .report import agreement_text, build_report
from .reported_pair import read_reported_pair, reported_geometry
from .reprojections import on_the_scale_of, read_reprojections, reprojection_files
from .result import Reconstruction
from .settings import DEFAULT_STEPS, SETTING_RANGES, SPREAD_STEPS, Settings, spread_evaluations
from .words import assumption_in_words

__all__ = [
    "ALIGN",
    "ARCHITECTURE",
    "DEFAULT_STEPS",
    "INK",
    "LETTERS",
    "MARK",
    "MUTED",
    "SCALE_BAR_MM",
    "SETTING_RANGES",
    "SPREAD_START",
    "SPREAD_STEPS",
    "START_TIME",
    "WINDOW_HU",
    "JobResult",
    "RadiographInput",
    "RadiographPair",
    "Reconstruction",
    "Settings",
    "agreement_text",
    "assumption_in_words",
    "autocast",
    "build_network",
    "build_report",
    "check_outputs",
    "check_volume",
    "choose_device",
    "cpu_has_bfloat16",
    "draw_alignment",
    "draw_comparison",
    "figure_in_style",
    "floored_deviation_hu",
    "headline",
    "in_model_folder",
    "in_palette",
    "look_at_pair",
    "mark_centre",
    "middle_planes",
    "network_condition",
    "on_the_scale_of",
    "picture",
    "planes_at",
    "radiograph_window",
    "read_report",
    "read_reported_pair",
    "read_reprojections",
    "read_sources",
    "reconstruct",
    "reported_geometry",
    "reprojection_files",
    "run_job",
    "sample_volume",
    "scale_note",
    "show_image",
    "show_plane",
    "show_radiograph",
    "spread_evaluations",
    "write_ct_series",
    "write_outputs",
]

__getattr__ = late_names(
    __name__,
    device=("autocast", "choose_device", "cpu_has_bfloat16"),
    network=("ARCHITECTURE", "build_network", "network_condition"),
    pipeline=("reconstruct",),
    samples=("SPREAD_START", "START_TIME", "sample_volume"),
    uncertainty=("floored_deviation_hu",),
)
