"""Jobs for the runner with tiny models, and what has to hold for every annotation; for tests."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from kt_protocol.shape import problems
from kt_testing.runner_process import PROJECT_FOLDER, RunnerProcess

from annotation import Annotation

RUNNER = "gpu/listening/whisper_annotation.py"
TASK = "audio.annotation.reference"
TRANSCRIPT = "[Intro]\n[Verse]\nWe launch at dawn,\nhold formation.\n[Chorus]\nBring everyone home!"
CLICK_SECONDS = 0.5


def params(sound: Path, **changes: Any) -> dict[str, Any]:
    given = {"sourceAudioPath": str(sound), "transcript": TRANSCRIPT, "language": "en", "device": "auto", "seed": 1}
    return {**given, "transcriptionModel": "tiny", **changes}


def annotation_of(process: RunnerProcess) -> Annotation:
    """The file, which has to fit both Python's and the appliance's own idea of it."""
    file = process.output_folder / "annotation.json"
    annotation = json.loads(file.read_text())
    assert list(problems(annotation, Annotation)) == []
    check_by_appliance(file)
    for spans in ("words", "sections", "speechSegments"):
        time = 0.0
        for span in annotation[spans]:
            assert time <= span["startSeconds"] <= span["endSeconds"] <= annotation["source"]["durationSeconds"]
            # A section that nothing is left for may be empty.
            assert spans == "sections" or span["startSeconds"] < span["endSeconds"]
            time = span["endSeconds"]
    return annotation


def check_by_appliance(file: Path) -> None:
    bun = shutil.which("bun") or str(PROJECT_FOLDER / ".tools/node_modules/.bin/bun")
    if not Path(bun).exists():
        return
    script = """
        import { Value } from '@sinclair/typebox/value';
        import { Annotation } from './src/media/annotation.ts';
        const problems = [...Value.Errors(Annotation, await Bun.file(process.argv.at(-1)).json())];
        if (problems.length > 0) throw new Error(JSON.stringify(problems.slice(0, 5)));
    """
    checked = subprocess.run(
        [bun, "-e", script, str(file)], cwd=PROJECT_FOLDER, capture_output=True, check=False, text=True
    )
    assert checked.returncode == 0, checked.stderr
