import time
from pathlib import Path

import pytest
from kt_protocol import Canceled, InvalidInput, Job

from hearing_choice import choose_model
from interruptible import Worker
from tiny_annotation import TASK


def test_the_model_is_chosen_by_what_is_asked_and_what_is_there() -> None:
    everything = ["distil-large-v3", "large-v3", "tiny"]
    assert choose_model("distil-large-v3", "en", everything).model == "distil-large-v3"
    spanish = choose_model("distil-large-v3", "es", everything)
    assert spanish.model == "large-v3"
    assert spanish.warnings == ("The model distil-large-v3 hears English only: large-v3 listened instead.",)
    assert choose_model("tiny", "es", everything).warnings == ()
    assert choose_model("medium", "en", everything).model == "large-v3"
    assert "is not installed" in choose_model("medium", "en", everything).warnings[0]
    with pytest.raises(InvalidInput, match="install large-v3"):
        choose_model("distil-large-v3", "es", ["distil-large-v3"])


def test_a_worker_hands_on_answers_and_failures_and_leaves_what_was_canceled(tmp_path: Path) -> None:
    worker = Worker()
    job = Job("job_1", TASK, {}, tmp_path, tmp_path, lambda method, message: None)
    assert worker.call_for(job, lambda: 5) == 5
    with pytest.raises(TimeoutError, match="its own"):
        worker.call_for(job, raise_timeout)
    job.canceled.set()
    with pytest.raises(Canceled):
        worker.call_for(job, time.sleep, 0.5)
    started = time.monotonic()
    assert worker.call(lambda: 6) == 6
    assert time.monotonic() - started > 0.2


def raise_timeout() -> None:
    raise TimeoutError("its own")
