"""Reading single DICOM elements without trusting them, and without spreading what they say.

Values come from files that may be damaged, or filled with free text (a name, say) where a code is
meant. So a value is only used, and only reported, when it is what the standard says it should be.
A number that is not there and one that cannot be read are two things: the first is None or an empty
list, the second an `UnreadableElementError`.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ImageFileError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TEXT_NUMBERS = ("DS", "IS")
_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)")


class UnreadableElementError(ValueError):
    """An element is there, but what it holds is not what the standard says it is.

    Attributes:
        keyword: the element's.
    """

    def __init__(self, keyword: str):
        super().__init__(keyword)
        self.keyword = keyword


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn an `UnreadableElementError` into an `ImageFileError` about the file `name`."""
    try:
        yield
    except UnreadableElementError as error:
        raise ImageFileError(
            f"The {error.keyword} of {name} is there but cannot be read as what it should be; "
            "correct it or export the file again."
        ) from error


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
    """All numbers of an element, decimal commas read as points; an empty list when it is absent or empty.

    Raises:
        UnreadableElementError: it holds anything else, or a number that is not finite.
    """
    if keyword not in header:
        return []
    try:
        found = [float(item) for item in _items_of(header, keyword)]
    # pydicom decodes on access, and a damaged element makes it raise nearly anything.
    except Exception:
        raise UnreadableElementError(keyword) from None
    if not np.isfinite(found).all():
        raise UnreadableElementError(keyword)
    return found


def _items_of(header: Dataset, keyword: str) -> list:
    from pydicom.datadict import dictionary_VR
    from pydicom.dataelem import RawDataElement

    raw = header.get_item(keyword)
    if isinstance(raw, RawDataElement) and (raw.VR or dictionary_VR(keyword)) in _TEXT_NUMBERS:
        # pydicom gives up on a decimal comma, which programs in many countries write.
        texts = [text.strip(" \0") for text in (raw.value or b"").decode("ascii").split("\\")]
    else:
        value = header[keyword].value
        if value is None or isinstance(value, bytes):
            texts = [value] if value else []
        else:
            texts = [value] if isinstance(value, (str, int, float)) else list(value)
    if texts in ([], [""]):
        return []
    return [_DECIMAL_COMMA.sub(r"\1.\2", text) if isinstance(text, str) else text for text in texts]


def number(header: Dataset, keyword: str) -> float | None:
    """The one number of an element, or None when it is absent or empty.

    Raises:
        UnreadableElementError: it holds anything else, or several numbers.
    """
    found = numbers(header, keyword)
    if len(found) > 1:
        raise UnreadableElementError(keyword)
    return found[0] if found else None


def positive(header: Dataset, keyword: str) -> float | None:
    """The one positive number of an element, or None; zero is how many devices say "unknown".

    Raises:
        UnreadableElementError: it holds anything else, a negative number among it.
    """
    value = number(header, keyword)
    if value is not None and value < 0.0:
        raise UnreadableElementError(keyword)
    return value or None


def integer(header: Dataset, keyword: str, default: int | None) -> int | None:
    """The whole number of an element; `default` when it is absent or empty.

    Raises:
        UnreadableElementError: it holds anything else.
    """
    value = number(header, keyword)
    if value is None:
        return default
    if value != int(value):
        raise UnreadableElementError(keyword)
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
