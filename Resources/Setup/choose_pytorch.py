"""Which build of PyTorch the Makefile installs: says it with its size, and writes it as a requirements file of pip.

On Linux PyTorch's default build brings NVIDIA's CUDA libraries, which take gigabytes and do nothing without an NVIDIA
driver. There a CPU build is taken instead, where one can be had: from the index that TORCH_INDEX names, or from what
pip is configured to look in. Where none is found the default build is taken, as `pip install torch` does.
"""

from __future__ import annotations

import argparse
import glob
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DRIVER_TRACES = ("/proc/driver/nvidia", "/dev/nvidia*")
"""What an NVIDIA driver on Linux leaves to be seen, but for the program nvidia-smi."""

LONGEST_SEARCH_S = 60
"""A search that takes longer is given up: the installation itself will tell what is wrong with the network."""

CPU_SIZE = "about 0.2 GB to download, 0.9 GB on the disk"
CUDA_SIZE = "about 2.7 GB to download, 4.9 GB on the disk"
OTHER_SIZES = "0.15 GB and 0.7 GB for make demo, 0.6 GB and 2.3 GB for make test"
"""Measured with PyTorch 2.13.0 on x86_64 Linux, with what PyTorch itself needs."""


class ChoiceError(Exception):
    """The build that was asked for cannot be had; the sentence says what to do."""


@dataclass(frozen=True)
class Choice:
    """Attributes:
    requirements: lines for pip's requirements file.
    sentences: what the user is told, one a line.
    """

    requirements: tuple[str, ...]
    sentences: tuple[str, ...]


def has_nvidia_driver() -> bool:
    """Whether this machine shows an NVIDIA driver."""
    return shutil.which("nvidia-smi") is not None or any(glob.glob(trace) for trace in DRIVER_TRACES)


def finds(version: str, options: Sequence[str] = ()) -> bool:
    """Whether pip finds this very version of PyTorch for this Python. Nothing is downloaded; no answer is a no.

    Args:
        version: with its local part, such as "2.13.0+cpu".
        options: further ones for pip.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "index", "versions", "torch", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SEARCH_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and version in done.stdout.replace(",", " ").split()


def choose(version: str, given: str = "", index: str = "") -> Choice:
    """The build for this machine.

    Args:
        version: of PyTorch, such as "2.13.0".
        given: a requirement that the user wants instead, whatever it is.
        index: address of an index that holds CPU builds.

    Raises:
        ChoiceError: the index holds no CPU build of this version, or cannot be reached.
    """
    where = (f"--extra-index-url {index}",) if index else ()
    if given:
        return Choice((*where, given), (f"PyTorch: {given}, as TORCH says; how large that is depends on the build.",))
    plain, cpu = f"torch=={version}", f"{version}+cpu"
    if platform.system() != "Linux":
        return Choice((*where, plain), (f"PyTorch {version}: about 0.1 GB to download, without CUDA libraries.",))
    if index:
        if not finds(cpu, ("--index-url", index)):
            raise ChoiceError(
                f"pip finds no CPU build of PyTorch {version} for Python {platform.python_version()} in TORCH_INDEX="
                f"{index}, or gets no answer from it; check the network, give the index that pytorch.org names for CPU "
                "builds, or leave TORCH_INDEX out."
            )
        return Choice((*where, f"torch=={cpu}"), (f"PyTorch {version}, the CPU build of TORCH_INDEX: {CPU_SIZE}.",))
    if has_nvidia_driver():
        why = f"PyTorch {version}, the default build with CUDA, because there is an NVIDIA driver: {CUDA_SIZE}."
        return Choice((plain,), (why,))
    if finds(cpu):
        why = f"PyTorch {version}, the CPU build, because there is no NVIDIA driver and pip finds one: {CPU_SIZE}."
        return Choice((f"torch=={cpu}",), (why,))
    return Choice(
        (plain,),
        (
            f"PyTorch {version}, the default build with CUDA, because pip finds no CPU build: {CUDA_SIZE}.",
            f"Without an NVIDIA driver, as here, a CPU build does the same: {CPU_SIZE}.",
            "To take it: Ctrl-C, then make with TORCH_INDEX=ADDRESS, the index that pytorch.org names for CPU builds.",
        ),
    )


def main(arguments: list[str] | None = None) -> int:
    """Tell, and write the requirements file; 2 where what was asked for cannot be had."""
    parser = argparse.ArgumentParser(description="Choose a build of PyTorch and write it as pip's requirements file.")
    parser.add_argument("requirements", type=Path, help="file to write")
    parser.add_argument("--version", required=True, help="of PyTorch")
    parser.add_argument("--given", default="", help="requirement that the user wants instead")
    parser.add_argument("--index", default="", help="address of an index with CPU builds")
    options = parser.parse_args(arguments)
    try:
        choice = choose(options.version, options.given.strip(), options.index.strip())
    except ChoiceError as error:
        print(error, file=sys.stderr)
        return 2
    options.requirements.write_text("".join(f"{line}\n" for line in choice.requirements), encoding="utf-8")
    told = (
        "To be installed now, and never again for this environment:",
        *choice.sentences,
        f"The other libraries: {OTHER_SIZES}.",
    )
    print("\n  ".join(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
