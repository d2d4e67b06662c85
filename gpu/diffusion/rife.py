"""RIFE 4.25, the network that draws a frame between two frames.

Written from the published structure of Practical-RIFE (https://github.com/hzwer/Practical-RIFE), whose parameter
names and shapes it keeps, so that its `flownet.pkl` loads. The structure and the weights come under this licence:

MIT License. Copyright (c) 2021 hzwer

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from kt_protocol import ModelBroken

# Channels of the five blocks of version 4.25, which look at the pair at ever finer scales.
WIDTHS: Final = (192, 128, 96, 64, 32)
SCALES: Final = (16, 8, 4, 2, 1)
# Both sides of a frame are padded to multiples of this: the coarsest scale, times the blocks' own two halvings, twice.
SIDE_MULTIPLE: Final = 128


class Rife(nn.Module):
    """Estimates the flow between two frames from coarse to fine, and mixes the two frames moved along it."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.encode = FrameEncoder()
        for index, width in enumerate(widths):
            setattr(self, f"block{index}", FlowBlock(15 if index == 0 else 28, width))

    def forward(self, before: Tensor, after: Tensor, moment: float) -> Tensor:
        """The frame at `moment` (0: `before`, 1: `after`). Frames are RGB 0..1, (1, 3, height, width), and their sides
        multiples of `SIDE_MULTIPLE`."""
        features = self.encode(before), self.encode(after)
        grid = pixel_grid(before)
        time = torch.full_like(before[:, :1], moment)
        seen = torch.cat((before, after, *features, time), 1)
        flow, mask, memory = self.block0(seen, None, SCALES[0])
        for index, scale in enumerate(SCALES[1:], 1):
            moved = move_both(before, after, flow, grid)
            moved_features = move_both(*features, flow, grid)
            seen = torch.cat((*moved, *moved_features, time, mask, memory), 1)
            step, mask, memory = getattr(self, f"block{index}")(seen, flow, scale)
            flow = flow + step
        moved_before, moved_after = move_both(before, after, flow, grid)
        share = torch.sigmoid(mask)
        return moved_before * share + moved_after * (1 - share)


class FrameEncoder(nn.Module):
    """Four features of each pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.cnn0 = nn.Conv2d(3, 16, 3, 2, 1)
        self.cnn1 = nn.Conv2d(16, 16, 3, 1, 1)
        self.cnn2 = nn.Conv2d(16, 16, 3, 1, 1)
        self.cnn3 = nn.ConvTranspose2d(16, 4, 4, 2, 1)
        self.relu = nn.LeakyReLU(0.2)

    def forward(self, frame: Tensor) -> Tensor:
        for layer in (self.cnn0, self.cnn1, self.cnn2):
            frame = self.relu(layer(frame))
        return self.cnn3(frame)


class ScaledResidual(nn.Module):
    """A convolution added to what went in, times a learned factor for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1)
        self.beta = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.relu = nn.LeakyReLU(0.2)

    def forward(self, features: Tensor) -> Tensor:
        return self.relu(self.conv(features) * self.beta + features)


class FlowBlock(nn.Module):
    """Corrects the flow at one scale: answers a change of the flow (both ways), a mask, and eight features."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(halving(channels_in, channels // 2), halving(channels // 2, channels))
        self.convblock = nn.Sequential(*[ScaledResidual(channels) for _ in range(8)])
        self.lastconv = nn.Sequential(nn.ConvTranspose2d(channels, 4 * 13, 4, 2, 1), nn.PixelShuffle(2))

    def forward(self, seen: Tensor, flow: Tensor | None, scale: float) -> tuple[Tensor, Tensor, Tensor]:
        seen = resized(seen, 1 / scale)
        if flow is not None:
            # A flow is in pixels: on a smaller picture it is shorter.
            seen = torch.cat((seen, resized(flow, 1 / scale) / scale), 1)
        found = resized(self.lastconv(self.convblock(self.conv0(seen))), scale)
        return found[:, :4] * scale, found[:, 4:5], found[:, 5:]


def halving(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, 2, 1), nn.LeakyReLU(0.2))


def resized(picture: Tensor, factor: float) -> Tensor:
    return functional.interpolate(picture, scale_factor=factor, mode="bilinear", align_corners=False)


def pixel_grid(frame: Tensor) -> Tensor:
    """Where `grid_sample` finds each pixel of `frame`: -1..1 across and down, (1, 2, height, width)."""
    height, width = frame.shape[2:]
    across = torch.linspace(-1, 1, width, device=frame.device).expand(height, width)
    down = torch.linspace(-1, 1, height, device=frame.device)[:, None].expand(height, width)
    return torch.stack((across, down))[None]


def move_both(before: Tensor, after: Tensor, flow: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    return moved(before, flow[:, :2], grid), moved(after, flow[:, 2:4], grid)


def moved(picture: Tensor, flow: Tensor, grid: Tensor) -> Tensor:
    """`picture` read at each pixel's place plus `flow` (pixels)."""
    height, width = picture.shape[2:]
    shift = torch.cat((flow[:, :1] / ((width - 1) / 2), flow[:, 1:] / ((height - 1) / 2)), 1)
    places = (grid + shift).permute(0, 2, 3, 1)
    return functional.grid_sample(picture, places, mode="bilinear", padding_mode="border", align_corners=True)


def load_rife(weights: Path) -> Rife:
    """Loads `flownet.pkl` on the host, in float32: flows of hundreds of pixels don't fit bfloat16.

    Raises `ModelBroken` when the file is damaged, or not of version 4.25.
    """
    try:
        stored = torch.load(weights, map_location="cpu", weights_only=True)
        # The prefix is what training on several GPUs leaves; keys without it belong to the teacher network.
        named = {name.removeprefix("module."): value.float() for name, value in stored.items()}
        widths = [named[f"block{index}.conv0.1.0.weight"].shape[0] for index in range(len(WIDTHS))]
        network = Rife(widths)
        network.load_state_dict({name: named[name] for name in network.state_dict()})
    except (OSError, RuntimeError, KeyError, AttributeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelBroken("The weights of RIFE are damaged, or not those of version 4.25.") from error
    return network.eval().requires_grad_(False)
