"""What stops a whole preparation; a single bad scan does not."""

from __future__ import annotations

from Diff2CTCore.errors import Diff2CTError


class DatasetError(Diff2CTError):
    """The sources, the datalist or the split cannot be used as given."""

    kind = "dataset"
