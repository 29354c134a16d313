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
_WORDS = (None, "US", "SS", "OW", "UN", "US or SS")
_BINARY = ("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "US or SS", "US or OW", "OB or OW")
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


def as_written(header: Dataset, keyword: str):
    """An element as it stands in the header, decoded only if it was before; None when it is absent."""
    return header.get_item(keyword, keep_deferred=True) if keyword in header else None


def numbers(header: Dataset, keyword: str) -> list[float]:
    """All numbers of an element, decimal commas read as points; an empty list when it is absent or empty.

    Raises:
        UnreadableElementError: it holds anything else, or a number that is not finite.
    """
    if keyword not in header:
        return []
    try:
        found = [_as_number(item) for item in _items_of(header, keyword)]
    # pydicom decodes on access, and a damaged element makes it raise nearly anything.
    except Exception:
        raise UnreadableElementError(keyword) from None
    if not np.isfinite(found).all():
        raise UnreadableElementError(keyword)
    return found


def _as_number(item) -> float:
    # Python takes "1_5" for 15.
    if isinstance(item, str) and "_" in item:
        raise ValueError
    return float(item)


def _items_of(header: Dataset, keyword: str) -> list:
    from pydicom.datadict import dictionary_VR
    from pydicom.dataelem import RawDataElement

    raw = as_written(header, keyword)
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


def stored_value(header: Dataset, keyword: str, bits: int, signed: bool) -> int | None:
    """The stored value that an element with the representation US or SS names, or None.

    Which of the two stands in the file says little: programs write either for signed pixels. So the number is taken
    as a pixel of `bits` bits would be.

    Args:
        bits, signed: Bits Stored and Pixel Representation of the pixels.

    Raises:
        UnreadableElementError: it holds anything else.
    """
    from pydicom.dataelem import RawDataElement

    raw = header.get_item(keyword, keep_deferred=True) if keyword in header else None
    if isinstance(raw, RawDataElement) and raw.VR in _WORDS and raw.value is not None and len(raw.value) == 2:
        word = int.from_bytes(raw.value, "little" if raw.is_little_endian else "big")
    else:
        word = integer(header, keyword, None)
    if word is None:
        return None
    if not -(1 << 15) <= word < 1 << 16:
        raise UnreadableElementError(keyword)
    return as_stored(word, bits, signed)


def as_stored(word: int, bits: int, signed: bool) -> int:
    """What 16 bits, written as a number of either sign, are as a pixel of `bits` bits.

    A negative pixel fills the word with its sign, or ends at Bits Stored.
    """
    value = word & 0xFFFF
    if not signed:
        return value
    return value - (1 << 16) if value >> 15 else value - (value >> (bits - 1) << bits)


def stated(header: Dataset, keyword: str) -> bool:
    """Whether an element is there and not empty, whatever it holds."""
    from pydicom.datadict import dictionary_VR

    value = header.get_item(keyword, keep_deferred=True).value if keyword in header else None
    # A word may be 32, which is a space in a text, and a number 0.
    kind = dictionary_VR(keyword)
    if isinstance(value, bytes) and not (kind in _BINARY or kind.startswith("O")):
        value = value.strip(b" \0")
    return value is not None and (not hasattr(value, "__len__") or len(value) > 0)


def code(header: Dataset, keyword: str, known: tuple[str, ...]) -> str | None:
    """The code string of an element in upper case if it is one of `known`, else None; `stated` tells absent ones."""
    value = element(header, keyword)
    text = str(value).strip().upper() if isinstance(value, str) else None
    return text if text in known else None


def items(header: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; an empty list when it is absent or empty.

    Raises:
        UnreadableElementError: it holds anything else.
    """
    from pydicom.sequence import Sequence

    if not stated(header, keyword):
        return []
    value = element(header, keyword)
    if not isinstance(value, Sequence):
        raise UnreadableElementError(keyword)
    return list(value)
