"""A file that is no radiograph, and its refusal."""

import pytest

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph


def refuse(path, message, **choices):
    """The file is refused in one sentence that matches."""
    with pytest.raises(RadiographError, match=message) as caught:
        read_radiograph(path, **choices)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    assert "Zelda" not in text


def write(path, content):
    """Write bytes and return the path."""
    path.write_bytes(content)
    return path
