"""TRELLIS.2: a textured mesh of what one picture shows, `model.glb`, and a still of it, `preview.webp`.

The library runs on NVIDIA GPUs only (CuMesh, FlexGEMM, nvdiffrast, o-voxel and flash-attn are CUDA extensions), and is
on no registry. The tests of this project run this runner with modules that stand in for it, whose signatures are
compared with the published ones (tiny_trellis.py): what they prove is the way of every parameter into the library, of
progress and cancel out of it, and all that is done to its mesh, on a real one.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

# Before the libraries ask for them: no file is ever fetched; the parts that come and go leave no gaps in the memory.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")

import numpy as np
import torch

from crease_normals import crease_normals, is_closed
from glb_check import GlbFacts, check_glb
from kt_media.image import write_image
from kt_protocol import InvalidInput, Job, LoadTarget, Output, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.runner import TorchRunner
from kt_torch.steps import canceled_inside
from kt_torch.weights import folder_of
from library_hooks import export_reported, holes_filled, steps_reported
from mesh_request import RASTER_FACES_MAX, export_arguments, sampling_arguments, sampling_steps
from preview import TexturedMesh, render_preview
from subject_picture import read_subject
from trellis_weights import load_pipeline

COMMENT: Final = "Made by TRELLIS.2 with Killa Tamata"
# Beyond this, whole parts of a fine mesh would share one normal.
POSITION_EPSILON_MAX: Final = 0.002
PREVIEW_SIDE: Final = 512


class TrellisRunner(TorchRunner):
    """Memory modes: all parts on the GPU; `offload`, where each is there only while it works."""

    name = "trellis"
    version = "1"
    tasks = ("trellis.generate",)
    pipeline: Any = None

    def build(self, target: LoadTarget) -> None:
        self.pipeline = load_pipeline(folder_of(target))
        self.pipeline.low_vram = target.memory_mode == "offload"

    def modules(self) -> Iterable[torch.nn.Module]:
        if self.pipeline is None:
            return []
        pipeline = self.pipeline
        return [*pipeline.models.values(), pipeline.image_cond_model.model, pipeline.rembg_model.model]

    def to_device(self) -> None:
        # The library calls `.cuda()` at many places: the first GPU, unless another one is the current one.
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        self.pipeline._device = self.device
        if not self.pipeline.low_vram:
            super().to_device()

    def drop(self) -> None:
        self.pipeline = None

    def run(self, job: Job) -> RunResult:
        params, measurements = job.params, Measurements(self.device)
        try:
            with released_after(self.device), torch.no_grad():
                mesh, subject_found_by = self.sample(job, measurements)
                resolution = round(1 / float(mesh.voxel_size))
                textured = self.export(job, mesh, measurements)
        finally:
            if self.pipeline.low_vram:
                # A job that ends early leaves the part on the GPU that was at work.
                self.to_host()
        epsilon = min(POSITION_EPSILON_MAX, params["postprocessPositionEpsilon"])
        with measurements.stage("write"):
            job.progress("write", 1, 1, 0.93)
            dressed = with_crease_normals(textured, params["postprocessNormalCreaseDeg"], epsilon)
            model, facts = write_model(job.output_folder / "model.glb", dressed)
        with measurements.stage("preview"):
            job.progress("preview", 1, 1, 0.96)
            preview = write_image(job.output_folder / "preview.webp", draw(dressed), "webp", COMMENT)
        metadata = {
            "model": "TRELLIS.2",
            "subjectFoundBy": subject_found_by,
            "faces": facts.faces,
            "vertices": facts.vertices,
            "watertight": is_closed(np.asarray(textured.vertices), np.asarray(textured.faces)),
            "meshResolution": resolution,
            "textureSize": params["textureSize"],
            "textureMimeType": facts.texture_mime_type,
            "positionEpsilon": epsilon,
        }
        return {"outputs": [model, preview], "metadata": metadata, "measurements": measurements.report()}

    def sample(self, job: Job, measurements: Measurements) -> tuple[Any, str]:
        """The library's `MeshWithVoxel`, and what told the subject from the background: `alpha` or `background`."""
        pipeline, params = self.pipeline, job.params
        picture = read_subject(params["sourceImagePath"])
        steps = sampling_steps(params)
        with ExitStack() as stack:
            stack.enter_context(canceled_inside(job, *self.modules()))
            stack.enter_context(steps_reported(job, pipeline, steps, self.device, measurements))
            stack.enter_context(filling_of(params))
            measurements.begin("subject")
            job.progress("subject", 1, 1, 0.01)
            prepared = find_subject(pipeline, picture)
            [mesh] = pipeline.run(prepared, **sampling_arguments(params))
        return mesh, "alpha" if picture.mode == "RGBA" else "background"

    def export(self, job: Job, mesh: Any, measurements: Measurements) -> Any:
        """The mesh as asked for, with its texture: a `trimesh.Trimesh`."""
        from o_voxel import postprocess

        measurements.begin("export")
        with filling_of(job.params), export_reported(job, postprocess):
            job.progress("export", 0, 6, 0.7)
            mesh.simplify(RASTER_FACES_MAX)
            textured = postprocess.to_glb(
                vertices=mesh.vertices,
                faces=mesh.faces,
                attr_volume=mesh.attrs,
                coords=mesh.coords,
                attr_layout=mesh.layout,
                voxel_size=mesh.voxel_size,
                **export_arguments(job.params),
            )
        measurements.end()
        return textured


def filling_of(params: Mapping[str, Any]) -> Any:
    """A context in which the library fills holes as the job wants it."""
    import cumesh

    return holes_filled(cumesh, params["remeshFillHoles"], params["remeshFillHolesMaxPerimeter"])


def find_subject(pipeline: Any, picture: Any) -> Any:
    """The picture that the model sees: the subject, cut out, on black. Raises `InvalidInput` when there is none."""
    try:
        return pipeline.preprocess_image(picture)
    except ValueError as error:
        # numpy's word for the bounds of nothing.
        if "zero-size array" in str(error):
            raise InvalidInput("No subject was found in the source image.") from error
        raise


def with_crease_normals(mesh: Any, crease_degrees: float, position_epsilon: float) -> Any:
    """A copy of the `trimesh.Trimesh` with normals of its own; the library's are smooth everywhere."""
    import trimesh

    dressed = crease_normals(np.asarray(mesh.vertices), np.asarray(mesh.faces), crease_degrees, position_epsilon)
    uv, material = np.asarray(mesh.visual.uv)[dressed.sources], mesh.visual.material
    # Of no use with alphaMode OPAQUE, and for some viewers a reason to show the model as glass.
    material.baseColorTexture = material.baseColorTexture.convert("RGB")
    return trimesh.Trimesh(
        vertices=np.asarray(mesh.vertices)[dressed.sources],
        faces=dressed.faces,
        vertex_normals=dressed.normals,
        process=False,
        visual=trimesh.visual.TextureVisuals(uv=uv, material=material),
    )


def write_model(path: Path, mesh: Any) -> tuple[Output, GlbFacts]:
    """Writes the GLB and reads it again. Raises `BrokenGlb` when it isn't one: then there is no output."""

    def sign(tree: dict[str, Any]) -> None:
        tree["asset"] |= {"generator": "TRELLIS.2, trimesh", "copyright": COMMENT, "extras": {"comment": COMMENT}}

    # PNG, and not the library's WebP: that takes an extension, without which a viewer shows nothing.
    mesh.export(path, file_type="glb", include_normals=True, extension_webp=False, tree_postprocessor=sign)
    return {"filename": path.name, "mimeType": "model/gltf-binary"}, check_glb(path)


def draw(mesh: Any) -> Any:
    texture = mesh.visual.material.baseColorTexture
    vertices, normals = np.asarray(mesh.vertices), np.asarray(mesh.vertex_normals)
    return render_preview(TexturedMesh(vertices, normals, mesh.visual.uv, mesh.faces, texture), PREVIEW_SIDE)
