"""Work that would hold up the window: done beside it, while a job's steps go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

WAIT_SECONDS = 0.005


def in_background(function: Callable, *arguments) -> Iterator[None]:
    """Call a function in a thread of its own and return what it gives; a yield each few milliseconds until then.

    The function must not touch the scene: what it raises is raised here.
    """
    ended: dict = {}

    def run() -> None:
        try:
            ended["value"] = function(*arguments)
        except Exception as error:
            ended["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        time.sleep(WAIT_SECONDS)
        yield
    if "error" in ended:
        raise ended["error"]
    return ended["value"]
