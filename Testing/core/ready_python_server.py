"""The process that has imported everything, and forks another one for each request."""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import threading
import traceback
from pathlib import Path


def serve(address: Path, modules: list[str]) -> tuple[dict, list[int]]:
    """Fork for each request until standard input ends; returns in each forked process, with its request and streams."""
    for name in modules:
        importlib.import_module(name)
    # What is never moved or freed remains shared with the forked processes.
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen()
    print("ready", flush=True)
    # The keepers of the forked processes need nobody who waits for them; Ctrl-C is for those who started the tests.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return _kept(link)
        link.close()
    address.unlink()
    address.parent.rmdir()
    sys.exit()


def _kept(link: socket.socket) -> tuple[dict, list[int]]:
    """Fork once more and keep that process: it is killed with its client, which is told of its end."""
    streams = socket.recv_fds(link, 1, 3)[1]
    request = json.loads(link.makefile().readline())
    process = os.fork()
    if process == 0:
        link.close()
        return request, streams
    for stream in streams:
        os.close(stream)
    link.sendall(b"%d\n" % process)
    status = None
    while status is None:
        done, found = os.waitpid(process, os.WNOHANG)
        if done:
            status = found
        # The client has nothing more to say, so this is its end.
        elif select.select([link], [], [], 0.01)[0]:
            os.kill(process, signal.SIGKILL)
    with contextlib.suppress(OSError):
        link.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(request: dict, streams: list[int]) -> None:
    """What Python does with such arguments."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    # It was chosen by the server's environment.
    tempfile.tempdir = None
    sys.path[:0] = [request["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    try:
        _execute(*request["arguments"])
        code = 0
    except SystemExit as left:
        code = left.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    # The end of Python without the taking apart of all that was imported.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _execute(kind: str, *rest: str) -> None:
    if kind == "-c":
        sys.argv = [kind, *rest[1:]]
        exec(rest[0], {"__name__": "__main__"})
    elif kind == "-m":
        sys.argv = [*rest]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [kind, *rest]
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    run(*serve(Path(sys.argv[1]), sys.argv[2:]))
