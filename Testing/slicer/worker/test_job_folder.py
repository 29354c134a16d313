"""The folder of a job: where it is made, who may read it, and that none stays."""

import os
import stat

from host import lib, wait_for


def test_folder_without_permission_is_told(worker, tmp_path):
    worker.window.use_temporary_folder(tmp_path / "missing")
    worker.window.ui.reconstructButton.click()
    assert worker.window.status.startswith("No temporary folder can be made in")
    assert not worker.window.widget.logic.busy


def test_temporary_files_are_private(worker):
    worker("open('made-by-worker', 'w').close(); print('{\"event\": \"note\"}', flush=True); time.sleep(600)")
    window = worker.window
    window.ui.reconstructButton.click()
    wait_for(lambda: list(window.temporary_folder.glob("*/made-by-worker")))
    folders = list(window.temporary_folder.glob("Diff2CT-*"))
    assert len(folders) == 2  # the job's and the worker's
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    files = [path for folder in folders for path in folder.iterdir() if path.name != "owner.pid"]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert {"events.jsonl", "log.txt", "made-by-worker"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_folder_that_a_crash_left_behind_is_removed_by_the_next_job(tmp_path):
    left = tmp_path / "Diff2CT-job-left"
    left.mkdir()
    # No process has this number: it is above the kernel's limit.
    (left / "owner.pid").write_text(str(2**22 + 1))
    other = tmp_path / "Diff2CT-job-other"
    other.mkdir()
    (other / "owner.pid").write_text(str(os.getpid()))
    mine = lib("worker.job_folder").create_job_folder(tmp_path)
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([other.name, mine.name])
