"""What the user sees: one file for each part of the panel."""

from . import buttons, simulation_centre
from .comparison_panel import ComparisonPanel
from .export_panel import ExportPanel
from .job_panel import JobPanel
from .model_panel import ModelPanel
from .parameter_link import ParameterLink
from .radiograph_panel import RadiographPanel
from .status_line import StatusLine

__all__ = [
    "ComparisonPanel",
    "ExportPanel",
    "JobPanel",
    "ModelPanel",
    "ParameterLink",
    "RadiographPanel",
    "StatusLine",
    "buttons",
    "simulation_centre",
]
