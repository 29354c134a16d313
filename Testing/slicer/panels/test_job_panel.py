"""What the panel shows of a running job, and what it offers after one that did not succeed."""

import pytest
from host import process_events, wait_for
from node_facts import node_ids


def test_events_arrive_while_the_worker_runs(worker):
    worker(
        "for step in range(1, 5):\n"
        "    print(json.dumps({'event': 'progress', 'stage': 'sample', 'step': step, 'of': 4}), flush=True)\n"
        "    time.sleep(0.15)\n"
        "sys.exit(1)"
    )
    window = worker.window
    window.ui.reconstructButton.click()
    values = []

    def watch():
        if window.ui.progressBar.value not in values:
            values.append(window.ui.progressBar.value)
        return not window.widget.logic.busy

    wait_for(watch)
    assert [value for value in values if value > 0][:4] == [250, 500, 750, 1000]
    process_events()


def test_notes_of_the_worker_are_counted_and_shown(worker):
    worker(
        "print(json.dumps({'event': 'note', 'message': 'Assumed: sid_mm = 1150.'}), flush=True)\n"
        "print(json.dumps({'event': 'note', 'message': 5}), flush=True)\n"
        "sys.exit(1)"
    )
    worker.run()
    assert worker.window.widget.jobs.notes == ["Assumed: sid_mm = 1150."]


def test_two_jobs_cannot_start_at_once(worker):
    worker("time.sleep(600)")
    window = worker.window
    window.ui.reconstructButton.click()
    window.parameters.simulationCt = window.parameters.truthCt
    assert not window.ui.simulateButton.enabled
    with pytest.raises(ValueError, match="Another job is running"):
        window.widget.logic.simulate(window.parameters, lambda event: None, lambda outcome: None)


def test_out_of_memory_offers_to_go_on_smaller_or_on_the_cpu(worker):
    worker(
        "print(json.dumps({'event': 'error', 'kind': 'device', 'message': 'The GPU memory does not suffice.'}))\n"
        "sys.exit(3)"
    )
    window = worker.window
    window.ui.samplesSpinBox.setValue(4)
    assert worker.run() == "The GPU memory does not suffice."
    assert window.ui.useCpuButton.visible or not window.ui.useCpuButton.isHidden()
    window.ui.useCpuButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.parameters.device == "CPU"
    assert window.ui.useCpuButton.isHidden()
    window.ui.runSmallerButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert (window.parameters.samples, window.parameters.quality) == (1, "Fast")


@pytest.mark.real_worker
def test_gpu_that_is_not_there_is_told_and_the_cpu_offered(loaded, monkeypatch):
    """The real worker, on a computer that shows it no GPU."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    window = loaded
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.parameters.device = "GPU"
    before = node_ids()
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "is not on this machine" in window.status
    assert node_ids() == before
    assert not window.ui.useCpuButton.isHidden()
    window.ui.useCpuButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status.startswith("Done in"), window.status
