"""Reading single DICOM elements without trusting them, and without spreading what they say.

Values come from files that may be damaged, or filled with free text (a name, say) where a code is
meant. So a value is only used, and only reported, when it is what the standard says it should be.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Keep pydicom from printing values of the file, which may name the patient."""
    from pydicom import config

    logger = logging.getLogger("pydicom")
    mode, disabled = config.settings.reading_validation_mode, logger.disabled
    config.settings.reading_validation_mode = config.IGNORE
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        config.settings.reading_validation_mode = mode
        logger.disabled = disabled


def element(header: Dataset, keyword: str):
    """The value of an element, or None when it is absent, empty or cannot be decoded."""
    try:
        value = header.get(keyword)
    # pydicom decodes on access, and a damaged element makes it raise nearly anything.
    except Exception:
        return None
    if value is None or (hasattr(value, "__len__") and len(value) == 0):
        return None
    return value


def numbers(header: Dataset, keyword: str) -> list[float]:
    """All numbers of an element; an empty list when it holds anything else or a non-finite number."""
    value = element(header, keyword)
    if value is None or isinstance(value, bytes):
        return []
    try:
        items = [float(item) for item in ([value] if isinstance(value, (str, int, float)) else value)]
    except (TypeError, ValueError, OverflowError):
        return []
    return items if np.isfinite(items).all() else []


def number(header: Dataset, keyword: str) -> float | None:
    """The one number of an element, or None."""
    items = numbers(header, keyword)
    return items[0] if len(items) == 1 else None


def positive(header: Dataset, keyword: str) -> float | None:
    """The one positive number of an element, or None; zero is how many devices say "unknown"."""
    value = number(header, keyword)
    return value if value is not None and value > 0.0 else None


def integer(header: Dataset, keyword: str, default: int) -> int:
    """The whole number of an element; `default` when absent or empty.

    Raises ValueError when there is something else.
    """
    if element(header, keyword) is None and keyword not in header:
        return default
    value = number(header, keyword)
    if value is None:
        if element(header, keyword) is None:
            return default
        raise ValueError
    if value != int(value):
        raise ValueError
    return int(value)


def code(header: Dataset, keyword: str, known: tuple[str, ...]) -> str | None:
    """The code string of an element in upper case if it is one of `known`, else None."""
    value = element(header, keyword)
    text = str(value).strip().upper() if isinstance(value, str) else None
    return text if text in known else None


def items(header: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; an empty list when it is none."""
    from pydicom.sequence import Sequence

    value = element(header, keyword)
    return list(value) if isinstance(value, Sequence) else []
