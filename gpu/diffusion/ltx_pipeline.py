"""LTX-2's pipeline with what the library's lacks: pictures pinned to exact frames, and a sound that is held."""

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTX2ConditionPipeline
from torch import Tensor


class PinnedPipeline(LTX2ConditionPipeline):
    """Set both before a call.

    `exact_frames`: the pixel frame of each condition whose `index` is not 0, in their order. The library knows latent
    indices alone, and pins the last of 121 frames at frame 113.

    `held_sound`: packed, normalised audio latents `[1, length, features]`, or None for a sound that the model makes.
    Held, every call of the transformer gets this sound clean, at noise level 0, and the picture follows it; so does
    Lightricks' own audio-to-video pipeline. (Its velocity is then 0/0, and thrown away by `HeldSoundScheduler`.)
    """

    exact_frames: Sequence[int] = ()
    held_sound: Tensor | None = None

    def prepare_latents(self, *args: Any, **kwargs: Any) -> Any:
        # The library asks for the keyframes' places in here, once for each and in order.
        self._frames_left = list(self.exact_frames)
        prepared = super().prepare_latents(*args, **kwargs)
        if self._frames_left:
            raise RuntimeError(f"Frames {self._frames_left} were not pinned.")
        return prepared

    def _prepare_keyframe_coords(self, *args: Any, **kwargs: Any) -> Tensor:
        return super()._prepare_keyframe_coords(*args, **{**kwargs, "pixel_frame_idx": self._frames_left.pop(0)})

    def prepare_audio_latents(self, *args: Any, **kwargs: Any) -> Tensor:
        if self.held_sound is None:
            return super().prepare_audio_latents(*args, **kwargs)
        held, wanted = self.held_sound.shape[1], kwargs["audio_latent_length"]
        if held != wanted:
            raise RuntimeError(f"The sound has {held} latents and not {wanted}.")
        return self.held_sound.to(device=kwargs["device"], dtype=kwargs["dtype"])

    def hold_sound(self, sound: Tensor | None) -> None:
        """Holds `sound` (see `held_sound`) in the calls that follow, or, for None, lets the model make one."""
        self.held_sound = sound
        self.audio_scheduler = None if sound is None else HeldSoundScheduler.from_config(self.scheduler.config)


class HeldSoundScheduler(FlowMatchEulerDiscreteScheduler):
    """An `audio_scheduler` whose noise level is 0 at every step, and whose step changes nothing."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Sequence[float] | None = None,
        mu: float | None = None,
        timesteps: Sequence[float] | None = None,
    ) -> None:
        # The library reads the names of these parameters, to see what a scheduler can do.
        super().set_timesteps(num_inference_steps, device, sigmas, mu, timesteps)
        self.timesteps = torch.zeros_like(self.timesteps)
        self.sigmas = torch.zeros_like(self.sigmas)

    def step(self, model_output: Tensor, timestep: Any, sample: Tensor, **kwargs: Any) -> tuple[Tensor]:
        return (sample,)
