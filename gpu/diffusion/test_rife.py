from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from interpolation import CUT_BELOW, STILL_ABOVE, RifeInterpolator, output_places, similarity
from kt_protocol import ModelBroken, RunnerError
from minterpolate import minterpolate
from rife import Rife, load_rife, moved, pixel_grid
from tiny_rife import save_tiny_rife

RATES = [(24, 60), (25, 60), (30, 60), (30, 31), (12, 50), (60, 60)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Rife:
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("rife") / "flownet.pkl"
    save_tiny_rife(path)
    return load_rife(path)


def output_count(sampled: int, sampled_fps: int, fps: int) -> int:
    return round((sampled - 1) * fps / sampled_fps) + 1


def rolling(count: int, pixels_a_frame: int = 3) -> list[Tensor]:
    """A textured picture that moves to the right."""
    torch.manual_seed(1)
    texture = torch.nn.functional.interpolate(torch.rand(1, 3, 12, 18), (64, 96), mode="bicubic").clamp(0, 1)
    return [texture.roll(index * pixels_a_frame, 3) for index in range(count)]


def test_the_published_network_has_its_published_size() -> None:
    with torch.device("meta"):
        network = Rife()
    assert sum(value.numel() for value in network.parameters()) == 5_664_776
    assert len(network.state_dict()) == 158
    assert network.state_dict()["block4.lastconv.0.weight"].shape == (32, 52, 4, 4)


@pytest.mark.parametrize("prefix", ["module.", ""])
def test_weights_load_with_and_without_their_prefix(tmp_path: Path, prefix: str) -> None:
    saved = save_tiny_rife(tmp_path / "flownet.pkl", prefix)
    before, after = torch.rand(2, 1, 3, 128, 128)
    with torch.no_grad():
        assert torch.equal(load_rife(tmp_path / "flownet.pkl")(before, after, 0.3), saved(before, after, 0.3))


def test_damaged_weights_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "flownet.pkl"
    save_tiny_rife(path)
    good = path.read_bytes()
    for bad in (b"", b"noise" * 99, good[: len(good) // 2]):
        path.write_bytes(bad)
        with pytest.raises(ModelBroken):
            load_rife(path)
    state = Rife((8,) * 5).state_dict()
    del state["block3.convblock.7.beta"]
    torch.save(state, path)
    with pytest.raises(ModelBroken):
        load_rife(path)


def test_a_flow_moves_a_picture_by_its_pixels() -> None:
    picture = torch.rand(1, 3, 128, 128)
    flow = torch.zeros(1, 2, 128, 128)
    flow[:, 0], flow[:, 1] = 5, -2
    found = moved(picture, flow, pixel_grid(picture))
    assert torch.allclose(found[:, :, 10:-10, 10:-10], picture.roll((2, -5), (2, 3))[:, :, 10:-10, 10:-10], atol=1e-4)


@pytest.mark.parametrize(("sampled_fps", "fps"), RATES)
def test_output_frames_lie_evenly_from_the_first_to_the_last(sampled_fps: int, fps: int) -> None:
    places = [frame + moment for frame, moment in output_places(121, output_count(121, sampled_fps, fps))]
    assert places[0] == 0 and places[-1] == 120
    assert np.allclose(np.diff(places), 120 / (len(places) - 1))


@pytest.mark.parametrize(("sampled_fps", "fps"), RATES)
def test_the_count_is_exact_and_sampled_frames_stay_as_they_are(network: Rife, sampled_fps: int, fps: int) -> None:
    frames = rolling(9)
    made = list(RifeInterpolator(network).interpolate(iter(frames), 9, output_count(9, sampled_fps, fps)))
    places = list(output_places(9, output_count(9, sampled_fps, fps)))
    assert len(made) == len(places)
    assert torch.equal(made[0], frames[0]) and torch.equal(made[-1], frames[-1])
    for frame, (place, moment) in zip(made, places, strict=True):
        assert frame.shape == frames[0].shape and frame.min() >= 0 and frame.max() <= 1
        assert torch.equal(frame, frames[place]) == (moment == 0)


def test_frames_are_taken_one_by_one(network: Rife) -> None:
    taken = 0

    def frames() -> Iterator[Tensor]:
        nonlocal taken
        for frame in rolling(9):
            taken += 1
            yield frame

    made = RifeInterpolator(network).interpolate(frames(), 9, 17)
    next(made)
    next(made)
    assert taken == 2


def test_over_a_cut_the_frame_before_it_is_repeated(network: Rife) -> None:
    torch.manual_seed(2)
    one, other = rolling(1)[0], 1 - torch.nn.functional.interpolate(torch.rand(1, 3, 6, 9), (64, 96))
    assert similarity(one, other) < CUT_BELOW < similarity(*rolling(2)) < STILL_ABOVE
    interpolator = RifeInterpolator(network)
    made = list(interpolator.interpolate(iter([one] * 4 + [other] * 5), 9, 33))
    assert interpolator.cuts == 1 and interpolator.stills == 7
    assert all(torch.equal(frame, one) for frame in made[:16])
    assert all(torch.equal(frame, other) for frame in made[16:])


def test_where_nothing_moves_frames_are_mixed_without_the_network() -> None:
    before = rolling(1)[0] * 0.99
    after = before + 0.004
    assert similarity(before, after) > STILL_ABOVE

    class Unused(torch.nn.Module):
        def forward(self, *_: object) -> None:
            raise AssertionError

    made = list(RifeInterpolator(Unused()).interpolate(iter([before, after]), 2, 5))
    for index, frame in enumerate(made):
        assert torch.allclose(frame, before + 0.001 * index, atol=1e-6)


@pytest.mark.parametrize(("sampled_fps", "fps"), RATES[:-1])
def test_without_weights_ffmpeg_makes_exactly_as_many_frames(sampled_fps: int, fps: int) -> None:
    frames = [(frame[0] * 255).byte().permute(1, 2, 0).numpy() for frame in rolling(9)]
    count = output_count(9, sampled_fps, fps)
    made = list(minterpolate(iter(frames), 9, count))
    assert len(made) == count
    assert np.array_equal(made[-1], frames[-1])
    for frame, (place, moment) in zip(made, output_places(9, count), strict=True):
        if moment == 0:
            assert np.abs(frame.astype(int) - frames[place]).mean() < 2


def test_a_failure_of_what_makes_the_frames_passes_through_ffmpeg() -> None:
    def frames() -> Iterator[np.ndarray]:
        yield np.zeros((64, 96, 3), dtype=np.uint8)
        raise KeyError

    with pytest.raises(KeyError):
        list(minterpolate(frames(), 9, 17))
    with pytest.raises(RunnerError):
        # A rate of nothing, which ffmpeg refuses.
        list(minterpolate(iter([np.zeros((64, 96, 3), dtype=np.uint8)] * 99), 1, 17))
