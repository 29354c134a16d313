"""The stored values of an image file: exactly as many as its header announces, or none."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import ImageFileError
from . import faults

RAW, GZIP, ZLIB, TEXT = "raw", "gzip", "zlib", "text"

_MOST_INFLATED = 1040
"""Bytes that one byte of deflated data can become."""


@dataclass(frozen=True)
class Payload:
    """Where the values lie.

    Attributes:
        files: one, or several that hold equally many values each and follow one another.
        encoding: RAW, GZIP, ZLIB or TEXT.
        start: first byte in each file that belongs to the values as they are encoded; None where the values are the
            last bytes of the file.
        skip: bytes before the values once they are decoded.
        stored_bytes: length of the encoded values where the header states it.
    """

    files: tuple[Path, ...]
    encoding: str
    start: int | None = 0
    skip: int = 0
    stored_bytes: int | None = None

    def read(self, name: str, file_format: str, sample: np.dtype, count: int) -> np.ndarray:
        """(count,) values of type `sample`.

        Raises:
            ImageFileError: a file is missing, cannot be opened, is too short, too long or damaged.
        """
        each = count // len(self.files)
        try:
            if self.encoding == TEXT:
                return np.concatenate([self._numbers(name, path, sample, each) for path in self.files])
            needed = each * sample.itemsize
            for path in self.files:
                self._check_length(name, file_format, path, needed)
            buffer = bytearray(needed * len(self.files))
            for index, path in enumerate(self.files):
                self._fill(name, file_format, path, memoryview(buffer)[index * needed : (index + 1) * needed])
        except FileNotFoundError as error:
            raise ImageFileError(
                f"{name} keeps its pixels in a file that is not there; bring both together."
            ) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise faults.damaged(name, file_format) from error
        except OSError as error:
            raise _not_opened(name, error) from error
        return np.frombuffer(buffer, sample)

    def _check_length(self, name: str, file_format: str, path: Path, needed: int) -> None:
        """Before any memory is taken; of compressed data only what can be told beforehand."""
        present = path.stat().st_size - (self.start or 0)
        if self.stored_bytes is not None:
            if present < self.stored_bytes:
                raise faults.damaged(name, file_format)
            if present > self.stored_bytes:
                raise _too_long(name)
        if self.encoding != RAW:
            if (present + 1) * _MOST_INFLATED < needed + self.skip:
                raise faults.damaged(name, file_format)
            return
        if present < needed + self.skip:
            raise faults.damaged(name, file_format)
        if self.start is not None and present > needed + self.skip:
            raise _too_long(name)

    def _fill(self, name: str, file_format: str, path: Path, part: memoryview) -> None:
        with path.open("rb") as stream:
            stream.seek(path.stat().st_size - len(part) if self.start is None else self.start)
            decoded = _decoded(stream, self.encoding)
            if _skipped(decoded, self.skip) < self.skip or _read_into(decoded, part) < len(part):
                raise faults.damaged(name, file_format)
            if decoded.read(1):
                raise _too_long(name)

    def _numbers(self, name: str, path: Path, sample: np.dtype, count: int) -> np.ndarray:
        with path.open("rb") as stream:
            stream.seek(self.start or 0)
            words = stream.read().split()
        if len(words) != count:
            raise faults.contradictory(name, "The number of values", "the sizes in the header")
        try:
            values = np.array([float(word) for word in words])
            stored = values.astype(sample)
        except (ValueError, OverflowError):
            raise faults.unreadable(name, "text after the header", "numbers") from None
        if not (stored == values).all() and np.issubdtype(sample, np.integer):
            raise faults.contradictory(name, "The type", "the values")
        return stored


def _not_opened(name: str, error: OSError) -> ImageFileError:
    opened = Path(error.filename).name if error.filename else name
    opened = opened.encode("utf-8", "backslashreplace").decode()
    which = name if opened == name else f"The file {opened}, in which {name} keeps its pixels,"
    return ImageFileError(f"{which} cannot be read ({error.strerror}); check it and its permissions.")


def _too_long(name: str) -> ImageFileError:
    return ImageFileError(
        f"{name} holds more data than its header announces, so its sizes or its type are wrong; "
        "correct the header or export the file again."
    )


class _Inflated:
    """A zlib stream as a file that can be read."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._inflate = zlib.decompressobj()
        self._left = b""

    def read(self, most: int) -> bytes:
        """Up to `most` bytes; none at the end.

        Raises:
            EOFError: the stream ends early.
            zlib.error: it is damaged, or something follows it.
        """
        while not self._inflate.eof:
            block = self._left or self._stream.read(1 << 20)
            if not block:
                raise EOFError
            found = self._inflate.decompress(block, most)
            self._left = self._inflate.unconsumed_tail
            if found:
                return found
        if self._inflate.unused_data or self._stream.read(1):
            raise zlib.error("data after the end")
        return b""


def _decoded(stream: BinaryIO, encoding: str):
    if encoding == GZIP:
        return gzip.GzipFile(fileobj=stream)
    return _Inflated(stream) if encoding == ZLIB else stream


def _skipped(decoded, count: int) -> int:
    done = 0
    while done < count and (block := decoded.read(min(1 << 20, count - done))):
        done += len(block)
    return done


def _read_into(decoded, part: memoryview) -> int:
    done = 0
    while done < len(part) and (block := decoded.read(min(1 << 22, len(part) - done))):
        part[done : done + len(block)] = block
        done += len(block)
    return done
