"""One run of an entry of the program inside this process: what it said, how it ended, and that it did not hang."""

import contextlib
import faulthandler
import io
import os
import signal
import sys
import tempfile

from surroundings import decimal_commas, run_in_the_c_locale

HANG_SECONDS = 60


class HangError(BaseException):
    """An input took too long. Not an Exception, so that the program under test cannot take it for its own."""


def call(program: str, command: list[str]) -> tuple[object, str]:
    """Exit code, or what escaped, and all that reached the error stream, that of libraries included."""
    entry = programs()[program]
    with _captured() as captured, _limited():
        try:
            code = entry(command)
        except SystemExit as left:
            code = left.code
        except (Exception, HangError) as error:
            code = repr(error)
    return code, captured[0]


def programs() -> dict:
    """The entries by name, each a function of the command line."""
    from Diff2CTCore.__main__ import main as diff2ct
    from training import evaluate, make_cases, train
    from training.prepare import __main__ as prepare

    def german(command):
        with decimal_commas():
            return diff2ct(command)

    modules = {"evaluate": evaluate, "make_cases": make_cases, "prepare": prepare, "train": train}
    ways = {"diff2ct": diff2ct, "diff2ct in German": german, "diff2ct in the C locale": run_in_the_c_locale}
    return {**ways, **{name: module.main for name, module in modules.items()}}


@contextlib.contextmanager
def _captured():
    """Both streams, at the level of file descriptors, because libraries in C write there; gives what stderr got."""
    result = [""]
    saved = os.dup(1), os.dup(2)
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as err, open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(err.fileno(), 2)
        text = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        try:
            with contextlib.redirect_stderr(text), contextlib.redirect_stdout(io.StringIO()):
                yield result
        finally:
            text.flush()
            for number, copy in enumerate(saved, start=1):
                os.dup2(copy, number)
                os.close(copy)
            err.seek(0)
            result[0] = err.read().decode("utf-8", "replace")


@contextlib.contextmanager
def _limited():
    """End an input that hangs: Python code with an exception, a library in C by ending this process with its stack."""

    def stop(*_):
        raise HangError(f"a hang of {HANG_SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_SECONDS)
    faulthandler.dump_traceback_later(3 * HANG_SECONDS, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


def peak_memory_bytes() -> int:
    """The most memory this process has held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
