"""Progress as programs and people get it."""

import io
import json
import math

import numpy as np
import pytest

from Diff2CTCore.progress import REPORTERS, Bar, JsonLines, StageClock, plain


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


def events(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_seconds_left_follow_the_pace_of_the_stage(clock):
    left = StageClock(clock).seconds_left
    assert left("sample", 0, 10) is None
    clock.time += 4.0
    assert left("sample", 2, 10) == pytest.approx(16.0)
    clock.time += 1.0
    assert left("sample", 5, 10) == pytest.approx(5.0)
    assert left("sample", 10, 10) == 0.0


def test_a_new_stage_starts_a_new_estimate(clock):
    left = StageClock(clock).seconds_left
    left("read", 0, 2)
    clock.time += 60.0
    left("read", 2, 2)
    assert left("sample", 0, 3) is None
    clock.time += 2.0
    assert left("sample", 1, 3) == pytest.approx(4.0)


def test_each_event_is_one_json_object_on_one_line(clock):
    stream = io.StringIO()
    progress = JsonLines(stream, clock)
    progress("sample", 0, 4)
    clock.time += 2.0
    progress("sample", 1, 4)
    progress.note("Assumed\nsomething.")
    progress.event("result", volume="ct.nrrd")
    assert events(stream) == [
        {"event": "progress", "stage": "sample", "step": 0, "of": 4, "seconds_left": None},
        {"event": "progress", "stage": "sample", "step": 1, "of": 4, "seconds_left": 6.0},
        {"event": "note", "message": "Assumed\nsomething."},
        {"event": "result", "volume": "ct.nrrd"},
    ]


def test_events_of_a_fast_stage_are_thinned_but_its_last_one_comes(clock):
    stream = io.StringIO()
    progress = JsonLines(stream, clock)
    for step in range(1001):
        progress("read", step, 1000)
        clock.time += 0.001
    steps = [event["step"] for event in events(stream)]
    assert steps[0] == 0
    assert steps[-1] == 1000
    assert len(steps) < 20


def test_values_that_json_does_not_know_become_plain():
    values = {"a": math.nan, "b": (1, math.inf), 3: np.float32(0.5), "c": np.int64(7), "d": None, "e": True}
    found = plain(values)
    assert found == {"a": None, "b": [1, None], "3": 0.5, "c": 7, "d": None, "e": True}
    json.dumps(found, allow_nan=False)


def test_the_bar_names_the_stage_and_a_note_stands_on_its_own_line():
    stream = Terminal()
    bar = Bar(stream)
    bar("sample", 0, 4)
    bar("sample", 4, 4)
    bar.note("Assumed something.")
    bar.close()
    assert "Sample: 100%" in stream.getvalue()
    assert "Assumed something." in stream.getvalue().splitlines()


def test_the_bar_stays_away_from_logs():
    stream = io.StringIO()
    bar = Bar(stream)
    bar("sample", 1, 4)
    bar.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", sorted(REPORTERS))
def test_every_reporter_can_be_called_noted_and_closed(name, capsys):
    progress = REPORTERS[name]()
    progress("sample", 1, 2)
    progress.note("A note.")
    progress.close()
    assert ("A note." in "".join(capsys.readouterr())) == (name != "none")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Größe 影", "Größe 影"),
        # The bytes of UTF-8 and of Latin-1 in a name that the system's encoding does not know.
        ("Gr\udcc3\udcb6\udcc3\udc9fe", "Größe"),
        ("caf\udce9", "caf\\xe9"),
        ("a\ud800b", "a\\ud800b"),
    ],
)
def test_names_in_events_are_well_formed_text(text, told):
    stream = io.StringIO()
    JsonLines(stream).event("result", volume=text, **{text: [text]})
    (event,) = events(stream)
    assert event == {"event": "result", "volume": told, told: [told]}
    bar = Bar(stream := io.StringIO())
    bar.note(text)
    assert stream.getvalue() == told + "\n"
