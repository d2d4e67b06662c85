"""TRELLIS.2 with a few random weights and the modules of `trellis_stand_in`, for tests.

The library needs CUDA, and is too much to keep here. What stands in for it has its names, signatures and file layout
(PUBLISHED are those of the repositories, which test_trellis.py compares), and takes a job the same way through its
parts. It makes a sphere with a hole instead of what the picture shows.
"""

import json
import shutil
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file

STAND_IN: Final = Path(__file__).parent / "trellis_stand_in"
DINO: Final = "facebook/dinov3-vitl16-pretrain-lvd1689m"
BACKGROUND: Final = "briaai/RMBG-2.0"
MODELS: Final = {
    "sparse_structure_flow_model": "ckpts/ss_flow_img_dit_1_3B_64_bf16",
    "sparse_structure_decoder": "microsoft/TRELLIS-image-large/ckpts/ss_dec_conv3d_16l8_fp16",
    "shape_slat_flow_model_512": "ckpts/slat_flow_img2shape_dit_1_3B_512_bf16",
    "shape_slat_flow_model_1024": "ckpts/slat_flow_img2shape_dit_1_3B_1024_bf16",
    "shape_slat_decoder": "ckpts/shape_dec_next_dc_f16c32_fp16",
    "tex_slat_flow_model_512": "ckpts/slat_flow_imgshape2tex_dit_1_3B_512_bf16",
    "tex_slat_flow_model_1024": "ckpts/slat_flow_imgshape2tex_dit_1_3B_1024_bf16",
    "tex_slat_decoder": "ckpts/tex_dec_next_dc_f16c32_fp16",
}
# Parameters without their types, and defaults: microsoft/TRELLIS.2 at 5565d24, JeffreyXiang/CuMesh at cf1a2f0.
PUBLISHED: Final = {
    "trellis2.pipelines:Trellis2ImageTo3DPipeline.from_pretrained": "(path, config_file='pipeline.json')",
    "trellis2.pipelines:Trellis2ImageTo3DPipeline.preprocess_image": "(self, input)",
    "trellis2.pipelines:Trellis2ImageTo3DPipeline.run": (
        "(self, image, num_samples=1, seed=42, sparse_structure_sampler_params={}, shape_slat_sampler_params={}, "
        "tex_slat_sampler_params={}, preprocess_image=True, return_latent=False, pipeline_type=None, "
        "max_num_tokens=49152)"
    ),
    "trellis2.pipelines:Sampler.sample_once": "(self, model, x_t, t, t_prev, cond=None, **kwargs)",
    "trellis2.pipelines:MeshWithVoxel.simplify": "(self, target=1000000, verbose=False, options={})",
    "trellis2.pipelines:MeshWithVoxel.fill_holes": "(self, max_hole_perimeter=0.03)",
    "cumesh:CuMesh.fill_holes": "(self, max_hole_perimeter=0.03)",
    "cumesh:CuMesh.simplify": "(self, target_num_faces, verbose=False, options={})",
    "o_voxel.postprocess:to_glb": (
        "(vertices, faces, attr_volume, coords, attr_layout, aabb, voxel_size=None, grid_size=None, "
        "decimation_target=1000000, texture_size=2048, remesh=False, remesh_band=1, remesh_project=0.9, "
        "mesh_cluster_threshold_cone_half_angle_rad=1.5707963267948966, mesh_cluster_refine_iterations=0, "
        "mesh_cluster_global_iterations=1, mesh_cluster_smooth_strength=1, verbose=False, use_tqdm=False)"
    ),
}


def save_tiny_trellis(folder: Path) -> None:
    """Writes the folder as `./scripts/models install trellis` lays it."""
    torch.manual_seed(0)
    shutil.copytree(STAND_IN, folder / "code", ignore=shutil.ignore_patterns("__pycache__"))
    others = {"image_cond_model": DINO, "rembg_model": BACKGROUND}
    args = {"models": MODELS, **{name: {"args": {"model_name": source}} for name, source in others.items()}}
    (folder / "pipeline.json").write_text(json.dumps({"name": "Trellis2ImageTo3DPipeline", "args": args}))
    for file in (*MODELS.values(), f"{DINO}/model", f"{BACKGROUND}/model"):
        path = folder / f"{file}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(torch.nn.Linear(4, 4).state_dict(prefix="layer.")), path)
