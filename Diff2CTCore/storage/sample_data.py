"""The bundled sample patient. A file that is missing or was altered is refused before it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..bundled import resource_path
from ..errors import Diff2CTError

CHECKSUMS = "SHA256SUMS"
"""Lists each sample file as `sha256sum` writes it, so that `sha256sum --check` reads it, too."""


class SampleError(Diff2CTError):
    """A sample file is missing or altered."""

    kind = "sample"


def sample_file(name: str) -> Path:
    """Path of a sample file such as "ap.dcm", whose SHA-256 has just been checked.

    Raises:
        SampleError: the file is missing, unreadable, altered or not listed.
    """
    folder = resource_path("SampleData")
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="ascii").splitlines()
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError(
            f"The sample data file {name} is missing or cannot be read; install Diff2CT again."
        ) from error
    if f"{found}  {name}" not in lines:
        raise SampleError(
            f"The sample data file {name} does not have its checksum; it was altered: install Diff2CT again."
        )
    return folder / name
