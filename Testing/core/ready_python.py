"""A Python that need not import PyTorch first: what it runs is forked from a process that has, and is one of its own.

To start Python and to import PyTorch takes longer than most of what is tested in a process of its own. Where the start
is tested as well (an encoding, what is imported, what the machine lacks), a test starts a fresh Python.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

PROGRAM = (
    "torch",
    "pydicom",
    "safetensors.torch",
    "SimpleITK",
    "Diff2CTCore.commands",
    "Diff2CTCore.ct",
    "Diff2CTCore.radiograph.dicom",
    "Diff2CTCore.reconstruction.pipeline",
)
"""What `diff2ct` imports for a reconstruction."""

TRAINING = (*PROGRAM, "training.run", "scipy.ndimage", "torch.utils.flop_counter", "torch.utils.tensorboard")
"""What a run of the training imports."""


@cache
def ready_python(modules: tuple[str, ...] = PROGRAM) -> list[str]:
    """The first words of a command, instead of `sys.executable`, where some modules are imported already.

    The process that is started hands its streams, folder, environment and arguments on to the forked one, and signals
    in both directions; its limits and its number are its own.
    """
    address = Path(tempfile.mkdtemp(prefix="ready-python-")) / "socket"
    server = subprocess.Popen(
        [sys.executable, str(HERE / "ready_python_server.py"), str(address), *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert server.stdout.readline() == b"ready\n"
    server.stdout.close()
    # The server ends when nobody holds the other end of its standard input, at the latest with this process.
    _held.append(server)
    return [sys.executable, "-I", "-S", str(HERE / "ready_python_client.py"), str(address)]


_held: list[subprocess.Popen] = []
