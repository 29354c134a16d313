"""The one place where Hounsfield units, attenuation and the network's range meet.

All functions are element-wise and accept numpy arrays, torch tensors and plain numbers.
"""

MU_WATER_PER_MM = 0.0206
"""Linear attenuation of water in 1/mm at 60 keV, the mean energy of a 100-120 kV spine exposure
(NIST XCOM: 0.2059 cm2/g at 60 keV)."""

HU_AIR = -1000.0
HU_MIN = -1000.0
HU_MAX = 3000.0
"""HU range of every volume that this package makes; values outside are clipped."""


def hu_to_attenuation(hu):
    """Attenuation in 1/mm of values in HU; never negative, so that padding below air is air."""
    return (hu * (MU_WATER_PER_MM / 1000.0) + MU_WATER_PER_MM).clip(min=0.0)


def hu_to_network(hu):
    """Network range of values in HU: air -1, water 0, dense bone about 1, metal up to 3.

    The map is linear in attenuation, so that projections of the two differ by a constant factor.
    """
    return hu.clip(HU_MIN, HU_MAX) / 1000.0


def network_to_hu(x):
    """HU of the network's values, clipped to [HU_MIN, HU_MAX]."""
    return (x * 1000.0).clip(HU_MIN, HU_MAX)
