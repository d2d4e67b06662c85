"""Sound in and out of files by the ffmpeg program. In memory a sound is float32 `[channels, samples]` in -1..1."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from kt_media.loudness import amplitude, integrated_loudness, limit_peaks
from kt_protocol import InvalidInput, Output, RunnerError

MIME_TYPES: Final = {"mp3": "audio/mpeg", "opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac"}

# A lossy codec moves the peaks by about 1.5 dB: this keeps what is heard at or under -1 dBFS.
_PEAK_DBFS: Final = {"mp3": -2.5, "opus": -2.5, "wav": -1.0, "flac": -1.0}
_FADE_SECONDS: Final = 0.01
# The most that libopus takes for one channel.
_OPUS_CHANNEL_KBPS_MAX: Final = 256
_CHUNK_SAMPLES: Final = 1 << 16


def read_sound(path: Path, sample_rate: int, channels: int) -> np.ndarray:
    """The first audio stream of a local file, resampled to `sample_rate` hertz, as float32 `[channels, samples]`;
    one channel mixes down, two spread out. Raises `InvalidInput` when there is no sound that ffmpeg can decode."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i", str(path)]
    # The mean of the channels: left alone, ffmpeg mixes floating-point sound down to more than full scale.
    command += ["-map", "0:a:0", "-vn", "-af", f"aresample={sample_rate}:rematrix_maxval=1", "-ac", str(channels)]
    command += ["-ar", str(sample_rate), "-f", "f32le", "pipe:1"]
    decoded = subprocess.run(command, capture_output=True, check=False)
    if decoded.returncode != 0 or not decoded.stdout:
        sys.stderr.buffer.write(decoded.stderr)
        raise InvalidInput("The file holds no sound that can be decoded.")
    return np.ascontiguousarray(np.frombuffer(decoded.stdout, dtype="<f4").reshape(-1, channels).T)


def exact_length(sound: np.ndarray, samples: int, sample_rate: int = 48_000) -> np.ndarray:
    """`sound` cut, or filled up with silence, to `samples`; 10 ms fade out where it ends before its time."""
    if sound.shape[-1] == samples:
        return sound
    kept = sound[..., :samples].astype(np.float32)
    fade = min(kept.shape[-1], round(_FADE_SECONDS * sample_rate))
    kept[..., kept.shape[-1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.pad(kept, [(0, 0)] * (kept.ndim - 1) + [(0, samples - kept.shape[-1])])


def normalise_loudness(sound: np.ndarray, sample_rate: int, lufs: float, peak_dbfs: float = -2.5) -> np.ndarray:
    """`sound` at `lufs` (integrated, ITU-R BS.1770-4) with no sample above `peak_dbfs`; silence, and sound shorter than
    0.4 s, of which the standard knows no loudness, are only kept under the peak."""
    for _ in range(3):
        missing = lufs - integrated_loudness(sound, sample_rate)
        # The limiter takes loudness away: again, where that can be heard.
        if not np.isfinite(missing) or abs(missing) < 0.2:
            break
        sound = limit_peaks(sound * amplitude(missing), sample_rate, amplitude(peak_dbfs))
    return limit_peaks(sound, sample_rate, amplitude(peak_dbfs))


def write_sound(
    path: Path,
    sound: np.ndarray,
    sample_rate: int,
    output_format: str,
    bitrate_kbps: int,
    comment: str,
    check_canceled: Callable[[], None] = lambda: None,
) -> Output:
    """Writes float `[channels, samples]` as `mp3`, `opus`, `wav` or `flac` (16 bit), and answers the file's entry; the
    bit rate is for the first two.

    Sound whose peak is above -1 dBFS (-2.5 into a lossy codec) is turned down as a whole. The same samples give the
    same bytes. `check_canceled` is called during the work and may raise. Raises `RunnerError` for samples that are not
    numbers, and when ffmpeg fails.
    """
    if not np.isfinite(sound).all():
        raise RunnerError("The model made a sound whose samples are not numbers (NaN or infinite).")
    ceiling = amplitude(_PEAK_DBFS[output_format])
    peak = float(np.abs(sound).max(initial=0))
    samples = (sound * min(1.0, ceiling / peak if peak else 1.0)).astype("<f4").T
    if output_format == "opus" and bitrate_kbps > _OPUS_CHANNEL_KBPS_MAX and samples.shape[1] == 1:
        samples = np.repeat(samples, 2, axis=1)
    command = ["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "f32le", "-ar", str(sample_rate)]
    command += ["-ac", str(samples.shape[1]), "-i", "pipe:0", "-map_metadata", "-1", "-metadata", f"comment={comment}"]
    command += _codec_arguments(output_format, bitrate_kbps, sample_rate)
    _feed([*command, "-fflags", "+bitexact", "-flags:a", "+bitexact", str(path)], samples, check_canceled)
    seconds = len(samples) / sample_rate
    return {"filename": path.name, "mimeType": MIME_TYPES[output_format], "durationSeconds": seconds}


def _codec_arguments(output_format: str, bitrate_kbps: int, sample_rate: int) -> list[str]:
    match output_format:
        case "mp3":
            codec = ["libmp3lame", "-b:a", f"{bitrate_kbps}k", "-id3v2_version", "3", "-write_xing", "1"]
            # Below these rates mp3 is MPEG-2, which ends at 160 kbit/s.
            codec += [] if sample_rate in (32_000, 44_100, 48_000) else ["-ar", "48000"]
        case "opus":
            codec = ["libopus", "-b:a", f"{bitrate_kbps}k", "-vbr", "off", "-ar", "48000"]
        case "wav":
            codec = ["pcm_s16le"]
        case _:
            codec = ["flac", "-sample_fmt", "s16"]
    return ["-c:a", *codec, "-f", "ogg" if output_format == "opus" else output_format]


def _feed(command: list[str], samples: np.ndarray, check_canceled: Callable[[], None]) -> None:
    """Runs ffmpeg with `samples` on its stdin."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        try:
            for start in range(0, len(samples), _CHUNK_SAMPLES):
                check_canceled()
                ffmpeg.stdin.write(samples[start : start + _CHUNK_SAMPLES].tobytes())
        except BrokenPipeError:
            # It ended early; it says why below.
            pass
        except BaseException:
            ffmpeg.kill()
            raise
        _, problems = ffmpeg.communicate()
    if ffmpeg.returncode != 0:
        sys.stderr.buffer.write(problems)
        raise RunnerError("ffmpeg could not write the sound.")
