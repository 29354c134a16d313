"""One run: its configuration, steps, clock, checkpoints, measurements, and the model that it leaves behind."""

from .card import build_card, card_metrics, read_sources, trained_config
from .checkpoint import load_checkpoint, save_checkpoint
from .clock import Budget, process_start
from .config import TrainConfig, load_config
from .exporter import Exporter
from .fields import ConfigError
from .flops import step_flops, step_memory, within_budget
from .optimisers import KernelMuon
from .output_lock import only_run_in
from .precision import use_fast_arithmetic
from .processes import Processes, alone, joined
from .run_log import RunLog
from .session import run_training
from .trainer import Trainer

__all__ = [
    "Budget",
    "ConfigError",
    "Exporter",
    "KernelMuon",
    "Processes",
    "RunLog",
    "TrainConfig",
    "Trainer",
    "alone",
    "build_card",
    "card_metrics",
    "joined",
    "load_checkpoint",
    "load_config",
    "only_run_in",
    "process_start",
    "read_sources",
    "run_training",
    "save_checkpoint",
    "step_flops",
    "step_memory",
    "trained_config",
    "use_fast_arithmetic",
    "within_budget",
]
