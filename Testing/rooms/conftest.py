"""The packages, read once."""

import pytest
from house import House


@pytest.fixture(scope="session")
def house():
    """The packages as they are."""
    return House()
