"""The ready Python runs what a fresh one would, in a process of its own, and ends as that does."""

import os
import signal
import subprocess
import time

import pytest
from ready_python import ready_python


def run(*arguments, **settings):
    """A command of it, to its end."""
    command = [*ready_python(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **settings)


def test_streams_folder_environment_and_arguments_are_handed_on(tmp_path):
    code = "import os, sys; print(sys.stdin.read(), os.getcwd(), os.environ['GIVEN'], sys.argv); sys.exit('wrong')"
    done = run("-c", code, "a b", cwd=tmp_path, input="said", env={**os.environ, "GIVEN": "ä"})
    assert done.stdout == f"said {tmp_path} ä ['-c', 'a b']\n"
    assert (done.returncode, done.stderr) == (1, "wrong\n")


def test_modules_and_files_are_run(tmp_path):
    (tmp_path / "mine.py").write_text("import sys, torch; print(__name__, sys.argv[1:]); sys.exit(3)")
    for way in (["-m", "mine"], ["mine.py"]):
        done = run(*way, "x", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (3, "__main__ ['x']\n", "")


def test_a_process_knows_nothing_of_the_one_before():
    code = "import torch; print(hasattr(torch, 'mark')); torch.mark = 1"
    assert [run("-c", code).stdout for _ in range(2)] == ["False\n"] * 2


def test_a_failure_is_told_as_python_does():
    done = run("-c", "import atexit; atexit.register(print, 'end'); 1 / 0")
    assert (done.returncode, done.stdout) == (1, "end\n")
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_process_that_dies_of_a_signal_is_seen_to(number):
    assert run("-c", f"import os; os.kill(os.getpid(), {number:d})").returncode == -number


def test_signals_reach_it_and_nothing_is_left():
    # No print, which must not be entered again from within itself.
    code = "import os, signal, time; signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'asked\\n')); "
    code += "print(os.getpid(), flush=True); [time.sleep(0.05) for _ in range(1200)]"
    with subprocess.Popen([*ready_python(), "-c", code], stdout=subprocess.PIPE, text=True) as process:
        number = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "asked\n"
        process.kill()
        # Its end of the pipe is closed when the forked process is gone as well.
        assert process.stdout.read() == ""
    end = time.monotonic() + 10.0
    while os.path.exists(f"/proc/{number}") and time.monotonic() < end:
        time.sleep(0.01)
    assert not os.path.exists(f"/proc/{number}")
