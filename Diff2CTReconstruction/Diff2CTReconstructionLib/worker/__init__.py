"""The process that computes: what it is told to do, how it is started, watched and stopped."""

from . import commands, dependencies, found_values, models, pace, view_choices
from .inspect_radiograph import facts_of
from .job import Job
from .job_folder import create_job_folder, remove_job_folder
from .outcome import ChangedMeanwhileError, Outcome
from .ready_worker import ReadyWorker

__all__ = [
    "ChangedMeanwhileError",
    "Job",
    "Outcome",
    "ReadyWorker",
    "commands",
    "create_job_folder",
    "dependencies",
    "facts_of",
    "found_values",
    "models",
    "pace",
    "remove_job_folder",
    "view_choices",
]
