"""What several tests of Diff2CTCore start from."""

import pytest
from small_model import save_small_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Folder of the small model, as text for the command line."""
    return str(save_small_model(tmp_path_factory.mktemp("models") / "small"))
