"""The published names and signatures, and the way that a job takes through them; what is computed is a sphere."""

import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cumesh
import numpy as np
import torch
import trimesh
from o_voxel.postprocess import record
from PIL import Image
from safetensors.torch import load_file

SIDE = 4


class FlowModel(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(SIDE, SIDE)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


class Sampler:
    def __init__(self, sigma_min: float) -> None:
        self.sigma_min = sigma_min

    def sample_once(
        self, model: Any, x_t: Any, t: float, t_prev: float, cond: Any = None, **kwargs: Any
    ) -> SimpleNamespace:
        return SimpleNamespace(pred_x_prev=x_t - (t - t_prev) * (model(x_t) + cond))

    def sample(self, model: Any, noise: Any, cond: Any, steps: int = 50, rescale_t: float = 1.0, **kwargs: Any) -> Any:
        times = np.linspace(1, 0, steps + 1)
        times = rescale_t * times / (1 + (rescale_t - 1) * times)
        sample = noise
        for t, t_prev in pairwise(times):
            sample = self.sample_once(model, sample, t, t_prev, cond).pred_x_prev
        return sample


class MeshWithVoxel:
    def __init__(self, vertices: Any, faces: Any, voxel_size: float, coords: Any, attrs: Any, layout: Any) -> None:
        self.vertices, self.faces, self.voxel_size = vertices, faces, voxel_size
        self.coords, self.attrs, self.layout = coords, attrs, layout

    def fill_holes(self, max_hole_perimeter: float = 3e-2) -> None:
        mesh = cumesh.CuMesh()
        mesh.init(self.vertices, self.faces)
        mesh.fill_holes(max_hole_perimeter=max_hole_perimeter)
        self.vertices, self.faces = mesh.read()

    def simplify(self, target: int = 1000000, verbose: bool = False, options: dict = {}) -> None:  # noqa: B006
        record("simplify", {"target": target})


class Helper:
    """A model of others: the picture's features, the background."""

    def __init__(self, model_name: str) -> None:
        self.model = FlowModel()
        self.model.load_state_dict(load_file(Path(model_name) / "model.safetensors"))

    def to(self, device: Any) -> None:
        self.model.to(device)

    def cpu(self) -> None:
        self.model.cpu()


class Features(Helper):
    def __call__(self, images: list[Image.Image]) -> torch.Tensor:
        pixels = np.stack([np.asarray(image.resize((SIDE, 1)).convert("L")) for image in images])
        return self.model(torch.from_numpy(pixels[:, 0]).float() / 255)


class Background(Helper):
    def __call__(self, image: Image.Image) -> Image.Image:
        self.model(torch.zeros(1, SIDE))
        image.putalpha(image.convert("L").point(lambda value: 255 if value < 250 else 0))
        return image


class Trellis2ImageTo3DPipeline:
    @classmethod
    def from_pretrained(cls, path: str, config_file: str = "pipeline.json") -> "Trellis2ImageTo3DPipeline":
        args = json.loads(Path(path, config_file).read_text(encoding="utf-8"))["args"]
        pipeline = cls()
        pipeline.models = {name: FlowModel() for name in args["models"]}
        for name, file in args["models"].items():
            pipeline.models[name].load_state_dict(load_file(f"{path}/{file}.safetensors"), strict=False)
        pipeline.sparse_structure_sampler, pipeline.shape_slat_sampler, pipeline.tex_slat_sampler = (
            Sampler(1e-5) for _ in range(3)
        )
        pipeline.image_cond_model = Features(args["image_cond_model"]["args"]["model_name"])
        pipeline.rembg_model = Background(args["rembg_model"]["args"]["model_name"])
        pipeline.low_vram, pipeline._device = args.get("low_vram", True), "cpu"
        return pipeline

    def preprocess_image(self, input: Image.Image) -> Image.Image:
        has_alpha = input.mode == "RGBA" and not np.all(np.array(input)[:, :, 3] == 255)
        output = input if has_alpha else self.rembg_model(input.convert("RGB"))
        alpha = np.array(output)[:, :, 3]
        bbox = np.argwhere(alpha > 0.8 * 255)
        top, left = np.min(bbox[:, 0]), np.min(bbox[:, 1])
        return output.crop((left, top, np.max(bbox[:, 1]), np.max(bbox[:, 0]))).convert("RGB")

    @torch.no_grad()
    def run(
        self,
        image: Image.Image,
        num_samples: int = 1,
        seed: int = 42,
        sparse_structure_sampler_params: dict = {},  # noqa: B006
        shape_slat_sampler_params: dict = {},  # noqa: B006
        tex_slat_sampler_params: dict = {},  # noqa: B006
        preprocess_image: bool = True,
        return_latent: bool = False,
        pipeline_type: str | None = None,
        max_num_tokens: int = 49152,
    ) -> list[MeshWithVoxel]:
        record("run", {name: value for name, value in locals().items() if name not in ("self", "image")})
        torch.manual_seed(seed)
        cond = self.image_cond_model([image])

        def sample(sampler: Sampler, model: str, params: dict) -> torch.Tensor:
            return sampler.sample(self.models[model], torch.randn(1, SIDE), cond, **params)

        sample(self.sparse_structure_sampler, "sparse_structure_flow_model", sparse_structure_sampler_params)
        for resolution in ("512", "1024") if pipeline_type != "512" else ("512",):
            model = f"shape_slat_flow_model_{resolution}"
            shape = sample(self.shape_slat_sampler, model, shape_slat_sampler_params)
        texture = sample(self.tex_slat_sampler, f"tex_slat_flow_model_{resolution}", tex_slat_sampler_params)
        self.models["shape_slat_decoder"](shape)
        # A test that wants too little memory has a subject of this width.
        if image.width == 13:
            torch.empty(10**13)
        return [self.decode(texture, int((pipeline_type or "1024_cascade").split("_")[0]))]

    def decode(self, texture: torch.Tensor, resolution: int) -> MeshWithVoxel:
        """A sphere of 1280 triangles, less one."""
        sphere = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
        vertices, faces = torch.tensor(np.array(sphere.vertices)).float(), torch.tensor(np.array(sphere.faces[1:]))
        attrs = torch.sigmoid(texture).repeat(1, 2)[:, :6]
        layout = {"base_color": slice(0, 3), "metallic": slice(3, 4), "roughness": slice(4, 5), "alpha": slice(5, 6)}
        mesh = MeshWithVoxel(vertices, faces.int(), 1 / resolution, torch.zeros(1, 3).int(), attrs, layout)
        mesh.fill_holes()
        return mesh
