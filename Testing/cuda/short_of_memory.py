"""`short_of_memory.py DEVICE MEBIBYTES OUTPUT`: the command line on a GPU of which it may use only a little.

The radiographs are made up in memory, so that no library for files is needed.
"""

import sys
from pathlib import Path
from unittest.mock import patch

import torch
from synthetic_pair import radiograph_pair

from Diff2CTCore.__main__ import main


def read_radiograph(path: Path, **_):
    frontal, lateral, _ = radiograph_pair()
    return {"frontal": frontal, "lateral": lateral}[path.stem]


if __name__ == "__main__":
    device, mebibytes, output = sys.argv[1:]
    whole = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(int(mebibytes) * 2**20 / whole, device)
    with patch("Diff2CTCore.radiograph.read_radiograph", read_radiograph):
        sys.exit(main(["reconstruct", "frontal", "lateral", "-o", output, "--device", device, "--progress", "none"]))
