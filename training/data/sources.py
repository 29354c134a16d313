"""Where a run's batches come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .case_source import CaseSource
from .settings import DataRun

if TYPE_CHECKING:
    from .device_source import DeviceSource


def open_source(config: DataRun, device: torch.device) -> CaseSource | DeviceSource:
    """A run's pack, where the configuration names one, else its cache of cases."""
    if not config.data.pack:
        return CaseSource(config)
    from .device_source import DeviceSource  # which draws phantoms, and imports SciPy for that

    return DeviceSource(config, device)
