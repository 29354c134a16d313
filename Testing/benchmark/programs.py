"""Start the command line as a person does, and time it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from scale import Scale

from Diff2CTCore.storage import resource_path

ROOT = Path(__file__).resolve().parents[2]
PAIR = tuple(str(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm"))


def reconstruction(scale: Scale, output: Path, steps: int | None = None) -> list[str]:
    """Arguments of a reconstruction of the bundled pair."""
    model = ["--model", scale.model] if scale.model else []
    return ["reconstruct", *PAIR, "-o", str(output), "--steps", str(steps or scale.steps), *model]


def seconds_of_run(arguments: list[str]) -> float:
    """From the start of a command's process to its end; CalledProcessError when it fails."""
    begun = time.perf_counter()
    process = start([*arguments, "--progress", "none"], stdout=subprocess.DEVNULL)
    code = process.wait()
    if code:
        raise subprocess.CalledProcessError(code, arguments)
    return time.perf_counter() - begun


def start(arguments: list[str], **streams) -> subprocess.Popen:
    """Start a command."""
    command = [sys.executable, "-m", "Diff2CTCore", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **streams)


def seconds_to_first_event(arguments: list[str]) -> float:
    """From the start of the process to its first progress event; the process is ended then."""
    begun = time.perf_counter()
    process = start([*arguments, "--progress", "json"], stdout=subprocess.PIPE)
    event = json.loads(process.stdout.readline())
    seconds = time.perf_counter() - begun
    process.kill()
    process.communicate()
    if event["event"] != "progress":
        raise RuntimeError(f"the first event was {event}")
    return seconds


def seconds_to_stage(arguments: list[str], stage: str, step: int) -> tuple[float, float]:
    """From the start of the process to an event of its progress, and to its end."""
    begun, reached = time.perf_counter(), None
    process = start([*arguments, "--progress", "json"], stdout=subprocess.PIPE)
    for line in process.stdout:
        event = json.loads(line)
        if (event.get("stage"), event.get("step")) == (stage, step):
            reached = time.perf_counter() - begun
    code = process.wait()
    if code or reached is None:
        raise subprocess.CalledProcessError(code, arguments)
    return reached, time.perf_counter() - begun


class Worker:
    """`diff2ct worker`; a context that ends it."""

    def __enter__(self):
        self._process = start(["worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, arguments: list[str]) -> None:
        """One job to its end."""
        print(json.dumps({"arguments": arguments}), file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "error":
                raise RuntimeError(event["message"])
            if event["event"] == "result":
                return
        raise RuntimeError("the worker ended")
