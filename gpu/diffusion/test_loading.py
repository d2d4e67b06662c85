"""What loading and parking do to the weights, where a mistake would only be seen in the memory of a real model: the
libraries take a keyword that they don't know without a word, and then load everything in float32."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ace_step import AceStepRunner
from kt_protocol import LoadTarget
from kt_torch.runner import TorchRunner
from ltx_video import LtxVideo
from qwen_image import QwenImageRunner
from qwen_image_edit import QwenImageEditRunner
from tiny_ace_step import save_tiny_ace_step
from tiny_ltx_video import save_tiny_ltx_video
from tiny_qwen_image import save_edit_plus, save_text_to_image


def types_of(runner: TorchRunner) -> dict[str, torch.dtype]:
    return {
        f"{type(module).__name__}.{name}": tensor.dtype
        for module in runner.modules()
        for name, tensor in module.state_dict().items()
    }


@pytest.mark.parametrize(
    ("runner", "save", "kept_exact"),
    [
        (QwenImageRunner, save_text_to_image, ()),
        (QwenImageEditRunner, save_edit_plus, ()),
        (AceStepRunner, save_tiny_ace_step, ()),
        # Flows of hundreds of pixels don't fit bfloat16.
        (LtxVideo, save_tiny_ltx_video, ("Rife",)),
    ],
)
def test_weights_have_the_type_asked_for_and_keep_it_when_parked(
    tmp_path: Path, runner: type[TorchRunner], save: Callable[[Path], None], kept_exact: tuple[str, ...]
) -> None:
    save(tmp_path)
    loaded = runner()
    loaded.load(LoadTarget("tiny", tmp_path, "cpu", "bfloat16", None))
    types = types_of(loaded)
    other = {name for name, dtype in types.items() if dtype.is_floating_point and dtype != torch.bfloat16}
    assert {name for name in other if not name.startswith(kept_exact)} == set()
    loaded.park()
    loaded.wake()
    assert types_of(loaded) == types
