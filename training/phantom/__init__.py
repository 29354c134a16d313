"""A procedural spine patient: CT values and labels from a seed."""

from training.phantom.labels import LABELS
from training.phantom.patient import REGIONS, Patient, sample_patient
from training.phantom.phantom import Phantom, make_phantom

__all__ = ["LABELS", "REGIONS", "Patient", "Phantom", "make_phantom", "sample_patient"]
