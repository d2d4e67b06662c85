import math
from pathlib import Path

import numpy as np
import pytest
import torch
from beat_this.model.beat_tracker import BeatThis
from kt_protocol import ModelBroken

from beats import beats_from, find_logits, load_beat_model, regularity_of, tempo_of
from log_mel import BEATS, beat_this_mel, mel_bank, voice_mel
from novelty import novelty_boundaries
from sound_activity import active_segments, find_activity
from tiny_beat_this import SETTINGS, make_tiny_beat_this

torch.set_num_threads(1)
CHECKPOINT = "beat-this/final0.ckpt"


def clicks(times: np.ndarray, frames: int) -> torch.Tensor:
    """Logits that are sure of a beat in the frames nearest to `times`, 50 a second."""
    logits = torch.full((frames,), -5.0)
    logits[np.round(times * 50).astype(int)] = 5.0
    return logits


@pytest.mark.parametrize("bpm", [61.0, 97.3, 128.0, 174.0])
def test_a_click_track_has_its_tempo_and_its_bars(bpm: float) -> None:
    times = 0.7 + np.arange(0, 28, 60 / bpm)
    found = beats_from((clicks(times, 1500), clicks(times[2::4], 1500)), 30)
    assert found["tempoBpm"] == pytest.approx(bpm, rel=0.003)
    assert found["confidence"] == 1
    assert np.allclose(found["timesSeconds"], times, atol=0.0101)
    assert found["downbeatIndices"] == list(range(2, len(times), 4))


def test_missed_beats_do_not_halve_the_tempo_but_cost_confidence() -> None:
    times = np.delete(np.arange(0, 20, 0.5), [7, 8, 15, 22])
    assert tempo_of(list(times)) == pytest.approx(120, rel=0.001)
    assert 0.8 < regularity_of(list(times)) < 1
    assert regularity_of(sorted(np.random.default_rng(0).uniform(0, 20, 40))) < 0.5


def test_no_beats_are_no_tempo() -> None:
    nothing = torch.full((500,), -5.0)
    assert beats_from((nothing, nothing), 10) == {"tempoBpm": None, "confidence": 0, "timesSeconds": []}
    one = clicks(np.array([3.0]), 500)
    assert beats_from((one, nothing), 10)["tempoBpm"] is None


def test_beats_lie_inside_the_recording() -> None:
    found = beats_from((clicks(np.arange(0, 10, 0.5), 501), clicks(np.arange(0, 10, 2), 501)), 8.2)
    assert max(found["timesSeconds"]) <= 8.2
    assert max(found["downbeatIndices"]) < len(found["timesSeconds"])


class Ramp(torch.nn.Module):
    """A network whose answer is what it was given: its first band, and its second."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, spectrum: torch.Tensor) -> dict[str, torch.Tensor]:
        assert spectrum.shape[1] <= 1500
        return {"beat": spectrum[..., 0], "downbeat": spectrum[..., 1]}


@pytest.mark.parametrize("frames", [1, 7, 1488, 1489, 1500, 3000, 4321])
def test_chunks_cover_every_frame_once_in_its_place(frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    spectrum = torch.arange(frames * 128, dtype=torch.float32).reshape(frames, 128)
    monkeypatch.setattr("beats.beat_this_mel", lambda _: spectrum)
    seen: list[tuple[int, int]] = []
    beat, downbeat = find_logits(Ramp(), np.zeros(1), lambda chunk, chunks: seen.append((chunk, chunks)))
    assert torch.equal(beat, spectrum[:, 0])
    assert torch.equal(downbeat, spectrum[:, 1])
    assert [chunk for chunk, _ in seen] == list(range(seen[0][1]))


def test_a_published_checkpoint_is_read_and_gives_the_same_network(tmp_path: Path) -> None:
    make_tiny_beat_this(tmp_path / CHECKPOINT)
    model = load_beat_model(tmp_path)
    torch.manual_seed(0)
    fresh = BeatThis(**SETTINGS).eval()
    sound = (0.1 * np.sin(np.arange(22050 * 4) / 20)).astype(np.float32)
    with torch.inference_mode():
        bordered = torch.nn.functional.pad(beat_this_mel(sound), (0, 0, 6, 6))
        wanted = fresh(bordered[None])["beat"][0][6:-6]
    beat, _ = find_logits(model, sound, lambda chunk, chunks: None)
    assert torch.allclose(beat, wanted, atol=1e-4)


def damage(file: Path, how: str) -> None:
    match how:
        case "absent":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "truncated":
            file.write_bytes(file.read_bytes()[:-5000])
        case "noise":
            file.write_bytes(np.random.default_rng(0).bytes(5000))
        case _:
            checkpoint = torch.load(file, weights_only=True)
            name = next(iter(checkpoint["state_dict"]))
            if how == "lacks a tensor":
                del checkpoint["state_dict"][name]
            elif how == "another shape":
                checkpoint["state_dict"][name] = torch.zeros(3, 3, 3)
            else:
                checkpoint = [1, 2]
            torch.save(checkpoint, file)


@pytest.mark.parametrize(
    "how", ["absent", "empty", "truncated", "noise", "lacks a tensor", "another shape", "another thing"]
)
def test_a_bad_checkpoint_is_told(how: str, tmp_path: Path) -> None:
    make_tiny_beat_this(tmp_path / CHECKPOINT)
    damage(tmp_path / CHECKPOINT, how)
    with pytest.raises(ModelBroken):
        load_beat_model(tmp_path)


def test_the_mel_bank_has_a_peak_of_one_in_each_band() -> None:
    bank = mel_bank(BEATS)
    assert bank.shape == (128, 513)
    assert (bank.max(1).values > 0.3).all()
    assert bank.max() <= 1
    loudest = bank.argmax(1) * BEATS.rate / BEATS.fft
    assert (loudest[1:] >= loudest[:-1]).all()
    assert loudest[0] < 80
    assert 10_000 < loudest[-1] < 11_000


def test_a_tone_lies_in_its_band_at_its_time() -> None:
    rate = BEATS.rate
    sound = np.zeros(rate * 2, np.float32)
    sound[rate:] = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    mel = beat_this_mel(sound)
    assert mel.shape == (101, 128)
    assert float(mel[:48].max()) < 1e-3
    # A quarter of the 1024 samples by the window, over their square root, on the flank of its band.
    assert float(mel[75].max()) == pytest.approx(math.log1p(1000 * 256 / 32), abs=0.5)
    centre = mel_bank(BEATS)[int(mel[75].argmax())].argmax() * rate / BEATS.fft
    assert abs(float(centre) - 1000) < 50


def test_pieces_of_a_long_recording_are_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.random.default_rng(1).normal(size=22050 * 3).astype(np.float32)
    whole = beat_this_mel(sound)
    monkeypatch.setattr("log_mel._PIECE_FRAMES", 17)
    assert torch.allclose(beat_this_mel(sound), whole, atol=1e-4)


def sound_with_a_gap() -> np.ndarray:
    sound = np.random.default_rng(2).normal(scale=1e-4, size=16_000 * 6).astype(np.float32)
    for start, end in ((1, 2.5), (4, 5)):
        piece = slice(int(start * 16_000), int(end * 16_000))
        sound[piece] += 0.2 * np.sin(2 * np.pi * 440 * np.arange(piece.stop - piece.start) / 16_000).astype(np.float32)
    return sound


def test_activity_is_where_the_sound_is() -> None:
    segments = active_segments(find_activity(voice_mel(sound_with_a_gap())))
    assert np.allclose(segments, [(1, 2.5), (4, 5)], atol=0.05)
    assert active_segments(find_activity(voice_mel(np.zeros(16_000, np.float32)))) == []
    assert len(find_activity(voice_mel(np.zeros(3, np.float32)))) >= 1


def test_the_sound_changes_where_the_chords_do() -> None:
    time = np.arange(16_000 * 60) / 16_000
    hertz = np.where((time >= 20) & (time < 41), 1500, 250)
    sound = (0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / 16_000)).astype(np.float32)
    assert np.allclose(novelty_boundaries(voice_mel(sound)), [20, 41], atol=1)
    assert novelty_boundaries(voice_mel(sound[: 16_000 * 10])) == []
