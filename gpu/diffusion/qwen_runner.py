"""What the runners of Qwen-Image and Qwen-Image-Edit have in common: where their pipelines lie, and one run of them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import torch
from PIL import Image

from kt_media.image import read_image, write_image
from kt_protocol import InvalidInput, Job, LoadTarget, ModelBroken, RunResult
from kt_torch.measure import Measurements
from kt_torch.runner import TorchRunner
from kt_torch.steps import canceled_inside, report_steps
from plain_text import plain_text
from qwen_weights import LIGHTNING_STEPS, Pipeline, model_name, parts_of

TRUE_CFG_SCALE: Final = 4.0
# The most that the pipelines allow. The text-to-image one cuts what is longer.
PROMPT_TOKENS_MAX: Final = 1024
# Beyond, one side of what the model looks at (1 megapixel) would be a few pixels.
PICTURE_ASPECT_MAX: Final = 50


class QwenRunner(TorchRunner):
    """Holds one pipeline ready for a run (`active`) and maybe others that share parts with it (`resting`).

    The memory mode `resident`, which is the default, keeps all of the active pipeline on the device; `offload` moves
    each part there while it works, so that the largest, the transformer, decides what is needed. In both the device
    holds one transformer at most.
    """

    # What a task asks for without highDetail; Lightning's steps are in proportion.
    steps_recommended: ClassVar[Mapping[str, int]] = MappingProxyType({"image.generate": 50, "image.edit": 40})

    def __init__(self) -> None:
        self.active: Pipeline | None = None
        self.resting: list[Pipeline] = []
        self.offload = False
        self.lightning = False

    def read_target(self, target: LoadTarget) -> None:
        """Takes the memory mode, and the variant from the model's name. Raises `ModelBroken` for an unknown mode."""
        if target.memory_mode not in (None, "resident", "offload"):
            raise ModelBroken(f"The memory mode {target.memory_mode} is unknown; known are resident and offload.")
        self.offload = target.memory_mode == "offload"
        self.lightning = target.model.endswith("-lightning")

    def modules(self) -> Iterable[torch.nn.Module]:
        pipelines = [] if self.active is None else [self.active, *self.resting]
        return list({id(part): part for pipeline in pipelines for part in parts_of(pipeline)}.values())

    def drop(self) -> None:
        self.active = None
        self.resting = []

    def to_device(self) -> None:
        if self.offload:
            self.active.enable_model_cpu_offload(device=self.device)
        else:
            for part in parts_of(self.active):
                part.to(self.device)

    def to_host(self) -> None:
        if self.active is not None:
            self.active.remove_all_hooks()
        super().to_host()

    def activate(self, pipeline: Pipeline) -> None:
        """Brings the transformer of `pipeline` to the device, in place of the active pipeline's."""
        before = self.active
        if pipeline is before:
            return
        before.remove_all_hooks()
        before.transformer.to("cpu")
        self._make_active(pipeline)
        try:
            self.to_device()
        except Exception:
            pipeline.transformer.to("cpu")
            self._make_active(before)
            self.to_device()
            raise

    def _make_active(self, pipeline: Pipeline) -> None:
        self.resting = [other for other in (self.active, *self.resting) if other is not pipeline]
        self.active = pipeline

    def make_picture(self, job: Job, negative_prompt: str, images: list[Image.Image]) -> RunResult:
        """One run of the active pipeline with `job.params` (see `src/tasks/image-generate.ts`). An Edit-Plus pipeline
        looks at `images`; its size comes from the parameters all the same, and not from the last of them."""
        params = job.params
        check_size(self.active, params["width"], params["height"])
        steps, guidance = params["numInferenceSteps"], TRUE_CFG_SCALE
        if self.lightning:
            steps, guidance = round(LIGHTNING_STEPS * steps / self.steps_recommended[job.task]), 1.0
        name = model_name(self.active, lightning=self.lightning)
        prompt = plain_text(params["prompt"])
        tokens = len(self.active.tokenizer(prompt).input_ids)
        measurements = Measurements(self.device)
        picture = run_pipeline(
            self.active,
            job,
            measurements,
            prompt=prompt,
            # Guidance runs only with a negative prompt.
            negative_prompt=None if self.lightning else negative_prompt,
            true_cfg_scale=guidance,
            width=params["width"],
            height=params["height"],
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(params["seed"]),
            **({"image": images} if images else {}),
        )
        job.progress("writing", 0, 1, 0.97)
        with measurements.stage("write"):
            path = job.output_folder / f"image.{params['outputFormat']}"
            output = write_image(path, picture, params["outputFormat"], f"Made by {name} with Killa Tamata")
        metadata = {
            "model": name,
            "numInferenceSteps": steps,
            "trueCfgScale": guidance,
            "referencesUsed": len(params["referenceImagePaths"]),
            "promptTokens": tokens,
            "promptTokensUsed": tokens if images else min(tokens, PROMPT_TOKENS_MAX),
        }
        return {"outputs": [output], "metadata": metadata, "measurements": measurements.report()}


def run_pipeline(pipeline: Pipeline, job: Job, measurements: Measurements, **arguments: Any) -> Image.Image:
    """Calls the pipeline; reports, measures and can be canceled in each of its stages."""
    steps = arguments["num_inference_steps"]
    report = report_steps(job, "denoising", steps)

    def before_first_step(_transformer: torch.nn.Module, _arguments: Any) -> None:
        hook.remove()
        measurements.begin("denoise")

    def after_step(running: Pipeline, step_index: int, timestep: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
        answer = report(running, step_index, timestep, tensors)
        if step_index + 1 == steps:
            measurements.begin("decode")
            job.progress("decoding", 0, 1, 0.9)
        return answer

    job.progress("encoding", 0, 1, 0.0)
    measurements.begin("encode")
    hook = pipeline.transformer.register_forward_pre_hook(before_first_step)
    try:
        with canceled_inside(job, *parts_of(pipeline)):
            result = pipeline(
                **arguments,
                sigmas=None,
                guidance_scale=None,
                num_images_per_prompt=1,
                output_type="pil",
                return_dict=True,
                attention_kwargs=None,
                callback_on_step_end=after_step,
                callback_on_step_end_tensor_inputs=["latents"],
                max_sequence_length=PROMPT_TOKENS_MAX,
            )
    finally:
        hook.remove()
        # With offload, a pipeline that fails leaves parts on the device.
        pipeline.maybe_free_model_hooks()
    measurements.end()
    return result.images[0]


def read_pictures(paths: Iterable[str], what: str) -> list[Image.Image]:
    """Raises `InvalidInput` for a file that is no picture, or one that the model can't look at."""
    pictures = [read_image(path, what) for path in paths]
    for picture in pictures:
        if max(picture.size) > PICTURE_ASPECT_MAX * min(picture.size):
            raise InvalidInput(f"The {what} is more than {PICTURE_ASPECT_MAX} times as long as wide.")
    return pictures


def check_size(pipeline: Pipeline, width: int, height: int) -> None:
    """Raises `InvalidInput` for a size that the pipeline would change in silence."""
    unit = pipeline.vae_scale_factor * 2
    if width % unit or height % unit:
        raise InvalidInput(f"Width and height must be multiples of {unit} pixels.")
