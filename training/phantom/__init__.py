"""A procedural spine patient: CT values and labels from a seed."""

from .labels import LABELS
from .patient import REGIONS, Patient, sample_patient
from .phantom import Phantom, make_phantom

__all__ = ["LABELS", "REGIONS", "Patient", "Phantom", "make_phantom", "sample_patient"]
