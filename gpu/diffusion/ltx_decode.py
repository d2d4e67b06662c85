"""The frames of latents, a second at a time: a film of 20 s and 4 MP decoded as a whole would take 30 GB."""

from collections.abc import Iterator
from typing import Final

import torch
from diffusers import AutoencoderKLLTX2Video
from torch import Tensor

from ltx_request import FRAMES_PER_LATENT

# Lightricks' own tiling: 64 frames, of which 24 are shared with the next piece.
_PIECE_LATENTS: Final = 8
_SHARED_LATENTS: Final = 3
# Pixels; 64 of 512 are shared.
_TILES: Final = {
    "tile_sample_min_height": 512,
    "tile_sample_min_width": 512,
    "tile_sample_stride_height": 448,
    "tile_sample_stride_width": 448,
}


def decode_frames(
    vae: AutoencoderKLLTX2Video, latents: Tensor, piece: int = _PIECE_LATENTS, shared: int = _SHARED_LATENTS
) -> Iterator[Tensor]:
    """Every frame of denormalised `latents` `[1, channels, n, height, width]`, 8(n - 1) + 1 in all: float RGB 0..1,
    `[1, 3, height, width]`.

    A piece of `piece` + 1 latents begins on the frame in which the latent before it ends. Over the frames that two
    pieces have both, the one fades into the other. (The library's own temporal tiling lets the second one begin a frame
    late.)
    """
    count = latents.shape[2]
    before: Tensor | None = None
    for start in range(0, max(1, count - shared), piece - shared):
        pixels = _decoded(vae, latents[:, :, start : start + piece + 1])
        if before is not None:
            # Its first frame stands for the eight of the latent that it begins with: the piece before it knows better.
            pixels = _faded(before, pixels[:, :, 1:])
        is_last = start + piece + 1 >= count
        kept = pixels.shape[2] if is_last else pixels.shape[2] - shared * FRAMES_PER_LATENT
        for index in range(kept):
            yield (pixels[:, :, index].float() / 2 + 0.5).clamp(0, 1)
        if is_last:
            return
        before = pixels[:, :, kept:].clone()


@torch.no_grad()
def _decoded(vae: AutoencoderKLLTX2Video, latents: Tensor) -> Tensor:
    # Only here: tiled, the given pictures would be encoded with seams.
    vae.enable_tiling(**_TILES)
    try:
        return vae.decode(latents.to(vae.dtype), temb=None, return_dict=False)[0]
    finally:
        vae.disable_tiling()


def _faded(before: Tensor, after: Tensor) -> Tensor:
    """`after`, whose first frames are those of `before` too, coming up over them."""
    length = min(before.shape[2], after.shape[2])
    share = torch.linspace(0, 1, length + 2, device=after.device, dtype=after.dtype)[1:-1].view(1, 1, -1, 1, 1)
    mixed = before[:, :, :length] * (1 - share) + after[:, :, :length] * share
    return torch.cat((mixed, after[:, :, length:]), dim=2)
