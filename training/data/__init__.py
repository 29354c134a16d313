"""Where training batches come from: packs of whole bodies, and cases made from them on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from ..batches import CaseSource
    from ..config import TrainConfig
    from .device_source import DeviceSource


def open_source(config: TrainConfig, device: torch.device) -> CaseSource | DeviceSource:
    """Where a run's batches come from: its pack where the configuration names one, else its cache of cases."""
    if config.data.pack:
        from .device_source import DeviceSource

        return DeviceSource(config, device)
    from ..batches import CaseSource

    return CaseSource(config)
