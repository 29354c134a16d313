"""The process that a test starts: it stands for the forked one. It imports little, for that is its purpose."""

import json
import os
import signal
import socket
import sys

HANDED_ON = (signal.SIGTERM, signal.SIGINT)


def main(address: str, arguments: list[str]) -> int:
    """Have the arguments run; returns the exit code, and ends by the signal that the forked process ended by."""
    # They wait until it is known who gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDED_ON)
    link = socket.socket(socket.AF_UNIX)
    link.connect(address)
    socket.send_fds(link, [b"?"], [0, 1, 2])
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    link.sendall(json.dumps(request).encode() + b"\n")
    answers = link.makefile()
    process = int(answers.readline())
    for number in HANDED_ON:
        signal.signal(number, lambda number, _: os.kill(process, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDED_ON)
    code = int(answers.readline())
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
