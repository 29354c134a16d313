"""What the user sees: one file for each part of the panel."""

from . import buttons, simulation_centre
from .comparison_panel import ComparisonPanel
from .dicom_loading import radiograph_panels
from .export_panel import ExportPanel
from .job_panel import JobPanel
from .model_panel import ModelPanel
from .status_line import StatusLine

__all__ = [
    "ComparisonPanel",
    "ExportPanel",
    "JobPanel",
    "ModelPanel",
    "StatusLine",
    "buttons",
    "radiograph_panels",
    "simulation_centre",
]
