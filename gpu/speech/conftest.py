"""One runner process with the tiny model, for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kt_testing.runner_process import RunnerProcess


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, process: RunnerProcess) -> Path:
    # Here, because the library takes long to import: the process imports it at the same time.
    import torch

    from tiny_qwen3_tts import make_model_folder

    torch.set_num_threads(1)
    return make_model_folder(tmp_path_factory.mktemp("weights") / "qwen-tts")


@pytest.fixture(scope="session")
def process() -> Iterator[RunnerProcess]:
    with RunnerProcess(Path(__file__).parent / "qwen3_tts.py") as process:
        yield process


@pytest.fixture(scope="session")
def runner(process: RunnerProcess, folder: Path) -> RunnerProcess:
    process.load(folder)
    return process
