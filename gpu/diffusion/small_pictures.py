"""Wraps a runner for tests so that its model looks at pictures of 64 by 64 pixels instead of 1 megapixel, which takes a
CPU seconds each."""

from pathlib import Path

FAMILY = Path(__file__).parent
CODE = """
import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as library
import {module}

library.CONDITION_IMAGE_SIZE = library.VAE_IMAGE_SIZE = 64 * 64

class Small({module}.{runner}):
    pass
"""


def small_pictures_runner(folder: Path, module: str, runner: str) -> dict[str, object]:
    """The arguments of a `RunnerProcess` for the wrapped runner, whose file is written into `folder`."""
    file = folder / f"small_{module}.py"
    file.write_text(CODE.format(module=module, runner=runner), encoding="utf-8")
    return {"file": file, "environment": {"PYTHONPATH": str(FAMILY)}}
