"""Ways to spoil text, tables, headers and JSON, each from what is whole and a random generator."""

import copy
import json

import numpy as np

WORDS = (
    "0",
    "-1",
    "1e309",
    "-1e30",
    "nan",
    "inf",
    "NaN",
    "99999999999999999999",
    "1e-300",
    "0.0",
    "true",
    "null",
    "''",
    '"x"',
    "[]",
    "{}",
    "..",
    "/",
    "%s%n",
    "\x00",
    "é",
    "1 2 3 4 5 6 7 8 9",
)
HEADER_WORDS = (
    *WORDS,
    "1",
    "2",
    "3",
    "4",
    "16",
    "0.5",
    "3,5",
    "-3.75",
    "1 1 1",
    "4 3.5 3.75",
    "0,5 0,5 1",
    "big",
    "float",
)
HEADER_WORDS += (
    "gzip",
    "True",
    "False",
    "LOCAL",
    "MET_FLOAT",
    "MET_UCHAR",
    "(0,4,0) (4,0,0) (0,0,4)",
    "(4,1,0) (0,4,0) (0,0,4)",
)
"""Words, and what may well stand in the header of an image."""

CELLS = (*WORDS, "", "1", "7", "40 40", "1200.5", "yes", "c", "d.e")
"""Words, and what may well stand in a table."""
VALUES = (
    None,
    True,
    0,
    -1,
    3,
    10**30,
    1e308,
    -1e-300,
    float("nan"),
    float("inf"),
    "",
    "nan",
    "../../etc/passwd",
    "é" * 40,
    [],
    [0],
    [1, 2, 3],
    [[[]]],
    {},
    {"a": {}},
)


def spoiled_text(text: str, random: np.random.Generator, words=WORDS) -> str:
    """Lines removed, repeated, swapped or cut, and values replaced."""
    lines = text.splitlines()
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(len(lines))) if lines else 0
        kind = random.integers(6)
        if not lines:
            break
        if kind == 0:
            del lines[place]
        elif kind == 1:
            lines.insert(place, lines[int(random.integers(len(lines)))])
        elif kind == 2:
            lines[place] = lines[place][: int(random.integers(len(lines[place]) + 1))]
        else:
            # The value, as in `steps = 3`, or its last part, as in `sizes: 3 4`.
            signs = "=:" if random.random() < 0.4 else "=: "
            cut = max(lines[place].rfind(sign) for sign in signs) + 1
            lines[place] = lines[place][:cut] + " " + words[random.integers(len(words))]
    return "\n".join(lines) + "\n"


def spoiled_table(text: str, random: np.random.Generator) -> str:
    """A table of commas with cells replaced, mostly below its heading, and lines removed, repeated or cut."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(random.integers(1, 4)):
        row = rows[random.integers(len(rows))] if random.random() < 0.1 else rows[random.integers(1, len(rows))]
        row[random.integers(len(row))] = CELLS[random.integers(len(CELLS))]
    whole = "\n".join(map(",".join, rows)) + "\n"
    return spoiled_text(whole, random) if random.random() < 0.3 else whole


def spoiled_header(content: bytes, random: np.random.Generator, end: bytes) -> bytes:
    """A file whose text header, up to `end`, is spoiled; the data behind it stay."""
    header, separator, rest = content.partition(end)
    if random.random() < 0.4:
        return _other_digits(header, random) + separator + rest
    return spoiled_text(header.decode("latin-1"), random, HEADER_WORDS).encode("utf-8") + separator + rest


def _other_digits(header: bytes, random) -> bytes:
    """Another digit, sign or separator in one or two of the numbers."""
    spoilt = bytearray(header)
    places = [place for place, byte in enumerate(header) if byte in b"0123456789.,-"]
    for place in random.choice(places, size=random.integers(1, 3)):
        spoilt[place] = random.choice(list(b"0123456789.,- "))
    return bytes(spoilt)


def spoiled_json(text: str, random: np.random.Generator) -> str:
    """Valid JSON with entries replaced, removed, added or renamed."""
    value = json.loads(text)
    for _ in range(random.integers(1, 3)):
        holder, key = _somewhere(value, random)
        kind = random.integers(4)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[key + "x"] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(VALUES[random.integers(len(VALUES))])
        if not value:
            break
    return json.dumps(value)


def _somewhere(value, random):
    """A holder and a key of a random entry at a random depth."""
    holder = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = keys[random.integers(len(keys))]
        inside = holder[key]
        if not isinstance(inside, (dict, list)) or not inside or random.random() < 0.3:
            return holder, key
        holder = inside
