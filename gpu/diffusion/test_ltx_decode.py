from itertools import islice

import pytest
import torch

from ltx_decode import decode_frames
from tiny_ltx_video import tiny_vae

torch.set_num_threads(1)


@pytest.mark.parametrize("latents", [2, 9, 10, 13, 20])
@torch.no_grad()
def test_pieces_join_to_the_frames_of_the_whole(latents: int) -> None:
    torch.manual_seed(0)
    vae, given = tiny_vae().eval(), torch.randn(1, 4, latents, 2, 3)
    whole = (vae.decode(given, return_dict=False)[0] / 2 + 0.5).clamp(0, 1)
    made = torch.stack(list(decode_frames(vae, given)), dim=2)
    assert made.shape == whole.shape == (1, 3, 8 * (latents - 1) + 1, 64, 96)
    difference = (made - whole).abs().mean(dim=(0, 1, 3, 4))
    if latents <= 9:
        assert difference.max() < 1e-6
        return
    # A decoder with random weights looks far to both sides, so that pieces differ somewhat from the whole. But each
    # frame is the one of its place, and not a neighbour: the library's own pieces come a frame late.
    late = (made[:, :, 1:] - whole[:, :, :-1]).abs().mean(dim=(0, 1, 3, 4))
    early = (made[:, :, :-1] - whole[:, :, 1:]).abs().mean(dim=(0, 1, 3, 4))
    assert (difference[1:] < late).all() and (difference[:-1] < early).all()


@torch.no_grad()
def test_frames_come_before_the_last_is_decoded() -> None:
    vae = tiny_vae().eval()
    decoded: list[int] = []
    vae.decoder.register_forward_pre_hook(lambda _, inputs: decoded.append(inputs[0].shape[2]))
    frames = decode_frames(vae, torch.randn(1, 4, 76, 2, 2))
    assert len(list(islice(frames, 9))) == 9
    assert decoded == [9]
    assert len(list(frames)) == 601 - 9
    assert max(decoded) == 9
