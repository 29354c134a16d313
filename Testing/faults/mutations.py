"""Ways to spoil the bytes of a file. Each takes what is whole and a random generator, and gives what is not."""

import io
import struct
import zlib

import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HEADER_BYTES = 1600
"""Where most formats keep what steers their readers; half of all damage is done there."""

TAG_VALUES = ("", "0", "-1", "1e30", "nan", "1\\2", "1\\2\\3\\4\\5\\6", "x" * 70, "\\", "é", "99999999999999")


def spoiled_bytes(content: bytes, random: np.random.Generator) -> bytes:
    """One to four kinds of damage to bytes."""
    spoiled = bytearray(content)
    for _ in range(random.integers(1, 5)):
        if spoiled:
            _BYTE_DAMAGE[random.integers(len(_BYTE_DAMAGE))](spoiled, random)
    return bytes(spoiled)


def _place(spoiled, random) -> int:
    end = min(len(spoiled), HEADER_BYTES) if random.random() < 0.5 else len(spoiled)
    return int(random.integers(end))


def _flip_bit(spoiled, random):
    spoiled[_place(spoiled, random)] ^= 1 << random.integers(8)


def _replace_byte(spoiled, random):
    spoiled[_place(spoiled, random)] = random.integers(256)


def _replace_number(spoiled, random):
    number, size = EXTREMES[random.integers(len(EXTREMES))], int(random.choice([2, 4, 8]))
    place, order = _place(spoiled, random), "little" if random.random() < 0.5 else "big"
    spoiled[place : place + size] = (number % (1 << 8 * size)).to_bytes(size, order)


def _cut_off(spoiled, random):
    del spoiled[_place(spoiled, random) :]


def _remove(spoiled, random):
    place = _place(spoiled, random)
    del spoiled[place : place + int(random.integers(1, 64))]


def _repeat(spoiled, random):
    place = _place(spoiled, random)
    spoiled[place:place] = spoiled[place : place + int(random.integers(1, 64))]


def _blank(spoiled, random):
    place = _place(spoiled, random)
    size = min(int(random.integers(1, 64)), len(spoiled) - place)
    spoiled[place : place + size] = bytes([random.choice([0, 255])]) * size


def _append(spoiled, random):
    spoiled += random.bytes(int(random.integers(1, 200)))


_BYTE_DAMAGE = (_flip_bit, _replace_byte, _replace_number, _cut_off, _remove, _repeat, _blank, _append)


def spoiled_values(content: bytes, random: np.random.Generator, start: int) -> bytes:
    """The same length, with some 2-byte numbers behind `start` replaced."""
    spoiled = bytearray(content)
    for _ in range(random.integers(1, 5)):
        place = int(random.integers(start, len(spoiled) - 2)) // 2 * 2
        # Zero, infinity, not a number, the largest, and anything.
        number = random.choice([0x0000, 0x7C00, 0x7E00, 0x7BFF, int(random.integers(0x10000))])
        spoiled[place : place + 2] = int(number).to_bytes(2, "little")
    return bytes(spoiled)


def spoiled_tags(content: bytes, random: np.random.Generator) -> bytes:
    """A well-formed DICOM file with some wrong, missing or contradictory values."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    for _ in range(random.integers(1, 4)):
        tags = list(dataset.keys())
        element = dataset[tags[random.integers(len(tags))]]
        if random.random() < 0.25:
            del dataset[element.tag]
        elif element.VR in ("US", "SS", "UL", "SL"):
            dataset[element.tag] = raw_value(element, int(EXTREMES[random.integers(8)]).to_bytes(2, "little"))
        elif element.VR not in ("SQ", "OB", "OW"):
            dataset[element.tag] = raw_value(element, TAG_VALUES[random.integers(len(TAG_VALUES))].encode())
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=False)
    return buffer.getvalue()


def raw_value(element, value: bytes) -> RawDataElement:
    """An element that is written as it stands, whatever pydicom thinks of its value."""
    value += b" " * (len(value) % 2)
    return RawDataElement(element.tag, element.VR, len(value), value, 0, False, True)


def with_png_checksums(content: bytes) -> bytes:
    """A PNG whose chunks have the right checksums, so that damage reaches the reader's deeper layers."""
    out, place = bytearray(content[:8]), 8
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        body = content[place + 4 : place + 8 + length]
        if length > len(content) - place - 12:
            break
        out += content[place : place + 4] + body + struct.pack(">I", zlib.crc32(body))
        place += 12 + length
    return bytes(out + content[place:])
