"""What the runner takes for granted of LTX-2.3, held against the real architecture (see full_size_ltx.py)."""

import inspect

import numpy as np
import pytest
import torch
from PIL import Image

from full_size_ltx import full_size_pipeline, full_size_text_encoder, full_size_upsampler, lora_bytes
from kt_media.sound import write_sound
from kt_testing.meta_memory import PeakBytes, manifest, reckoned_seconds, run_bytes, weight_bytes, work_seconds
from ltx_conditions import Pin
from ltx_decode import _decoded, decode_frames
from ltx_pipeline import PinnedPipeline
from ltx_request import FRAMES_PER_LATENT, SIDE_MULTIPLE, VideoRequest, request_of
from ltx_sampling import GUIDED, FilmLatents, Sampler, TextEmbedding, canvas_of, is_two_stage
from ltx_sound import made_rate, sound_latents
from tiny_ltx_video import tiny_params

TEXT_LAYERS = 49


@pytest.fixture(scope="module")
def whole() -> PinnedPipeline:
    return full_size_pipeline()


@pytest.fixture(scope="module")
def pipeline() -> PinnedPipeline:
    """As wide as the whole one, and runs in a twentieth of its time."""
    return full_size_pipeline(layers=2)


def meta(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    return torch.empty(*shape, device="meta", dtype=dtype)


def request(width: int, height: int, frames: int = 121, **changes: object) -> VideoRequest:
    return request_of(tiny_params(width=width, height=height, durationFrames=frames, **changes))


def sample(pipeline: PinnedPipeline, film: VideoRequest, pins: list[Pin]) -> FilmLatents:
    """Through our own sampler and the library's loop, with the real widths of everything."""
    embedding = meta(1, 1024, 3840 * TEXT_LAYERS)
    mask = torch.ones(1, 1024, device="meta", dtype=torch.long)
    sampler = Sampler(
        pipeline=pipeline,
        upsampler=full_size_upsampler(pipeline),
        request=film,
        text=TextEmbedding(embedding, mask, embedding, mask),
        pins=pins,
        generator=torch.Generator("cpu").manual_seed(1),
        report=lambda _stage, _steps: lambda *_: {},
    )
    with torch.no_grad():
        return sampler.two_stages(canvas_of(film)) if is_two_stage(film) else sampler.one_stage(canvas_of(film))


def test_a_film_has_the_latents_that_the_request_reckons_with(pipeline: PinnedPipeline) -> None:
    assert pipeline.vae_spatial_compression_ratio == SIDE_MULTIPLE
    assert pipeline.vae_temporal_compression_ratio == FRAMES_PER_LATENT
    pins = [Pin([Image.new("RGB", (640, 352))] * 9, 0, 0), Pin([Image.new("RGB", (640, 352))], 120, 33)]
    film = sample(pipeline, request(640, 352, numInferenceSteps=1), pins)
    assert film.picture.shape == (1, 128, 16, 11, 20)
    assert film.sound.shape == (1, 8, 126, 16)


def test_a_large_film_is_refined_at_its_own_size(pipeline: PinnedPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    # A LoRA without numbers: that it fits is the next test's.
    for switch in ("enable_lora", "disable_lora"):
        monkeypatch.setattr(pipeline, switch, lambda: None)
    monkeypatch.setattr("ltx_sampling.FlowMatchEulerDiscreteScheduler", type(pipeline.scheduler))
    film = sample(pipeline, request(1920, 1056, numInferenceSteps=1), [])
    # 1056 is no multiple of 64: the canvas is larger, and cut at the end.
    assert film.picture.shape == (1, 128, 16, 34, 60)


def test_guidance_perturbs_a_block_that_there_is(whole: PinnedPipeline) -> None:
    assert max(GUIDED["spatio_temporal_guidance_blocks"]) < len(whole.transformer.transformer_blocks)


def test_the_lora_of_the_second_stage_is_for_every_linear_layer(whole: PinnedPipeline) -> None:
    [two_stage] = [source for source in manifest("ltx-video")["weights"] if source.get("folder") == "two-stage"]
    upsampler = weight_bytes([full_size_upsampler(whole).latent_upsampler])
    # Beside the numbers the files hold their names.
    assert lora_bytes(whole.transformer) + upsampler == pytest.approx(two_stage["bytes"], rel=0.001)


def test_a_given_sound_becomes_latents_of_the_films_length(pipeline: PinnedPipeline, tmp_path) -> None:  # noqa: ANN001
    path = tmp_path / "sound.wav"
    tone = np.sin(np.arange(48_000, dtype=np.float32) / 20)[None]
    write_sound(path, tone, 48_000, "wav", 0, "", lambda: None)
    film = request(640, 352, numInferenceSteps=1)
    latents = sound_latents(pipeline, path, film.sampled_seconds)
    assert latents.shape == (1, 126, pipeline.transformer.config.audio_in_channels)
    pipeline.hold_sound(latents)
    try:
        assert sample(pipeline, film, []).sound.shape == (1, 8, 126, 16)
    finally:
        pipeline.hold_sound(None)


def test_the_made_sound_is_as_long_as_the_film(pipeline: PinnedPipeline) -> None:
    assert made_rate(pipeline) == 48_000
    wave = pipeline.vocoder(pipeline.audio_vae.decode(meta(1, 8, 126, 16), return_dict=False)[0])
    assert wave.shape[:2] == (1, 2)
    assert wave.shape[2] / 48_000 == pytest.approx(121 / 24, abs=0.05)


def test_every_frame_is_decoded(pipeline: PinnedPipeline) -> None:
    frames = [frame.shape for frame in decode_frames(pipeline.vae, meta(1, 128, 16, 22, 40))]
    assert len(frames) == 121 and set(frames) == {(1, 3, 704, 1280)}


def test_the_text_encoder_gives_what_the_connectors_read(pipeline: PinnedPipeline) -> None:
    text = full_size_text_encoder().config.text_config
    connectors, transformer = pipeline.connectors.config, pipeline.transformer.config
    assert connectors.text_proj_in_factor == text.num_hidden_layers + 1 == TEXT_LAYERS
    assert connectors.caption_channels == text.hidden_size
    assert connectors.video_hidden_dim == transformer.cross_attention_dim
    assert connectors.audio_hidden_dim == transformer.audio_cross_attention_dim


def test_the_weights_take_what_the_manifest_says(whole: PinnedPipeline) -> None:
    parts = [part for part in whole.components.values() if isinstance(part, torch.nn.Module)]
    parts += [full_size_upsampler(whole).latent_upsampler]
    text_encoder, lora = weight_bytes([full_size_text_encoder()]), lora_bytes(whole.transformer)
    ltx, held = manifest("ltx-video"), weight_bytes(parts) + text_encoder + lora
    assert ltx["vramBytes"] == pytest.approx(held, rel=0.01)
    assert ltx["memory"]["hostBytes"] == pytest.approx(held, rel=0.01)
    # Staged, the text encoder has the transformer's place: what is left is the larger of both, and the rest.
    assert ltx["memory"]["modes"][0]["vramBytes"] == pytest.approx(held - text_encoder, rel=0.01)


@pytest.mark.parametrize(
    ("width", "height", "frames", "output_fps"),
    [(1280, 704, 121, 60), (1280, 704, 121, 24), (1024, 960, 481, 60)],
)
def test_sampling_takes_what_the_manifest_says(
    pipeline: PinnedPipeline, width: int, height: int, frames: int, output_fps: int
) -> None:
    with PeakBytes() as peak:
        sample(pipeline, request(width, height, frames, numInferenceSteps=1), [])
    units = frames / 24 * output_fps * width * height / 1e6
    assert 0.8 <= run_bytes("ltx-video", units) / peak.most <= 2


def test_decoding_takes_less_than_sampling(pipeline: PinnedPipeline) -> None:
    with PeakBytes() as peak:
        _decoded(pipeline.vae, meta(1, 128, 9, 22, 40))
    assert peak.most < run_bytes("ltx-video", 0)


def test_the_sampler_names_only_parameters_that_the_library_has() -> None:
    assert GUIDED.keys() <= inspect.signature(PinnedPipeline.__call__).parameters.keys()


def test_a_film_takes_the_time_that_the_manifest_says(pipeline: PinnedPipeline) -> None:
    layers = len(pipeline.transformer.transformer_blocks)
    step = reckoned_seconds(lambda: sample(pipeline, request(1280, 704, numInferenceSteps=1), []))
    assert work_seconds("ltx-video", 300 * 1280 * 704 / 1e6) == pytest.approx(30 * 48 / layers * step, rel=0.15)
