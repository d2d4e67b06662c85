"""The given pictures, and the pixel frames that they are pinned to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from PIL import Image, ImageOps

from kt_media.image import read_image
from ltx_request import FRAMES_PER_LATENT, VideoRequest

# How pictures were compressed that the model learned from (H.264's CRF): one that is too clean makes a still film.
PICTURE_CRF: Final = 33
# Overlap frames come out of a film and stay as they are.
NO_CRF: Final = 0
# Any latent index but 0 makes a keyframe of a condition; where it lies is said by `exact_frames`.
_KEYFRAME: Final = 1


@dataclass(frozen=True)
class Pin:
    """Pictures, all of the canvas's size, for as many pixel frames from `first_frame` on."""

    pictures: Sequence[Image.Image]
    first_frame: int
    crf: int

    def resized(self, width: int, height: int) -> "Pin":
        size = (width, height)
        pictures = [picture.resize(size, Image.Resampling.LANCZOS) for picture in self.pictures]
        return Pin(pictures, self.first_frame, self.crf)


@dataclass(frozen=True)
class Canvas:
    """What is sampled: the size asked for with, at its right and bottom, what makes its sides multiples of what the
    sampling needs. The rest is cut off the finished frames."""

    width: int
    height: int
    shown_width: int
    shown_height: int

    @staticmethod
    def around(width: int, height: int, side_multiple: int) -> "Canvas":
        return Canvas(width + -width % side_multiple, height + -height % side_multiple, width, height)

    def place(self, picture: Image.Image) -> Image.Image:
        """`picture` scaled and cropped about its middle to cover the shown part, its edges drawn out over the rest."""
        shown = (self.shown_width, self.shown_height)
        fitted = ImageOps.fit(picture, shown, method=Image.Resampling.LANCZOS, centering=(0.5, 0.5))
        missing = (0, self.height - self.shown_height), (0, self.width - self.shown_width), (0, 0)
        return Image.fromarray(np.pad(np.asarray(fitted), missing, mode="edge"))


def pins_of(request: VideoRequest, canvas: Canvas) -> list[Pin]:
    """Reads the pictures of a request. Raises `InvalidInput` for one that can't be read.

    One picture or 8n + 1 of them fill whole latents at the head. Further overlap frames, at most seven, can't be part
    of those and become keyframes, each at its own frame; so does the final frame.
    """
    pins = []
    if request.start_frame is not None:
        pins.append(Pin([canvas.place(read_image(request.start_frame, "start frame"))], 0, PICTURE_CRF))
    overlap = [canvas.place(read_image(path, "overlap frame")) for path in request.overlap_frames]
    if overlap:
        whole = (len(overlap) - 1) // FRAMES_PER_LATENT * FRAMES_PER_LATENT + 1
        pins.append(Pin(overlap[:whole], 0, NO_CRF))
        pins += [Pin([picture], frame, NO_CRF) for frame, picture in enumerate(overlap[whole:], whole)]
    if request.final_frame is not None:
        picture = canvas.place(read_image(request.final_frame, "final frame"))
        pins.append(Pin([picture], request.sampled_frames - 1, PICTURE_CRF))
    return pins


def conditions_of(pins: Sequence[Pin], width: int, height: int) -> tuple[list[LTX2VideoCondition], list[int]]:
    """The library's conditions at a size, and the exact frames of those that are keyframes."""
    conditions = [
        LTX2VideoCondition(
            frames=list(pin.resized(width, height).pictures),
            index=0 if pin.first_frame == 0 else _KEYFRAME,
            strength=1.0,
            crf=pin.crf,
        )
        for pin in pins
    ]
    return conditions, [pin.first_frame for pin in pins if pin.first_frame != 0]
