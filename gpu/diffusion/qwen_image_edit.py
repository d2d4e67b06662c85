"""`image.edit` by Qwen-Image-Edit-2511, and `image.generate` where reference pictures guide it.

The model's folder has the layout of Qwen/Qwen-Image-Edit-2511; for a model whose name ends in `-lightning` it holds
`lightning/` too: the LoRA of lightx2v/Qwen-Image-Edit-2511-Lightning.
"""

from typing import Final

from kt_protocol import InvalidInput, Job, LoadTarget, RunResult
from kt_torch.memory import released_after
from kt_torch.weights import folder_of
from qwen_runner import QwenRunner, read_pictures
from qwen_weights import load_edit_plus

# The model card's: guidance against nothing.
NEGATIVE_PROMPT: Final = " "


class QwenImageEditRunner(QwenRunner):
    """The source is the first picture, the references follow: the prompt may call them "Picture 2" and so on."""

    name = "qwen-image-edit"
    version = "1"
    tasks = ("image.edit", "image.generate")

    def build(self, target: LoadTarget) -> None:
        self.read_target(target)
        self.active = load_edit_plus(folder_of(target), self.dtype, lightning=self.lightning)

    def run(self, job: Job) -> RunResult:
        references = read_pictures(job.params["referenceImagePaths"], "reference image")
        if job.task == "image.edit":
            images = [*read_pictures([job.params["sourceImagePath"]], "source image"), *references]
        else:
            images = references
        if not images:
            raise InvalidInput("This model makes a picture of others; none is given.")
        with released_after(self.device):
            return self.make_picture(job, NEGATIVE_PROMPT, images)
