"""What the transformer is given, call by call, in every mode of conditioning."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import ltx_sampling
from kt_media.sound import write_sound
from kt_protocol import Job, LoadTarget, RunnerError
from ltx_sound import sound_latents
from ltx_video import LtxVideo
from tiny_ltx_video import FPS, HEIGHT, WIDTH, save_tiny_ltx_video, tiny_params

FRAMES = 25
CALLS_A_STEP = 3
TOKENS_A_FRAME = (WIDTH // 32) * (HEIGHT // 32)


@dataclass
class Seen:
    """What one call of the transformer was given; of a pair with and without the prompt, the one with it."""

    picture: Tensor
    noise: Tensor
    seconds: Tensor
    sound: Tensor
    sound_noise: float
    sound_noise_of_picture: float
    skipped_blocks: list[int] | None
    is_distilled: bool
    frames: tuple[int, int, int]


@dataclass
class Watch:
    runner: LtxVideo
    folder: Path
    calls: list[Seen] = field(default_factory=list)

    def run(self, **params: Any) -> list[Seen]:
        """Does a job, and answers what the transformer was given."""
        self.calls.clear()
        self.runner.run(job_of(self.folder, tiny_params(**{"durationFrames": FRAMES, **params})))
        return list(self.calls)

    def latents_of(self, *paths: str, width: int = WIDTH, height: int = HEIGHT) -> Tensor:
        """Pictures as the VAE knows them: packed tokens."""
        pipeline = self.runner.pipeline
        pictures = np.stack([np.asarray(Image.open(path).resize((width, height))) for path in paths])
        pixels = torch.from_numpy(pictures).permute(3, 0, 1, 2)[None] / 127.5 - 1
        with torch.no_grad():
            latents = pipeline.vae.encode(pixels).latent_dist.mode()
        latents = pipeline._normalize_latents(latents, pipeline.vae.latents_mean, pipeline.vae.latents_std)
        return pipeline._pack_latents(latents)[0]

    def see(self, transformer: torch.nn.Module, _: Any, given: dict[str, Any]) -> None:
        adapted = transformer.transformer_blocks[0].attn1.to_q
        self.calls.append(
            Seen(
                picture=given["hidden_states"][-1].clone(),
                noise=given["timestep"][-1].clone(),
                seconds=given["video_coords"][-1, 0].clone(),
                sound=given["audio_hidden_states"][-1].clone(),
                sound_noise=float(given["audio_timestep"].max()),
                sound_noise_of_picture=float(given["audio_sigma"].max()),
                skipped_blocks=given["spatio_temporal_guidance_blocks"],
                is_distilled=not adapted.disable_adapters,
                frames=(given["num_frames"], given["height"], given["width"]),
            )
        )


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("ltx")
    save_tiny_ltx_video(folder / "model", with_rife=False)
    runner = LtxVideo()
    runner.load(LoadTarget("tiny", folder / "model", "cpu", None, None))
    watch = Watch(runner, folder)
    runner.pipeline.transformer.register_forward_pre_hook(watch.see, with_kwargs=True)
    yield watch


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Pictures of the canvas's size, each of other colours."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for index in range(18):
        ramp = np.linspace(0, 255, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
        colours = np.concatenate([ramp, ramp * 0 + 12 * index, 255 - ramp], axis=2)
        paths.append(str(folder / f"{index}.png"))
        Image.fromarray(colours.astype(np.uint8)).save(paths[-1])
    return paths


def sound_file(folder: Path, hertz: float, seconds: float = 0.8) -> str:
    time = np.arange(round(seconds * 48_000)) / 48_000
    sound = np.tile(0.5 * np.sin(2 * np.pi * hertz * time), (2, 1)).astype(np.float32)
    write_sound(folder / f"{hertz}.wav", sound, 48_000, "wav", 0, "")
    return str(folder / f"{hertz}.wav")


def job_of(folder: Path, params: dict[str, Any]) -> Job:
    for name in ("out", "scratch"):
        (folder / name).mkdir(exist_ok=True)
    return Job("job", "video.generate", params, folder / "out", folder / "scratch", lambda *_: None)


def span_of_frame(frame: int) -> list[float]:
    return [frame / FPS, (frame + 1) / FPS]


def test_from_a_prompt_alone_everything_is_noise_and_fully_guided(watch: Watch) -> None:
    calls = watch.run()
    assert len(calls) == 2 * CALLS_A_STEP
    for call in calls:
        assert call.frames == (4, HEIGHT // 32, WIDTH // 32)
        assert call.picture.shape[0] == 4 * TOKENS_A_FRAME
        assert call.noise.min() > 0 and call.sound_noise > 0
    assert [call.skipped_blocks for call in calls[:CALLS_A_STEP]] == [None, [28], None]


def test_a_start_frame_is_frame_zero_and_stays_clean(watch: Watch, pictures: list[str]) -> None:
    for call in watch.run(startFrameImagePath=pictures[3]):
        head = slice(0, TOKENS_A_FRAME)
        # Compressed as the pictures that the model learned from, so not quite the same.
        assert torch.allclose(call.picture[head], watch.latents_of(pictures[3]), atol=0.05)
        assert not torch.allclose(call.picture[head], watch.latents_of(pictures[9]), atol=0.05)
        assert torch.allclose(call.seconds[0], torch.tensor([0, 1 / FPS]))
        assert call.noise[head].max() == 0 and call.noise[TOKENS_A_FRAME:].min() > 0
        assert call.picture.shape[0] == 4 * TOKENS_A_FRAME


def test_a_final_frame_is_pinned_to_the_last_pixel_frame(watch: Watch, pictures: list[str]) -> None:
    for call in watch.run(finalFrameImagePath=pictures[5]):
        tail = slice(4 * TOKENS_A_FRAME, None)
        assert call.picture[tail].shape[0] == TOKENS_A_FRAME
        assert torch.allclose(call.picture[tail], watch.latents_of(pictures[5]), atol=0.05)
        assert torch.allclose(call.seconds[tail], torch.tensor(span_of_frame(FRAMES - 1)))
        assert call.noise[tail].max() == 0 and call.noise[: 4 * TOKENS_A_FRAME].min() > 0


@pytest.mark.parametrize("count", [1, 3, 12, 17])
def test_overlap_frames_are_the_first_frames_and_lossless(watch: Watch, pictures: list[str], count: int) -> None:
    whole = (count - 1) // 8 * 8 + 1
    overlap, final = pictures[:count], pictures[17]
    for call in watch.run(overlapFrameImagePaths=overlap, finalFrameImagePath=final):
        head = watch.latents_of(*overlap[:whole])
        assert torch.allclose(call.picture[: len(head)], head, atol=1e-4)
        assert call.noise[: len(head)].max() == 0 and call.noise[len(head) : 4 * TOKENS_A_FRAME].min() > 0
        keyframes = call.picture[4 * TOKENS_A_FRAME :].split(TOKENS_A_FRAME)
        spans = call.seconds[4 * TOKENS_A_FRAME :].split(TOKENS_A_FRAME)
        frames = [*range(whole, count), FRAMES - 1]
        assert len(keyframes) == len(spans) == len(frames)
        for frame, keyframe, span in zip(frames, keyframes, spans, strict=True):
            assert torch.allclose(span, torch.tensor(span_of_frame(frame)))
            is_final = frame == FRAMES - 1
            wanted = watch.latents_of(final if is_final else overlap[frame])
            assert torch.allclose(keyframe, wanted, atol=0.05 if is_final else 1e-4)


def test_a_reference_sound_is_heard_clean_in_every_call_and_moves_the_picture(
    watch: Watch, pictures: list[str], tmp_path: Path
) -> None:
    films = []
    for path in (sound_file(tmp_path, 300), sound_file(tmp_path, 3000)):
        calls = watch.run(startFrameImagePath=pictures[0], referenceAudioPath=path)
        with torch.no_grad():
            wanted = sound_latents(watch.runner.pipeline, Path(path), FRAMES / FPS)[0]
        assert wanted.shape[0] == round(FRAMES / FPS * 25)
        for call in calls:
            assert torch.equal(call.sound, wanted)
            assert call.sound_noise == call.sound_noise_of_picture == 0
            assert call.picture.isfinite().all()
        films.append(calls[-1].picture)
    # After one step from the same noise.
    assert (films[0] - films[1]).abs().max() > 1e-3
    assert watch.run()[0].sound_noise > 0


def test_a_large_canvas_is_sampled_at_half_and_refined_with_the_distilled_weights(
    watch: Watch, pictures: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ltx_sampling, "ONE_STAGE_PIXELS_MAX", 160 * 96 - 1)
    # Half of 160 x 96 is no canvas: 192 x 128 is sampled, and cut.
    large = {"width": 160, "height": 96, "durationFrames": 9}
    sound = sound_file(tmp_path, 300)
    calls = watch.run(
        **large, startFrameImagePath=pictures[2], finalFrameImagePath=pictures[8], referenceAudioPath=sound
    )
    first, second = calls[: 2 * CALLS_A_STEP], calls[2 * CALLS_A_STEP :]
    assert [call.frames for call in first] == [(2, 2, 3)] * 2 * CALLS_A_STEP
    assert [call.frames for call in second] == [(2, 4, 6)] * 3
    assert not any(call.is_distilled for call in first) and all(call.is_distilled for call in second)
    assert [round(float(call.noise.max()) / 1000, 6) for call in second] == [0.909375, 0.725, 0.421875]
    for call in calls:
        _, height, width = call.frames
        assert call.noise[: height * width].max() == 0
        keyframe = call.seconds[2 * height * width :]
        assert torch.allclose(keyframe, torch.tensor(span_of_frame(8))) and len(keyframe) == height * width
        assert call.sound_noise == 0
        assert torch.equal(call.sound, calls[0].sound)
    # The weights and the schedule are the full ones again.
    monkeypatch.undo()
    assert not watch.run()[0].is_distilled


def test_both_stages_make_the_sound_where_none_is_given(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ltx_sampling, "ONE_STAGE_PIXELS_MAX", 1)
    calls = watch.run(width=128, height=128, durationFrames=9)
    assert [round(call.sound_noise / 1000, 6) for call in calls[2 * CALLS_A_STEP :]] == [0.909375, 0.725, 0.421875]


def test_a_film_that_is_not_numbers_is_a_failure(watch: Watch) -> None:
    weight = watch.runner.pipeline.transformer.proj_out.bias
    before = weight.clone()
    weight.fill_(float("nan"))
    with pytest.raises(RunnerError, match="not numbers"):
        watch.run()
    weight.copy_(before)


def test_staged_the_text_encoder_takes_the_place_of_the_transformer(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"text_encoder": "cpu", "transformer": "device"}
    seen: list[tuple[str, dict[str, str]]] = []
    pipeline = watch.runner.pipeline
    for name in places:

        def to(place: Any, name: str = name) -> None:
            places[name] = "cpu" if place == "cpu" else "device"
            assert "cpu" in places.values()

        part = getattr(pipeline, name)
        monkeypatch.setattr(part, "to", to)
        part.register_forward_pre_hook(lambda *_, name=name: seen.append((name, dict(places))))
    monkeypatch.setattr(watch.runner, "is_staged", True)
    watch.run()
    assert {(name, where[name]) for name, where in seen} == {("text_encoder", "device"), ("transformer", "device")}
    assert places == {"text_encoder": "cpu", "transformer": "device"}
