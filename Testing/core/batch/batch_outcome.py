"""What became of the cases of a batch, from its events and from its table."""

import csv


def results(path):
    """The lines of a results table by case."""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def cases(events):
    """Case and status of each case event."""
    return [(event["case"], event["status"]) for event in events if event["event"] == "case"]
