"""The process that computes: what it is told to do, how it is started, watched and stopped."""

from . import commands, dependencies, models, pace
from .job import Job
from .outcome import Outcome
from .ready_worker import ReadyWorker

__all__ = ["Job", "Outcome", "ReadyWorker", "commands", "dependencies", "models", "pace"]
