"""All commands, in the order of the help."""

from . import worker

COMMANDS = (*worker.JOBS, worker)
