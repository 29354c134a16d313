"""Names of files between what people and programs write and what this system can hold."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def system_name(text: str) -> str:
    """The text as this system spells the names of files.

    A name from a table or from another program is Unicode; where the system's encoding does not know it, its bytes in
    UTF-8 are meant, as nearly every disk has them.

    Raises:
        ValueError: no file can have such a name.
    """
    if "\0" in text:
        raise ValueError("embedded null character")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    return text


def library_path(path: Path) -> str:
    """A path as libraries written in C++ take it, which read every text as UTF-8 and end the process where it is none.

    Raises:
        OSError: the bytes of the path are no UTF-8.
    """
    try:
        return os.fsencode(path).decode()
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "its name is not in UTF-8") from error
