"""The parts of Qwen-Image and Qwen-Image-Edit, loaded from folders in the layout of their diffusers repositories."""

import math
from pathlib import Path
from typing import Any, Final

import diffusers
import torch
import transformers
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageEditPlusPipeline,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer, Qwen2VLProcessor

from kt_protocol import ModelBroken
from kt_torch.weights import load_whole

diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()

Pipeline = QwenImagePipeline | QwenImageEditPlusPipeline

# The Lightning LoRAs are distilled to this many steps, without guidance, on this schedule:
# https://huggingface.co/docs/diffusers/api/pipelines/qwenimage
LIGHTNING_STEPS: Final = 4
LIGHTNING_SCHEDULE: Final = {
    "base_image_seq_len": 256,
    "base_shift": math.log(3),
    "invert_sigmas": False,
    "max_image_seq_len": 8192,
    "max_shift": math.log(3),
    "num_train_timesteps": 1000,
    "shift": 1.0,
    "shift_terminal": None,
    "stochastic_sampling": False,
    "time_shift_type": "exponential",
    "use_beta_sigmas": False,
    "use_dynamic_shifting": True,
    "use_exponential_sigmas": False,
    "use_karras_sigmas": False,
}


def load_text_to_image(folder: Path, dtype: torch.dtype, *, lightning: bool) -> QwenImagePipeline:
    """A folder like Qwen/Qwen-Image-2512, on the host. Raises `ModelBroken`, or what the libraries raise."""
    parts = load_shared_parts(folder, dtype)
    pipeline = QwenImagePipeline(**parts, transformer=load_transformer(folder, dtype))
    return finished(pipeline, folder / "lightning" if lightning else None)


def load_edit_plus(
    folder: Path, dtype: torch.dtype, *, lightning: bool, beside: QwenImagePipeline | None = None
) -> QwenImageEditPlusPipeline:
    """A folder like Qwen/Qwen-Image-Edit-2511, on the host.

    With `beside` it shares the parts of that pipeline that are the same in both, and the folder holds the transformer
    and the processor alone.
    """
    shared = load_shared_parts(folder, dtype) if beside is None else parts_beside(beside)
    processor = Qwen2VLProcessor.from_pretrained(str(folder / "processor"), local_files_only=True)
    pipeline = QwenImageEditPlusPipeline(**shared, processor=processor, transformer=load_transformer(folder, dtype))
    return finished(pipeline, folder / "lightning" if lightning else None)


def load_shared_parts(folder: Path, dtype: torch.dtype) -> dict[str, Any]:
    """All parts that both pipelines have, but the transformer."""
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler.from_pretrained(str(folder / "scheduler"), local_files_only=True),
        "vae": load_whole(AutoencoderKLQwenImage, folder / "vae", dtype=dtype),
        "text_encoder": load_whole(Qwen2_5_VLForConditionalGeneration, folder / "text_encoder", dtype=dtype),
        "tokenizer": Qwen2Tokenizer.from_pretrained(str(folder / "tokenizer"), local_files_only=True),
    }


def parts_beside(pipeline: QwenImagePipeline) -> dict[str, Any]:
    """The same, of a pipeline that is loaded."""
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    names = ("vae", "text_encoder", "tokenizer")
    return {"scheduler": scheduler, **{name: pipeline.components[name] for name in names}}


def load_transformer(folder: Path, dtype: torch.dtype) -> QwenImageTransformer2DModel:
    return load_whole(QwenImageTransformer2DModel, folder / "transformer", dtype=dtype)


def finished(pipeline: Pipeline, lightning_folder: Path | None) -> Pipeline:
    """Silences the pipeline and, given the folder of its LoRA, makes it the Lightning variant."""
    pipeline.set_progress_bar_config(disable=True)
    if lightning_folder is None:
        return pipeline
    files = sorted(lightning_folder.glob("*.safetensors"))
    if len(files) != 1:
        raise ModelBroken(f"One file with the Lightning LoRA is wanted; {len(files)} are there.")
    pipeline.load_lora_weights(
        str(lightning_folder), weight_name=files[0].name, adapter_name="lightning", local_files_only=True
    )
    # Not fused: in bfloat16 the weights would swallow a part of the LoRA.
    if not pipeline.get_active_adapters():
        raise ModelBroken("The Lightning LoRA doesn't fit the model.")
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler.from_config(LIGHTNING_SCHEDULE)
    return pipeline


def model_name(pipeline: Pipeline, *, lightning: bool) -> str:
    """What a finished picture says that it was made by."""
    name = "Qwen-Image-2512" if isinstance(pipeline, QwenImagePipeline) else "Qwen-Image-Edit-2511"
    return f"{name} Lightning" if lightning else name


def parts_of(pipeline: Pipeline) -> list[torch.nn.Module]:
    """The modules of a pipeline; several pipelines may share some."""
    return [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
