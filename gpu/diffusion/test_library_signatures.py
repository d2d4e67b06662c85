"""The arguments that the runners name, held against what the installed libraries take: read from the runners' source,
so that also those are seen which a library would swallow without a word, in a `**kwargs` or a configuration.

And the other way round: what a library takes and no runner names has the library's default, which changes from version
to version. Each of those is listed here, with why it may stay so.
"""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from diffusers import (
    AceStepPipeline,
    FlowMatchEulerDiscreteScheduler,
    LTX2ConditionPipeline,
    LTX2LatentUpsamplePipeline,
    QwenImageEditPlusPipeline,
    QwenImagePipeline,
)
from faster_whisper import WhisperModel
from transformers import GenerationConfig, GenerationMixin

from ltx_sampling import GUIDED, UNGUIDED
from qwen_weights import LIGHTNING_SCHEDULE

GPU: Final = Path(__file__).parents[1]
# Passed as they are by those who have them already, and as nothing by us.
GIVEN_OTHERWISE: Final = {"latents", "audio_latents", "prompt_embeds", "prompt_embeds_mask", "negative_prompt_embeds"}


def keywords_of(file: str, call: str) -> set[str]:
    """The keywords in all calls of `call` (as it is written) in a runner's file."""
    tree = ast.parse((GPU / file).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == call]
    assert calls, f"{file} calls {call} no more"
    return {keyword.arg for node in calls for keyword in node.keywords if keyword.arg is not None}


def names_of(function: Callable[..., Any]) -> set[str]:
    return {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name != "self"
    }


QWEN: Final = keywords_of("diffusion/qwen_runner.py", "pipeline") | keywords_of(
    "diffusion/qwen_runner.py", "run_pipeline"
)
LTX: Final = (
    keywords_of("diffusion/ltx_sampling.py", "self.pipeline")
    | (keywords_of("diffusion/ltx_sampling.py", "self._call"))
    | GUIDED.keys()
)


@pytest.mark.parametrize(
    ("passed", "taken", "left"),
    [
        (QWEN, QwenImagePipeline.__call__, {"negative_prompt_embeds_mask"}),
        # The pictures go in as `**{"image": …}`.
        (QWEN, QwenImageEditPlusPipeline.__call__, {"negative_prompt_embeds_mask", "image"}),
        # No prompt is written anew, none is read by the pipeline, and nothing is decoded in it.
        (
            LTX,
            LTX2ConditionPipeline.__call__,
            {"system_prompt", "prompt_max_new_tokens", "prompt_enhancement_kwargs", "prompt_enhancement_seed"}
            | {"decode_timestep", "decode_noise_scale", "min_seconds", "max_seconds"},
        ),
        # It decodes nothing either.
        (
            keywords_of("diffusion/ltx_sampling.py", "self.upsampler"),
            LTX2LatentUpsamplePipeline.__call__,
            {"video", "decode_timestep", "decode_noise_scale", "generator", "return_dict"}
            | {"spatial_patch_size", "temporal_patch_size"},
        ),
        # Covers and repainting are other tasks than `text2music`.
        (
            keywords_of("diffusion/ace_step.py", "pipe"),
            AceStepPipeline.__call__,
            {"callback", "callback_steps", "track_name", "complete_track_classes"}
            | {"repainting_start", "repainting_end"},
        ),
        # What belongs to what is switched off (VAD, the text before, a bar), and how a language is found and words are
        # glued to their marks.
        (
            keywords_of("listening/hearing.py", "model.transcribe"),
            WhisperModel.transcribe,
            {"audio", "vad_parameters", "prompt_reset_on_temperature", "log_progress", "language_detection_threshold"}
            | {"language_detection_segments", "prepend_punctuations", "append_punctuations"},
        ),
    ],
)
def test_a_call_names_what_the_library_takes(passed: set[str], taken: Callable[..., Any], left: set[str]) -> None:
    names = names_of(taken)
    assert passed <= names
    assert names - passed - GIVEN_OTHERWISE == left - GIVEN_OTHERWISE


def test_both_kinds_of_guidance_set_the_same() -> None:
    assert GUIDED.keys() == UNGUIDED.keys()


def test_the_planner_generates_by_names_that_the_library_has() -> None:
    assert keywords_of("language/planner.py", "self.model.generate") - names_of(GenerationMixin.generate) <= {
        # The model's own inputs.
        "input_ids",
        "attention_mask",
    }
    sampling = {"do_sample", "temperature", "top_p", "top_k", "min_p"}
    text = (GPU / "language/planner.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in sampling)
    settings = keywords_of("language/planner.py", "GenerationConfig") | sampling
    assert settings <= GenerationConfig().to_dict().keys()


def test_schedulers_are_made_from_names_that_the_library_has() -> None:
    changes = keywords_of("diffusion/ltx_sampling.py", "FlowMatchEulerDiscreteScheduler.from_config")
    names = names_of(FlowMatchEulerDiscreteScheduler.__init__)
    assert changes and changes | LIGHTNING_SCHEDULE.keys() <= names
