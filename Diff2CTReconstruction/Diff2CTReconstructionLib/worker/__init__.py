"""The process that computes: what it is told to do, how it is started, watched and stopped."""

from . import commands, dependencies, models, pace
from .inspect_radiograph import facts_of
from .job import Job
from .outcome import ChangedMeanwhileError, Outcome
from .ready_worker import ReadyWorker

__all__ = [
    "ChangedMeanwhileError",
    "Job",
    "Outcome",
    "ReadyWorker",
    "commands",
    "dependencies",
    "facts_of",
    "models",
    "pace",
]
