"""Many pairs: the manifest that lists them, what became of each, and which process does which."""

from .manifest import Line, ManifestError, read_manifest
from .ranks import Ranks
from .results import CaseResult, ResultsTable

__all__ = ["CaseResult", "Line", "ManifestError", "Ranks", "ResultsTable", "read_manifest"]
