"""What the user sees: one file for each part of the panel."""

from .alignment_panel import AlignmentPanel
from .choice_texts import show as show_choices
from .comparison_panel import ComparisonPanel
from .dicom_loading import radiograph_panels
from .export_panel import ExportPanel
from .frame import prepare as prepare_panel
from .job_panel import JobPanel
from .known_length import KnownLengths
from .model_panel import ModelPanel
from .pair_check import PairCheck
from .parameter_link import ParameterLink
from .simulation_panel import SimulationPanel
from .status_line import StatusLine

__all__ = [
    "AlignmentPanel",
    "ComparisonPanel",
    "ExportPanel",
    "JobPanel",
    "KnownLengths",
    "ModelPanel",
    "PairCheck",
    "ParameterLink",
    "SimulationPanel",
    "StatusLine",
    "prepare_panel",
    "radiograph_panels",
    "show_choices",
]
