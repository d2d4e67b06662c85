"""`image.generate` by Qwen-Image-2512; where reference pictures guide it, by Qwen-Image-Edit-2511's transformer.

The model's folder has the layout of Qwen/Qwen-Image-2512. In it may lie
- `references/`: `transformer/` and `processor/` of Qwen/Qwen-Image-Edit-2511. The text-to-image transformer was never
  trained to look at pictures; the other parts are the same in both.
- `lightning/`: the LoRA of lightx2v/Qwen-Image-2512-Lightning, and `references/lightning/`: that of
  lightx2v/Qwen-Image-Edit-2511-Lightning. Both are for a model whose name ends in `-lightning`.
"""

from pathlib import Path
from typing import Final

from diffusers import QwenImageEditPlusPipeline, QwenImagePipeline

from kt_protocol import InvalidInput, Job, LoadTarget, RunResult
from kt_torch.memory import released_after
from kt_torch.weights import failures_told_apart, folder_of
from qwen_runner import QwenRunner, read_pictures
from qwen_weights import load_edit_plus, load_text_to_image

# The model card's, for people and text that look real: https://github.com/QwenLM/Qwen-Image
NEGATIVE_PROMPT: Final = (
    "低分辨率，低画质，肢体畸形，手指畸形，画面过饱和，蜡像感，人脸无细节，过度光滑，"  # noqa: RUF001
    "画面具有AI感。构图混乱。文字模糊，扭曲。"  # noqa: RUF001
)
# The Edit models' own.
NEGATIVE_PROMPT_WITH_REFERENCES: Final = " "


class QwenImageRunner(QwenRunner):
    """The pipeline with references is loaded by the first job that has some, and dropped when the model is parked."""

    name = "qwen-image"
    version = "1"
    tasks = ("image.generate",)
    folder: Path

    def build(self, target: LoadTarget) -> None:
        self.read_target(target)
        self.folder = folder_of(target)
        self.active = load_text_to_image(self.folder, self.dtype, lightning=self.lightning)

    def to_host(self) -> None:
        super().to_host()
        if self.active is not None:
            self.active, self.resting = self.text_to_image(), []

    def run(self, job: Job) -> RunResult:
        images = read_pictures(job.params["referenceImagePaths"], "reference image")
        with released_after(self.device):
            self.activate(self.edit_plus(job) if images else self.text_to_image())
            return self.make_picture(job, NEGATIVE_PROMPT_WITH_REFERENCES if images else NEGATIVE_PROMPT, images)

    def text_to_image(self) -> QwenImagePipeline:
        return next(pipeline for pipeline in (self.active, *self.resting) if isinstance(pipeline, QwenImagePipeline))

    def edit_plus(self, job: Job) -> QwenImageEditPlusPipeline:
        """The pipeline with references, loaded on first use. Raises `InvalidInput` where its weights are missing."""
        for pipeline in (self.active, *self.resting):
            if isinstance(pipeline, QwenImageEditPlusPipeline):
                return pipeline
        folder = self.folder / "references"
        if not folder.is_dir():
            raise InvalidInput("The weights that look at reference images are not installed with this model.")
        job.progress("loading", 0, 1, 0.0)
        with failures_told_apart():
            pipeline = load_edit_plus(folder, self.dtype, lightning=self.lightning, beside=self.text_to_image())
        self.resting.append(pipeline)
        return pipeline
