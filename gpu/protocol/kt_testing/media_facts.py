"""What ffprobe finds in a file."""

import json
import subprocess
from pathlib import Path
from typing import Any


def media_facts(file: Path, *, count_frames: bool = False) -> dict[str, Any]:
    """`format` and `streams`, as ffprobe names things; with `nb_read_frames` where frames are counted."""
    counting = ["-count_frames"] if count_frames else []
    command = ["ffprobe", "-v", "error", *counting, "-of", "json", "-show_format", "-show_streams", str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
