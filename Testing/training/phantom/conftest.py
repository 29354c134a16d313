"""The phantoms that the tests look at."""

import pytest

from training.phantom import REGIONS, make_phantom, sample_patient


@pytest.fixture(scope="session")
def patients() -> dict:
    """Patients without hardware in the way, one per region, on the reconstruction's grid."""
    found = {}
    for region in REGIONS:
        for seed in range(100, 140):
            small = sample_patient(seed, region).description
            if not (small["screws"] or small["fractures"] or small["slips_mm"]) and small["cobb_deg"] < 10.0:
                found[region] = make_phantom(seed, region=region)
                break
    return found
