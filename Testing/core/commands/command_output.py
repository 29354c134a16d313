"""What a command has said and written."""

import json


def events(text):
    """What a program reads: an object for each line."""
    return [json.loads(line) for line in text.splitlines()]


def assert_one_sentence(text):
    """One line, and no traceback."""
    assert len(text.strip().splitlines()) == 1
    assert "Traceback" not in text


def files_in(folder):
    """The names of everything in a folder, at any depth."""
    return sorted(path.name for path in folder.rglob("*"))
