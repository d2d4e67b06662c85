from typing import Any

import numpy as np
import pytest
from PIL import Image

from kt_protocol import InvalidInput
from ltx_conditions import Canvas
from ltx_request import request_of
from tiny_ltx_video import tiny_params


def test_a_picture_covers_the_canvas_and_its_edges_are_drawn_out() -> None:
    canvas = Canvas.around(96, 96, 64)
    picture = Image.new("RGB", (192, 96), "red")
    picture.paste("blue", (0, 0, 48, 96))
    picture.paste("lime", (143, 0, 192, 96))
    placed = np.asarray(canvas.place(picture))
    assert placed.shape == (128, 128, 3)
    assert (placed[:, :94] == (255, 0, 0)).all()
    assert (placed[:, 96:] == placed[:, 95:96]).all() and (placed[96:] == placed[95:96]).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"durationFrames": 18}, "multiple of 8 plus 1"),
        ({"durationFrames": 1}, "multiple of 8 plus 1"),
        ({"width": 100}, "multiples of 32"),
        ({"height": 32}, "multiples of 32"),
        ({"outputFrames": 12}, "only adds"),
        ({"overlapFrameImagePaths": ["x"] * 18}, "too many"),
        ({"overlapFrameImagePaths": ["x"] * 10, "durationFrames": 9}, "too many"),
        ({"overlapFrameImagePaths": ["x"], "startFrameImagePath": "x"}, "beside"),
    ],
)
def test_what_the_library_would_change_in_silence_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        request_of(tiny_params(**changes))
