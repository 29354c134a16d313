"""Where a run's batches come from."""

from __future__ import annotations

import torch

from .case_source import CaseSource
from .device_source import DeviceSource
from .settings import DataRun


def open_source(config: DataRun, device: torch.device) -> CaseSource | DeviceSource:
    """A run's pack, where the configuration names one, else its cache of cases."""
    return DeviceSource(config, device) if config.data.pack else CaseSource(config)
