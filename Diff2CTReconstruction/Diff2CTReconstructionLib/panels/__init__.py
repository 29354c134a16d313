"""What the user sees: one file for each part of the panel."""

from . import simulation_centre
from .choice_texts import show as show_choices
from .comparison_panel import ComparisonPanel
from .dicom_loading import radiograph_panels
from .export_panel import ExportPanel
from .frame import prepare as prepare_panel
from .job_panel import JobPanel
from .model_panel import ModelPanel
from .pair_check import PairCheck
from .parameter_link import ParameterLink
from .status_line import StatusLine

__all__ = [
    "ComparisonPanel",
    "ExportPanel",
    "JobPanel",
    "ModelPanel",
    "PairCheck",
    "ParameterLink",
    "StatusLine",
    "prepare_panel",
    "radiograph_panels",
    "show_choices",
    "simulation_centre",
]
